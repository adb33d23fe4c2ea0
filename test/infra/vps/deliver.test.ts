// Messages reach real servers: a mail server that speaks SMTP with and without TLS, and a webhook.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createSecureContext, getCACertificates, setDefaultCACertificates, TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { deliver } from "../../../infra/vps/watch/deliver.ts";
import { compose, sendMail } from "../../../infra/vps/watch/smtp.ts";

const folder = mkdtempSync(join(tmpdir(), "berth-mail-"));
const file = (name: string) => join(folder, name);
const trusted = getCACertificates("default");
const closing: { close(): unknown }[] = [];

beforeAll(() => {
  execFileSync(
    "openssl",
    [
      ...[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=localhost",
      ],
      ...["-addext", "subjectAltName=DNS:localhost", "-keyout", file("key.pem"), "-out", file("certificate.pem")],
    ],
    { stdio: "ignore" },
  );
  setDefaultCACertificates([...trusted, readFileSync(file("certificate.pem"), "utf8")]);
});
afterEach(() => {
  for (const server of closing.splice(0)) server.close();
  vi.restoreAllMocks();
});
afterAll(() => {
  setDefaultCACertificates(trusted);
  rmSync(folder, { recursive: true });
});

/** A mail server that takes everything from user `u` with password `p`; what it was told is in `lines`. */
async function mailServer(options: {
  tls: boolean;
  refuse?: string;
  /** What it breaks the connection at, without an answer. */
  resetAt?: string;
  auth?: string;
}): Promise<{ port: number; lines: string[] }> {
  const lines: string[] = [];
  const talk = (socket: Socket, secure: boolean) => {
    const say = (text: string) => socket.write(`${text}\r\n`);
    let data = false;
    const reader = createInterface({ input: socket }).on("line", (line) => {
      lines.push(`${secure ? "tls " : ""}${line}`);
      if (options.resetAt !== undefined && line.startsWith(options.resetAt)) {
        socket.resetAndDestroy();
        return;
      }
      if (data) {
        if (line !== ".") return;
        data = false;
        say("250 taken");
      } else if (options.refuse !== undefined && line.startsWith(options.refuse)) say("550 5.7.1 not from you");
      else if (line.startsWith("EHLO"))
        say(
          `250-localhost\r\n${options.tls && !secure ? "250-STARTTLS\r\n" : ""}${options.auth ? `250-AUTH ${options.auth}\r\n` : ""}250 8BITMIME`,
        );
      else if (line === "STARTTLS") {
        reader.close();
        say("220 go on");
        const secureContext = createSecureContext({
          key: readFileSync(file("key.pem")),
          cert: readFileSync(file("certificate.pem")),
        });
        talk(new TLSSocket(socket, { isServer: true, secureContext }), true);
      } else if (options.auth === "LOGIN XOAUTH2") {
        const turns: Record<string, string> = {
          "AUTH LOGIN": "334 VXNlcm5hbWU6",
          [btoa("u")]: "334 UGFzc3dvcmQ6",
          [btoa("p")]: "235 welcome",
        };
        if (line === "DATA") data = true;
        if (line.startsWith("AUTH PLAIN")) say("504 5.7.4 unrecognized authentication type");
        else say(turns[line] ?? (line === "DATA" ? "354 go on" : line === "QUIT" ? "221 bye" : "250 yes"));
      } else if (line.startsWith("AUTH"))
        say(line === `AUTH PLAIN ${btoa("\0u\0p")}` ? "235 welcome" : "535 who are you");
      else if (line === "DATA") {
        data = true;
        say("354 go on");
      } else say(line === "QUIT" ? "221 bye" : "250 yes");
    });
    // Readline hands a socket's errors on.
    reader.on("error", () => reader.close());
  };
  const server = createServer((socket) => {
    socket.write("220 localhost\r\n");
    talk(socket, false);
  });
  return { port: await listen(server), lines };
}

async function listen(server: Server): Promise<number> {
  closing.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const mail = {
  from: "berth@example.com",
  to: "you@example.com",
  subject: "shop: disk: 91 % – full",
  text: "line\n.\nlast\n",
};

test("a mail goes by STARTTLS with name and password, and nothing of it in clear", async () => {
  const { port, lines } = await mailServer({ tls: true });
  await sendMail({ host: "localhost", port, user: "u", password: "p" }, mail);
  expect(lines.filter((line) => !line.startsWith("tls ")).map((line) => line.split(" ")[0])).toEqual([
    "EHLO",
    "STARTTLS",
  ]);
  expect(lines).toContain("tls MAIL FROM:<berth@example.com>");
  expect(lines).toContain("tls RCPT TO:<you@example.com>");
  expect(lines.at(-1)).toBe("tls QUIT");
});

test("a server that knows the older sign-in only gets that", async () => {
  const { port, lines } = await mailServer({ tls: true, auth: "LOGIN XOAUTH2" });
  await sendMail({ host: "localhost", port, user: "u", password: "p" }, mail);
  expect(lines.filter((line) => line.startsWith("tls AUTH"))).toEqual(["tls AUTH LOGIN"]);
  expect(lines.at(-1)).toBe("tls QUIT");
});

test("without a password a server on the inside may have no TLS", async () => {
  const { port, lines } = await mailServer({ tls: false });
  await sendMail({ host: "127.0.0.1", port }, mail);
  const body = lines.slice(lines.indexOf("") + 1, lines.indexOf("."));
  expect(Buffer.from(body.join(""), "base64").toString()).toBe(mail.text);
});

test("a password is not sent without TLS", async () => {
  const { port, lines } = await mailServer({ tls: false });
  await expect(sendMail({ host: "127.0.0.1", port, user: "u", password: "p" }, mail)).rejects.toThrow(/offers no TLS/);
  expect(lines.join("\n")).not.toContain("AUTH");
});

test.each([
  ["a wrong password", { user: "u", password: "wrong" }, undefined, /said "535 who are you"/],
  ["a refused recipient", {}, "RCPT", /said "550 5\.7\.1 not from you"/],
])("%s is told in the server's words", async (_, login, refuse, message) => {
  const { port } = await mailServer({ tls: true, ...(refuse === undefined ? {} : { refuse }) });
  await expect(sendMail({ host: "localhost", port, ...login }, mail)).rejects.toThrow(message);
});

test("a connection that breaks is a failure until the mail is taken, and none afterwards", async () => {
  for (const resetAt of ["EHLO", "MAIL", "DATA", "."]) {
    const { port } = await mailServer({ tls: false, resetAt });
    await expect(sendMail({ host: "localhost", port }, mail)).rejects.toThrow(
      /^No mail through localhost:\d+: (read ECONNRESET|the server hung up)$/,
    );
  }
  const { port, lines } = await mailServer({ tls: false, resetAt: "QUIT" });
  await sendMail({ host: "localhost", port }, mail);
  expect(lines.at(-1)).toBe("QUIT");
});

test("a subject cannot bring headers of its own", () => {
  const text = compose({ ...mail, subject: "a\r\nBcc: x@example.com", to: "a@b.c>\r\nX: y" }, new Date(0));
  expect(text).not.toMatch(/^(Bcc|X):/m);
  expect(text).toContain("Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n");
  for (const line of text.split("\r\n")) expect(line.length).toBeLessThan(200);
});

async function webhook(status: number): Promise<{ url: string; bodies: unknown[] }> {
  const bodies: unknown[] = [];
  const server = createHttpServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      bodies.push(JSON.parse(body));
      response.writeHead(status).end();
    });
  });
  return { url: `http://127.0.0.1:${await listen(server)}/secret-path`, bodies };
}

test("a webhook gets JSON with a text", async () => {
  const { url, bodies } = await webhook(200);
  await deliver({ webhook: url }, { subject: "s", text: "t\n" });
  expect(bodies).toEqual([{ subject: "s", text: "*s*\nt\n" }]);
});

test("one way that fails is no failure while another works; none that works is", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const [broken, working] = [await webhook(500), await mailServer({ tls: false })];
  const byMail = { host: "127.0.0.1", port: working.port, from: mail.from, to: mail.to };
  await deliver({ webhook: broken.url, mail: byMail }, { subject: "s", text: "t" });
  expect(working.lines.at(-1)).toBe("QUIT");
  await expect(deliver({ webhook: broken.url }, { subject: "s", text: "t" })).rejects.toThrow(/reached nobody/);
  // The address is a secret.
  expect(errors.mock.calls.join()).not.toContain("secret-path");
  await deliver({}, { subject: "s", text: "t" });
});

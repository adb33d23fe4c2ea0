// Sends one mail (RFC 5321), in a container that has Node and no packages. A password goes over TLS or not at all.
import { createConnection, type Socket } from "node:net";
import { hostname } from "node:os";
import { createInterface } from "node:readline";
import { connect as connectTls } from "node:tls";

export interface MailServer {
  readonly host: string;
  /** 465 speaks TLS from the start; others are asked to begin it. */
  readonly port: number;
  readonly user?: string;
  readonly password?: string;
}

export interface Mail {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** @throws with the server's own words if it takes the mail not */
export async function sendMail(server: MailServer, mail: Mail, now: Date = new Date()): Promise<void> {
  let connection = await open(server);
  try {
    await connection.expect(220);
    let extensions = await connection.say(`EHLO ${hostname()}`, 250);
    if (!connection.secure && /^STARTTLS$/im.test(extensions)) {
      await connection.say("STARTTLS", 220);
      connection = await connection.upgrade(server.host);
      extensions = await connection.say(`EHLO ${hostname()}`, 250);
    }
    if (server.user !== undefined) {
      if (!connection.secure) throw new Error(`${server.host} offers no TLS, and a password is not sent without`);
      await signIn(connection, extensions, server.user, server.password ?? "");
    }
    await connection.say(`MAIL FROM:<${mail.from}>`, 250);
    await connection.say(`RCPT TO:<${mail.to}>`, 250);
    await connection.say("DATA", 354);
    await connection.say(`${compose(mail, now)}\r\n.`, 250);
    // The mail is the server's by now: one that hangs up is not sent it again.
    await connection.say("QUIT", 221).catch(() => {});
  } catch (error) {
    throw new Error(`No mail through ${server.host}:${server.port}: ${error instanceof Error ? error.message : error}`);
  } finally {
    connection.socket.destroy();
  }
}

/** RFC 4616; Microsoft's servers have only the older LOGIN, which no RFC describes. */
async function signIn(connection: Connection, extensions: string, user: string, password: string): Promise<void> {
  const encode = (text: string) => Buffer.from(text).toString("base64");
  const offered = /^AUTH[ =](.*)$/im.exec(extensions)?.[1]?.toUpperCase().split(" ") ?? [];
  if (offered.includes("PLAIN") || !offered.includes("LOGIN")) {
    await connection.say(`AUTH PLAIN ${encode(`\0${user}\0${password}`)}`, 235);
    return;
  }
  await connection.say("AUTH LOGIN", 334);
  await connection.say(encode(user), 334);
  await connection.say(encode(password), 235);
}

/** Headers and text; the text in base64, so that no line of it is too long, not ASCII, or a single dot. */
export function compose({ from, to, subject, text }: Mail, now: Date): string {
  const encoded = Buffer.from(text).toString("base64").replaceAll(/.{76}/g, "$&\r\n");
  const oneLine = (value: string) => value.replaceAll(/[\r\n]+/g, " ");
  return [
    `From: <${oneLine(from)}>`,
    `To: <${oneLine(to)}>`,
    `Subject: =?utf-8?B?${Buffer.from(oneLine(subject)).toString("base64")}?=`,
    `Date: ${now.toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: <${now.getTime()}.${process.pid}@${hostname()}>`,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: base64",
    "",
    encoded,
  ].join("\r\n");
}

interface Connection {
  readonly socket: Socket;
  readonly secure: boolean;
  /** Waits for a reply. @throws if it has another code */
  expect(code: number): Promise<string>;
  say(line: string, code: number): Promise<string>;
  upgrade(host: string): Promise<Connection>;
}

async function open({ host, port }: MailServer): Promise<Connection> {
  const secure = port === 465;
  const socket = secure ? connectTls({ host, port, servername: host }) : createConnection({ host, port });
  await ready(socket, secure ? "secureConnect" : "connect");
  return talk(socket, secure);
}

function ready(socket: Socket, event: string): Promise<void> {
  socket.setTimeout(30_000, () => socket.destroy(new Error("no answer in 30 s")));
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once(event, () => {
      socket.off("error", reject);
      resolve();
    });
  });
}

function talk(socket: Socket, secure: boolean): Connection {
  const reader = createInterface({ input: socket });
  const lines = reader[Symbol.asyncIterator]();
  let broken: Error | undefined;
  socket.on("error", (error) => {
    broken = error;
    reader.close();
  });
  const expect = async (code: number) => {
    const reply: string[] = [];
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw broken ?? new Error("the server hung up");
      reply.push(value.slice(4));
      if (/^\d{3}(?!-)/.test(value)) {
        if (Number(value.slice(0, 3)) === code) return reply.join("\n");
        throw new Error(`the server said "${value}"`);
      }
    }
  };
  return {
    socket,
    secure,
    expect,
    say(line, code) {
      socket.write(`${line}\r\n`);
      return expect(code);
    },
    async upgrade(host) {
      reader.close();
      socket.removeAllListeners("data");
      const encrypted = connectTls({ socket, servername: host });
      await ready(encrypted, "secureConnect");
      return talk(encrypted, true);
    },
  };
}

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer as createTlsServer } from "node:tls";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { freePort } from "../../../infra/embedded/postgres.ts";
import { integer, oid, time } from "../../../infra/vps/certificates/der.ts";
import { pauseAfter, whyDue } from "../../../infra/vps/certificates/renewal.ts";
import { authorityName, putSite } from "../../../infra/vps/certificates/store.ts";
import { createAuthority, issue } from "../../../infra/vps/certificates/x509.ts";
import { pebble, startPebble } from "../../support/pebble.ts";
import { describeWith } from "../../support/requirement.ts";

const day = 86_400_000;
const program = join(import.meta.dirname, "../../../infra/vps/certificates");

let folder: string;
let running: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "berth-certificates-"));
  running = [];
});
afterEach(async () => {
  for (const child of running) {
    const ended = new Promise((resolve) => child.once("close", resolve));
    if (child.kill()) await ended;
  }
  rmSync(folder, { recursive: true });
});

function start(command: string, args: string[], env: NodeJS.ProcessEnv): () => string {
  const child = spawn(command, args, { env: { PATH: process.env.PATH, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  running.push(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (output += text));
  return () => output;
}

const agent = (env: NodeJS.ProcessEnv) =>
  start(process.execPath, [join(program, "main.ts")], { CERTIFICATES: folder, SECRETS: folder, ...env });
const site = () => new X509Certificate(readFileSync(join(folder, "site.pem")));
/** As the container's health check compares it. */
const ends = () => Number(readFileSync(join(folder, "ends"), "utf8"));

test("DER as the standard prints it", () => {
  expect(integer(0).toString("hex")).toBe("020100");
  expect(integer(Buffer.from([0x00, 0x80])).toString("hex")).toBe("02020080");
  expect(oid("1.2.840.10045.4.3.2").toString("hex")).toBe("06082a8648ce3d040302");
  expect(time(new Date("2049-12-31T23:59:59Z")).toString()).toContain("491231235959Z");
  expect(time(new Date("2050-01-01T00:00:00Z")).toString()).toContain("20500101000000Z");
});

test("a certificate is for its names and no others, by its authority and no other", () => {
  const [authority, other] = [createAuthority("One", 10), createAuthority("One", 10)];
  const [root, stranger] = [authority, other].map(({ certificate }) => new X509Certificate(certificate));
  const name = fc.stringMatching(/^[a-z0-9]{1,20}(\.[a-z0-9]{1,20}){1,4}$/);
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 20 }), (names) => {
      const { certificate, key } = issue(authority, "One", names, 90);
      const leaf = new X509Certificate(certificate);
      expect(root !== undefined && leaf.checkIssued(root) && leaf.verify(root.publicKey)).toBe(true);
      expect(stranger !== undefined && leaf.verify(stranger.publicKey)).toBe(false);
      for (const wanted of names) expect(leaf.checkHost(wanted)).toBe(wanted);
      expect(leaf.checkHost(`www.${names[0]}`)).toBeUndefined();
      expect(leaf.ca).toBe(false);
      expect(leaf.checkPrivateKey(createPrivateKey(key))).toBe(true);
      expect(leaf.publicKey.equals(createPublicKey(key))).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test("a client that trusts the authority believes the server, by name and by address", async () => {
  const authority = createAuthority("Authority", 10);
  const { certificate: cert, key } = issue(authority, "Authority", ["localhost", "127.0.0.1"], 10);
  const server = createTlsServer({ cert, key });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const dial = (options: { host: string; servername?: string; ca?: string }) =>
    new Promise<string>((resolve) => {
      const socket = connect({ port, ...options }, () => resolve("trusted")).on("error", (e: NodeJS.ErrnoException) =>
        resolve(e.code ?? e.message),
      );
      socket.on("secureConnect", () => socket.destroy());
    });
  const ca = authority.certificate;
  expect(await dial({ host: "127.0.0.1", servername: "localhost", ca })).toBe("trusted");
  expect(await dial({ host: "127.0.0.1", ca })).toBe("trusted");
  expect(await dial({ host: "127.0.0.1", servername: "elsewhere.example", ca })).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
  expect(await dial({ host: "127.0.0.1", servername: "localhost" })).toBe("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  server.close();
});

test("a certificate is due when two thirds of its life are over, for another name, or another kind", () => {
  const authority = createAuthority(authorityName, 10);
  const current = new X509Certificate(issue(authority, authorityName, ["shop.example.com"], 90).certificate);
  const own = { names: ["shop.example.com"], own: true };
  const now = Date.now();
  expect(whyDue(undefined, own, now)).toBe("there is none");
  expect(whyDue(current, own, now + 59 * day)).toBeUndefined();
  expect(whyDue(current, own, now + 61 * day)).toMatch(/^the one in use ends on /);
  expect(whyDue(current, { ...own, names: ["shop.example.com", "www.example.com"] }, now)).toMatch(/lacks www/);
  expect(whyDue(current, { ...own, own: false }, now)).toBe("the one in use is a stand-in");
});

test("tries after failures stay below five an hour and within six hours", () => {
  const pauses = [1, 2, 3, 4, 5, 6, 7, 8].map(pauseAfter);
  expect(pauses.slice(0, 5)).toEqual([60, 180, 540, 1620, 4860]);
  expect(pauses.at(-1)).toBe(6 * 3600);
});

test("an expired certificate is replaced, its end written down; keys are the agent's alone", async () => {
  const authority = createAuthority(authorityName, 10);
  await putSite(folder, issue(authority, authorityName, ["localhost"], -0.02));
  expect(ends()).toBeLessThan(Date.now() / 1000);
  agent({ NAMES: "localhost" });
  await vi.waitFor(() => expect(Date.parse(site().validTo)).toBeGreaterThan(Date.now() + 80 * day), {
    timeout: 120_000,
  });
  await expect.poll(ends).toBe(Date.parse(site().validTo) / 1000);
  for (const key of ["site-key.pem", "authority-key.pem"]) expect(statSync(join(folder, key)).mode & 0o777).toBe(0o600);
  expect(site().checkIssued(new X509Certificate(readFileSync(join(folder, "ca.pem"))))).toBe(true);
});

test("what cannot be had is logged with its cause, and the stand-in stays", async () => {
  const output = agent({ NAMES: "shop.example.com", DIRECTORY: `https://127.0.0.1:${await freePort()}/dir` });
  await vi.waitFor(() => expect(output()).toMatch(/"level":"error".*No new certificate: .*ECONNREFUSED/), {
    timeout: 120_000,
  });
  expect(site().checkHost("shop.example.com")).toBe("shop.example.com");
});

describeWith("certificates from an ACME authority", [pebble], () => {
  test("orders, proves the names over HTTP, keeps what it got, and renews it by itself", async () => {
    const httpPort = await freePort();
    const asked: string[] = [];
    const web = createServer((request, response) => {
      const token = /^\/\.well-known\/acme-challenge\/([\w-]+)$/.exec(request.url ?? "")?.[1] ?? "none";
      asked.push(request.headers.host ?? "");
      response.end(readFileSync(join(folder, "challenges", token)));
    });
    await new Promise<void>((resolve) => web.listen(httpPort, "127.0.0.1", resolve));
    const authority = await startPebble({ folder, address: "127.0.0.1", httpPort, validSeconds: 12 });
    writeFileSync(join(folder, "pebble-ca.pem"), authority.root);

    const wanted = ["shop.example.com", "www.example.com"];
    const output = agent({
      NAMES: wanted.join(","),
      EMAIL: "ops@example.com",
      DIRECTORY: authority.directory,
      NODE_EXTRA_CA_CERTS: join(folder, "pebble-ca.pem"),
    });
    await vi.waitFor(() => expect(output()).toMatch(/Got a certificate from 127/), { timeout: 120_000 });
    const issued = site();
    expect(issued.issuer).toMatch(/Pebble/);
    expect(wanted.map((name) => issued.checkHost(name))).toEqual(wanted);
    expect(issued.checkPrivateKey(createPrivateKey(readFileSync(join(folder, "site-key.pem"))))).toBe(true);
    expect(readFileSync(join(folder, "site.pem"), "utf8").match(/BEGIN CERTIFICATE/g)?.length).toBeGreaterThan(1);
    expect(new Set(asked.map((host) => host.split(":")[0]))).toEqual(new Set(wanted));

    await vi.waitFor(() => expect(site().serialNumber).not.toBe(issued.serialNumber), { timeout: 120_000 });
    expect(Date.now()).toBeLessThan(Date.parse(issued.validTo) + 1000);
    expect(output().match(/Got a certificate/g)).toHaveLength(2);
    // What proved the names is gone.
    expect(readdirSync(join(folder, "challenges"))).toEqual([]);
    await authority.stop();
    web.close();
  });
});

test("openssl agrees with the request for a certificate", async () => {
  const { newKey, request } = await import("../../../infra/vps/certificates/x509.ts");
  const der = request(newKey(), ["shop.example.com", "www.example.com"]);
  const shown = execFileSync("openssl", ["req", "-inform", "DER", "-verify", "-noout", "-text"], {
    input: der,
    stdio: "pipe",
  }).toString();
  expect(shown).toContain("DNS:shop.example.com, DNS:www.example.com");
});

// Pebble, the ACME server that Let's Encrypt tests with, and the name server that it asks.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { freePort } from "../../infra/embedded/postgres.ts";
import { createAuthority, issue } from "../../infra/vps/certificates/x509.ts";
import type { Requirement } from "./requirement.ts";

export const pebble: Requirement = {
  variable: "BERTH_REQUIRE_PEBBLE",
  missing:
    spawnSync("pebble", ["-version"]).error === undefined ? undefined : "there is no pebble (an ACME server) on PATH",
};

export interface Pebble {
  readonly directory: string;
  /** Certificate, PEM, by which the directory is trusted. */
  readonly root: string;
  stop(): Promise<void>;
}

export interface PebbleOptions {
  /** For its files. */
  readonly folder: string;
  /** Address that clients reach it at. */
  readonly address: string;
  /** Port that every name is asked on, on loopback. */
  readonly httpPort: number;
  /** Of the certificates it gives. */
  readonly validSeconds: number;
}

/** Starts one; of its nonces every third is refused, so that the way back from that is gone as well. */
export async function startPebble({ folder, address, httpPort, validSeconds }: PebbleOptions): Promise<Pebble> {
  const [port, names] = [await freePort(), await nameServer()];
  const authority = createAuthority("Pebble's own", 10);
  const tls = issue(authority, "Pebble's own", ["localhost", address], 10);
  const [certificate, privateKey] = [join(folder, "pebble.pem"), join(folder, "pebble-key.pem")];
  writeFileSync(certificate, tls.certificate);
  writeFileSync(privateKey, tls.key);
  const config = {
    listenAddress: `0.0.0.0:${port}`,
    managementListenAddress: `127.0.0.1:${await freePort()}`,
    ...{ certificate, privateKey, httpPort },
    tlsPort: await freePort(),
    profiles: { default: { description: "the only one", validityPeriod: validSeconds } },
  };
  const file = join(folder, "pebble.json");
  writeFileSync(file, JSON.stringify({ pebble: config }));
  const dns = `127.0.0.1:${(names.address() as AddressInfo).port}`;
  const child = spawn("pebble", ["-config", file, "-dnsserver", dns], {
    env: { ...process.env, PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "30" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  await says(child, /ACME directory available at|Listening on/);
  const stop = async () => {
    const ended = new Promise((resolve) => child.once("close", resolve));
    if (child.kill()) await ended;
    names.close();
  };
  return { directory: `https://${address}:${port}/dir`, root: authority.certificate, stop };
}

function says(child: ChildProcess, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (text: Buffer) => {
        output += text.toString();
        if (pattern.test(output)) resolve();
      });
    }
    child.once("close", (code) => reject(new Error(`Pebble ended with ${code}:\n${output}`)));
  });
}

/** Answers 127.0.0.1 to every question; over TCP, which is how Pebble asks. */
async function nameServer(): Promise<Server> {
  const server = createServer((socket) =>
    socket.on("data", (asked) => {
      const question = asked.subarray(2);
      const end = question.indexOf(0, 12) + 5;
      const isAddress = question.readUInt16BE(end - 4) === 1;
      const head = Buffer.from(question.subarray(0, end));
      head.writeUInt16BE(0x8580, 2);
      head.writeUInt16BE(isAddress ? 1 : 0, 6);
      head.writeUInt32BE(0, 8);
      const address = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
      const answer = isAddress ? Buffer.concat([head, address]) : head;
      socket.write(Buffer.concat([Buffer.from([answer.length >> 8, answer.length & 0xff]), answer]));
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

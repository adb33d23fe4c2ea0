// Takes a look: asks the site, its certificate, disk, memory, the backups' folder, and reads what engine.ts wrote.
import { readdir, readFile, statfs } from "node:fs/promises";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import type { BackupFacts, ContainerFact, Facts } from "./facts.ts";

export interface Subject {
  /** Where users find the site; asked for under this name. */
  readonly url: string;
  /** Where nginx answers on the environment's own network. */
  readonly host: string;
  readonly port: number;
  /** Folder of the backups; undefined where none are configured. */
  readonly backups?: string;
  /** What engine.ts wrote. */
  readonly containers: string;
}

export async function collect(subject: Subject, now: Date = new Date()): Promise<Facts> {
  const [probed, disk, memory, seen, backup] = await Promise.all([
    probe(subject),
    statfs("/"),
    readFile("/proc/meminfo", "utf8"),
    readSeen(subject.containers),
    subject.backups === undefined ? undefined : readBackups(subject.backups),
  ]);
  return {
    at: now.toISOString(),
    site: { url: subject.url, ...probed.site },
    ...(probed.certificate === undefined ? {} : { certificate: probed.certificate }),
    disk: { totalBytes: disk.blocks * disk.bsize, freeBytes: disk.bavail * disk.bsize },
    memory: memoryOf(memory),
    ...(seen === undefined ? {} : { containers: seen.containers, containersAt: seen.at }),
    ...(backup === undefined ? {} : { backup }),
  };
}

interface Probe {
  readonly site: { readonly status?: number; readonly milliseconds: number; readonly error?: string };
  readonly certificate?: string;
}

/** Through nginx as users come, but straight to it: the host's own name may lead nowhere from inside. */
function probe({ url, host, port }: Subject): Promise<Probe> {
  const { protocol, hostname, host: authority } = new URL(url);
  const started = performance.now();
  const milliseconds = () => Math.round(performance.now() - started);
  return new Promise((resolve) => {
    let certificate: string | undefined;
    const options = {
      host,
      port,
      path: "/health/ready/",
      headers: { host: authority },
      timeout: 10_000,
      agent: false as const,
    };
    const asking =
      // The look is at the certificate's end, not at who signed it: a local one is signed by nobody known.
      protocol === "https:"
        ? requestHttps({ ...options, servername: hostname, rejectUnauthorized: false })
        : requestHttp(options);
    const done = (site: Omit<Probe["site"], "milliseconds">) =>
      resolve({
        site: { ...site, milliseconds: milliseconds() },
        ...(certificate === undefined ? {} : { certificate }),
      });
    asking.on("socket", (socket) => {
      socket.on("secureConnect", () => {
        certificate = new Date((socket as TLSSocket).getPeerCertificate().valid_to).toISOString();
      });
    });
    asking.on("response", (response) => {
      response.resume();
      done({ status: response.statusCode ?? 0 });
    });
    asking.on("timeout", () => asking.destroy(new Error("no answer in 10 s")));
    asking.on("error", (error) => done({ error: error.message }));
    asking.end();
  });
}

export function memoryOf(meminfo: string): Facts["memory"] {
  const bytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(meminfo)?.[1] ?? 0) * 1024;
  return { totalBytes: bytes("MemTotal"), availableBytes: bytes("MemAvailable") };
}

async function readSeen(file: string): Promise<{ at: string; containers: ContainerFact[] } | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as { at: string; containers: ContainerFact[] };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function readBackups(folder: string): Promise<BackupFacts> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const manifests = names.filter((name) => name.endsWith(".manifest")).sort();
  const newest = manifests.at(-1);
  const failure = names.includes("failure") ? (await readFile(join(folder, "failure"), "utf8")).trim() : undefined;
  const text = newest === undefined ? "" : await readFile(join(folder, newest), "utf8");
  return {
    count: manifests.length,
    ...(newest === undefined ? {} : { newest: timeOf(newest), bytes: Number(/^bytes=(\d+)$/m.exec(text)?.[1] ?? 0) }),
    ...(failure === undefined ? {} : { failure }),
  };
}

/** The time in a backup's id, `20261124T031500Z`, in ISO 8601. */
export function timeOf(id: string): string {
  return id.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z.*$/s, "$1-$2-$3T$4:$5:$6Z");
}

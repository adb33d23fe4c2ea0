// What tests of the app share: an environment, a released database, the app on it, and its processes as a user starts them.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import pg from "pg";
import { onTestFinished } from "vitest";
import { migrations } from "../../app/migrations/index.ts";
import { type Environment, loadEnvironment } from "../../app/platform/load-environment.ts";
import { createLogger, type Logger } from "../../app/platform/logger.ts";
import { type Database, openDatabase } from "../../app/platform/postgres.ts";
import { releaseDatabase } from "../../app/release.ts";
import { buildWeb } from "../../app/web.ts";
import { createDatabase } from "../support/postgres.ts";

/** Keys that pass the check of deployed environments. */
export const keys = {
  SECRET_KEY: "u7Qd0mJx4ZkPp2sYw9LbTn6VrHc3GfEa8iOoXyKtRq5SvBhNjD1W",
  JWT_SECRET_KEY: "c1VbNm7QwErTyUiOpAsDfGhJkLz0XcVbNm2QwErTyUiOpAsDfGh4",
};

/** All that a deployed environment needs, but the database. */
export const deployed = {
  ENVIRONMENT: "production",
  ...keys,
  ALLOWED_HOSTS: "arena.example.com,.play.example.com",
  CORS_ALLOWED_ORIGINS: "https://shop.example.com",
};

export function environmentFor(url: string, variables: Record<string, string> = {}): Environment {
  return loadEnvironment({ ENVIRONMENT: "test", DATABASE_URL: url, ...variables });
}

/** A logger that keeps its lines. */
export function memoryLogger(level: Environment["LOG_LEVEL"] = "debug") {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({ ENVIRONMENT: "test", LOG_LEVEL: level }, "test", {
    write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>),
  });
  return { logger, lines };
}

export const quiet: Logger = memoryLogger("error").logger;

export interface TestApp {
  /** Connection URL of the app's role, which owns nothing. */
  readonly url: string;
  readonly environment: Environment;
  /** As the app's role: row-level security binds it. */
  readonly database: Database;
  /** As the superuser, whom it does not: for what a test arranges and looks up. */
  readonly owner: pg.Pool;
  readonly app: FastifyInstance;
  /** Log lines so far. */
  readonly lines: Record<string, unknown>[];
  /** The same database behind another environment. */
  behind(variables: Record<string, string>, isStopping?: () => boolean): Promise<FastifyInstance>;
  close(): Promise<void>;
}

/** The web application on a database of its own, schema and all. */
export async function startApp(variables: Record<string, string> = {}): Promise<TestApp> {
  const created = await createDatabase();
  const url = created.appUrl;
  const environment = environmentFor(url, variables);
  const { logger, lines } = memoryLogger();
  await releaseDatabase(environmentFor(url, { ...variables, ...created.owner }), quiet, migrations);
  const owner = new pg.Pool({ connectionString: created.url, max: 3 });
  const database = await openDatabase(environment, { applicationName: "test", logger: quiet });
  const app = await buildWeb({ environment, database, logger });
  const others: FastifyInstance[] = [];
  return {
    url,
    environment,
    database,
    owner,
    app,
    lines,
    async behind(changed, isStopping) {
      const other = await buildWeb({ environment: environmentFor(url, changed), database, logger, isStopping });
      others.push(other);
      return other;
    },
    async close() {
      for (const server of [app, ...others]) await server.close();
      await database.close();
      await owner.end();
      await created.drop();
    },
  };
}

/** A tournament that the API takes. */
export function newTournament(slug: string, changes: Record<string, unknown> = {}) {
  return { slug, name: `The ${slug}`, starts_at: "2027-05-01T10:00:00Z", capacity: 16, ...changes };
}

/** A process of the app. */
export interface AppProcess {
  readonly child: ChildProcess;
  /** Everything on stdout and stderr so far. */
  output(): string;
  /** Exit code; null if a signal ended it. */
  readonly exited: Promise<number | null>;
  /** Waits until the output matches; fails if the process ends before. */
  saw(pattern: RegExp): Promise<RegExpExecArray>;
  /** The address that it listens at, once it does. */
  address(): Promise<string>;
}

const repository = join(import.meta.dirname, "..", "..");

/** Starts `node app/main.ts command` with exactly these variables. */
export function startProcess(command: string, variables: Record<string, string>, entry = "app/main.ts"): AppProcess {
  const child = spawn(process.execPath, [join(repository, entry), command], {
    env: { PATH: process.env.PATH ?? "", ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // A test that fails must not leave it behind.
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  const saw = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(output);
        if (found !== null) resolve(found);
      };
      child.stdout.on("data", look);
      child.stderr.on("data", look);
      void exited.then((code) => reject(new Error(`${command} ended with ${code} before ${pattern}: ${output}`)));
      look();
    });
  return {
    child,
    output: () => output,
    exited,
    saw,
    async address() {
      const [, port] = await saw(/listening at http:\/\/127\.0\.0\.1:(\d+)/);
      return `http://127.0.0.1:${port}`;
    },
  };
}

/** Asks until the answer is true. */
export async function eventually(
  check: () => Promise<boolean> | boolean,
  what: string,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`Not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

// The app's connections to PostgreSQL: one pool, with Kysely on top of it.
import { setTimeout as sleep } from "node:timers/promises";
import { type ColumnType, Kysely, PostgresDialect, type Transaction } from "kysely";
import pg from "pg";
import { causeOf } from "./cause.ts";
import type { Environment } from "./load-environment.ts";
import type { Logger } from "./logger.ts";
import type { AppliedMigration } from "./migration.ts";
import { appCredentials, type Credentials, connectionOptions, schema } from "./postgres-options.ts";
import { Problem } from "./problem.ts";
import { watchQueries } from "./query-watch.ts";
import { noTelemetry, type Telemetry } from "./telemetry.ts";

/** A moment, as ISO 8601 in UTC. */
export type Moment = ColumnType<string, Date | string, Date | string>;
/** When a row was made: the database says. */
export type Stamp = ColumnType<string, Date | string | undefined, Date | string>;

/** Tables of the schema `arena`, as the newest migration leaves them. Each domain adds its own to this interface. */
export interface Tables {
  migrations: AppliedMigration;
}

export type Queries = Kysely<Tables>;
export type Trx = Transaction<Tables>;

export interface Database {
  readonly pool: pg.Pool;
  readonly db: Queries;
  /** Ends idle connections at once and the others when their queries have ended. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** Shown in PostgreSQL's list of sessions. */
  readonly applicationName: string;
  readonly logger: Logger;
  /** Most connections at a time. @default 10 */
  readonly connections?: number;
  /** Who signs in. @default the user of DATABASE_URL */
  readonly credentials?: Credentials;
  /** Milliseconds that a statement may take; 0 for no limit. @default 15000 */
  readonly statementTimeout?: number;
  /** Told of each statement. @default nobody */
  readonly telemetry?: Telemetry;
}

/**
 * Milliseconds: a request's client has gone by then, and a statement that waits holds others up. Connections are waited for
 * longer than they take on a busy host, whose first ones, with TLS and a password's hash, all come at the same time.
 */
const limits = { connect: 10_000, statement: 15_000, lock: 5_000, idleInTransaction: 15_000 };

/** Whoever reads the log should look at a statement that takes so many milliseconds. */
const slowMs = 500;

/** Opens the pool; connects on first use, so that a database that is down does not keep the process from starting. */
export async function openDatabase(environment: Environment, options: DatabaseOptions): Promise<Database> {
  const pool = new pg.Pool({
    ...(await connectionOptions(environment, options.credentials ?? appCredentials(environment))),
    application_name: options.applicationName,
    // Whoever says that it sets scopes sees and writes nothing without one (migration 0006).
    options: `-c search_path=${schema} -c timezone=UTC -c datestyle=ISO -c arena.scopes=on`,
    types: { getTypeParser },
    max: options.connections ?? 10,
    connectionTimeoutMillis: limits.connect,
    idleTimeoutMillis: 30_000,
    statement_timeout: options.statementTimeout ?? limits.statement,
    lock_timeout: limits.lock,
    idle_in_transaction_session_timeout: limits.idleInTransaction,
    keepAlive: true,
  });
  // Without listeners, a connection that breaks while idle or between queries would end the process.
  const onError = (error: Error) => options.logger.warn({ err: error }, "A database connection broke");
  pool.on("error", onError);
  const { logger, telemetry = noTelemetry } = options;
  pool.on("connect", (client) => {
    client.on("error", onError);
    watchQueries(client, (text, milliseconds, failed) => {
      const cause = causeOf();
      telemetry.query({ text, milliseconds, failed, traceparent: cause?.traceparent });
      if (milliseconds < slowMs) return;
      const duration_ms = Math.round(milliseconds);
      logger.warn({ duration_ms, query: text.slice(0, 1_000), request_id: cause?.request_id }, "A slow statement");
    });
  });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return { pool, db, close: () => pool.end() };
}

/** The same connections for a library, which takes moments as pg gives them: as Date. */
export function libraryPool({ pool }: Pick<Database, "pool">, connections: number, logger: Logger): pg.Pool {
  // Spread leaves the password out, which pg hides from enumeration.
  const { password } = pool.options;
  const { types: _ours, ...options } = { ...pool.options, password, max: connections };
  const own = new pg.Pool(options);
  const onError = (error: Error) => logger.warn({ err: error }, "A database connection broke");
  own.on("error", onError);
  own.on("connect", (client) => client.on("error", onError));
  return own;
}

const timestamptz = 1184;

/** Moments stay text, to the microsecond: answers hold them as text anyway, and two conversions cost a tenth of a list. */
function getTypeParser(type: number, format?: "text" | "binary") {
  return type === timestamptz && format !== "binary" ? isoMoment : pg.types.getTypeParser(type, format);
}

/** From PostgreSQL's 2027-05-01 10:00:00.25+00. */
function isoMoment(text: string): string {
  return `${text.slice(0, 10)}T${text.slice(11, -3)}Z`;
}

/** Failures that pass when the server has started. */
const passing = new Set(["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ETIMEDOUT", "57P03"]);

/** Waits until the database answers. @throws Problem when `timeoutMs` are over, or at once if waiting does not help */
export async function waitForDatabase(pool: pg.Pool, timeoutMs: number): Promise<void> {
  const { host, port, user } = pool.options;
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      await pool.query("select 1");
      return;
    } catch (cause) {
      const { code, message } = cause as Error & { code?: string };
      const mayPass = passing.has(code ?? "") || /timeout|terminated/i.test(message);
      if (!mayPass)
        throw new Problem("UNAVAILABLE", `The database at ${host}:${port} refuses user ${user}: ${message}.`, {
          cause,
        });
      if (Date.now() > deadline) {
        const waited = Math.round(timeoutMs / 1000);
        throw new Problem(
          "UNAVAILABLE",
          `The database at ${host}:${port} did not answer within ${waited} s (${code ?? message}): check DATABASE_URL and that it runs.`,
          { cause },
        );
      }
      await sleep(250);
    }
  }
}

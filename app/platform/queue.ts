// The queue in PostgreSQL: a job is written in the transaction of the change that caused it, and runs if that commits.
import { sql, type Transaction } from "kysely";
import { causeOf } from "./cause.ts";
import type { Logger } from "./logger.ts";
import type { Mailer } from "./mail.ts";
import type { Database, Tables } from "./postgres.ts";
import type { Storage } from "./storage.ts";

/** Schema of graphile-worker's tables and functions. */
export const queueSchema = "graphile_worker";

/** What a job works with. */
export interface JobContext {
  readonly database: Database;
  readonly logger: Logger;
  readonly mailer: Mailer;
  readonly storage: Storage;
  /** Names this job in the whole installation, and is the same in each of its attempts. */
  readonly key: string;
  /** Aborts when the worker must stop: end soon, or throw to return the job to the queue. */
  readonly signal: AbortSignal;
}

/** A kind of job. `run` may be called again with the same payload, after a failure or a kill: its effect must not double. */
export interface Job<Payload> {
  readonly name: string;
  /** Attempts before the job counts as dead; they back off exponentially. @default 10 */
  readonly maxAttempts?: number;
  /**
   * When it runs by itself, with an empty payload: minute, hour, day of the month, month, day of the week, in UTC. Once,
   * however many workers there are. @default only when it is added
   */
  readonly schedule?: string;
  run(payload: Payload, context: JobContext): Promise<void>;
}

/** A job of any payload, as a worker holds it. */
export type AnyJob = Pick<Job<never>, "name" | "run" | "maxAttempts" | "schedule">;

export const defaultAttempts = 10;

/** Adds a job to the caller's transaction. What caused it goes along: the request's id, for the job's log lines. */
export async function enqueue<Payload>(trx: Transaction<Tables>, job: Job<Payload>, payload: Payload): Promise<void> {
  const cause = causeOf();
  const whole = JSON.stringify(cause === undefined ? payload : { ...payload, [causeField]: cause });
  await sql`select ${sql.id(queueSchema, "add_job")}(
    ${job.name}::text, payload := ${whole}::json, max_attempts := ${job.maxAttempts ?? defaultAttempts}::int
  )`.execute(trx);
}

/** Beside the payload's own fields, so that a worker of an older release reads what it knows. */
export const causeField = "$cause";

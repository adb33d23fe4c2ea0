// The queue in PostgreSQL: a job is written in the transaction of the change that caused it, and runs if that commits.
import { sql, type Transaction } from "kysely";
import type { Logger } from "./logger.ts";
import type { Database, Tables } from "./postgres.ts";

/** Schema of graphile-worker's tables and functions. */
export const queueSchema = "graphile_worker";

/** What a job works with. */
export interface JobContext {
  readonly database: Database;
  readonly logger: Logger;
  /** Aborts when the worker must stop: end soon, or throw to return the job to the queue. */
  readonly signal: AbortSignal;
}

/** A kind of job. `run` may be called again with the same payload, after a failure or a kill: its effect must not double. */
export interface Job<Payload> {
  readonly name: string;
  /** Attempts before the job counts as dead; they back off exponentially. @default 10 */
  readonly maxAttempts?: number;
  run(payload: Payload, context: JobContext): Promise<void>;
}

/** A job of any payload, as a worker holds it. */
export type AnyJob = Pick<Job<never>, "name" | "run">;

/** Adds a job to the caller's transaction. */
export async function enqueue<Payload>(trx: Transaction<Tables>, job: Job<Payload>, payload: Payload): Promise<void> {
  await sql`select ${sql.id(queueSchema, "add_job")}(
    ${job.name}::text, payload := ${JSON.stringify(payload)}::json, max_attempts := ${job.maxAttempts ?? 10}::int
  )`.execute(trx);
}

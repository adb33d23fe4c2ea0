// Installs the queue and takes jobs from it. Web never loads this: to add a job is one SQL call.
import {
  type JobHelpers,
  type LogFunctionFactory,
  Logger as QueueLogger,
  type Runner,
  run,
  runMigrations,
} from "graphile-worker";
import type { Pool } from "pg";
import type { Logger } from "./logger.ts";
import type { Database } from "./postgres.ts";
import { Problem } from "./problem.ts";
import { type AnyJob, queueSchema } from "./queue.ts";

/** Installs or updates the queue's own schema. For release only: it needs the rights of the owner. */
export async function installQueue(pool: Pool, logger: Logger): Promise<void> {
  await runMigrations({ pgPool: pool, schema: queueSchema, logger: queueLogger(logger) });
}

/** A worker that runs. */
export interface QueueWorker {
  /** Takes no more jobs and waits for those that run; what has not ended in time goes back to the queue. */
  stop(): Promise<void>;
  /** Settles when the worker has ended; rejects if it broke down. */
  readonly ended: Promise<void>;
}

export interface WorkerOptions {
  readonly database: Database;
  readonly logger: Logger;
  readonly jobs: readonly AnyJob[];
  /** Seconds in which `stop` must be done. */
  readonly stopTimeout: number;
  /** Jobs at a time. @default 4 */
  readonly concurrency?: number;
}

/** @throws Problem if release has not installed the queue */
export async function startWorker(options: WorkerOptions): Promise<QueueWorker> {
  const { database, logger } = options;
  await assertInstalled(database.pool);
  const runner: Runner = await run({
    pgPool: database.pool,
    schema: queueSchema,
    concurrency: options.concurrency ?? 4,
    pollInterval: 2_000,
    noHandleSignals: true,
    gracefulShutdownAbortTimeout: graceMs(options.stopTimeout),
    parsedCronItems: [],
    logger: queueLogger(logger),
    taskList: Object.fromEntries(options.jobs.map((job) => [job.name, taskOf(job, options)])),
  });
  return { ended: runner.promise, stop: () => runner.stop() };
}

/** Milliseconds that jobs get to end; the rest is for writing down that they did not. */
function graceMs(stopTimeout: number): number {
  return Math.max(stopTimeout * 0.6, stopTimeout - 3) * 1000;
}

function taskOf(job: AnyJob, { database, logger }: WorkerOptions) {
  return (payload: unknown, helpers: JobHelpers) => {
    const signal = helpers.abortSignal;
    const log = logger.child({ job: job.name, job_id: helpers.job.id });
    // The promise rejects when the time is over: the attempt then counts as failed, and the job goes back to the queue.
    return Promise.race([job.run(payload as never, { database, logger: log, signal }), helpers.abortPromise]);
  };
}

/** The queue's library would install its schema itself, with rights that a worker does not have. */
async function assertInstalled(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ name: string | null }>("select to_regclass($1)::text as name", [
    `${queueSchema}.migrations`,
  ]);
  if (rows[0]?.name == null) {
    throw new Problem("UNAVAILABLE", "The database has no queue: run the image's command release first.");
  }
}

/** What the queue's library says, as our log lines; a job's payload stays out of them. */
function queueLogger(logger: Logger): QueueLogger {
  const levels = { error: "error", warning: "warn", info: "info", debug: "debug" } as const;
  const factory: LogFunctionFactory = () => (level, message, meta) => {
    const { job, duration } = meta as {
      job?: { id: string; task_identifier: string; attempts: number };
      duration?: number;
    };
    const known = job && { job: job.task_identifier, job_id: job.id, attempt: job.attempts };
    logger[levels[level]]({ ...known, duration_ms: duration && Math.round(duration) }, message);
  };
  return new QueueLogger(factory);
}

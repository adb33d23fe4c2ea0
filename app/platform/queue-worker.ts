// Installs the queue and takes jobs from it. Web never loads this: to add a job is one SQL call.
import { EventEmitter } from "node:events";
import {
  type JobHelpers,
  type LogFunctionFactory,
  type ParsedCronItem,
  parseCronItems,
  Logger as QueueLogger,
  type Runner,
  run,
  runMigrations,
} from "graphile-worker";
import type { Pool } from "pg";
import { because, type Cause } from "./cause.ts";
import type { Logger } from "./logger.ts";
import type { Mailer } from "./mail.ts";
import { type Database, libraryPool } from "./postgres.ts";
import { Problem } from "./problem.ts";
import { type AnyJob, causeField, defaultAttempts, queueSchema } from "./queue.ts";
import { keepAlive, type Liveness } from "./queue-liveness.ts";
import type { Storage } from "./storage.ts";
import { protectTask } from "./task-protection.ts";
import { noTelemetry, type Telemetry } from "./telemetry.ts";

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
  readonly mailer: Mailer;
  readonly storage: Storage;
  /** @default nobody watches */
  readonly telemetry?: Telemetry;
  readonly jobs: readonly AnyJob[];
  /** Seconds in which `stop` must be done. */
  readonly stopTimeout: number;
  /** Where ECS is told that this task runs jobs. @default nowhere */
  readonly ecsAgent?: string | undefined;
  /** Jobs at a time. @default 4 */
  readonly concurrency?: number;
}

/** @throws Problem if release has not installed the queue */
export async function startWorker(options: WorkerOptions): Promise<QueueWorker> {
  const { database, logger } = options;
  await assertInstalled(database.pool);
  const concurrency = options.concurrency ?? 4;
  const events = new EventEmitter();
  const protection = protectTask(options.ecsAgent, events, logger);
  // One beside those that take jobs listens for new ones; a further one schedules.
  const pool = libraryPool(database, concurrency + 2, logger);
  let liveness: Liveness | undefined;
  events.once("pool:create", ({ workerPool }: { workerPool: { id: string } }) => {
    liveness = keepAlive(database, logger, workerPool.id);
  });
  const runner: Runner = await run({
    pgPool: pool,
    schema: queueSchema,
    concurrency,
    pollInterval: 2_000,
    noHandleSignals: true,
    gracefulShutdownAbortTimeout: graceMs(options.stopTimeout),
    parsedCronItems: scheduled(options.jobs),
    events,
    // In batches of what is there: only with these does the library's stop wait until it is written down what is done.
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    logger: queueLogger(logger),
    taskList: Object.fromEntries(options.jobs.map((job) => [job.name, taskOf(job, options)])),
  });
  return {
    ended: runner.promise,
    async stop() {
      // Last: until all its jobs have ended or gone back, nobody else may take them.
      await runner.stop().finally(() => liveness?.stop());
      protection.stop();
      await pool.end();
    },
  };
}

/** What was missed while no worker ran is made up for, once, if it was due in the last day. */
const madeUpForMs = 24 * 3600 * 1000;

function scheduled(jobs: readonly AnyJob[]): ParsedCronItem[] {
  return parseCronItems(
    jobs.flatMap(({ name, schedule, maxAttempts }) =>
      schedule === undefined
        ? []
        : {
            task: name,
            match: schedule,
            identifier: name,
            options: {
              backfillPeriod: madeUpForMs,
              maxAttempts: maxAttempts ?? defaultAttempts,
              // One that still waits is not joined by another.
              jobKey: name,
              jobKeyMode: "preserve_run_at" as const,
            },
          },
    ),
  );
}

/** Milliseconds that jobs get to end; the rest is for writing down that they did not. */
function graceMs(stopTimeout: number): number {
  return Math.max(stopTimeout * 0.6, stopTimeout - 3) * 1000;
}

function taskOf(job: AnyJob, { database, logger, mailer, storage, telemetry = noTelemetry }: WorkerOptions) {
  return async (whole: unknown, helpers: JobHelpers) => {
    const { [causeField]: cause, _cron, ...payload } = whole as Record<string, unknown> & { [causeField]?: Cause };
    const { id, created_at } = helpers.job;
    const context = {
      database,
      logger: logger.child({ job: job.name, job_id: id, request_id: cause?.request_id }),
      mailer,
      storage,
      // Ids begin anew in a database that is made anew.
      key: `${job.name}/${id}/${created_at.getTime()}`,
      signal: helpers.abortSignal,
    };
    const started = performance.now();
    const work = telemetry.begin("job", cause?.traceparent);
    const here = { ...cause, traceparent: work?.traceparent };
    const end = (failed: boolean) => work?.end({ name: job.name, failed, milliseconds: performance.now() - started });
    try {
      // It rejects when the time is over: the attempt then counts as failed, and the job goes back to the queue.
      await because(here, () => Promise.race([job.run(payload as never, context), helpers.abortPromise]));
      end(false);
    } catch (error) {
      end(true);
      const isLast = helpers.job.attempts >= helpers.job.max_attempts;
      if (isLast) telemetry.report(error, { name: job.name, request_id: cause?.request_id });
      throw error;
    }
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
      job?: { id: string; task_identifier: string; attempts: number; payload?: { [causeField]?: Cause } };
      duration?: number;
    };
    const known = job && {
      job: job.task_identifier,
      job_id: job.id,
      attempt: job.attempts,
      request_id: job.payload?.[causeField]?.request_id,
    };
    logger[levels[level]]({ ...known, duration_ms: duration && Math.round(duration) }, message);
  };
  return new QueueLogger(factory);
}

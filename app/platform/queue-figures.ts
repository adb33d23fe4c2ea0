// How the queue stands, told once a minute as a log line that metrics are made of: autoscaling and alarms read them.
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import type { Logger } from "./logger.ts";
import type { Database } from "./postgres.ts";
import { queueSchema } from "./queue.ts";

/** What is waiting in the queue. */
export interface QueueFigures {
  /** Jobs that could run and that no worker has taken. */
  readonly ready: number;
  /** Seconds that the oldest of them has been waiting; 0 if there is none. */
  readonly oldest_seconds: number;
  /** Jobs that have failed for the last time. */
  readonly dead: number;
}

export async function readQueueFigures({ db }: Pick<Database, "db">): Promise<QueueFigures> {
  const { rows } = await sql<QueueFigures>`
    select
      count(*) filter (where waiting)::int as ready,
      coalesce(round(extract(epoch from now() - min(run_at) filter (where waiting))), 0)::int as oldest_seconds,
      count(*) filter (where attempts >= max_attempts and locked_at is null)::int as dead
    from (
      select *, locked_at is null and attempts < max_attempts and run_at <= now() as waiting
      from ${sql.table(`${queueSchema}.jobs`)}
    ) as job`.execute(db);
  return rows[0] ?? { ready: 0, oldest_seconds: 0, dead: 0 };
}

/** Tells the figures at once and every minute, until `signal` aborts. */
export async function tellQueueFigures(
  database: Pick<Database, "db">,
  logger: Logger,
  signal: AbortSignal,
  seconds = 60,
): Promise<void> {
  // Whatever LOG_LEVEL says: without these lines nothing would scale, and no alarm would ring.
  const told = logger.child({}, { level: "info" });
  while (!signal.aborted) {
    try {
      told.info({ queue: await readQueueFigures(database) }, "Queue");
    } catch (err) {
      // A database that does not answer shows elsewhere; the next minute may be better.
      logger.warn({ err }, "The queue's figures cannot be read");
    }
    await pause(seconds, signal);
  }
}

/** Waits so many seconds, or until `signal` aborts. */
async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  await sleep(seconds * 1000, undefined, { signal, ref: false }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

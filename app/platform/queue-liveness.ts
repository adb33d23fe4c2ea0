// Jobs of a worker that was killed go back to the queue within seconds. By itself, the queue's library waits four hours: it
// cannot tell a dead worker from a slow one. Here each worker holds a lock of PostgreSQL's that ends with its connection.
import { sql } from "kysely";
import type { PoolClient } from "pg";
import type { Logger } from "./logger.ts";
import type { Database } from "./postgres.ts";
import { queueSchema } from "./queue.ts";

/** Any number that no other user of the database's advisory locks takes. */
const lockSpace = 7_226_448_152;
const sweepMs = 5_000;

/** What keeps a worker known as living. */
export interface Liveness {
  stop(): Promise<void>;
}

/** @param worker the name that the worker's jobs are locked by */
export function keepAlive(database: Database, logger: Logger, worker: string): Liveness {
  let holder: PoolClient | undefined;
  let suspects: ReadonlySet<string> = new Set();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const hold = async () => {
    if (holder !== undefined) return;
    const client = await database.pool.connect();
    // Whoever loses the connection has lost the lock, and takes it anew with the next sweep.
    client.once("end", () => {
      if (holder !== client) return;
      holder = undefined;
      client.release(true);
    });
    try {
      await client.query("select pg_advisory_lock(hashtextextended($1, $2))", [worker, lockSpace]);
      holder = client;
    } catch (error) {
      client.release(true);
      throw error;
    }
  };
  const sweep = async () => {
    try {
      await hold();
      suspects = await releaseJobs(database, logger, worker, suspects);
    } catch (err) {
      // A database that does not answer shows elsewhere; the next sweep may find it back.
      if (!stopped) logger.warn({ err }, "Jobs of dead workers cannot be looked for");
    }
    if (!stopped) timer = setTimeout(begin, sweepMs);
  };
  const begin = () => {
    running = sweep();
  };
  let running = sweep();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
      const client = holder;
      holder = undefined;
      client?.release(true);
    },
  };
}

/**
 * Gives the jobs of those back whose lock was free twice in a row: a worker that has just begun, or lost its connection, takes
 * its lock in the time between. Returns whom to look at again.
 */
async function releaseJobs(
  { db }: Database,
  logger: Logger,
  self: string,
  suspects: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ worker: string; dead: boolean }>`
    select worker, pg_try_advisory_xact_lock(hashtextextended(worker, ${lockSpace})) as dead
    from (
      select locked_by as worker from ${sql.table(`${queueSchema}._private_jobs`)} where locked_by is not null
      union select locked_by from ${sql.table(`${queueSchema}._private_job_queues`)} where locked_by is not null
    ) as lockers
    where worker <> ${self}`.execute(db);
  const free = rows.filter(({ dead }) => dead).map(({ worker }) => worker);
  const dead = free.filter((worker) => suspects.has(worker));
  if (dead.length > 0) {
    await sql`select ${sql.id(queueSchema, "force_unlock_workers")}(${dead}::text[])`.execute(db);
    logger.warn({ workers: dead }, "Workers have died: their jobs are back in the queue");
  }
  return new Set(free);
}

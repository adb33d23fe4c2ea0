// Jobs that have failed for the last time: seen, and tried again.
import { sql } from "kysely";
import { audit } from "./audit.ts";
import type { Database, Queries } from "./postgres.ts";
import { Problem } from "./problem.ts";
import { queueSchema } from "./queue.ts";
import { redactText } from "./redact.ts";
import { inScope, type Scope } from "./scope.ts";

/** A dead job, without its payload, which may hold what concerns people. */
export interface DeadJob {
  readonly id: string;
  readonly job: string;
  readonly attempts: number;
  /** What its last attempt failed with; null if its worker was killed. */
  readonly last_error: string | null;
  readonly created_at: string;
  readonly failed_at: string;
}

const isDead = sql<boolean>`attempts >= max_attempts and locked_at is null`;

/** Newest first. @param before only those with a lower id */
export async function listDeadJobs(db: Queries, limit: number, before?: string): Promise<readonly DeadJob[]> {
  const { rows } = await sql<DeadJob>`
    select id::text, task_identifier as job, attempts::int, last_error, created_at, updated_at as failed_at
    from ${sql.table(`${queueSchema}.jobs`)}
    where ${isDead} and (${before ?? null}::bigint is null or id < ${before ?? null}::bigint)
    order by jobs.id desc limit ${limit}`.execute(db);
  return rows.map((row) => ({ ...row, last_error: row.last_error === null ? null : redactText(row.last_error) }));
}

/** It has all its attempts again, and runs as soon as a worker is free. @throws Problem if there is no such dead job */
export async function retryDeadJob(database: Database, scope: Scope, id: string): Promise<void> {
  await inScope(database, scope, async (trx) => {
    const { rows } = await sql`
      select from ${sql.table(`${queueSchema}._private_jobs`)}
      where id = ${id}::bigint and ${isDead} for update`.execute(trx);
    if (rows.length === 0) throw new Problem("NOT_FOUND", "There is no such dead job.");
    await sql`select ${sql.id(queueSchema, "reschedule_jobs")}(array[${id}::bigint], run_at := now(), attempts := 0)`.execute(
      trx,
    );
    await audit(trx, { action: "job.retry", detail: { job: id } });
  });
}

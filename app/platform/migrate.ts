// Brings the schema forward: numbered migrations, one release at a time, under an advisory lock of PostgreSQL.
import { setTimeout as sleep } from "node:timers/promises";
import type { ClientBase } from "pg";
import { type AppliedMigration, checksum, type Migration, planMigrations } from "./migration.ts";
import { schema } from "./postgres-options.ts";
import { Problem } from "./problem.ts";

/** Any number that no other user of the database's advisory locks takes. */
const lockKey = 7_226_448_151;
const lockWait = { timeoutMs: 60_000, pollMs: 200 };
/** A migration that waits for a lock makes all queries behind it wait too; this long at most. */
const statementLockTimeout = "5s";

/** Runs `work` while no other release holds the lock. The lock ends with the connection, even of a killed process. */
export async function withReleaseLock<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + lockWait.timeoutMs;
  // Polled: a session that waits in pg_advisory_lock holds a snapshot, and CREATE INDEX CONCURRENTLY in the session
  // that has the lock would wait for it for ever.
  while (!(await tryLock(client))) {
    if (Date.now() > deadline) {
      throw new Problem(
        "UNAVAILABLE",
        `Another release has held the lock for ${lockWait.timeoutMs / 1000} s: wait for it to end and run release again.`,
      );
    }
    await sleep(lockWait.pollMs);
  }
  try {
    return await work();
  } finally {
    await client.query("select pg_advisory_unlock($1)", [lockKey]);
  }
}

async function tryLock(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>("select pg_try_advisory_lock($1) as locked", [lockKey]);
  return rows[0]?.locked === true;
}

/** Makes the schema and the record of migrations. */
export async function installMigrations(client: ClientBase): Promise<void> {
  await client.query(`
    create schema if not exists ${schema};
    create table if not exists ${schema}.migrations (
      name text primary key,
      checksum text not null,
      status text not null check (status in ('started', 'done')),
      started_at timestamptz not null default now(),
      finished_at timestamptz
    )`);
}

/** Runs what is pending and returns its names. @throws Problem if the database is not as the migrations left it */
export async function migrate(client: ClientBase, migrations: readonly Migration[]): Promise<readonly string[]> {
  const plan = planMigrations(migrations, await appliedMigrations(client));
  if ("refusal" in plan) throw new Problem("CONFLICT", plan.refusal);
  for (const migration of plan.pending) {
    const run = migration.transaction === "none" ? runInSteps : runAtOnce;
    await run(client, migration).catch((cause: unknown) => {
      throw new Problem("INTERNAL_ERROR", failure(migration, cause), { cause });
    });
  }
  return plan.pending.map((migration) => migration.name);
}

/** The sentence that says why this release may not serve from the database; undefined if it may. */
export async function whyNotMigrated(
  client: Pick<ClientBase, "query">,
  migrations: readonly Migration[],
): Promise<string | undefined> {
  const { rows } = await client.query<{ name: string | null }>("select to_regclass($1)::text as name", [
    `${schema}.migrations`,
  ]);
  const applied = rows[0]?.name === null ? [] : await appliedMigrations(client);
  const done = applied.filter((row) => row.status === "done").map((row) => row.name);
  const missing = migrations.find((migration) => !done.includes(migration.name));
  // What the database has beyond this release is no fault: a rollback runs older code on a newer schema.
  return missing && `The database lacks migration ${missing.name}: run the image's command release first.`;
}

async function appliedMigrations(client: Pick<ClientBase, "query">): Promise<readonly AppliedMigration[]> {
  const { rows } = await client.query<AppliedMigration>(
    `select name, checksum, status from ${schema}.migrations order by name`,
  );
  return rows;
}

async function runAtOnce(client: ClientBase, migration: Migration): Promise<void> {
  await client.query("begin");
  try {
    await client.query(`set local lock_timeout = '${statementLockTimeout}'; set local search_path = ${schema}`);
    for (const statement of migration.statements) await client.query(statement);
    await client.query(
      `insert into ${schema}.migrations (name, checksum, status, finished_at) values ($1, $2, 'done', clock_timestamp())`,
      [migration.name, checksum(migration)],
    );
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
}

async function runInSteps(client: ClientBase, migration: Migration): Promise<void> {
  await client.query(`insert into ${schema}.migrations (name, checksum, status) values ($1, $2, 'started')`, [
    migration.name,
    checksum(migration),
  ]);
  await client.query(`set lock_timeout = '${statementLockTimeout}'; set search_path = ${schema}`);
  try {
    for (const statement of migration.statements) await client.query(statement);
  } finally {
    await client.query("reset lock_timeout; reset search_path");
  }
  await client.query(
    `update ${schema}.migrations set status = 'done', finished_at = clock_timestamp() where name = $1`,
    [migration.name],
  );
}

function failure(migration: Migration, cause: unknown): string {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const remains =
    migration.transaction === "none"
      ? "what it had done stays, look at it before the next release"
      : "nothing of it stays";
  return `Migration ${migration.name} failed (${reason}); ${remains}.`;
}

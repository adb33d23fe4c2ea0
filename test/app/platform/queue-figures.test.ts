import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { announce } from "../../../app/domains/tournaments/announce.ts";
import { houseTenant } from "../../../app/domains/tournaments/repository.ts";
import { enqueue } from "../../../app/platform/queue.ts";
import { readQueueFigures, tellQueueFigures } from "../../../app/platform/queue-figures.ts";
import { eventually, memoryLogger, startApp, type TestApp } from "../harness.ts";

let arena: TestApp;
beforeAll(async () => {
  arena = await startApp();
});
afterAll(() => arena.close());
beforeEach(() => arena.database.pool.query("delete from graphile_worker._private_jobs"));

async function addJobs(...changes: string[]): Promise<void> {
  for (const change of changes) {
    await arena.database.db
      .transaction()
      .execute((trx) => enqueue(trx, announce, { tenantId: houseTenant, tournamentId: houseTenant }));
    await arena.database.pool.query(
      `update graphile_worker._private_jobs set ${change} where id = (select max(id) from graphile_worker._private_jobs)`,
    );
  }
}

test("an empty queue has nothing that waits", async () => {
  expect(await readQueueFigures(arena.database)).toEqual({ ready: 0, oldest_seconds: 0, dead: 0 });
});

test("jobs wait from when they could run until a worker takes them; the dead are counted apart", async () => {
  await addJobs(
    "run_at = now() - interval '90 seconds'",
    "run_at = now() - interval '10 seconds'",
    "run_at = now() + interval '1 hour'",
    "run_at = now() - interval '2 hours', attempts = 1, locked_at = now(), locked_by = 'somebody'",
    "run_at = now() - interval '3 hours', attempts = max_attempts",
    // Its last attempt is under way.
    "run_at = now() - interval '4 hours', attempts = max_attempts, locked_at = now(), locked_by = 'somebody'",
  );
  const figures = await readQueueFigures(arena.database);
  expect(figures).toMatchObject({ ready: 2, dead: 1 });
  expect(figures.oldest_seconds).toBeGreaterThanOrEqual(90);
  expect(figures.oldest_seconds).toBeLessThan(3600);
});

test("they are told at once and again, whatever the log level, until told to stop", async () => {
  const { logger, lines } = memoryLogger("error");
  const stop = new AbortController();
  const telling = tellQueueFigures(arena.database, logger, stop.signal, 0.01);
  await eventually(() => lines.length >= 2, "figures are told");
  stop.abort();
  await telling;
  expect(lines[0]).toMatchObject({ level: "info", message: "Queue", queue: { ready: 0, oldest_seconds: 0, dead: 0 } });
});

test("a database that does not answer ends nothing", async () => {
  const { logger, lines } = memoryLogger("warn");
  const stop = new AbortController();
  await arena.owner.query("alter view graphile_worker.jobs rename to jobs_away");
  const telling = tellQueueFigures(arena.database, logger, stop.signal, 0.01);
  await eventually(() => lines.length >= 1, "the failure is told");
  await arena.owner.query("alter view graphile_worker.jobs_away rename to jobs");
  await eventually(() => lines.some((line) => line.message === "Queue"), "figures are told again");
  stop.abort();
  await telling;
  expect(lines[0]).toMatchObject({ level: "warn", message: "The queue's figures cannot be read" });
});

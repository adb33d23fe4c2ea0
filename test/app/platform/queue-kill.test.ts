import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, startApp, startProcess, type TestApp } from "../harness.ts";

const jobs = 1_000;
const kills = 8;
let arena: TestApp;
beforeAll(async () => {
  arena = await startApp();
  // Nothing but the job itself keeps an effect from being there twice.
  await arena.owner.query(`
    create table arena.test_runs (number integer not null);
    create table arena.test_effects (number integer not null);
    grant insert on arena.test_runs, arena.test_effects to public`);
});
afterAll(() => arena.close());

const start = async () => {
  const variables = { ENVIRONMENT: "test", LOG_LEVEL: "warn", DATABASE_URL: arena.url };
  const worker = startProcess("", variables, "test/app/platform/killable-worker.ts");
  await worker.saw(/taking jobs/);
  return worker;
};
const figures = async () => {
  const { rows } = await arena.owner.query(`select
    (select count(*) from arena.test_runs)::int as runs,
    (select count(*) from arena.test_effects)::int as effects,
    (select count(distinct number) from arena.test_effects)::int as distinct_effects,
    (select count(*) from graphile_worker._private_jobs)::int as left_over`);
  return rows[0];
};

test("workers are killed at any moment: every job's effect happens, and none twice", async () => {
  await arena.owner.query(
    `select graphile_worker.add_job('test.count', json_build_object('number', number)) from generate_series(1, $1) number`,
    [jobs],
  );
  const workers = await Promise.all([start(), start()]);
  const all = [...workers];
  for (let killed = 0; killed < kills; killed += 1) {
    await sleep(Math.random() * 300);
    const victim = workers.shift();
    victim?.child.kill("SIGKILL");
    expect(await victim?.exited).toBeNull();
    const next = await start();
    workers.push(next);
    all.push(next);
  }
  await eventually(async () => (await figures()).left_over === 0, "all jobs are done");
  const { runs, ...done } = await figures();
  expect(done).toEqual({ effects: jobs, distinct_effects: jobs, left_over: 0 });
  // Else no kill hit a job, and the test shows nothing.
  expect(runs).toBeGreaterThan(jobs);
  expect(all.map(({ output }) => output()).join()).toContain("Workers have died: their jobs are back in the queue");
});

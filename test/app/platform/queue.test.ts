import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { announce } from "../../../app/domains/tournaments/announce.ts";
import { houseTenant, insertTournament } from "../../../app/domains/tournaments/repository.ts";
import { createMailer } from "../../../app/platform/mailer.ts";
import { enqueue, type Job } from "../../../app/platform/queue.ts";
import { type QueueWorker, startWorker } from "../../../app/platform/queue-worker.ts";
import { inScope } from "../../../app/platform/scope.ts";
import { openStorage } from "../../../app/platform/storage.ts";
import { eventually, memoryLogger, newTournament, startApp, type TestApp } from "../harness.ts";

let arena: TestApp;
beforeAll(async () => {
  arena = await startApp();
});
afterAll(() => arena.close());

const count = async (table: string) => Number((await arena.owner.query(`select count(*) from ${table}`)).rows[0].count);

async function withWorker(
  jobs: readonly Job<never>[],
  work: (lines: Record<string, unknown>[]) => Promise<void>,
  ecsAgent?: string,
) {
  const { logger, lines } = memoryLogger("info");
  const { database, environment } = arena;
  const [mailer, storage] = [createMailer(environment), openStorage(environment)];
  const worker: QueueWorker = await startWorker({ database, logger, mailer, storage, jobs, stopTimeout: 5, ecsAgent });
  try {
    await work(lines);
  } finally {
    await worker.stop();
  }
}

test("a job is there if its transaction commits, and only then", async () => {
  const scope = { tenant: houseTenant };
  const rolledBack = inScope(arena.database, scope, async (trx) => {
    await insertTournament(trx, houseTenant, newTournament("undone"));
    await enqueue(trx, announce, { tenantId: houseTenant, tournamentId: "01900000-0000-7000-8000-00000000dead" });
    throw new Error("changed my mind");
  });
  await expect(rolledBack).rejects.toThrow("changed my mind");
  expect([await count("arena.tournaments"), await count("graphile_worker._private_jobs")]).toEqual([0, 0]);

  await inScope(arena.database, scope, async (trx) => {
    await insertTournament(trx, houseTenant, newTournament("done"));
    await enqueue(trx, announce, { tenantId: houseTenant, tournamentId: "01900000-0000-7000-8000-00000000dead" });
    expect(await count("graphile_worker._private_jobs")).toBe(0);
  });
  expect([await count("arena.tournaments"), await count("graphile_worker._private_jobs")]).toEqual([1, 1]);
});

test("the announcement is published once, however often its job runs", async () => {
  const { rows } = await arena.owner.query("select id from arena.tournaments");
  const tournamentId: string = rows[0].id;
  await arena.database.db.transaction().execute(async (trx) => {
    const tenantId = houseTenant;
    for (let index = 0; index < 5; index += 1) await enqueue(trx, announce, { tenantId, tournamentId });
    await enqueue(trx, announce, { tenantId, tournamentId: "01900000-0000-7000-8000-00000000dead" });
  });
  await withWorker([announce], () =>
    eventually(async () => (await count("graphile_worker._private_jobs")) === 0, "jobs are done"),
  );
  const { rows: news } = await arena.owner.query("select message from arena.tournament_activity");
  expect(news).toEqual([{ message: "The done is announced, with room for 16 teams." }]);
});

test("a job that fails is tried again with the same payload, and its log lines hold no payload", async () => {
  const seen: unknown[] = [];
  const flaky: Job<{ to: string }> = {
    name: "test.flaky",
    async run(payload) {
      seen.push(payload);
      if (seen.length === 1) throw new Error("mail to ada@example.com bounced, password=hunter2");
    },
  };
  await arena.database.db.transaction().execute((trx) => enqueue(trx, flaky, { to: "ada@example.com" }));
  await withWorker([flaky], async (lines) => {
    await eventually(
      () => seen.length === 1 && lines.some((line) => line.level === "error"),
      "the first attempt failed",
    );
    await arena.database.pool.query("update graphile_worker._private_jobs set run_at = now()");
    await eventually(() => seen.length === 2, "the second attempt ran");
    await sleep(100);
    expect(seen).toEqual([{ to: "ada@example.com" }, { to: "ada@example.com" }]);
    expect(lines).toContainEqual(expect.objectContaining({ level: "error", job: "test.flaky", attempt: 1 }));
    expect(JSON.stringify(lines)).not.toMatch(/ada@example\.com|hunter2/);
  });
});

test("a worker that ECS runs asks that it be spared once it has a job", async () => {
  let asked = 0;
  const agent = createServer((_request, response) => {
    asked += 1;
    response.end('{"protection":{}}');
  }).listen(0, "127.0.0.1");
  await once(agent, "listening");
  const job: Job<object> = { name: "test.spared", run: async () => {} };
  const address = `http://127.0.0.1:${(agent.address() as AddressInfo).port}`;
  await withWorker(
    [job],
    async () => {
      expect(asked).toBe(0);
      await arena.database.db.transaction().execute((trx) => enqueue(trx, job, {}));
      await eventually(() => asked === 1, "it asked");
    },
    address,
  );
  agent.close();
});

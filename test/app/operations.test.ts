import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cleanUpPlatform } from "../../app/platform/clean-up.ts";
import { bucketOf } from "../../app/platform/flag-provider.ts";
import { type Flags, flagsOf } from "../../app/platform/flags.ts";
import { createMailer } from "../../app/platform/mailer.ts";
import { enqueue, type Job } from "../../app/platform/queue.ts";
import { once } from "../../app/platform/queue-once.ts";
import { startWorker } from "../../app/platform/queue-worker.ts";
import { openStorage } from "../../app/platform/storage.ts";
import { type Actor, actor, cookieFor } from "./actors.ts";
import { eventually, memoryLogger, quiet, startApp, type TestApp } from "./harness.ts";

let arena: TestApp;
let operator: Actor;
beforeAll(async () => {
  arena = await startApp();
  operator = await actor(arena, { role: "saas_admin" });
});
afterAll(() => arena.close());

async function withWorker(jobs: readonly Job<never>[], work: (lines: Record<string, unknown>[]) => Promise<void>) {
  const { logger, lines } = memoryLogger("info");
  const { database, environment } = arena;
  const [mailer, storage] = [createMailer(environment), openStorage(environment)];
  const worker = await startWorker({ database, logger, mailer, storage, jobs, stopTimeout: 5 });
  await work(lines).finally(() => worker.stop());
}

const audited = async (action: string) =>
  (await arena.owner.query("select user_id, detail from arena.audit_log where action = $1 order by id", [action])).rows;

describe("dead jobs", () => {
  let succeeds = false;
  const doomed: Job<{ secret: string }> = {
    name: "test.doomed",
    maxAttempts: 1,
    async run() {
      if (!succeeds) throw new Error("no luck, password=hunter2");
    },
  };
  const list = (query = "") => arena.app.inject({ url: `/api/v1/jobs/dead/${query}`, headers: operator.headers });

  test("are listed without what they hold, in pages, and tried again when told to", async () => {
    await arena.database.db.transaction().execute(async (trx) => {
      for (let index = 0; index < 3; index += 1) await enqueue(trx, doomed, { secret: "ada@example.com" });
    });
    await withWorker([doomed], () => eventually(async () => (await list()).json().items.length === 3, "they are dead"));
    const first = (await list("?limit=2")).json();
    expect(first.items).toHaveLength(2);
    expect(first.items[0]).toMatchObject({
      job: "test.doomed",
      attempts: 1,
      last_error: "no luck, password=[redacted]",
    });
    expect(JSON.stringify(first)).not.toMatch(/ada@example|hunter2/);
    const second = (await list(`?limit=2&cursor=${first.next}`)).json();
    expect([second.items.length, second.next]).toEqual([1, null]);

    succeeds = true;
    const { id } = second.items[0];
    const retry = () =>
      arena.app.inject({ method: "POST", url: `/api/v1/jobs/dead/${id}/retry/`, headers: operator.headers });
    expect((await retry()).statusCode).toBe(204);
    expect((await retry()).statusCode).toBe(404);
    await withWorker([doomed], () =>
      eventually(async () => {
        const { rowCount } = await arena.owner.query("select from graphile_worker._private_jobs where id = $1", [id]);
        return rowCount === 0;
      }, "it is done"),
    );
    expect(await audited("job.retry")).toEqual([{ user_id: operator.user, detail: { job: id } }]);
  });

  test("stand on a page with a button each", async () => {
    const { cookie, csrf } = await cookieFor(arena, operator);
    const page = await arena.app.inject({ url: "/operations/", headers: { cookie } });
    const [, id] = /name="id" value="(\d+)"/.exec(page.body) ?? [];
    expect(page.body).toContain("no luck");
    const post = (url: string, fields: Record<string, string>) =>
      arena.app.inject({
        method: "POST",
        url,
        headers: { cookie, "content-type": "application/x-www-form-urlencoded" },
        payload: new URLSearchParams({ _csrf: csrf, ...fields }).toString(),
      });
    expect((await post("/operations/retry/", { id: id ?? "" })).statusCode).toBe(303);
    expect((await list()).json().items.map((job: { id: string }) => job.id)).not.toContain(id);
    expect((await post("/operations/flag/", { name: "exports", percentage: "100" })).statusCode).toBe(303);
  });

  test("are for whoever runs the installation only", async () => {
    const admin = await actor(arena, { role: "admin" });
    for (const url of ["/api/v1/jobs/dead/", "/api/v1/flags/"]) {
      expect((await arena.app.inject({ url, headers: admin.headers })).statusCode).toBe(403);
      expect((await arena.app.inject(url)).statusCode).toBe(401);
    }
  });
});

test("a scheduled job runs by itself, once however many workers there are; what was missed is made up for", async () => {
  const nightly: Job<unknown> = {
    name: "test.nightly",
    schedule: "0 * * * *",
    async run(payload, { logger, key }) {
      logger.info({ payload, key }, "Nightly");
    },
  };
  // As if all workers had been away for an hour, in which it was due once.
  const hour = new Date().getUTCHours();
  await arena.owner.query(`insert into graphile_worker._private_known_crontabs (identifier, known_since, last_execution)
    values ('test.nightly', now() - interval '1 day', now() - interval '1 hour')`);
  const runs: Record<string, unknown>[] = [];
  await Promise.all(
    [0, 1].map(() =>
      withWorker([nightly], async (lines) => {
        const here = () => lines.filter(({ message }) => message === "Nightly");
        await eventually(() => runs.length > 0 || here().length > 0, "it runs here or there");
        runs.push(...here().slice(0, 1));
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        runs.push(...here().slice(1));
      }),
    ),
  );
  // The turn of the hour in between may add one.
  expect([1, new Date().getUTCHours() === hour ? 1 : 2]).toContain(runs.length);
  expect(runs[0]).toMatchObject({ payload: {} });
});

test("an effect is there once, for whoever is first; what is old is forgotten", async () => {
  const { database } = arena;
  const claim = () => database.db.transaction().execute((trx) => once(trx, "mail/1"));
  const claims = await Promise.all([claim(), claim(), claim()]);
  expect(claims.filter(Boolean)).toHaveLength(1);
  await expect(
    database.db.transaction().execute(async (trx) => {
      expect(await once(trx, "mail/2")).toBe(true);
      throw new Error("undone");
    }),
  ).rejects.toThrow("undone");
  expect(await database.db.transaction().execute((trx) => once(trx, "mail/2"))).toBe(true);

  await arena.owner.query("update arena.job_effects set done_at = now() - interval '31 days' where key = 'mail/1'");
  const [mailer, storage] = [createMailer(arena.environment), openStorage(arena.environment)];
  const signal = new AbortController().signal;
  await cleanUpPlatform.run({}, { database, logger: quiet, mailer, storage, key: "clean", signal });
  expect((await arena.owner.query("select key from arena.job_effects order by key")).rows).toEqual([{ key: "mail/2" }]);
});

describe("feature flags", () => {
  const set = (percentage: number, tenants: readonly string[] = [], name = "exports") =>
    arena.app.inject({
      method: "PUT",
      url: `/api/v1/flags/${name}/`,
      headers: operator.headers,
      payload: { percentage, tenants },
    });
  /** One that has not read the table yet. */
  const fresh = (): Flags => flagsOf(arena.database);

  test("are on as code says until they are set; then for a share of organisers, always the same, that only grows", async () => {
    await arena.owner.query("delete from arena.feature_flags");
    const subjects = Array.from({ length: 400 }, () => ({ tenant: randomUUID() }));
    const on = async () => {
      const flags = fresh();
      const answers = await Promise.all(subjects.map((subject) => flags.isOn("exports", subject)));
      return subjects.filter((_subject, index) => answers[index]).map(({ tenant }) => tenant);
    };
    expect(await on()).toHaveLength(400);
    expect((await set(30)).statusCode).toBe(204);
    const some = await on();
    expect(some.length).toBeGreaterThan(70);
    expect(some.length).toBeLessThan(170);
    await set(60);
    expect(await on()).toEqual(expect.arrayContaining(some));
    await set(0, [subjects[7]?.tenant ?? ""]);
    expect(await on()).toEqual([subjects[7]?.tenant]);
    expect(bucketOf("exports", "a")).not.toBe(bucketOf("other", "a"));
    expect(await audited("flag.set")).toContainEqual({
      user_id: operator.user,
      detail: { flag: "exports", percentage: 30, tenants: [] },
    });
  });

  test("switch a route off, for those that they are off for", async () => {
    const [one, other] = [await actor(arena, { role: "manager" }), await actor(arena, { role: "manager" })];
    await set(0, [other.tenant]);
    const app = await arena.behind({});
    const order = (by: Actor) =>
      app.inject({
        method: "POST",
        url: "/api/v1/exports/",
        headers: by.headers,
        payload: { report: "inventory", format: "csv" },
      });
    const refused = await order(one);
    expect([refused.statusCode, refused.json()]).toEqual([403, expect.objectContaining({ code: "SWITCHED_OFF" })]);
    expect((await order(other)).json().code).not.toBe("SWITCHED_OFF");
  });

  test("without a table that answers, what code says holds", async () => {
    await arena.owner.query("alter table arena.feature_flags rename to feature_flags_away");
    expect(await fresh().isOn("exports", { tenant: randomUUID() })).toBe(true);
    await arena.owner.query("alter table arena.feature_flags_away rename to feature_flags");
  });

  test("that code does not ask for cannot be set, nor shares beyond 0 to 100", async () => {
    expect((await set(50, [], "unknown")).statusCode).toBe(400);
    expect((await set(101)).statusCode).toBe(400);
    const { items } = (await arena.app.inject({ url: "/api/v1/flags/", headers: operator.headers })).json();
    expect(items).toEqual([expect.objectContaining({ name: "exports", purpose: expect.any(String) })]);
  });
});

import { Agent, get } from "node:http";
import type pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { actor } from "./actors.ts";
import { deployed, eventually, newTournament, startApp, startProcess, type TestApp } from "./harness.ts";

let arena: TestApp;
let blocker: pg.PoolClient;
beforeAll(async () => {
  arena = await startApp();
});
afterAll(() => arena.close());

// Whoever holds this lock decides when requests and jobs end.
beforeEach(async () => {
  blocker = await arena.owner.connect();
});
afterEach(() => blocker.release(true));
const block = () => blocker.query("begin; lock table arena.tournaments in access exclusive mode");
const unblock = () => blocker.query("commit");
const waiting = (application: string) =>
  eventually(async () => {
    const { rows } = await arena.database.pool.query(
      "select from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock' and datname = current_database()",
      [application],
    );
    return rows.length > 0;
  }, `${application} waits for the lock`);

/** A request on a connection that is kept. */
function ask(agent: Agent, url: string): Promise<{ status: number; connection: string; body: string }> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { host: "arena.example.com" } }, (response) => {
      let body = "";
      response.on("data", (chunk) => (body += chunk.toString()));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, connection: response.headers.connection ?? "", body }),
      );
    }).on("error", reject);
  });
}

describe("web", () => {
  test("on SIGTERM is not ready at first, ends the request that runs, keeps no connection, and exits with 0", async () => {
    const web = startProcess("web", { ...deployed, PORT: "0", STOP_TIMEOUT: "10", DATABASE_URL: arena.url });
    const address = await web.address();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const other = new Agent({ keepAlive: true });
    expect((await ask(other, `${address}/health/ready/`)).connection).toBe("keep-alive");

    await block();
    const slow = ask(agent, `${address}/api/v1/tournaments/`);
    await waiting("arena-web");
    web.child.kill("SIGTERM");
    await web.saw(/"Stopping"/);
    const ready = await ask(other, `${address}/health/ready/`);
    expect([ready.status, ready.connection, JSON.parse(ready.body)]).toEqual([
      503,
      "close",
      { status: "not_ready", reason: "stopping" },
    ]);
    expect((await ask(new Agent(), `${address}/health/`)).status).toBe(200);

    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await expect(ask(new Agent(), `${address}/health/`)).rejects.toThrow(/ECONNREFUSED/);
    expect(web.child.exitCode).toBeNull();
    await unblock();
    const { status, connection } = await slow;
    expect([status, connection]).toEqual([200, "close"]);
    expect(await web.exited).toBe(0);
    expect(web.output()).toMatch(/"Stopped"/);
  });

  test("a second signal, as from a terminal and a parent, cuts nothing off", async () => {
    const web = startProcess("web", { ENVIRONMENT: "test", PORT: "0", STOP_TIMEOUT: "10", DATABASE_URL: arena.url });
    const address = await web.address();
    await block();
    const slow = fetch(`${address}/api/v1/tournaments/`);
    await waiting("arena-web");
    web.child.kill("SIGINT");
    web.child.kill("SIGTERM");
    await new Promise((resolve) => setTimeout(resolve, 200));
    await unblock();
    expect((await slow).status).toBe(200);
    expect(await web.exited).toBe(0);
  });

  test("what does not end within STOP_TIMEOUT is cut off, with exit code 1", async () => {
    const web = startProcess("web", { ENVIRONMENT: "test", PORT: "0", STOP_TIMEOUT: "1", DATABASE_URL: arena.url });
    const address = await web.address();
    await block();
    const slow = fetch(`${address}/api/v1/tournaments/`).then(
      () => "answered",
      () => "cut off",
    );
    await waiting("arena-web");
    web.child.kill("SIGTERM");
    expect(await web.exited).toBe(1);
    expect(await slow).toBe("cut off");
    expect(web.output()).toMatch(/Not ended within STOP_TIMEOUT \(1 s\)/);
    await unblock();
  });

  test("a taken port is one sentence and exit code 1", async () => {
    const first = startProcess("web", { ENVIRONMENT: "test", PORT: "0", DATABASE_URL: arena.url });
    const { port } = new URL(await first.address());
    const second = startProcess("web", { ENVIRONMENT: "test", PORT: port, DATABASE_URL: arena.url });
    expect(await second.exited).toBe(1);
    expect(second.output()).toMatch(new RegExp(`"message":"web failed: listen EADDRINUSE.*${port}"`));
  });
});

describe("worker", () => {
  const worker = (stopTimeout: string) =>
    startProcess("worker", { ENVIRONMENT: "test", PORT: "0", STOP_TIMEOUT: stopTimeout, DATABASE_URL: arena.url });
  const create = async (slug: string) => {
    const { headers } = await actor(arena, { role: "manager" });
    const payload = newTournament(slug);
    await arena.app.inject({ method: "POST", url: "/api/v1/tournaments/", payload, headers });
    // Opening registration publishes it, which a job announces.
    const opening = { method: "POST", url: `/api/v1/tournaments/${slug}/transitions/`, headers } as const;
    await arena.app.inject({ ...opening, payload: { move: "open_registration" } });
  };
  const news = async (name: string) =>
    (await arena.owner.query("select from arena.tournament_activity where message like $1", [`${name} %`])).rowCount;
  const jobs = async () =>
    (await arena.database.pool.query("select attempts, locked_at, last_error from graphile_worker._private_jobs")).rows;

  test("on SIGTERM ends the job that runs, takes no other, and exits with 0", async () => {
    await create("running");
    await block();
    const process = worker("10");
    await waiting("arena-worker");
    process.child.kill("SIGTERM");
    await process.saw(/"Stopping"/);
    const health = fetch(`${await process.address()}/health/ready/`);
    expect((await health).status).toBe(503);
    await unblock();
    expect(await process.exited).toBe(0);
    expect(await news("The running")).toBe(1);
    expect(await jobs()).toEqual([]);
  });

  test("a job that does not end in time goes back to the queue, and another worker does it", async () => {
    await create("returned");
    await block();
    const first = worker("2");
    await waiting("arena-worker");
    first.child.kill("SIGTERM");
    expect(await first.exited, first.output()).toBe(0);
    expect(await jobs()).toEqual([{ attempts: 1, locked_at: null, last_error: expect.any(String) }]);
    await unblock();
    const second = worker("10");
    await second.saw(/Completed task/);
    expect(await news("The returned")).toBe(1);
    second.child.kill("SIGTERM");
    expect(await second.exited).toBe(0);
  });

  test("without the queue it says what to do", async () => {
    const url = new URL(arena.url);
    url.pathname = "/postgres";
    const process = startProcess("worker", { ENVIRONMENT: "test", PORT: "0", DATABASE_URL: url.href });
    expect(await process.exited).toBe(1);
    expect(process.output()).toContain("The database has no queue: run the image's command release first.");
  });
});

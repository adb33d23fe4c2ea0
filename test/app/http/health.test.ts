import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../../app/platform/postgres.ts";
import { buildWeb } from "../../../app/web.ts";
import { environmentFor, quiet, startApp, startProcess, type TestApp } from "../harness.ts";

let arena: TestApp;
beforeAll(async () => {
  arena = await startApp();
});
afterAll(() => arena.close());

describe("with its database", () => {
  test.each(["/health/", "/healthz/", "/health", "/healthz"])("%s says that the process lives", async (url) => {
    const response = await arena.app.inject({ url });
    expect([response.statusCode, response.json()]).toEqual([200, { status: "healthy" }]);
    expect(response.headers["cache-control"]).toBe("no-store");
  });

  test("/health/ready/ says that the database is connected", async () => {
    const response = await arena.app.inject({ url: "/health/ready/" });
    expect([response.statusCode, response.json()]).toEqual([200, { status: "ready", database: "connected" }]);
  });

  test("load balancers that probe by IP address get an answer, and by HEAD too", async () => {
    const app = await arena.behind({ ALLOWED_HOSTS: "arena.example.com" });
    for (const url of ["/health/", "/health/ready/", "/healthz/"]) {
      expect((await app.inject({ url, headers: { host: "10.0.3.17:8080" } })).statusCode).toBe(200);
      expect((await app.inject({ method: "HEAD", url, headers: { host: "10.0.3.17:8080" } })).statusCode).toBe(200);
    }
    expect((await app.inject({ url: "/tournaments/", headers: { host: "10.0.3.17:8080" } })).statusCode).toBe(400);
  });

  test("a process that has been told to stop lives, but is not ready and keeps no connection", async () => {
    const app = await arena.behind({}, () => true);
    const response = await app.inject({ url: "/health/ready/" });
    expect([response.statusCode, response.json()]).toEqual([503, { status: "not_ready", reason: "stopping" }]);
    expect(response.headers.connection).toBe("close");
    expect((await app.inject({ url: "/health/" })).statusCode).toBe(200);
  });
});

describe("without its database", () => {
  test.each([
    ["that nothing listens for", "postgresql://app:hunter2@127.0.0.1:1/arena", 1_000],
    // 192.0.2.0/24 is for documentation (RFC 5737): packets to it get no answer, as from a server that hangs.
    ["that does not answer", "postgresql://app:hunter2@192.0.2.1:5432/arena", 3_000],
  ])("readiness fails soon, and says nothing about the inside, for one %s", async (_what, url, limitMs) => {
    const environment = environmentFor(url);
    const database = await openDatabase(environment, { applicationName: "test", logger: quiet });
    const app = await buildWeb({ environment, database, logger: quiet });
    const started = performance.now();
    const [response, other] = await Promise.all([
      app.inject({ url: "/health/ready/" }),
      app.inject({ url: "/health/ready/" }),
    ]);
    expect(performance.now() - started).toBeLessThan(limitMs);
    expect([response.statusCode, response.json()]).toEqual([503, { status: "not_ready", database: "unavailable" }]);
    expect(other.statusCode).toBe(503);
    expect((await app.inject({ url: "/health/" })).statusCode).toBe(200);

    const list = await app.inject({ url: "/api/v1/tournaments/" });
    expect(list.json()).toMatchObject({ code: "UNAVAILABLE", status: 503 });
    expect(list.body).not.toMatch(/127\.0\.0\.1|192\.0\.2|hunter2|ECONN|5432/);
    expect(list.headers["retry-after"]).toBe("5");
    await app.close();
    await database.close();
  });

  test("web starts all the same, and turns ready when the database is there", async () => {
    const web = startProcess("web", {
      ENVIRONMENT: "test",
      PORT: "0",
      DATABASE_URL: "postgresql://app@127.0.0.1:1/arena",
    });
    const address = await web.address();
    expect((await fetch(`${address}/health/ready/`)).status).toBe(503);
    expect((await fetch(`${address}/health/`)).status).toBe(200);
    web.child.kill("SIGTERM");
    expect(await web.exited).toBe(0);
  });

  test("web refuses a database that release has not been run on", async () => {
    const url = new URL(arena.url);
    url.pathname = "/postgres";
    const web = startProcess("web", { ENVIRONMENT: "test", PORT: "0", DATABASE_URL: url.href });
    expect(await web.exited).toBe(1);
    expect(web.output()).toContain(
      "The database lacks migration 0001_tournaments: run the image's command release first.",
    );
  });
});

describe("the health command", () => {
  test("asks the process on PORT", async () => {
    const web = startProcess("web", { ENVIRONMENT: "test", PORT: "0", DATABASE_URL: arena.url });
    const { port } = new URL(await web.address());
    const health = startProcess("health", { ENVIRONMENT: "test", PORT: port, DATABASE_URL: arena.url });
    expect([await health.exited, health.output()]).toEqual([0, ""]);
    web.child.kill("SIGTERM");
    await web.exited;
    const after = startProcess("health", { ENVIRONMENT: "test", PORT: port, DATABASE_URL: arena.url });
    expect(await after.exited).toBe(1);
    expect(after.output()).toMatch(/^Not healthy: .*ECONNREFUSED/);
  });
});

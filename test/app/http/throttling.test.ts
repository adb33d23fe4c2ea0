import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { actor } from "../actors.ts";
import { startApp, startProcess, type TestApp } from "../harness.ts";

let arena: TestApp;
beforeAll(async () => {
  arena = await startApp();
});
afterAll(() => arena.close());

const counted = async (key: string) =>
  (await arena.owner.query("select points from arena.throttles where key = $1", [key])).rows[0]?.points;

test("two processes share one limit: of six sign-ins from an address, the sixth is refused whichever it asks", async () => {
  const variables = { ENVIRONMENT: "test", PORT: "0", DATABASE_URL: arena.url };
  const processes = [startProcess("web", variables), startProcess("web", variables)];
  const addresses = await Promise.all(processes.map((web) => web.address()));
  const attempts: Response[] = [];
  for (let attempt = 0; attempt < 6; attempt += 1) {
    attempts.push(
      await fetch(`${addresses[attempt % 2]}/api/v1/auth/login/`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ email: "ada@example.com", password: "wrong" }),
      }),
    );
  }
  expect(attempts.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 429]);
  expect(attempts.map(({ headers }) => headers.get("ratelimit-remaining"))).toEqual(["4", "3", "2", "1", "0", "0"]);
  const last = attempts[5] as Response;
  expect(last.headers.get("ratelimit-limit")).toBe("5");
  expect(Number(last.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(Number(last.headers.get("retry-after"))).toBeLessThanOrEqual(60);
  expect(await last.json()).toMatchObject({ code: "THROTTLED", status: 429 });
  expect(await counted("login:127.0.0.1")).toBe(6);
});

describe("what is counted", () => {
  const register = (remoteAddress: string) =>
    arena.app.inject({ method: "POST", url: "/api/v1/auth/register/", payload: {}, remoteAddress });

  test("registering, ten times a minute for each address, also when it is refused", async () => {
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 11; attempt += 1) statuses.push((await register("10.9.9.9")).statusCode);
    expect(statuses).toEqual([...Array(10).fill(400), 429]);
    expect((await register("10.9.9.10")).statusCode).toBe(400);
  });

  test("an address behind a proxy is the client's, if the proxy is trusted", async () => {
    const behind = await arena.behind({ TRUSTED_PROXIES: "127.0.0.0/8" });
    const from = { "x-forwarded-for": "203.0.113.7" };
    await behind.inject({ method: "POST", url: "/api/v1/auth/login/", payload: {}, headers: from });
    expect(await counted("login:203.0.113.7")).toBe(1);
    await arena.app.inject({
      method: "POST",
      url: "/api/v1/auth/login/",
      payload: {},
      headers: from,
      remoteAddress: "10.8.8.8",
    });
    expect([await counted("login:203.0.113.7"), await counted("login:10.8.8.8")]).toEqual([1, 1]);
  });

  test("the API, 1000 times an hour for each account, whatever it brings", async () => {
    const [ada, bob] = [await actor(arena), await actor(arena)];
    const ask = ({ headers }: { headers: Record<string, string> }, url = "/api/v1/auth/me/") =>
      arena.app.inject({ url, headers });
    expect((await ask(ada)).headers).toMatchObject({ "ratelimit-limit": "1000", "ratelimit-remaining": "999" });
    await arena.owner.query("update arena.throttles set points = 999 where key = $1", [`api:${ada.user}`]);
    expect((await ask(ada)).headers["ratelimit-remaining"]).toBe("0");
    expect((await ask(ada)).json()).toMatchObject({ code: "THROTTLED" });
    expect((await ask(ada, "/api/v1/auth/sessions/")).statusCode).toBe(429);
    expect((await ask(bob)).statusCode).toBe(200);
    expect((await arena.app.inject({ url: "/tournaments/", headers: ada.headers })).statusCode).toBe(200);
  });

  test("nothing for whoever has not signed in: public lists pay for no count", async () => {
    const before = (await arena.owner.query("select sum(points) from arena.throttles")).rows;
    for (const url of ["/api/v1/tournaments/", "/tournaments/", "/health/"]) {
      expect((await arena.app.inject({ url })).headers).not.toHaveProperty("ratelimit-limit");
    }
    expect((await arena.owner.query("select sum(points) from arena.throttles")).rows).toEqual(before);
  });

  test("a count that is over begins anew", async () => {
    await arena.owner.query("update arena.throttles set expire = 0 where key = 'register:10.9.9.9'");
    expect((await register("10.9.9.9")).headers["ratelimit-remaining"]).toBe("9");
  });
});

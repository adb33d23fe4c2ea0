import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isAllowedHost } from "../../../app/http/hosts.ts";
import { startApp, type TestApp } from "../harness.ts";

let arena: TestApp;
beforeAll(async () => {
  arena = await startApp();
});
afterAll(() => arena.close());

describe("security headers", () => {
  const requests = [
    ["a page", { url: "/tournaments/" }],
    ["an answer of the API", { url: "/api/v1/tournaments/" }],
    ["health", { url: "/health/" }],
    ["a redirect", { url: "/" }],
    ["an error", { url: "/nothing" }],
    ["a refused host", { url: "/", headers: { host: "evil.example" } }],
    ["a malformed address", { url: "/tournaments/api/%/state/" }],
    [
      "a malformed body",
      {
        method: "POST" as const,
        url: "/api/v1/tournaments/",
        headers: { "content-type": "application/json" },
        payload: "{",
      },
    ],
  ] as const;

  test.each(requests)("are on %s", async (_what, request) => {
    const { headers } = await arena.app.inject(request);
    expect(headers).toMatchObject({
      "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "strict-origin-when-cross-origin",
      "x-request-id": expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(headers["content-security-policy"]).toMatch(/^default-src 'none';.*frame-ancestors 'none'/);
    expect(headers).not.toHaveProperty("x-powered-by");
    expect(headers).not.toHaveProperty("server");
  });

  test("a page's policy has a nonce of its own, and no inline script or style without it", async () => {
    const policies = await Promise.all(
      [1, 2].map(async () =>
        String((await arena.app.inject({ url: "/tournaments/" })).headers["content-security-policy"]),
      ),
    );
    const nonces = policies.map((policy) => /script-src 'self' 'nonce-([\w+/=]{24})'/.exec(policy)?.[1]);
    expect(nonces[0]).toBeDefined();
    expect(nonces[0]).not.toBe(nonces[1]);
    expect(policies.join()).not.toContain("unsafe");
  });

  test("assets from another origin are allowed where STATIC_URL says so", async () => {
    const app = await arena.behind({ STATIC_URL: "https://cdn.example.com/arena/static" });
    const { headers, body } = await app.inject({ url: "/tournaments/" });
    expect(headers["content-security-policy"]).toContain("style-src 'self' https://cdn.example.com 'nonce-");
    expect(body).toMatch(/href="https:\/\/cdn\.example\.com\/arena\/static\/site-[0-9a-f]{10}\.css"/);
  });
});

describe("hosts", () => {
  test.each([
    ["arena.example.com", true],
    ["ARENA.example.com.", true],
    ["play.example.com", true],
    ["eu.play.example.com", true],
    ["evilplay.example.com", false],
    ["example.com", false],
    ["arena.example.com.evil.example", false],
    ["", false],
  ])("%s: %s", (host, allowed) => {
    expect(isAllowedHost(host, ["arena.example.com", ".play.example.com"])).toBe(allowed);
  });

  test("a host that is not ours gets 400 and nothing else, whatever the address", async () => {
    for (const url of ["/", "/nothing", "/api/tournaments/", "/static/x.css"]) {
      const response = await arena.app.inject({ url, headers: { host: "evil.example" } });
      expect(response.json()).toMatchObject({ code: "HOST_NOT_ALLOWED", status: 400 });
      expect(response.body).not.toContain("evil.example");
    }
  });

  test("a port does not matter, and a forwarded host counts from trusted proxies only", async () => {
    const forwarded = { host: "evil.example", "x-forwarded-host": "localhost" };
    expect((await arena.app.inject({ url: "/", headers: { host: "localhost:8443" } })).statusCode).toBe(302);
    expect((await arena.app.inject({ url: "/", headers: forwarded })).statusCode).toBe(400);
    const behindProxy = await arena.behind({ TRUSTED_PROXIES: "127.0.0.0/8" });
    expect((await behindProxy.inject({ url: "/", headers: forwarded })).statusCode).toBe(302);
  });
});

describe("CORS", () => {
  const preflight = (origin: string) => ({
    method: "OPTIONS" as const,
    url: "/api/v1/tournaments/",
    headers: { origin, "access-control-request-method": "GET" },
  });

  test("an origin of CORS_ALLOWED_ORIGINS may call, others may not", async () => {
    const app = await arena.behind({ CORS_ALLOWED_ORIGINS: "https://shop.example.com" });
    const allowed = await app.inject(preflight("https://shop.example.com"));
    expect([allowed.statusCode, allowed.headers["access-control-allow-origin"]]).toEqual([
      204,
      "https://shop.example.com",
    ]);
    expect(allowed.headers["x-frame-options"]).toBe("DENY");
    for (const origin of ["https://evil.example", "https://shop.example.com.evil.example", "null"]) {
      const refused = await app.inject({ url: "/api/v1/tournaments/", headers: { origin } });
      expect(refused.headers["access-control-allow-origin"] ?? "none").not.toBe(origin);
      expect((await app.inject(preflight(origin))).headers["access-control-allow-origin"] ?? "none").not.toBe(origin);
    }
  });

  test("whatever the API has may be called from there, with a token and never by a session's cookie", async () => {
    const app = await arena.behind({ CORS_ALLOWED_ORIGINS: "https://shop.example.com" });
    const { headers } = await app.inject(preflight("https://shop.example.com"));
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
      expect(headers["access-control-allow-methods"]).toContain(method);
    }
    expect(headers).not.toHaveProperty("access-control-allow-credentials");
    const page = await app.inject({ url: "/tournaments/", headers: { origin: "https://shop.example.com" } });
    expect(page.headers.vary).toMatch(/Origin, cookie/);
    expect(page.headers["access-control-expose-headers"]).toContain("retry-after");
  });

  test("without origins, no answer speaks of CORS", async () => {
    const { headers } = await arena.app.inject({
      url: "/api/v1/tournaments/",
      headers: { origin: "https://shop.example.com" },
    });
    expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
});

describe("request ids", () => {
  test.each([
    ["Root=1-67891233-abcdef012345678912345678", true],
    ["7f3f0a52-7d0c-4e4c-9a54-3c8f9b6f0001", true],
    ["short", false],
    ["with space and more", false],
    ["x".repeat(200), false],
    ['"}{"level":"fatal"', false],
  ])("%s is kept: %s", async (id, kept) => {
    const { headers } = await arena.app.inject({ url: "/health/", headers: { "x-request-id": id } });
    expect(headers["x-request-id"] === id).toBe(kept);
  });
});

describe("unversioned addresses", () => {
  test.each([
    ["/api/tournaments/?limit=2", "/api/v1/tournaments/?limit=2"],
    ["/api/tournaments", "/api/v1/tournaments"],
    ["/api//evil.example/", "/api/v1//evil.example/"],
  ])("%s leads to %s, whatever the method", async (url, location) => {
    for (const method of ["GET", "POST", "PUT", "DELETE"] as const) {
      const response = await arena.app.inject({
        method,
        url,
        ...(method === "GET" ? {} : { payload: { any: "body" } }),
      });
      expect([response.statusCode, response.headers.location]).toEqual([308, location]);
    }
  });

  test("a version that there is not is not found", async () => {
    expect((await arena.app.inject({ url: "/api/v2/tournaments/" })).statusCode).toBe(404);
  });
});

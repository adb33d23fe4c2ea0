import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { redact, redactText } from "../../../app/platform/redact.ts";
import { memoryLogger, startApp, type TestApp } from "../harness.ts";

describe("redaction", () => {
  test.each([
    ["ada.lovelace+cup@mail.example.co.uk wrote", "[redacted] wrote"],
    ["connect postgresql://app:hunter2@db:5432/arena failed", "connect postgresql://[redacted]@db:5432/arena failed"],
    ["Authorization: Bearer abc.def-ghi", "Authorization: Bearer [redacted]"],
    ["got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "got [redacted]"],
    ["/files/eyJ1c2UiOiJyZWFkIn0.c2lnbmF0dXJl/", "/files/[redacted]/"],
    ["?token=abc123&next=/x", "?token=[redacted]&next=/x"],
    ['{"password": "hunter2"}', '{"password": "[redacted]"}'],
    [
      "Tournament cup-1 is announced, with room for 16 teams.",
      "Tournament cup-1 is announced, with room for 16 teams.",
    ],
  ])("%s", (text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  const secret = fc.stringMatching(/^[a-z]{12,24}$/);
  const key = fc.constantFrom(
    "password",
    "newPassword",
    "authorization",
    "cookie",
    "set-cookie",
    "access_token",
    "apiKey",
    "EMAIL_HOST_PASSWORD",
    "e-mail",
    "email",
    "secret_key",
  );

  test("no value of a telling key is logged, however deep it lies", () => {
    fc.assert(
      fc.property(key, secret, fc.integer({ min: 0, max: 8 }), (name, value, depth) => {
        let fields: Record<string, unknown> = { [name]: value };
        for (let level = 0; level < depth; level += 1)
          fields = level % 2 === 0 ? { inner: fields } : { list: [fields] };
        const { logger, lines } = memoryLogger();
        logger.info(fields, "Something");
        expect(JSON.stringify(lines)).not.toContain(value);
      }),
    );
  });

  test("nor an e-mail address in any text, message or error", () => {
    fc.assert(
      fc.property(
        fc.emailAddress({ size: "small" }).filter((address) => /^[\w.%+-]+@/.test(address)),
        (address) => {
          const { logger, lines } = memoryLogger();
          const error = new Error(`no such user ${address}`, { cause: new Error(address) });
          logger.info({ note: `from ${address}` }, `Mail to ${address}`);
          logger.error({ err: error }, "Failed");
          logger.error(error);
          logger.info(error, address);
          expect(JSON.stringify(lines)).not.toContain(address);
        },
      ),
    );
  });

  test("what PostgreSQL quotes of rows stays out, what helps stays in", () => {
    const error = Object.assign(new Error("duplicate key"), {
      code: "23505",
      detail: "Key (email)=(x) exists",
      table: "users",
    });
    expect(redact(error)).toMatchObject({ type: "Error", message: "duplicate key", code: "23505", table: "users" });
    expect(JSON.stringify(redact(error))).not.toContain("Key (email)");
  });

  test("an object that holds itself ends somewhere", () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    expect(JSON.stringify(redact(loop))).toContain("[too deep]");
  });
});

describe("the log of requests", () => {
  let arena: TestApp;
  beforeAll(async () => {
    arena = await startApp();
  });
  afterAll(() => arena.close());

  test("has one line for each, with id, route, status and duration, and nothing that people typed", async () => {
    const response = await arena.app.inject({
      url: "/tournaments/api/some-cup/state/?email=ada@example.com&token=hunter2",
      headers: { authorization: "Bearer hunter2", cookie: "session=hunter2" },
    });
    const lines = arena.lines.filter((line) => line.request_id === response.headers["x-request-id"]);
    expect(lines).toEqual([
      {
        level: "info",
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        process: "test",
        environment: "test",
        request_id: response.headers["x-request-id"],
        method: "GET",
        route: "/tournaments/api/:slug/state/",
        path: "/tournaments/api/some-cup/state/",
        status: 404,
        duration_ms: expect.any(Number),
        message: "Request",
      },
    ]);
    expect(JSON.stringify(arena.lines)).not.toMatch(/hunter2|ada@/);
  });

  test("health checks are not logged while all is well", async () => {
    const before = arena.lines.length;
    await arena.app.inject({ url: "/health/ready/" });
    expect(arena.lines).toHaveLength(before);
  });
});

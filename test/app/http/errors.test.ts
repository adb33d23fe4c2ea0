import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { actor } from "../actors.ts";
import { newTournament, startApp, startProcess, type TestApp } from "../harness.ts";

let arena: TestApp;
let manager: Record<string, string>;
beforeAll(async () => {
  arena = await startApp();
  manager = (await actor(arena, { role: "manager" })).headers;
});
afterAll(() => arena.close());

const json = { "content-type": "application/json" };
const create = { method: "POST", url: "/api/v1/tournaments/" } as const;

describe("one shape for everything that goes wrong", () => {
  test.each([
    ["an address that there is not", { url: "/nothing" }, 404, "NOT_FOUND"],
    ["an API address that there is not", { url: "/api/v1/nothing/" }, 404, "NOT_FOUND"],
    ["a tournament that there is not", { url: "/tournaments/api/nothing/state/" }, 404, "NOT_FOUND"],
    ["a method that there is not", { method: "DELETE", url: "/api/v1/tournaments/" } as const, 404, "NOT_FOUND"],
    ["a body that is no JSON", { ...create, headers: json, payload: "{" }, 400, "MALFORMED_REQUEST"],
    ["no body", { ...create, headers: json, payload: "" }, 400, "MALFORMED_REQUEST"],
    [
      "a key that would change a prototype",
      { ...create, headers: json, payload: '{"__proto__":{}}' },
      400,
      "MALFORMED_REQUEST",
    ],
    [
      "a body that is too large",
      { ...create, headers: json, payload: JSON.stringify("x".repeat(70_000)) },
      413,
      "PAYLOAD_TOO_LARGE",
    ],
    [
      "a content type that is not taken",
      { ...create, headers: { "content-type": "text/xml" }, payload: "<a/>" },
      415,
      "UNSUPPORTED_MEDIA_TYPE",
    ],
    ["a malformed address", { url: "/tournaments/api/%/state/" }, 400, "MALFORMED_REQUEST"],
    ["an address that is too long", { url: `/tournaments/api/${"x".repeat(300)}/state/` }, 414, "URI_TOO_LONG"],
    ["a cursor that no list gave out", { url: "/api/v1/tournaments/?cursor=abc" }, 400, "VALIDATION_FAILED"],
    ["a filter that is not known", { url: "/api/v1/tournaments/?colour=red" }, 400, "VALIDATION_FAILED"],
  ])("%s", async (_what, request, status, code) => {
    const response = await arena.app.inject({
      ...request,
      headers: { ...manager, ...("headers" in request && request.headers) },
    });
    const body = response.json();
    expect(body).toMatchObject({
      code,
      status,
      error: expect.stringMatching(/\w/),
      request_id: response.headers["x-request-id"],
    });
    expect(response.statusCode).toBe(status);
    expect(Object.keys(body).filter((key) => key !== "fields")).toEqual(["error", "code", "status", "request_id"]);
    expect(body.fields === undefined).toBe(code !== "VALIDATION_FAILED");
    expect(response.headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(response.headers["cache-control"]).toBe("no-store");
  });

  test("validation names every field", async () => {
    const response = await arena.app.inject({
      ...create,
      headers: manager,
      payload: { slug: "No Slug", capacity: 1, starts_at: "soon", owner: 1 },
    });
    expect(response.json()).toMatchObject({ code: "VALIDATION_FAILED", status: 400 });
    expect(Object.keys(response.json().fields).toSorted()).toEqual(["capacity", "name", "owner", "slug", "starts_at"]);
    expect(response.json().fields).toMatchObject({ name: "is missing", owner: "is not known here" });
  });

  test("nobody may set what the API does not name", async () => {
    const payload = newTournament("mass", { status: "completed", tenant_id: "0" });
    expect((await arena.app.inject({ ...create, headers: manager, payload })).json().fields).toEqual({
      status: "is not known here",
      tenant_id: "is not known here",
    });
  });
});

describe("what goes wrong on our side", () => {
  const secret = "relation secret_table at 10.0.0.9 with password=hunter2";

  async function failing(variables: Record<string, string>) {
    const app = await arena.behind(variables);
    app.get("/fails", { config: { permission: "public" } }, async () => {
      throw new Error(secret);
    });
    return app.inject({ url: "/fails" });
  }

  test("the client gets a sentence and the id, the log gets the cause", async () => {
    const response = await failing({});
    expect(response.json()).toEqual({
      error: "Something went wrong on our side.",
      code: "INTERNAL_ERROR",
      status: 500,
      request_id: response.headers["x-request-id"],
    });
    const line = arena.lines.find((entry) => entry.message === "Request failed");
    expect(line).toMatchObject({ level: "error", request_id: response.headers["x-request-id"], route: "/fails" });
    expect(JSON.stringify(line)).toContain("secret_table");
    expect(JSON.stringify(line)).not.toContain("hunter2");
  });

  test("DEBUG shows the cause, but no stack", async () => {
    const response = await failing({ DEBUG: "true" });
    expect(response.json().error).toBe(secret);
    expect(response.body).not.toContain("errors.test.ts");
  });
});

describe("a browser gets a page", () => {
  const headers = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

  test("for pages, with the id to ask about and the words escaped", async () => {
    const response = await arena.app.inject({ url: "/nothing", headers });
    expect(response.statusCode).toBe(404);
    expect(response.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(response.headers["content-security-policy"]).toMatch(/script-src 'self' 'nonce-/);
    expect(response.body).toContain(`<code>${response.headers["x-request-id"]}</code>`);
  });

  test("but not from the API", async () => {
    for (const url of ["/api/v1/nothing/", "/tournaments/api/nothing/state/"]) {
      expect((await arena.app.inject({ url, headers })).json()).toMatchObject({ code: "NOT_FOUND" });
    }
  });
});

test("what is no HTTP at all gets the same shape and the security headers", async () => {
  const web = startProcess("web", { ENVIRONMENT: "test", PORT: "0", DATABASE_URL: arena.url });
  const { port } = new URL(await web.address());
  const answer = await new Promise<string>((resolve, reject) => {
    let text = "";
    const socket = connect(Number(port), "127.0.0.1", () => socket.write("THIS IS NOT HTTP\r\n\r\n"));
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.on("end", () => resolve(text)).on("error", reject);
  });
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  expect(head).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(head).toContain("x-content-type-options: nosniff");
  const id = /x-request-id: (\S+)/.exec(head)?.[1];
  expect(JSON.parse(body)).toEqual({
    error: "This is not a valid HTTP request.",
    code: "MALFORMED_REQUEST",
    status: 400,
    request_id: id,
  });
  web.child.kill("SIGTERM");
  expect(await web.exited).toBe(0);
});

import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Description, Operation } from "../../../app/http/openapi.ts";
import { actor } from "../actors.ts";
import { startApp, type TestApp } from "../harness.ts";
import { broken, edgesOf, type Input, inputsOf } from "./openapi-inputs.ts";

let arena: TestApp;
beforeAll(async () => {
  arena = await startApp();
});
afterAll(() => arena.close());

const roles = [undefined, "user", "cashier", "admin", "saas_admin"] as const;
const methods = new Map([
  ["get", "GET"],
  ["post", "POST"],
  ["put", "PUT"],
  ["patch", "PATCH"],
  ["delete", "DELETE"],
] as const);
/** Valid inputs, and as many broken ones, for each operation and role. */
const inputs = 3;

function addressOf(path: string, { path: parts, query }: Input): string {
  const filled = path.replaceAll(
    /\{(\w+)\}/g,
    (_whole, name: string) => encodeURIComponent(textOf(parts[name])) || "-",
  );
  const search = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, textOf(value)]),
  );
  return `${filled}?${search}`;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value.toWellFormed().slice(0, 300) : String(JSON.stringify(value)).slice(0, 300);
}

test("whatever any role sends to any operation, the answer is never a 5xx", async () => {
  const description = (await arena.app.inject("/api/v1/openapi.json")).json<Description>();
  const tenant = (await actor(arena, { role: "admin" })).tenant;
  const ids: string[] = [];
  const failures: string[] = [];
  const seen = new Set<number>();
  const statusesOf = new Map<string, Set<number>>();
  let address = 0;
  const ask = async (method: string, path: string, headers: Record<string, string>, input: Input) => {
    const request = { method: methods.get(method as "get") ?? "GET", url: addressOf(path, input), headers } as const;
    const payload = input.body === undefined ? {} : { payload: JSON.stringify(input.body) };
    const typed = input.body === undefined ? headers : { ...headers, "content-type": "application/json" };
    // Each from another address: throttles are not what is looked at.
    address += 1;
    const remoteAddress = `10.${(address >> 16) & 255}.${(address >> 8) & 255}.${address & 255}`;
    const response = await arena.app.inject({ ...request, ...payload, headers: typed, remoteAddress });
    seen.add(response.statusCode);
    statusesOf.set(`${method} ${path}`, (statusesOf.get(`${method} ${path}`) ?? new Set()).add(response.statusCode));
    if (response.statusCode >= 500)
      failures.push(`${request.method} ${request.url} ${payload.payload ?? ""} ${response.body}`);
    if (response.statusCode >= 400) {
      expect(response.json(), request.url).toMatchObject({
        status: response.statusCode,
        request_id: expect.any(String),
      });
    }
    for (const [id] of response.body.matchAll(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{22}/g))
      if (ids.length < 500) ids.push(id);
  };

  const operations = Object.entries(description.paths).flatMap(([path, all]) =>
    Object.entries(all).map(([method, operation]): [string, string, Operation] => [method, path, operation]),
  );
  expect(operations.length).toBeGreaterThan(20);
  for (const [method, path, operation] of operations) {
    for (const role of roles) {
      const headers =
        role === undefined
          ? {}
          : (await actor(arena, role === "user" || role === "saas_admin" ? { role } : { role, tenant })).headers;
      const valid = inputsOf(operation, () => ids);
      for (const input of [...fc.sample(valid, inputs), ...fc.sample(broken(valid), inputs)]) {
        await ask(method, path, { ...headers }, input);
      }
      // Who may do most of an organiser's things gets furthest with them.
      if (role === "admin") {
        for (const edge of edgesOf(operation, () => ids)) {
          for (const input of fc.sample(edge, 1)) await ask(method, path, { ...headers }, input);
        }
      }
    }
  }
  const faults = arena.lines.filter(({ level, message }) => level === "error" && message === "Request failed");
  expect(failures, JSON.stringify(faults.slice(0, 5), null, 1)).toEqual([]);
  // Inputs reach what operations do, and what they refuse.
  for (const status of [200, 201, 400, 401, 403, 404]) expect(seen).toContain(status);
});

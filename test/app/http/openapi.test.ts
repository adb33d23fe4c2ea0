import AjvCompiler from "@fastify/ajv-compiler";
import fastify from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { announceDeprecations } from "../../../app/http/deprecation.ts";
import { type Description, describeApi, type Operation } from "../../../app/http/openapi.ts";
import { startApp, type TestApp } from "../harness.ts";

let arena: TestApp;
let description: Description;
let operations: readonly (readonly [string, Operation])[];
beforeAll(async () => {
  arena = await startApp();
  description = (await arena.app.inject("/api/v1/openapi.json")).json();
  operations = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
  );
});
afterAll(() => arena.close());

test("it describes every route of the API, and nothing else", () => {
  const printed = arena.app.printRoutes({ commonPrefix: false, includeHooks: false });
  expect(description.openapi).toBe("3.1.0");
  const names = operations.map(([name]) => name);
  expect(names).toContain("GET /api/v1/tournaments/");
  expect(names).toContain("GET /tournaments/api/{slug}/state/");
  expect(names).toContain("POST /api/v1/jobs/dead/{id}/retry/");
  expect(names.filter((name) => !/ \/(api\/v1|tournaments\/api)\//.test(name))).toEqual([]);
  expect(printed).toContain("openapi.json");
});

test("each operation says in a line what it does, who may call it, and how errors look", () => {
  const without = operations.filter(([, { summary, tags }]) => summary === undefined || (tags ?? []).length === 0);
  expect(without.map(([name]) => name)).toEqual([]);
  for (const [name, { description: text, responses, security }] of operations) {
    expect(text, name).toMatch(/For (everybody|accounts|an organiser's|whoever runs)/);
    expect(responses["4XX"], name).toEqual({ $ref: "#/components/responses/Error" });
    expect(security === undefined, name).toBe(/For everybody/.test(text ?? ""));
    if (security !== undefined) expect(responses["429"], name).toEqual({ $ref: "#/components/responses/Throttled" });
  }
  expect(description.components.securitySchemes).toHaveProperty("bearer");
});

test("all references lead somewhere", () => {
  const references = [...JSON.stringify(description).matchAll(/"\$ref":"#\/components\/(\w+)\/([\w-]+)"/g)];
  expect(references.length).toBeGreaterThan(0);
  for (const [, kind = "", name = ""] of references) expect(description.components[kind]).toHaveProperty([name]);
});

/** Schemas with examples, wherever they stand. */
function withExamples(value: unknown): { examples: unknown[] }[] {
  if (typeof value !== "object" || value === null) return [];
  const below = Object.values(value).flatMap(withExamples);
  return "examples" in value && Array.isArray(value.examples) ? [value as { examples: unknown[] }, ...below] : below;
}

test("examples are valid by their schemas", () => {
  const compile = AjvCompiler()({}, { customOptions: { allErrors: true, coerceTypes: false } });
  const described = withExamples(description);
  expect(described.length).toBeGreaterThanOrEqual(2);
  for (const schema of described) {
    const validate = compile({ schema, method: "", url: "", httpPart: "body" });
    for (const example of schema.examples) expect(validate(example), JSON.stringify({ schema, example })).toBe(true);
  }
});

test("a page shows it to people: no scripts, nothing from elsewhere, without a slash at the end too", async () => {
  const page = await arena.app.inject("/api/docs");
  expect(page.statusCode).toBe(200);
  for (const [name] of operations) expect(page.body).toContain(name.split(" ")[1]);
  expect(page.body).not.toMatch(/<script|https?:\/\/(?!localhost)/);
  expect(page.headers["content-security-policy"]).toMatch(/script-src 'self' 'nonce-/);
});

describe("what will be taken away", () => {
  const handler = async () => ({});
  const config = {
    permission: "public",
    deprecated: { since: "2027-01-01", sunset: "2027-07-01", successor: "/api/v2/x/" },
  } as const;

  test("says since when, until when and what comes after it, in answers and description", async () => {
    const app = fastify();
    const read = describeApi(app);
    announceDeprecations(app);
    app.get("/api/v1/x/", { config, handler });
    app.get("/api/v1/y/", { config: { permission: "public" }, handler });
    const { headers } = await app.inject("/api/v1/x/");
    expect(headers).toMatchObject({
      deprecation: "@1798761600",
      sunset: "Thu, 01 Jul 2027 00:00:00 GMT",
      link: '</api/v2/x/>; rel="successor-version"',
    });
    expect((await app.inject("/api/v1/y/")).headers).not.toHaveProperty("deprecation");
    const { paths } = await read();
    expect([paths["/api/v1/x/"]?.get?.deprecated, paths["/api/v1/y/"]?.get?.deprecated]).toEqual([true, undefined]);
    await app.close();
  });

  test("is not taken away sooner than after six months", () => {
    const app = fastify();
    announceDeprecations(app);
    const soon = { ...config, deprecated: { since: "2027-01-01", sunset: "2027-06-30" } };
    expect(() => app.get("/api/v1/x/", { config: soon, handler })).toThrow(/give its users 6 months/);
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { exampleFile, readmeFile, renderExample, renderTable } from "../../../app/platform/env-example.ts";
import { type Variable, variables } from "../../../app/platform/environment.ts";
import { EnvironmentError, loadEnvironment } from "../../../app/platform/load-environment.ts";
import { deployed, startProcess } from "../harness.ts";

const complete = { ...deployed, DATABASE_URL: "postgresql://app@db:5432/arena" };
const folder = mkdtempSync(join(tmpdir(), "arena-environment-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The faults of an environment, by variable. */
function faults(source: Record<string, string | undefined>): readonly string[] {
  try {
    loadEnvironment(source);
    return [];
  } catch (error) {
    if (error instanceof EnvironmentError) return error.problems;
    throw error;
  }
}

describe("what must be there", () => {
  test("a complete deployed environment passes, with defaults for the rest", () => {
    expect(loadEnvironment(complete)).toMatchObject({
      ENVIRONMENT: "production",
      PORT: 8080,
      DEBUG: false,
      LOG_LEVEL: "info",
      STOP_TIMEOUT: 25,
      STATIC_URL: "/static/",
      ALLOWED_HOSTS: ["arena.example.com", ".play.example.com"],
      TRUSTED_PROXIES: [],
      EMAIL_HOST: undefined,
    });
  });

  test("an empty environment counts as deployed, and every required variable is named with its purpose", () => {
    const required = Object.entries<Variable>(variables).filter(([, variable]) => variable.required !== undefined);
    expect(faults({})).toEqual(required.map(([name, { purpose }]) => `${name} is missing: ${purpose}.`));
  });

  test.each(["development", "test"])("%s needs the database only", (ENVIRONMENT) => {
    expect(faults({ ENVIRONMENT })).toEqual([expect.stringMatching(/^DATABASE_URL is missing/)]);
    expect(loadEnvironment({ ENVIRONMENT, DATABASE_URL: complete.DATABASE_URL }).ALLOWED_HOSTS).toContain("localhost");
  });

  test("an empty text is the same as none, but for the list of origins", () => {
    expect(faults({ ...complete, SECRET_KEY: "" })).toEqual([expect.stringMatching(/^SECRET_KEY is missing/)]);
    expect(loadEnvironment({ ...complete, CORS_ALLOWED_ORIGINS: "" }).CORS_ALLOWED_ORIGINS).toEqual([]);
  });

  test("all faults come at once", () => {
    const broken = { ...complete, PORT: "http", LOG_LEVEL: "loud", DEBUG: "true", ALLOWED_HOSTS: undefined };
    expect(faults(broken).map((line) => line.split(" ")[0])).toEqual(["PORT", "ALLOWED_HOSTS", "LOG_LEVEL", "DEBUG"]);
  });
});

describe("what values may hold", () => {
  test.each([
    ["PORT", "65536"],
    ["PORT", "-1"],
    ["PORT", "80.5"],
    ["SECRET_KEY", "short"],
    ["SECRET_KEY", "a".repeat(60)],
    ["SECRET_KEY", `changeme-${"x7Kq2mPz".repeat(8)}`],
    ["JWT_SECRET_KEY", variables.JWT_SECRET_KEY.local],
    ["DATABASE_URL", "mysql://app@db/arena"],
    ["DATABASE_URL", "postgresql://db/arena"],
    ["DATABASE_URL", "postgresql://app@db"],
    ["DATABASE_URL", "postgresql://app@db/arena?sslmode=prefer"],
    ["DATABASE_URL", "postgresql://app@db/arena?host=/tmp"],
    ["DATABASE_AUTH", "kerberos"],
    ["DATABASE_OWNER", "app"],
    ["ALLOWED_HOSTS", "https://example.com"],
    ["ALLOWED_HOSTS", "*"],
    ["ALLOWED_HOSTS", ","],
    ["CORS_ALLOWED_ORIGINS", "example.com"],
    ["CORS_ALLOWED_ORIGINS", "https://example.com/path"],
    ["CORS_ALLOWED_ORIGINS", "*"],
    ["DEBUG", "true"],
    ["DEBUG", "yes"],
    ["STATIC_URL", "http://cdn.example.com/"],
    ["TRUSTED_PROXIES", "10.0.0.0/33"],
    ["TRUSTED_PROXIES", "proxy"],
    ["STOP_TIMEOUT", "0"],
    ["SENTRY_DSN", "not an address"],
  ])("%s=%s is refused", (name, value) => {
    const problems = faults({ ...complete, [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name} `));
  });

  test.each([
    ["PORT", "0", 0],
    ["ALLOWED_HOSTS", "Example.com, [::1]", ["example.com", "[::1]"]],
    ["TRUSTED_PROXIES", "10.0.0.0/8,::1", ["10.0.0.0/8", "::1"]],
    ["STATIC_URL", "https://cdn.example.com/static", "https://cdn.example.com/static/"],
    ["DATABASE_URL", "postgresql://a@db/b?sslmode=verify-full", "postgresql://a@db/b?sslmode=verify-full"],
  ])("%s=%s is taken", (name, text, value) => {
    expect(loadEnvironment({ ...complete, [name]: text })).toHaveProperty(name, value);
  });

  test("whatever a value is, it is never in a message", () => {
    const anyValue = fc.string({ minLength: 12, unit: "grapheme-ascii" }).map((text) => `~${text}~`);
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(variables)), anyValue, (name, value) => {
        for (const problem of faults({ ...complete, [name]: value })) expect(problem).not.toContain(value);
      }),
    );
  });

  test("random keys of 50 characters pass", () => {
    const key = fc.base64String({ minLength: 52, maxLength: 52 }).filter((text) => new Set(text).size >= 10);
    fc.assert(
      fc.property(key, (SECRET_KEY) => {
        expect(faults({ ...complete, SECRET_KEY })).toEqual([]);
      }),
    );
  });
});

describe("secrets from files", () => {
  const { SECRET_KEY, ...rest } = complete;

  test("a secret may come from a file, whose last line break does not count", () => {
    const file = join(folder, "key");
    writeFileSync(file, `${SECRET_KEY}\n`);
    expect(loadEnvironment({ ...rest, SECRET_KEY_FILE: file }).SECRET_KEY).toBe(SECRET_KEY);
    expect(faults({ ...complete, SECRET_KEY_FILE: file })).toEqual([
      expect.stringMatching(/^SECRET_KEY must be given either itself or as SECRET_KEY_FILE, not both/),
    ]);
  });

  test("a file that is not there is a fault; what is no secret does not come from files", () => {
    expect(faults({ ...rest, SECRET_KEY_FILE: join(folder, "none") })).toEqual([
      expect.stringMatching(/^SECRET_KEY cannot be read from the file that SECRET_KEY_FILE names/),
    ]);
    expect(loadEnvironment({ ...complete, PORT_FILE: join(folder, "none") }).PORT).toBe(8080);
  });
});

test(".env.example and the README are what the table says now", () => {
  const remedy = "run: node app/platform/env-example.ts";
  expect(readFileSync(exampleFile, "utf8"), remedy).toBe(renderExample());
  expect(readFileSync(readmeFile, "utf8"), remedy).toContain(renderTable());
});

test("a process without its environment ends within a second, and names every variable on stderr", async () => {
  const started = performance.now();
  const web = startProcess("web", { PORT: "x", EMAIL_HOST_PASSWORD: "hunter2-hunter2" });
  expect(await web.exited).toBe(1);
  expect(performance.now() - started).toBeLessThan(startLimitMs);
  expect(web.output()).toMatch(/^The app cannot start: 6 variables are missing or invalid\.\n/);
  expect(web.output().match(/^ {2}[A-Z_]+/gm)).toHaveLength(6);
  expect(web.output()).not.toContain("hunter2");
});

/** A second on a machine that does nothing else; sources are compiled here, and other tests run. */
const startLimitMs = 2_500;

test.each([
  ["bogus", 'Unknown command "bogus": it must be one of web, worker, release, demo, create-admin, health.\n'],
  ["toString", 'Unknown command "toString": it must be one of web, worker, release, demo, create-admin, health.\n'],
])("the command %s is refused with exit code 2", async (command, message) => {
  const child = startProcess(command, {});
  expect(await child.exited).toBe(2);
  expect(child.output()).toBe(message);
});

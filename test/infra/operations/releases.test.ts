import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  compareVersions,
  digestOf,
  type Release,
  rollbackRefusal,
  schemaIn,
  schemaOf,
  wasReleased,
} from "../../../infra/operations/releases.ts";

function release(number: number, values: Partial<Release> = {}): Release {
  return {
    number,
    image: `registry/app@sha256:${number}`,
    at: "2026-01-01T00:00:00.000Z",
    by: "arn:aws:iam::123456789012:user/ops",
    how: "deploy",
    scope: "db-1 bucket-1",
    released: true,
    verdict: "live",
    ...values,
  };
}

const schema = (version: string, oldest: string) => ({ schema: { version, oldest } });

describe("an image's release phase", () => {
  const all = [release(2), release(1, { image: "elsewhere/app@sha256:1", ...schema("0001", "0001") })];

  test("is done for a digest, wherever it is kept", () => {
    expect(wasReleased(all, "registry/app@sha256:1", "db-1 bucket-1")).toBe(true);
    expect(schemaOf(all, "registry/app@sha256:1", "db-1 bucket-1")).toEqual({ version: "0001", oldest: "0001" });
  });

  test("is not done in another database, nor after one that failed", () => {
    expect(wasReleased(all, "registry/app@sha256:1", "db-2 bucket-1")).toBe(false);
    expect(wasReleased([release(1, { released: false })], "registry/app@sha256:1", "db-1 bucket-1")).toBe(false);
  });

  test("an image is known by its digest", () => {
    expect(digestOf("123456789012.dkr.ecr.eu-central-1.amazonaws.com/app@sha256:ab")).toBe("sha256:ab");
  });
});

describe("going back", () => {
  test("is allowed where the database's schema says so", () => {
    const all = [release(3, schema("0003_c", "0002_b")), release(2, schema("0002_b", "0001_a"))];
    expect(rollbackRefusal(all, release(2, schema("0002_b", "0001_a")))).toBeUndefined();
  });

  test("is refused to code from before a migration that broke it", () => {
    const all = [release(3, schema("0003_c", "0002_b")), release(1, schema("0001_a", "0001_a"))];
    expect(rollbackRefusal(all, release(1, schema("0001_a", "0001_a")))).toBe(
      "release 1 knows the schema up to 0001_a, but the database is at 0003_c, which code from before 0002_b cannot work with",
    );
  });

  test("counts a schema whose rollout failed: it is in the database all the same", () => {
    const broken = release(3, { verdict: "rolled back", ...schema("0003_c", "0003_c") });
    expect(rollbackRefusal([broken, release(2, schema("0002", "0001"))], release(2, schema("0002", "0001")))).toMatch(
      /0003_c/,
    );
  });

  test("does not count what never got into the database, nor what is in another", () => {
    const failed = release(3, { released: false, ...schema("0003_c", "0003_c") });
    const elsewhere = release(2, { scope: "db-0 bucket-0", ...schema("0009", "0009") });
    const current = release(4, schema("0001", "0001"));
    expect(rollbackRefusal([current, failed, elsewhere], release(1, schema("0001", "0001")))).toBeUndefined();
  });

  test("is allowed where an app says nothing of its schema", () => {
    expect(rollbackRefusal([release(2), release(1)], release(1))).toBeUndefined();
  });
});

test("numbers in names are compared as numbers", () => {
  fc.assert(
    fc.property(fc.nat(99_999), fc.nat(99_999), (a, b) => {
      expect(Math.sign(compareVersions(`${a}_x`, `${b}_x`))).toBe(Math.sign(a - b));
      expect(Math.sign(compareVersions(String(a).padStart(6, "0"), String(b)))).toBe(Math.sign(a - b));
    }),
  );
});

describe("the schema in a log", () => {
  test("is the last that was said", () => {
    const line = (version: string) => JSON.stringify({ message: "done", schema: { version, oldest: "1" } });
    expect(schemaIn(["plain text", line("1"), line("2"), "more"])).toEqual({ version: "2", oldest: "1" });
  });

  test.each([[[]], [["no json"]], [['{"schema": cut off']], [['{"schema":{"version":3}}']], [['{"schema":null}']]])(
    "there is none in %j",
    (lines) => {
      expect(schemaIn(lines)).toBeUndefined();
    },
  );
});

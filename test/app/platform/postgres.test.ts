import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { appCredentials, connectionOptions, ownerCredentials } from "../../../app/platform/postgres-options.ts";
import { parseBucket } from "../../../app/platform/publish-assets.ts";
import { scramVerifier } from "../../../app/platform/roles.ts";
import { environmentFor } from "../harness.ts";

const folder = mkdtempSync(join(tmpdir(), "arena-postgres-"));
afterAll(() => rmSync(folder, { recursive: true }));

function optionsFor(url: string, variables: Record<string, string> = {}) {
  const environment = environmentFor(url, variables);
  return connectionOptions(environment, appCredentials(environment));
}

describe("TLS", () => {
  const rds = "db.abc.eu-west-1.rds.amazonaws.com";

  test.each([
    ["postgresql://app@db/arena", false],
    ["postgresql://app@db/arena?sslmode=disable", false],
    ["postgresql://app@db/arena?sslmode=require", { rejectUnauthorized: false }],
    ["postgresql://app@db/arena?sslmode=verify-full", { rejectUnauthorized: true }],
  ])("%s", async (url, ssl) => {
    expect((await optionsFor(url)).ssl).toEqual(ssl);
  });

  test("RDS is verified against the certificates of AWS", async () => {
    const { ssl } = await optionsFor(`postgresql://app@${rds}/arena?sslmode=verify-full`);
    expect((ssl as { ca: string[] }).ca.length).toBeGreaterThan(10);
    expect((ssl as { ca: string[] }).ca.join()).toContain("BEGIN CERTIFICATE");
  });

  test("a file of certificates is verified against, whatever sslmode asks for but none", async () => {
    const file = join(folder, "ca.pem");
    writeFileSync(file, "certificates");
    for (const query of ["", "?sslmode=require", "?sslmode=verify-full"]) {
      expect((await optionsFor(`postgresql://app@db/arena${query}`, { DATABASE_CA_FILE: file })).ssl).toEqual({
        ca: "certificates",
      });
    }
    await expect(optionsFor("postgresql://app@db/arena", { DATABASE_CA_FILE: join(folder, "none") })).rejects.toThrow(
      /DATABASE_CA_FILE/,
    );
  });

  describe("with IAM", () => {
    const saved = { ...process.env };
    beforeEach(() => {
      Object.assign(process.env, { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" });
    });
    afterEach(() => {
      process.env = { ...saved };
    });

    test("each connection signs in with a token of its own, over verified TLS", async () => {
      const { password, ssl } = await optionsFor(`postgresql://app@${rds}/arena`, { DATABASE_AUTH: "iam" });
      expect(ssl).toHaveProperty("ca");
      const token = await (password as () => Promise<string>)();
      expect(token).toMatch(
        new RegExp(`^${rds}:5432/\\?Action=connect&DBUser=app&.*eu-west-1%2Frds-db%2Faws4_request.*X-Amz-Signature=`),
      );
    });

    test("never without it", async () => {
      const weak = optionsFor(`postgresql://app@${rds}/arena?sslmode=require`, { DATABASE_AUTH: "iam" });
      await expect(weak).rejects.toThrow(
        "DATABASE_AUTH=iam needs TLS: sslmode of DATABASE_URL must be verify-full or left out.",
      );
    });

    test("the owner signs in with its password", async () => {
      const variables = { DATABASE_AUTH: "iam", DATABASE_OWNER: "master", DATABASE_OWNER_PASSWORD: "managed" };
      const environment = environmentFor(`postgresql://app@${rds}/arena`, variables);
      const owner = ownerCredentials(environment);
      expect(await connectionOptions(environment, owner ?? { user: "" })).toMatchObject({
        user: "master",
        password: "managed",
      });
    });
  });
});

test("user, password and database may hold any characters", async () => {
  const options = await optionsFor("postgresql://ad%40min:p%2Fw%3A@[::1]:6543/my%20db");
  expect(options).toMatchObject({ user: "ad@min", password: "p/w:", host: "::1", port: 6543, database: "my db" });
  expect(await optionsFor("postgresql://app@db/arena", { DATABASE_PASSWORD: "apart" })).toMatchObject({
    password: "apart",
    port: 5432,
  });
});

test("a verifier is what RFC 7677's example says", () => {
  // RFC 7677, 3: user "user", password "pencil".
  const verifier = scramVerifier("pencil", Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64"), 4096);
  expect(verifier).toMatch(/^SCRAM-SHA-256\$4096:W22ZaJ0SNY7soEsUEjb6gQ==\$[\w+/=]{44}:[\w+/=]{44}$/);
  expect(verifier.split(":").at(-1)).toBe("wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
});

test.each([
  ["s3://bucket", { bucket: "bucket", prefix: "" }],
  ["s3://bucket/", { bucket: "bucket", prefix: "" }],
  ["s3://my.bucket-1/static", { bucket: "my.bucket-1", prefix: "static/" }],
  ["s3://bucket/a/b/", { bucket: "bucket", prefix: "a/b/" }],
])("%s", (target, expected) => {
  expect(parseBucket(target)).toEqual(expected);
});

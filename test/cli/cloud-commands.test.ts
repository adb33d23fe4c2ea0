// What the commands for stacks on AWS refuse, before anything happens; and how they choose and show releases.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { assertMeant, type CloudStack, readCloudStack } from "../../infra/cli/cloud-stack.ts";
import { imageFor, writeImage } from "../../infra/cli/image.ts";
import { milliseconds } from "../../infra/cli/logs.ts";
import { renderReleases } from "../../infra/cli/releases.ts";
import { rollbackTarget } from "../../infra/cli/rollback.ts";
import type { Release } from "../../infra/operations/releases.ts";

const digest = `sha256:${"ab".repeat(32)}`;
const repository = "123456789012.dkr.ecr.us-east-1.amazonaws.com/arena";

describe("an image", () => {
  const stack = readCloudStack("staging", "deploy");

  test("is taken by its digest alone, or with the configured repository", () => {
    expect(imageFor(stack, digest)).toBe(`${repository}@${digest}`);
    expect(imageFor(stack, `${repository}@${digest}`)).toBe(`${repository}@${digest}`);
  });

  test.each([
    "latest",
    `${repository}:latest`,
    "sha256:abc",
    `${digest}0`,
    `${repository}:1@sha256:${"AB".repeat(32)}`,
  ])("is refused without a digest: %s", (given) => {
    expect(() => imageFor(stack, given)).toThrow(/has no digest: give sha256:… with 64 digits/);
  });

  test.each([
    `999999999999.dkr.ecr.us-east-1.amazonaws.com/arena@${digest}`,
    `123456789012.dkr.ecr.eu-central-1.amazonaws.com/arena@${digest}`,
    `123456789012.dkr.ecr.us-east-1.amazonaws.com/other@${digest}`,
    `docker.io/arena@${digest}`,
  ])("is refused from elsewhere: %s", (given) => {
    expect(() => imageFor(stack, given)).toThrow(/staging takes its images from .*\/arena: copy it there/);
  });
});

describe("the stack's file", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "berth-image-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("gets the image and keeps all else, comments too, and can be put back", async () => {
    const committed = readCloudStack("staging", "deploy");
    const before = await readFile(committed.file, "utf8");
    const file = join(folder, "Pulumi.staging.yaml");
    await writeFile(file, before);
    const stack: CloudStack = { ...committed, file };
    const putBack = await writeImage(stack, `${repository}@${digest}`);
    expect(await readFile(file, "utf8")).toBe(before.replace(committed.environment.image, `${repository}@${digest}`));
    await putBack();
    expect(await readFile(file, "utf8")).toBe(before);
  });

  test("is not put back over what somebody wrote meanwhile", async () => {
    const committed = readCloudStack("staging", "deploy");
    const file = join(folder, "Pulumi.staging.yaml");
    await writeFile(file, await readFile(committed.file, "utf8"));
    const putBack = await writeImage({ ...committed, file }, `${repository}@${digest}`);
    await writeFile(file, "config: {}\n");
    await putBack();
    expect(await readFile(file, "utf8")).toBe("config: {}\n");
  });
});

function release(number: number, values: Partial<Release> = {}): Release {
  return {
    number,
    image: `${repository}@sha256:${String(number).repeat(64).slice(0, 64)}`,
    at: "2026-01-02T03:04:05.000Z",
    by: "arn:aws:sts::123456789012:assumed-role/deploy/ci (octocat)",
    how: "deploy",
    scope: "db bucket",
    released: true,
    verdict: "live",
    ...values,
  };
}

describe("a rollback", () => {
  test("goes to the last release that was live with another image", () => {
    const live = release(5);
    const all = [live, release(4, { image: live.image }), release(3), release(2)];
    expect(rollbackTarget("staging", all, undefined).number).toBe(3);
    expect(rollbackTarget("staging", all, "2").number).toBe(2);
  });

  // Whatever may run of the newest release, what was live before it is one step back.
  test.each(["failed", "started", "interrupted", "rolled back"] as const)(
    "from one that is %s goes to what was live before it",
    (verdict) => {
      const all = [release(3, { verdict }), release(2), release(1)];
      expect(rollbackTarget("staging", all, undefined).number).toBe(2);
      const again = [release(4, { verdict, image: all[0]?.image ?? "" }), ...all];
      expect(rollbackTarget("staging", again, undefined).number).toBe(2);
    },
  );

  test("from a release of the live image that failed, as one that puts a service right, goes before that image", () => {
    const all = [release(3, { verdict: "rolled back", image: release(2).image }), release(2), release(1)];
    expect(rollbackTarget("staging", all, undefined).number).toBe(1);
  });

  test.each(["release failed", "failed", "started", "interrupted"] as const)(
    "passes over one that is %s before its release phase was done: no service runs it",
    (verdict) => {
      const phase = release(4, { verdict, released: false });
      expect(rollbackTarget("staging", [phase, release(3), release(2)], undefined).number).toBe(2);
      const after = [phase, release(3, { verdict: "failed" }), release(2), release(1)];
      expect(rollbackTarget("staging", after, undefined).number).toBe(2);
    },
  );

  test("never goes to an image that a service may run, nor past one that was live and is another", () => {
    const row = fc.record({
      image: fc.constantFrom("a", "b", "c"),
      how: fc.constantFrom(
        { verdict: "live", released: true },
        { verdict: "release failed", released: false },
        ...(["failed", "started", "interrupted", "rolled back"] as const).flatMap((verdict) => [
          { verdict, released: true },
          { verdict, released: false },
        ]),
      ) as fc.Arbitrary<Pick<Release, "verdict" | "released">>,
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 8 }), (rows) => {
        const all = rows.map(({ image, how }, index) => release(rows.length - index, { image: `r@${image}`, ...how }));
        const [serving] = all.filter(({ released }) => released);
        const others = all.filter(({ verdict, image }) => verdict === "live" && image !== serving?.image);
        if (others.length === 0) expect(() => rollbackTarget("staging", all, undefined)).toThrow(/no earlier release/);
        else expect(rollbackTarget("staging", all, undefined)).toBe(others[0]);
      }),
    );
  });

  test("is refused to a release that is not there, or never was live, or where there is none", () => {
    const all = [release(2), release(1, { verdict: "release failed" })];
    expect(() => rollbackTarget("staging", all, "7")).toThrow('staging has no release "7"');
    expect(() => rollbackTarget("staging", all, "1")).toThrow("release 1 of staging never was live (release failed)");
    expect(() => rollbackTarget("staging", all, undefined)).toThrow("no earlier release with another image");
  });

  test("is refused where the schema forbids it", () => {
    const all = [
      release(2, { schema: { version: "0002_b", oldest: "0002_b" } }),
      release(1, { schema: { version: "0001_a", oldest: "0001_a" } }),
    ];
    expect(() => rollbackTarget("staging", all, undefined)).toThrow(
      /staging cannot go back to release 1: .*the database is at 0002_b/,
    );
  });
});

test("releases are shown as a table", () => {
  const lines = renderReleases([
    release(2, { schema: { version: "0002_b", oldest: "0001_a" }, commit: "c".repeat(40) }),
  ]).split("\n");
  expect(lines[0]).toMatch(/^release {2}began \(UTC\) +verdict +by way of +image +schema +commit +who$/);
  expect(lines[1]).toBe(
    "2        2026-01-02 03:04  live     deploy     sha256:222222222222  0002_b  cccccccccccc  deploy/ci (octocat)",
  );
});

test("durations are read, and others refused", () => {
  expect(["90s", "15m", "2h", "1d"].map(milliseconds)).toEqual([90_000, 900_000, 7_200_000, 86_400_000]);
  expect(() => milliseconds("soon")).toThrow("--since is soon; allowed: like 90s, 15m, 2h or 1d");
});

test("stacks of another architecture, and production by accident, are refused", () => {
  expect(() => readCloudStack("dev", "logs")).toThrow(
    "berth logs is for stacks of architecture cloud, and dev is of vps",
  );
  expect(() => assertMeant(readCloudStack("production", "deploy"), undefined, "deploy")).toThrow("add --yes");
  expect(() => assertMeant(readCloudStack("production", "deploy"), true, "deploy")).not.toThrow();
  expect(() => assertMeant(readCloudStack("staging", "deploy"), undefined, "deploy")).not.toThrow();
});

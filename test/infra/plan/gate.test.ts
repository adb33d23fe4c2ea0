// The gate: nothing that holds data goes without somebody's word, and nothing costs more than its budget.
import * as aws from "@pulumi/aws";
import * as docker from "@pulumi/docker";
import * as random from "@pulumi/random";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseWaivers, type Waiver, WaiversError } from "../../../infra/plan/gate/waivers.ts";
import { renderHtml } from "../../../infra/plan/render/html.ts";
import { renderMarkdown } from "../../../infra/plan/render/markdown.ts";
import { readReport } from "../../../infra/plan/saved.ts";
import { renderText } from "../../../infra/plan/text.ts";
import { report, today } from "../../support/report.ts";

const key =
  (policy: object = {}) =>
  () =>
    void new aws.kms.Key("key", policy);
const nothing = () => {};
const urn = "urn:pulumi:test::berth::aws:kms/key:Key::key";
const waiver: Waiver = { urn, reason: "moved to the other account", who: "jane@example.com", expires: "2026-12-01" };

describe("the gate", () => {
  test.each<[string, () => unknown, string]>([
    ["database", () => new aws.rds.Instance("it", { instanceClass: "db.t4g.micro" }), "the database is deleted"],
    ["bucket", () => new aws.s3.Bucket("it"), "the bucket is deleted"],
    ["volume", () => new docker.Volume("it"), "the volume is deleted"],
    ["key", () => new aws.kms.Key("it"), "the key is deleted"],
    ["secret", () => new aws.secretsmanager.Secret("it"), "the secret is deleted"],
    ["password", () => new random.RandomPassword("it", { length: 9 }), "the secret is deleted"],
    ["vault", () => new aws.backup.Vault("it"), "the vault is deleted"],
    [
      "bucket that is to be retained",
      () => new aws.s3.Bucket("it", {}, { retainOnDelete: true }),
      "the bucket is let go: it stays, without anybody who manages it",
    ],
  ])("is shut when a %s goes", async (_, program, says) => {
    const { gate } = await report(nothing, () => void program());
    expect(gate).toMatchObject({ open: false, stateful: [{ says }] });
  });

  test("is shut for a replacement, and names what forces it", async () => {
    const bucket = (name: string) => () => void new aws.s3.Bucket("media", { bucket: name });
    const { gate } = await report(bucket("two"), bucket("one"));
    expect(gate).toMatchObject({
      open: false,
      stateful: [{ operation: "replace", says: "the bucket is replaced, because of bucket" }],
    });
  });

  test("is shut where nobody knows whether it is a replacement", async () => {
    const { gate } = await report(
      key({ bypassPolicyLockoutSafetyCheck: true }),
      key({ bypassPolicyLockoutSafetyCheck: false }),
    );
    expect(gate).toMatchObject({ open: false, stateful: [{ operation: "update" }] });
  });

  test("is open for what changes in place, what is new, and what is renamed", async () => {
    expect((await report(key({ description: "b" }), key({ description: "a" }))).gate.open).toBe(true);
    expect((await report(key(), nothing)).gate.open).toBe(true);
    const renamed = () => void new aws.kms.Key("other", {}, { aliases: [{ name: "key" }] });
    expect((await report(renamed, key())).gate.open).toBe(true);
  });

  test("is opened by a waiver of this very resource, while it holds", async () => {
    const gate = async (waivers: Waiver[]) => (await report(nothing, key(), { waivers })).gate;
    expect(await gate([waiver])).toMatchObject({ open: true, stateful: [{ waiver }] });
    expect((await gate([{ ...waiver, urn: `${urn}2` }])).open).toBe(false);
    expect((await gate([{ ...waiver, policy: "key-rotation" }])).open).toBe(false);
    expect((await gate([{ ...waiver, expires: today }])).open).toBe(true);
    expect(await gate([{ ...waiver, expires: "2026-11-23" }])).toMatchObject({
      open: false,
      notes: ["The waiver for key ended on 2026-11-23: remove it."],
    });
  });

  test("holds the budget", async () => {
    expect((await report(key(), nothing, { budget: 1 })).gate).toMatchObject({
      open: true,
      budget: { exceeded: false },
    });
    expect((await report(key(), nothing, { budget: 0.99 })).gate).toMatchObject({
      open: false,
      budget: { exceeded: true },
    });
  });

  describe("where something has no price", () => {
    const big = (instanceClass: string) => () =>
      void new aws.rds.Instance("db", { instanceClass, allocatedStorage: 20, multiAz: true });
    const of = "urn:pulumi:test::berth::aws:rds/instance:Instance::db";
    const says = "is of class db.r7g.16xlarge, which the table of prices does not have";

    test("the budget's gate is shut, however low the estimate, and every output says what and what to do", async () => {
      const made = await report(big("db.r7g.16xlarge"), big("db.t4g.micro"), { budget: 500 });
      expect(made.gate).toMatchObject({ open: false, budget: { exceeded: false, unpriced: [{ urn: of, says }] } });
      expect(made.cost.unpriced).toMatchObject([{ name: "db", says }]);
      for (const text of [renderText(made), renderMarkdown([made]), renderHtml(made)]) {
        expect(text).toContain(says);
        expect(text).toContain("infra/plan/cost/database-prices.ts");
      }
      expect(readReport(JSON.stringify(made))).toEqual(made);
    });

    test("somebody may answer for it, while the waiver holds", async () => {
      const priced: Waiver = { ...waiver, urn: of, policy: "price-known", reason: "asked AWS: $5,000 a month" };
      const gate = async (waivers: Waiver[]) =>
        (await report(big("db.r7g.16xlarge"), undefined, { budget: 500, waivers })).gate;
      expect(await gate([priced])).toMatchObject({ open: true, budget: { unpriced: [{ waiver: priced }] } });
      expect((await gate([{ ...priced, urn: `${of}2` }])).open).toBe(false);
      expect((await gate([{ ...priced, policy: "database-multi-az" }])).open).toBe(false);
      expect(await gate([{ ...priced, expires: "2026-11-23" }])).toMatchObject({
        open: false,
        notes: ["The waiver for db ended on 2026-11-23: remove it."],
      });
    });

    test("without a budget it is said, and shuts nothing", async () => {
      const made = await report(big("db.r7g.16xlarge"), big("db.t4g.micro"));
      expect(made.gate.open).toBe(true);
      for (const text of [renderText(made), renderMarkdown([made]), renderHtml(made)]) expect(text).toContain(says);
    });

    test("no class is a way past a budget that a known one breaks", async () => {
      const instanceClass = fc
        .tuple(
          fc.constantFrom("t3", "t4g", "m6g", "m7g", "r6g", "r7g", "x2g"),
          fc.constantFrom("micro", "large", "xlarge", "4xlarge", "16xlarge"),
        )
        .map(([family, size]) => `db.${family}.${size}`);
      await fc.assert(
        fc.asyncProperty(instanceClass, async (name) => {
          expect((await report(big(name), undefined, { budget: 5 })).gate.open).toBe(false);
        }),
        { numRuns: 20 },
      );
    });
  });

  test("is shut for a policy that nobody answers for", async () => {
    const finding = {
      policy: "p",
      severity: "high",
      urn,
      message: "key is bad.",
      why: "w",
      fix: "f",
      controls: [],
    } as const;
    expect((await report(key(), undefined, { policies: { open: [finding], waived: [] } })).gate.open).toBe(false);
    expect((await report(key(), undefined, { policies: { open: [], waived: [{ finding, waiver }] } })).gate.open).toBe(
      true,
    );
  });
});

describe("berth.waivers.yaml", () => {
  const text = (fields: object) => JSON.stringify({ waivers: [{ ...waiver, ...fields }] });
  const faults = (file: string) => {
    try {
      parseWaivers(file, today);
    } catch (error) {
      if (error instanceof WaiversError) return error.faults;
      throw error;
    }
    return [];
  };

  test("is read", () => {
    const file = `waivers:\n  - urn: ${urn}\n    reason: moved to the other account\n    who: jane@example.com\n    expires: 2026-12-01\n`;
    expect(parseWaivers(file, today)).toEqual([waiver]);
    expect(parseWaivers(text({ policy: "key-rotation" }), today)).toEqual([{ ...waiver, policy: "key-rotation" }]);
    expect(parseWaivers("waivers: []", today)).toEqual([]);
  });

  test.each<[string, string, RegExp]>([
    ["no URN", text({ urn: "key" }), /waivers\[0\]\.urn is "key"; allowed: a whole URN/],
    ["no reason", text({ reason: undefined }), /waivers\[0\]\.reason is missing; allowed: text/],
    ["a reason that says nothing", text({ reason: "ok" }), /at least 10 characters/],
    ["nobody", text({ who: " " }), /waivers\[0\]\.who is ""/],
    ["no such day", text({ expires: "2026-02-30" }), /a day that there is/],
    ["no day", text({ expires: "soon" }), /expires is "soon"; allowed: a day, like/],
    ["too long", text({ expires: "2026-12-25" }), /allowed: 2026-12-24 at the latest, 30 days from today/],
    [
      "another setting",
      text({ until: "2026-12-01" }),
      /waivers\[0\]\.until is not a setting; known here: urn, policy, reason, who, expires/,
    ],
    ["another key on top", "waiver: []", /waivers is missing/],
    ["the same twice", JSON.stringify({ waivers: [waiver, waiver] }), /waivers\[1\] is for the same as waivers\[0\]/],
    ["no list", "waivers: yes", /waivers is "yes"; allowed: a list/],
    ["an empty file", "", /the file is null; allowed: settings below it/],
    ["no YAML", "waivers: [", /line \d+ is not valid YAML/],
  ])("%s is a fault in words", (_, file, message) => {
    expect(faults(file).join("\n")).toMatch(message);
  });

  test("every fault is listed", () => {
    expect(
      faults(
        JSON.stringify({
          waivers: [
            { ...waiver, urn: "x", who: "" },
            { ...waiver, reason: "" },
          ],
        }),
      ),
    ).toHaveLength(3);
  });

  test("no waiver holds for longer than 30 days, whatever the day", () => {
    const day = fc.date({ min: new Date("2024-01-01"), max: new Date("2030-12-31"), noInvalidDate: true });
    fc.assert(
      fc.property(day, fc.integer({ min: -400, max: 400 }), (now, days) => {
        const iso = (date: Date) => date.toISOString().slice(0, 10);
        const expires = iso(new Date(now.getTime() + days * 86_400_000));
        const parse = () => parseWaivers(text({ expires }), iso(now));
        if (days > 30) expect(parse).toThrow(/at the latest/);
        else expect(parse()).toHaveLength(1);
      }),
    );
  });
});

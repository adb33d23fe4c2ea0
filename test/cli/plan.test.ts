// berth plan: every committed stack, in a process of its own, as anybody runs it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../../infra/plan/report.ts";
import { reportSchema } from "../../infra/plan/report-schema.ts";
import { berth } from "../support/berth.ts";
import { copyProject, type ProjectCopy } from "../support/project-copy.ts";

let project: ProjectCopy;
beforeAll(() => {
  project = copyProject("shared");
});
afterAll(() => project.remove());

/** No credentials, no endpoint, nowhere to go. */
const bare = {
  PATH: process.env.PATH,
  HOME: "/nonexistent",
  AWS_EC2_METADATA_DISABLED: "true",
  HTTPS_PROXY: "http://127.0.0.1:1",
  HTTP_PROXY: "http://127.0.0.1:1",
};

describe.each(["dev", "staging", "production"])("plan %s", (stack) => {
  test("prints the same bytes twice, and nothing but the plan", async () => {
    const [first, second] = [
      await berth(project.berth, ["plan", stack], bare),
      await berth(project.berth, ["plan", stack], bare),
    ];
    expect(/berth: .*/.exec(first.stderr)).toBe(null);
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(new RegExp(`^berth ${stack}: \\d+ resources in \\d+ components\n`));
    expect(second.stdout).toBe(first.stdout);
  });

  test("--json holds the whole report, with no unresolved reference and no secret in clear", async () => {
    const { stdout } = await berth(project.berth, ["plan", stack, "--json"], bare);
    const report = reportSchema.parse(JSON.parse(stdout));
    const urns = new Set(report.graph.resources.map(({ urn }) => urn));
    for (const { urn, parent, dependencies } of report.graph.resources) {
      expect(parent === undefined || urns.has(parent), `${urn} has the parent ${parent}`).toBe(true);
      expect(dependencies.filter((dependency) => !urns.has(dependency))).toEqual([]);
    }
    expect(stdout).not.toContain("04da6b54-80e4-46f7-96ec-b56ff0331ba9");
    expect(stdout).not.toContain("1b47061264138c4ac30d75fd1eb44270");
    expect(Object.keys(report.graph.outputs)).toContain("url");
    // The tables of risks and prices know every type, and the gate is open.
    expect(report.unknownTypes).toEqual([]);
    expect(report.cost.leftOut.filter((what) => /table/.test(what))).toEqual([]);
    expect(report.gate).toMatchObject({ open: true, stateful: [] });
  });

  test("--details has every resource", async () => {
    const { stdout } = await berth(project.berth, ["plan", stack, "--details"], bare);
    const count = Number(/: (\d+) resources/.exec(stdout)?.[1]);
    const tree = stdout.slice(stdout.indexOf("\nResources\n"), stdout.indexOf("\nOutputs\n"));
    expect(tree.split("\n").filter((line) => / (aws|docker|random) \w/.test(line)).length).toBeGreaterThanOrEqual(
      count,
    );
  });
});

test("staging costs no more than $90 a month, production no more than $500", async () => {
  const monthly = async (stack: string) => {
    const { stdout } = await berth(project.berth, ["plan", stack, "--json"], bare);
    return (JSON.parse(stdout) as Report).cost.monthly;
  };
  expect(await monthly("staging")).toBeLessThanOrEqual(90);
  expect(await monthly("production")).toBeLessThanOrEqual(500);
});

describe("a program that no plan can be made of is named with its place", () => {
  test.each<[string, string, RegExp]>([
    ["throws", 'throw new Error("boom");', /boom \(.*infra\/index\.ts:1\)/],
    ["does not parse", "export default {{{", /infra\/index\.ts:1\)/],
    ["waits for ever", "export default await new Promise(() => {});", /does not come to its end.*infra\/index\.ts:1\)/],
    ["reads the clock", "export default { now: String(Date.now()) };", /reads the clock.*infra\/index\.ts:1\)/],
    ["reaches for the network", 'await fetch("http://192.0.2.1/");', /network.*infra\/index\.ts:1\)/],
    [
      "asks the cloud",
      'import * as aws from "@pulumi/aws";\nexport default { id: aws.getCallerIdentityOutput().accountId };',
      /getCallerIdentity.*only the cloud.*infra\/index\.ts:2\)/s,
    ],
  ])("%s", async (_, program, message) => {
    const before = readFileSync(join(project.folder, "infra/index.ts"), "utf8");
    project.write("infra/index.ts", program);
    try {
      const { code, stdout, stderr } = await berth(project.berth, ["plan", "dev"], bare);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(message);
    } finally {
      project.write("infra/index.ts", before);
    }
  });
});

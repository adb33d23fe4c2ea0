// The policy pack in the real engine: what does not keep the policies stops a preview, with its name and reason, and all else
// passes.
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { projectRoot } from "../../infra/cli/project.ts";
import { checkPolicies } from "../../infra/policies/check.ts";
import { committedGraph } from "../support/committed.ts";
import { awsEmulator, type EngineStack, engine, engineStack } from "../support/engine.ts";
import { describeWith } from "../support/requirement.ts";

const pack = join(projectRoot, "infra/policies/pack");

/** The policies that a preview says are violated, each with the resource. */
function violations(output: string): string[] {
  const found = output.matchAll(/^\s+- \[mandatory\].*?\s\s(\S+)\s+\(.*: (\S+)\)$/gm);
  return [...found].map(([, policy, resource]) => `${policy} ${resource}`).sort();
}

describeWith("the policy pack", [engine, awsEmulator], () => {
  const stacks: EngineStack[] = [];
  const previewed = async (change: (stack: EngineStack) => void, ...args: Parameters<typeof engineStack>) => {
    const stack = await engineStack(...args);
    stacks.push(stack);
    change(stack);
    const { code, stdout } = await stack.pulumi("preview", "--policy-pack", pack);
    return { code, stdout, violated: violations(stdout) };
  };
  afterAll(() => Promise.all(stacks.map((stack) => stack.dispose())), 120_000);

  test("a production that is weakened by its configuration is stopped", async () => {
    let database: object = {};
    const weaken = (environment: Record<string, unknown>) => {
      database = { ...(environment.database as object), multiAz: false, backupDays: 1 };
      environment.database = database;
    };
    const { code, stdout, violated } = await previewed(() => {}, "production", weaken);
    expect({ code: code === 0, violated }).toEqual({
      code: false,
      violated: ["database-backups database-postgres", "database-multi-az database-postgres"],
    });
    expect(stdout).toContain("database-postgres stands in one zone. Set database.multiAz: true.");
    // What plan finds without the engine, neither more nor less.
    const planned = checkPolicies(await committedGraph("production", { database }));
    expect(planned.map(({ policy, urn }) => `${policy} ${urn.split("::").at(-1)}`).sort()).toEqual(violated);
  });

  test("what is missing beside a resource stops a preview too", async () => {
    const { code, violated } = await previewed(bareProgram, "staging");
    expect({ code: code === 0, violated }).toEqual({
      code: false,
      violated: [
        "bucket-encrypted open",
        "bucket-lifecycle open",
        "bucket-no-acls open",
        "bucket-not-public open",
        "bucket-tls-only open",
        "bucket-versioned open",
        "default-security-group-empty bare",
        "vpc-flow-logs bare",
      ],
    });
  });
});

/** Two resources with nothing beside them. */
function bareProgram({ folder }: EngineStack): void {
  const files = {
    "index.ts": `import * as aws from "@pulumi/aws";
      const tags = { project: "p", stack: "s", environment: "staging", owner: "o" };
      const provider = new aws.Provider("aws", { region: "us-east-1", defaultTags: { tags } });
      new aws.s3.Bucket("open", {}, { provider });
      new aws.ec2.Vpc("bare", { cidrBlock: "10.0.0.0/16" }, { provider });`,
    "package.json": '{ "type": "module" }',
    "Pulumi.yaml": "name: berth\nmain: index.ts\nruntime: { name: nodejs, options: { typescript: false } }\n",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  symlinkSync(join(projectRoot, "node_modules"), join(folder, "node_modules"));
}

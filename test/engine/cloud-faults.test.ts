// Every type of resource of `staging` fails once to come into being: the next `up` goes on, and nothing is left behind.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ECS } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { projectRoot } from "../../infra/cli/project.ts";
import { readStack } from "../../infra/config/stack-file.ts";
import { evaluate } from "../../infra/plan/evaluate.ts";
import { awsEmulator, type EngineStack, engine, engineStack } from "../support/engine.ts";
import { describeWith, type Requirement } from "../support/requirement.ts";

/** The provider in use can be told to fail; the official one cannot. */
const faultyProvider: Requirement = {
  variable: "BERTH_REQUIRE_FAULTS",
  missing: process.env.BRIDGE_TIME_SHIFT === undefined ? "the AWS provider cannot be told to fail" : undefined,
};

/** Types whose names follow no rule. */
const irregular: Readonly<Record<string, string>> = {
  "aws:lb/loadBalancer:LoadBalancer": "aws_lb",
  "aws:rds/instance:Instance": "aws_db_instance",
  "aws:rds/parameterGroup:ParameterGroup": "aws_db_parameter_group",
  "aws:rds/subnetGroup:SubnetGroup": "aws_db_subnet_group",
};

/** These fail after they have come into being, as when AWS answers with an error after all, or not at all. */
const thereAllTheSame = [
  "aws_cloudfront_distribution",
  "aws_db_instance",
  "aws_ecs_cluster",
  "aws_ecs_service",
  "aws_kms_key",
  "aws_lb",
  "aws_s3_bucket",
  "aws_secretsmanager_secret",
];

/** What the provider may call a type: with and without its module, of which one is right. */
function providerNames(type: string): string[] {
  const known = irregular[type];
  if (known !== undefined) return [known];
  const [, module = "", name = ""] = /^aws:([a-z0-9]+)\/\w+:(\w+)$/.exec(type) ?? [];
  const snake = name.replaceAll(/(?<!^)([A-Z])/g, "_$1").toLowerCase();
  return [`aws_${module}_${snake}`, `aws_${snake}`];
}

async function typesOfStaging(): Promise<string[]> {
  const { project, name, config, secretKeys } = readStack(projectRoot, "staging");
  const { cloud } = await import("../../infra/architectures/cloud.ts");
  const { readConfig } = await import("../../infra/config/read.ts");
  const graph = await evaluate(() => cloud(readConfig()), { project, stack: name, config, secretKeys });
  return [...new Set(graph.resources.filter(({ type }) => type.startsWith("aws:")).map(({ type }) => type))];
}

interface Operation {
  readonly op: string;
  readonly type: string;
  readonly urn?: string;
  readonly ok?: boolean;
}

function operations(file: string): Operation[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Operation);
}

/**
 * Arns of all that carries the stack's tag in the emulator, but keys, which wait for their deletion, and the snapshots that
 * RDS makes, keeps and deletes by itself.
 */
async function tagged(stack: string): Promise<string[]> {
  const found: string[] = [];
  let page = "";
  do {
    const answer = await inventoryPage(stack, page);
    found.push(...answer.ResourceTagMappingList.map(({ ResourceARN }) => ResourceARN));
    page = answer.PaginationToken ?? "";
  } while (page !== "");
  return found.filter((arn) => !/:kms:|:snapshot:rds:/.test(arn));
}

/** Those of the resources that are still there: ECS keeps what was deleted on its books for a while, as inactive. */
async function active(arns: readonly string[]): Promise<string[]> {
  const client = new ECS({ region: "us-east-1" });
  const statuses = await Promise.all(
    arns.map(async (arn) => {
      const [kind, cluster = ""] = (arn.split(":").at(5) ?? "").split("/");
      if (!arn.includes(":ecs:")) return "ACTIVE";
      if (kind === "task-definition") {
        return (await client.describeTaskDefinition({ taskDefinition: arn })).taskDefinition?.status;
      }
      const found = (await client.describeClusters({ clusters: [cluster] })).clusters?.[0]?.status;
      if (kind === "cluster" || found !== "ACTIVE") return found;
      return (await client.describeServices({ cluster, services: [arn] })).services?.[0]?.status;
    }),
  );
  return arns.filter((_, index) => statuses[index] !== undefined && statuses[index] !== "INACTIVE");
}

interface InventoryPage {
  readonly ResourceTagMappingList: readonly { readonly ResourceARN: string }[];
  readonly PaginationToken?: string;
}

async function inventoryPage(stack: string, token: string): Promise<InventoryPage> {
  const response = await fetch(process.env.AWS_ENDPOINT_URL ?? "", {
    method: "POST",
    headers: {
      "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": "ResourceGroupsTaggingAPI_20170126.GetResources",
      Authorization:
        "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/tagging/aws4_request, SignedHeaders=host, Signature=0",
    },
    body: JSON.stringify({
      TagFilters: [{ Key: "stack", Values: [stack] }],
      ResourcesPerPage: 100,
      ...(token === "" ? {} : { PaginationToken: token }),
    }),
  });
  if (!response.ok) throw new Error(`The inventory failed with ${response.status}: ${await response.text()}`);
  return (await response.json()) as InventoryPage;
}

describeWith("partial failures", [engine, awsEmulator, faultyProvider], () => {
  let stack: EngineStack;
  /** What the emulator still lists of environments that were destroyed before. */
  let earlier: ReadonlySet<string>;
  beforeAll(async () => {
    earlier = new Set(await tagged("staging"));
    stack = await engineStack("staging");
  });
  afterAll(() => stack.dispose());

  test("whatever fails, the next up goes on, until all is there", async () => {
    const log = join(stack.folder, "provider.log");
    const failed = new Set<string>();
    const candidates = (await typesOfStaging()).flatMap(providerNames);
    for (let runs = 1; ; runs += 1) {
      const faults = candidates
        .filter((name) => !failed.has(name))
        .map((name) => `${name}:create:1${thereAllTheSame.includes(name) ? ":after" : ""}`);
      const variables = { BRIDGE_FAIL: faults.join(), BRIDGE_LOG: log };
      const { code, stdout } = await stack.pulumiWith(
        variables,
        "up",
        "--yes",
        "--skip-preview",
        "--continue-on-error",
      );
      const injected = [...stdout.matchAll(/injected fault: create of (\w+) fails/g)].map(([, name = ""]) => name);
      if (code === 0) break;
      expect(injected.length, `run ${runs} failed by itself:\n${stdout.slice(-3000)}`).toBeGreaterThan(0);
      for (const name of injected) failed.add(name);
    }
    const created = operations(log).filter(({ op, ok }) => op === "create" && ok === true);
    const urns = created.map(({ urn }) => urn);
    expect(
      urns.filter((urn, index) => urns.indexOf(urn) !== index),
      "created twice",
    ).toEqual([]);
    const never = [...new Set(created.map(({ type }) => type))].filter(
      (type) => type.startsWith("aws_") && !failed.has(type),
    );
    expect(never, "types that were created and never failed").toEqual([]);
    expect(failed.size).toBeGreaterThan(50);
  });

  test("a second up changes nothing", async () => {
    expect(Object.keys(await stack.up())).toEqual(["unchanged"]);
  });

  test("everything that is there stands in the state, and destroy takes it all away", async () => {
    const state = (await stack.pulumi("stack", "export")).stdout;
    const there = (await tagged("staging")).filter((arn) => !earlier.has(arn));
    expect(there.length).toBeGreaterThan(40);
    const orphans = there.filter((arn) => !state.includes(arn) && !state.includes(arn.split(/[/:]/).at(-1) ?? arn));
    expect(orphans).toEqual([]);
    await destroy(stack);
    const left = (await tagged("staging")).filter((arn) => !earlier.has(arn));
    expect(await active(left)).toEqual([]);
  });
});

/** A deletion whose answer is lost is asked for again, and AWS then knows nothing of it: as `berth destroy`, one more refreshes. */
async function destroy(stack: EngineStack): Promise<void> {
  const first = await stack.pulumi("destroy", "--yes", "--skip-preview", "--refresh");
  if (first.code === 0) return;
  console.log(`The first destroy failed:\n${first.stdout.slice(-1500)}`);
  const { code, stdout } = await stack.pulumi("destroy", "--yes", "--skip-preview", "--refresh");
  expect({ code, output: code === 0 ? "" : stdout }).toEqual({ code: 0, output: "" });
}

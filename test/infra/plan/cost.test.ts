// The monthly estimate: what it counts, by what, and what it says it leaves out.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { estimate } from "../../../infra/plan/cost/estimate.ts";
import { estimators, free } from "../../../infra/plan/cost/estimators.ts";
import { priceSources, pricesOf } from "../../../infra/plan/cost/prices.ts";
import { report } from "../../support/report.ts";
import { synth } from "../../support/synth.ts";

const database = (args: Partial<aws.rds.InstanceArgs>) => () =>
  void new aws.rds.Instance("db", { instanceClass: "db.t4g.micro", allocatedStorage: 20, ...args });

const service = (strategy: string, architecture: string, assignPublicIp: boolean) => () => {
  const task = new aws.ecs.TaskDefinition("task", {
    family: "f",
    containerDefinitions: "[]",
    cpu: "512",
    memory: "1024",
    runtimePlatform: { cpuArchitecture: architecture },
  });
  new aws.ecs.Service("service", {
    taskDefinition: task.arn,
    desiredCount: 2,
    capacityProviderStrategies: [{ capacityProvider: strategy, weight: 1 }],
    networkConfiguration: { subnets: ["s"], assignPublicIp },
  });
};

const monthly = async (program: () => unknown, region = "us-east-1") =>
  estimate(await synth(program), "staging", region).monthly;

test("a database: hours and storage, doubled by a standby", async () => {
  expect(await monthly(database({}))).toBeCloseTo(730 * 0.016 + 20 * 0.115, 5);
  expect(await monthly(database({ multiAz: true }))).toBeCloseTo(2 * (730 * 0.016 + 20 * 0.115), 5);
  expect(await monthly(database({ manageMasterUserPassword: true }))).toBeCloseTo(730 * 0.016 + 20 * 0.115 + 0.4, 5);
});

test("Fargate: by processor, Spot, number and public addresses", async () => {
  const arm = 2 * 730 * (0.5 * 0.03238 + 1 * 0.00356);
  expect(await monthly(service("FARGATE", "ARM64", false))).toBeCloseTo(arm, 5);
  expect(await monthly(service("FARGATE_SPOT", "ARM64", false))).toBeCloseTo(arm * 0.3, 5);
  expect(await monthly(service("FARGATE", "X86_64", false))).toBeCloseTo(2 * 730 * (0.5 * 0.04048 + 0.004445), 5);
  expect(await monthly(service("FARGATE", "ARM64", true))).toBeCloseTo(arm + 2 * 730 * 0.005, 5);
});

test("usage is shared by those that make it, and marked", async () => {
  const groups = (count: number) => () => {
    for (let i = 0; i < count; i++) new aws.cloudwatch.LogGroup(`group-${i}`);
  };
  const three = estimate(await synth(groups(3)), "staging", "us-east-1");
  expect(three.monthly).toBeCloseTo(await monthly(groups(1)), 5);
  expect(three.usageMonthly).toBeCloseTo(three.monthly, 5);
  expect(three.resources).toHaveLength(3);
});

test("sums by the outermost component", async () => {
  class Part extends pulumi.ComponentResource {
    constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
      super("berth:test:Part", name, {}, opts);
    }
  }
  const { components, monthly } = estimate(
    await synth(() => {
      const outer = new Part("outer");
      const inner = new Part("inner", { parent: outer });
      new aws.kms.Key("one", {}, { parent: inner });
      new aws.kms.Key("two", {}, { parent: outer });
      new aws.secretsmanager.Secret("loose");
    }),
    "staging",
    "us-east-1",
  );
  expect(components.map(({ name, monthly }) => [name, monthly])).toEqual([
    ["outer", 2],
    ["", 0.4],
  ]);
  expect(monthly).toBeCloseTo(2.4, 5);
});

test("says what it cannot count: a class, a size, a type, a region", async () => {
  const { leftOut, monthly, region } = estimate(
    await synth(() => {
      database({ instanceClass: "db.r8g.48xlarge" })();
      new aws.ecs.Service("service", { taskDefinition: "somewhere:1", desiredCount: 1 });
      new aws.sqs.Queue("queue");
    }),
    "staging",
    "eu-central-1",
  );
  expect({ monthly, region }).toEqual({ monthly: 0, region: "us-east-1" });
  expect(leftOut.join("\n")).toMatch(/eu-central-1/);
  expect(leftOut.join("\n")).toMatch(/db: the table of prices has no db\.r8g\.48xlarge/);
  expect(leftOut.join("\n")).toMatch(/service: the size or the number of its tasks is not known/);
  expect(leftOut.join("\n")).toMatch(/aws:sqs\/queue:Queue, whose price is not in the table: queue/);
});

test("a change is reckoned by component", async () => {
  const { comparison } = await report(database({ multiAz: true }), database({}));
  expect(comparison?.monthlyChange).toBeCloseTo(730 * 0.016 + 20 * 0.115, 5);
  expect(comparison?.componentChanges).toMatchObject([{ name: "" }]);
});

test("every price has a source on the web, and no type is both free and not", () => {
  for (const { source, dollars } of Object.values(pricesOf("us-east-1").prices)) {
    expect(dollars).toBeGreaterThan(0);
    for (const address of priceSources[source]) expect(URL.canParse(address), address).toBe(true);
  }
  expect(Object.keys(estimators).filter((type) => free.has(type))).toEqual([]);
});

// The monthly estimate: what it counts, by what, and what it says it leaves out.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { expect, test } from "vitest";
import { instancePrices } from "../../../infra/plan/cost/database-prices.ts";
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

test("what has no price is named, and takes nothing else of its resource out of the sum", async () => {
  const { leftOut, unpriced, monthly, region } = estimate(
    await synth(() => {
      database({ instanceClass: "db.r8g.48xlarge", multiAz: true, manageMasterUserPassword: true })();
      new aws.ecs.Service("service", { taskDefinition: "somewhere:1", desiredCount: 1 });
      new aws.sqs.Queue("queue");
      new random.RandomPet("pet");
      new aws.iam.User("user");
    }),
    "staging",
    "eu-central-1",
  );
  expect(region).toBe("us-east-1");
  expect(monthly).toBeCloseTo(2 * 20 * 0.115 + 0.4, 5);
  expect(unpriced.map(({ name, says }) => `${name} ${says}`).sort()).toEqual([
    "db is of class db.r8g.48xlarge, which the table of prices does not have",
    "queue is of type aws:sqs/queue:Queue, which the table of prices does not have",
    "service has tasks of a size or number that is not known",
  ]);
  expect(leftOut.join("\n")).toMatch(/eu-central-1/);
  for (const name of ["db", "service", "queue"]) expect(leftOut.join("\n")).toMatch(new RegExp(`^${name} `, "m"));
});

test.each<[string, Partial<aws.rds.InstanceArgs>, string]>([
  ["another engine", { engine: "sqlserver-ee" }, "runs sqlserver-ee, and the table of prices has PostgreSQL only"],
  [
    "provisioned IOPS",
    { storageType: "io2", iops: 64_000 },
    "has storage of type io2, which the table of prices does not have",
  ],
  [
    "more IOPS than are included",
    { storageType: "gp3", iops: 20_000 },
    "has provisioned IOPS or throughput, which the table of prices does not have",
  ],
  ["no size", { allocatedStorage: undefined }, "has storage of which nobody knows how much"],
  [
    "insights kept for years",
    { performanceInsightsRetentionPeriod: 731 },
    "keeps performance insights for 731 days, which the table of prices does not have",
  ],
])("a database with %s says so", async (_, args, says) => {
  const { unpriced, monthly } = estimate(await synth(database({ multiAz: true, ...args })), "staging", "us-east-1");
  expect(unpriced).toMatchObject([{ name: "db", says }]);
  expect(Number.isFinite(monthly)).toBe(true);
});

test("a larger class of a family costs more, in proportion, and nothing is priced twice", () => {
  const names = Object.keys(instancePrices("us-east-1"));
  const hourly = (name: string) => instancePrices("us-east-1")[name]?.dollars ?? Number.NaN;
  for (const name of names) {
    const smaller = name.replace(/\.2xlarge$/, ".xlarge").replace(/\.xlarge$/, ".large");
    if (smaller === name || !name.endsWith(".xlarge")) continue;
    // AWS rounds to a tenth of a cent.
    expect(hourly(name) / hourly(smaller), name).toBeCloseTo(2, 1);
  }
  expect(Object.keys(pricesOf("us-east-1").prices).filter((name) => name.startsWith("db."))).toEqual([]);
});

test("a change is reckoned by component", async () => {
  const { comparison } = await report(database({ multiAz: true }), database({}));
  expect(comparison?.monthlyChange).toBeCloseTo(730 * 0.016 + 20 * 0.115, 5);
  expect(comparison?.componentChanges).toMatchObject([{ name: "" }]);
});

test("every price has a source on the web, and no type is both free and not", () => {
  const all = [...Object.values(pricesOf("us-east-1").prices), ...Object.values(instancePrices("us-east-1"))];
  for (const { source, dollars } of all) {
    expect(dollars).toBeGreaterThan(0);
    for (const address of priceSources[source]) expect(URL.canParse(address), address).toBe(true);
  }
  expect(Object.keys(estimators).filter((type) => free.has(type))).toEqual([]);
});

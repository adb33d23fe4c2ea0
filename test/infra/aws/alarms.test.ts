import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Alarms } from "../../../infra/components/aws/alarms.ts";
import { Service } from "../../../infra/components/aws/service.ts";
import { synth } from "../../support/synth.ts";
import { cluster, database, loadBalancer, network, statement, task, telemetryKey } from "./parts.ts";

const alarmType = "aws:cloudwatch/metricAlarm:MetricAlarm";
const compositeType = "aws:cloudwatch/compositeAlarm:CompositeAlarm";
const root = fileURLToPath(new URL("../../../", import.meta.url));

const whole = (email?: string) =>
  synth(() => {
    const net = network();
    const ecs = cluster();
    const balancer = loadBalancer(net);
    const common = { cluster: ecs, network: net, min: 1, max: 1, spot: false };
    const web = new Service("web", { ...common, task: task(net), loadBalancer: balancer });
    new Alarms("alarms", {
      environment: "production",
      network: net,
      loadBalancer: balancer,
      cluster: ecs,
      services: { web },
      database: database(net),
      telemetryKey: telemetryKey(),
      ...(email === undefined ? {} : { email }),
    });
  });

test("watches requests, tasks and the database", async () => {
  const result = await whole();
  expect(result.all(alarmType).map(({ name }) => name)).toEqual([
    "alarms-database-connections",
    "alarms-database-cpu",
    "alarms-database-storage",
    "alarms-server-errors",
    "alarms-slow-responses",
    "alarms-unhealthy-targets",
    "alarms-web-cpu",
    "alarms-web-memory",
    "alarms-web-tasks-missing",
  ]);
});

test("every alarm, and the one to page on, says what is wrong where, and links a runbook that exists", async () => {
  const result = await whole();
  const runbooks = [...result.all(alarmType), ...result.all(compositeType)].map(({ name, inputs }) => {
    const match = /^\[production\] .+\. Runbook: (docs\/runbooks\/[a-z-]+\.md)$/.exec(String(inputs.alarmDescription));
    expect(match, name).not.toBeNull();
    return match?.[1] ?? "";
  });
  for (const runbook of runbooks) expect(existsSync(`${root}${runbook}`), runbook).toBe(true);
});

test("every alarm's runbook has what somebody at night needs, in the same order", () => {
  const alarmRunbooks = [
    "database-connections",
    "database-cpu",
    "database-storage",
    "page",
    "server-errors",
    "service-cpu",
    "service-memory",
    "slow-responses",
    "tasks-missing",
    "unhealthy-targets",
  ];
  expect(readdirSync(`${root}docs/runbooks`)).toEqual(
    expect.arrayContaining(alarmRunbooks.map((name) => `${name}.md`)),
  );
  for (const name of alarmRunbooks) {
    const headings = readFileSync(`${root}docs/runbooks/${name}.md`, "utf8")
      .match(/^#+ .+$/gm)
      ?.slice(1);
    expect(headings, name).toEqual(["## Symptom", "## Impact", "## First look", "## Causes", "## Fix"]);
  }
});

test("what users feel goes to the page and not to the mail by itself; all else goes to the mail", async () => {
  const result = await whole();
  const silent = result.all(alarmType).filter(({ inputs }) => (inputs.alarmActions as unknown[]).length === 0);
  expect(silent.map(({ name }) => name)).toEqual([
    "alarms-database-storage",
    "alarms-server-errors",
    "alarms-unhealthy-targets",
    "alarms-web-tasks-missing",
  ]);
  const page = result.only(compositeType).inputs;
  expect(page.alarmRule).toBe(
    'ALARM("{alarms-server-errors.name}") OR ALARM("{alarms-unhealthy-targets.name}") OR ALARM("{alarms-web-tasks-missing.name}") OR ALARM("{alarms-database-storage.name}")',
  );
  expect(page).toMatchObject({ alarmActions: ["{alarms-topic.arn}"], okActions: ["{alarms-topic.arn}"] });
  for (const { name, inputs } of result.all(alarmType)) {
    if (silent.some((alarm) => alarm.name === name)) continue;
    expect(inputs, name).toMatchObject({ alarmActions: ["{alarms-topic.arn}"], okActions: ["{alarms-topic.arn}"] });
  }
});

test("errors count as a rate, of the app's and the load balancer's together, and not in a quiet minute", async () => {
  const { inputs } = (await whole()).only(alarmType, "alarms-server-errors");
  expect(inputs).toMatchObject({
    threshold: 1,
    comparisonOperator: "GreaterThanThreshold",
    evaluationPeriods: 3,
    treatMissingData: "notBreaching",
  });
  expect(inputs.metricQueries).toMatchObject([
    { id: "requests", returnData: false, metric: { metricName: "RequestCount", period: 60 } },
    { id: "app", metric: { metricName: "HTTPCode_Target_5XX_Count" } },
    { id: "balancer", metric: { metricName: "HTTPCode_ELB_5XX_Count" } },
    { id: "result", returnData: true, expression: expect.stringContaining("requests >= 20") },
  ]);
});

test("thresholds of the database follow its size", async () => {
  const result = await whole();
  expect(result.only(alarmType, "alarms-database-storage").inputs).toMatchObject({
    threshold: 2 * 1024 ** 3,
    comparisonOperator: "LessThanThreshold",
  });
  // A db.t4g.micro has 1 GiB and so 112 connections.
  expect(result.only(alarmType, "alarms-database-connections").inputs.threshold).toBe(89);
});

test("the topic is encrypted, takes messages of this account's alarms only, and mails where it is told to", async () => {
  const without = await whole();
  expect(without.only("aws:sns/topic:Topic").inputs.kmsMasterKeyId).toBe("{telemetry-key.arn}");
  expect(statement(without.only("aws:sns/topicPolicy:TopicPolicy"), "Alarms")).toMatchObject({
    Principal: { Service: "cloudwatch.amazonaws.com" },
    Action: "sns:Publish",
    Condition: { StringEquals: { "aws:SourceAccount": "{net-vpc.ownerId}" } },
  });
  expect(without.all("aws:sns/topicSubscription:TopicSubscription")).toEqual([]);
  const mailed = await whole("oncall@example.com");
  expect(mailed.only("aws:sns/topicSubscription:TopicSubscription").inputs).toMatchObject({
    protocol: "email",
    endpoint: "oncall@example.com",
  });
});

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, expect, test } from "vitest";
import { Alarms } from "../../../infra/components/aws/alarms.ts";
import { Backup } from "../../../infra/components/aws/backup.ts";
import { LogMetrics } from "../../../infra/components/aws/log-metrics.ts";
import {
  backupRules,
  databaseRules,
  logRules,
  requestRules,
  serviceRules,
} from "../../../infra/components/aws/pure/alarm-rules.ts";
import { edgeRules } from "../../../infra/components/aws/pure/edge-alarm-rules.ts";
import { Service } from "../../../infra/components/aws/service.ts";
import { Topic } from "../../../infra/components/aws/topic.ts";
import { Uptime } from "../../../infra/components/aws/uptime.ts";
import { type Synthesis, synth } from "../../support/synth.ts";
import {
  certificate,
  cluster,
  database,
  firewall,
  loadBalancer,
  network,
  statement,
  storage,
  task,
  telemetryKey,
} from "./parts.ts";

const alarmType = "aws:cloudwatch/metricAlarm:MetricAlarm";
const compositeType = "aws:cloudwatch/compositeAlarm:CompositeAlarm";
const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Everything that can be watched, in one region. */
const whole = (email?: string) =>
  synth(() => {
    const net = network();
    const ecs = cluster();
    const balancer = loadBalancer(net);
    const instance = database(net);
    const web = new Service("web", {
      ...{ cluster: ecs, network: net, task: task(net), loadBalancer: balancer },
      ...{ min: 1, max: 1, spot: false },
    });
    const metrics = new LogMetrics("metrics", { namespace: "berth-test", logGroups: { web: "web", worker: "worker" } });
    const backup = new Backup("backup", {
      ...{ accountId: "123456789012", database: instance, media: storage().media },
      ...{ keepDays: 7, restoreTests: true, retain: true },
    });
    const uptime = new Uptime("uptime", { host: "shop.example.com", path: "/health/" });
    new Alarms("alarms", {
      environment: "production",
      topic: new Topic("alarms", {
        accountId: net.accountId,
        key: telemetryKey(),
        ...(email === undefined ? {} : { email }),
      }),
      rules: [
        ...requestRules(balancer, false),
        ...serviceRules(ecs, { web }),
        ...databaseRules(instance),
        ...logRules(metrics),
        ...backupRules(backup),
        ...edgeRules({ firewall: firewall(), certificate: certificate(), uptime }),
      ],
    });
  });

let result: Synthesis;
beforeAll(async () => {
  result = await whole();
});

test("watches the whole of an environment", () => {
  expect(result.all(alarmType).map(({ name }) => name)).toEqual([
    "alarms-backup-failed",
    "alarms-certificate-expiry",
    "alarms-database-connections",
    "alarms-database-cpu",
    "alarms-database-storage",
    "alarms-dead-jobs",
    "alarms-error-logs",
    "alarms-firewall-blocks",
    "alarms-queue-age",
    "alarms-restore-failed",
    "alarms-server-errors",
    "alarms-slow-responses",
    "alarms-unhealthy-targets",
    "alarms-uptime",
    "alarms-web-cpu",
    "alarms-web-memory",
    "alarms-web-tasks-missing",
  ]);
});

/** Runbooks that alarms link, in alphabetical order. */
const linked = () =>
  [...result.all(alarmType), ...result.all(compositeType)]
    .map(({ name, inputs }) => {
      const match = /^\[production\] .+\. Runbook: docs\/runbooks\/([a-z-]+)\.md$/.exec(
        String(inputs.alarmDescription),
      );
      expect(match, name).not.toBeNull();
      return match?.[1] ?? "";
    })
    .toSorted();

test("every alarm, and the one to page on, says what is wrong where, and links a runbook that exists", () => {
  for (const runbook of linked()) expect(existsSync(`${root}docs/runbooks/${runbook}.md`), runbook).toBe(true);
});

test("every alarm's runbook has what somebody at night needs, in the same order, and links only what is there", () => {
  // A budget's message comes from AWS, and cannot link it.
  for (const name of [...linked(), "budget"]) {
    const text = readFileSync(`${root}docs/runbooks/${name}.md`, "utf8");
    const headings = text.match(/^#+ .+$/gm)?.slice(1);
    expect(headings, name).toEqual(["## Symptom", "## Impact", "## First look", "## Causes", "## Fix"]);
    for (const [, target = ""] of text.matchAll(/\]\(([a-z-]+\.md)\)/g)) {
      expect(readdirSync(`${root}docs/runbooks`), `${name} links ${target}`).toContain(target);
    }
  }
});

test("what users feel goes to the page and not to the mail by itself; all else goes to the mail", () => {
  const silent = result.all(alarmType).filter(({ inputs }) => (inputs.alarmActions as unknown[]).length === 0);
  expect(silent.map(({ name }) => name)).toEqual([
    "alarms-database-storage",
    "alarms-server-errors",
    "alarms-unhealthy-targets",
    "alarms-uptime",
    "alarms-web-tasks-missing",
  ]);
  const page = result.only(compositeType).inputs;
  const terms = String(page.alarmRule).split(" OR ").toSorted();
  expect(terms).toEqual(silent.map(({ name }) => `ALARM("{${name}.name}")`));
  expect(page).toMatchObject({ alarmActions: ["{alarms-topic.arn}"], okActions: ["{alarms-topic.arn}"] });
  for (const { name, inputs } of result.all(alarmType)) {
    if (silent.some((alarm) => alarm.name === name)) continue;
    expect(inputs, name).toMatchObject({ alarmActions: ["{alarms-topic.arn}"], okActions: ["{alarms-topic.arn}"] });
  }
});

test("an alarm has whole periods within the day that CloudWatch allows it", () => {
  for (const { name, inputs } of result.all(alarmType)) {
    const metrics = inputs.metricQueries as { metric?: { period: number }; period?: number }[];
    const period = Math.max(...metrics.map(({ metric, period }) => metric?.period ?? period ?? 0));
    expect(period, name).toBeGreaterThan(0);
    const periods = inputs.evaluationPeriods as number;
    expect(Number.isInteger(periods) && periods >= 1, name).toBe(true);
    expect(periods * period, name).toBeLessThanOrEqual(86_400);
    expect(
      metrics.filter((query) => "returnData" in query && query.returnData === true),
      name,
    ).toHaveLength(1);
  }
});

test("a backup that failed, never started or was stopped rings, and a copy that failed", () => {
  const { inputs } = result.only(alarmType, "alarms-backup-failed");
  expect(inputs).toMatchObject({ threshold: 0, comparisonOperator: "GreaterThanThreshold", evaluationPeriods: 1 });
  const queries = inputs.metricQueries as { id: string; expression?: string; metric?: { metricName: string } }[];
  const read = new Map(queries.flatMap(({ id, metric }) => (metric ? [[metric.metricName, id]] : [])));
  expect([...read.keys()]).toEqual([
    "NumberOfBackupJobsFailed",
    "NumberOfBackupJobsExpired",
    "NumberOfBackupJobsAborted",
    "NumberOfCopyJobsFailed",
  ]);
  const sum = [...read.values()].map((id) => `FILL(${id}, 0)`).join(" + ");
  expect(queries.at(-1)).toMatchObject({ id: "result", expression: sum, returnData: true });
});

test("a restore that fails rings, of whatever vault it was, where restores are tried", () => {
  const { inputs } = result.only(alarmType, "alarms-restore-failed");
  expect(inputs).toMatchObject({ threshold: 0, comparisonOperator: "GreaterThanThreshold", evaluationPeriods: 1 });
  expect(inputs.metricQueries).toEqual([
    {
      ...{ id: "result", label: "result", returnData: true, period: 3600 },
      expression: 'SELECT SUM(NumberOfRestoreJobsFailed) FROM "AWS/Backup"',
    },
  ]);
  const untried = backupRules({ vaultName: pulumi.output("vault"), restoreTests: false });
  expect(untried.map(({ name }) => name)).toEqual(["backup-failed"]);
});

test("errors count as a rate, of the app's and the load balancer's together", () => {
  const { inputs } = result.only(alarmType, "alarms-server-errors");
  expect(inputs).toMatchObject({
    threshold: 1,
    comparisonOperator: "GreaterThanThreshold",
    datapointsToAlarm: 3,
    treatMissingData: "notBreaching",
  });
  expect(inputs.metricQueries).toMatchObject([
    { id: "requests", returnData: false, metric: { metricName: "RequestCount", period: 60 } },
    { id: "app", metric: { metricName: "HTTPCode_Target_5XX_Count" } },
    { id: "balancer", metric: { metricName: "HTTPCode_ELB_5XX_Count" } },
    { id: "unserved", metric: { metricName: "HTTPCode_ELB_503_Count" } },
    { id: "result", returnData: true },
  ]);
});

test("thresholds of the database follow its size", () => {
  expect(result.only(alarmType, "alarms-database-storage").inputs).toMatchObject({
    threshold: 2 * 1024 ** 3,
    comparisonOperator: "LessThanThreshold",
  });
  // A db.t4g.micro has 1 GiB and so 112 connections.
  expect(result.only(alarmType, "alarms-database-connections").inputs.threshold).toBe(89);
});

test("alarms of the app's log read the metrics that its lines are made into", () => {
  const made = result
    .all("aws:cloudwatch/logMetricFilter:LogMetricFilter")
    .map(({ inputs }) => inputs.metricTransformation as { namespace: string; name: string });
  for (const alarm of ["alarms-error-logs", "alarms-queue-age", "alarms-dead-jobs"]) {
    const queries = result.only(alarmType, alarm).inputs.metricQueries as {
      metric?: { namespace: string; metricName: string };
    }[];
    for (const { metric } of queries) {
      if (metric === undefined) continue;
      expect(made, alarm).toContainEqual(
        expect.objectContaining({ namespace: metric.namespace, name: metric.metricName }),
      );
    }
  }
});

test("the maintenance page does not count as an attack", () => {
  const { metricQueries } = result.only(alarmType, "alarms-firewall-blocks").inputs;
  expect(metricQueries).toMatchObject([
    { metric: { dimensions: { WebACL: "berth-test", Rule: "ALL" } } },
    { metric: { dimensions: { WebACL: "berth-test", Rule: "Maintenance" } } },
    { expression: "FILL(blocked, 0) - FILL(maintenance, 0)" },
  ]);
});

test("the topic is encrypted, takes messages of this account's alarms only, and mails where it is told to", async () => {
  expect(result.only("aws:sns/topic:Topic").inputs.kmsMasterKeyId).toBe("{telemetry-key.arn}");
  expect(statement(result.only("aws:sns/topicPolicy:TopicPolicy"), "Alarms")).toMatchObject({
    Principal: { Service: "cloudwatch.amazonaws.com" },
    Action: "sns:Publish",
    Condition: { StringEquals: { "aws:SourceAccount": "{net-vpc.ownerId}" } },
  });
  expect(result.all("aws:sns/topicSubscription:TopicSubscription")).toEqual([]);
  const mailed = await whole("oncall@example.com");
  expect(mailed.only("aws:sns/topicSubscription:TopicSubscription").inputs).toMatchObject({
    protocol: "email",
    endpoint: "oncall@example.com",
  });
});

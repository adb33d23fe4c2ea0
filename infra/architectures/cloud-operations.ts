// How `cloud` is watched and kept: alarms, dashboard, saved queries, backups, budget.
import * as pulumi from "@pulumi/pulumi";
import { Alarms } from "../components/aws/alarms.ts";
import { Backup } from "../components/aws/backup.ts";
import { Budget } from "../components/aws/budget.ts";
import type { Certificate } from "../components/aws/certificate.ts";
import type { Cluster } from "../components/aws/cluster.ts";
import { Dashboard } from "../components/aws/dashboard.ts";
import type { Database } from "../components/aws/database.ts";
import type { Edge } from "../components/aws/edge.ts";
import type { Firewall } from "../components/aws/firewall.ts";
import type { LoadBalancer } from "../components/aws/load-balancer.ts";
import type { LogMetrics } from "../components/aws/log-metrics.ts";
import type { Network } from "../components/aws/network.ts";
import type { AlarmRule } from "../components/aws/pure/alarm-rule.ts";
import {
  backupRules,
  databaseRules,
  logRules,
  requestRules,
  serviceRules,
} from "../components/aws/pure/alarm-rules.ts";
import { edgeRules } from "../components/aws/pure/edge-alarm-rules.ts";
import { edgeRegion } from "../components/aws/pure/edge-region.ts";
import { SavedQueries } from "../components/aws/saved-queries.ts";
import type { Service } from "../components/aws/service.ts";
import type { Storage } from "../components/aws/storage.ts";
import type { Task } from "../components/aws/task.ts";
import { TelemetryKey } from "../components/aws/telemetry-key.ts";
import { Topic } from "../components/aws/topic.ts";
import { Uptime } from "../components/aws/uptime.ts";
import type { CloudEnvironment } from "../config/environment.ts";

interface Parts {
  /** Unique in the account. */
  readonly title: string;
  readonly network: Network;
  readonly host: pulumi.Input<string>;
  readonly loadBalancer: LoadBalancer;
  readonly cluster: Cluster;
  readonly services: Readonly<Record<"web" | "worker", Service>>;
  readonly tasks: Readonly<Record<"web" | "worker", Task>>;
  readonly database: Database;
  readonly storage: Storage;
  readonly edge: Edge;
  readonly firewall: Firewall;
  readonly certificate: Certificate | undefined;
  readonly logMetrics: LogMetrics;
  readonly telemetryKey: TelemetryKey;
}

export function operations(environment: CloudEnvironment, parts: Parts, on: pulumi.ComponentResourceOptions) {
  const { region, alarmEmail, monthlyBudget, nights } = environment;
  const { title, services, tasks } = parts;
  const backup = backupOf(environment, parts, on);
  // Where nothing runs at night, nothing answers then, and nobody wants to be told.
  const uptime = nights === undefined ? new Uptime("uptime", { host: parts.host, path: "/health/" }, on) : undefined;
  const atEdge = edgeRules({ ...parts, uptime });
  const inRegion = [
    ...requestRules(parts.loadBalancer, nights !== undefined),
    ...serviceRules(parts.cluster, services),
    ...databaseRules(parts.database),
    ...logRules(parts.logMetrics),
    ...(backup === undefined ? [] : backupRules(backup)),
    ...(region === edgeRegion ? atEdge : []),
  ];
  const watch = watcher(environment, parts, on);
  const alarms = watch("alarms", region, parts.telemetryKey, inRegion);
  const elsewhere = region === edgeRegion ? undefined : edgeAlarms(environment, parts, watch, atEdge, on);
  const dashboard = new Dashboard("dashboard", { title, parts: { ...parts, region, alarms: alarms.alarmArns } }, on);
  new SavedQueries(
    "queries",
    { folder: title, logGroups: { web: tasks.web.logGroup, worker: tasks.worker.logGroup } },
    on,
  );
  if (monthlyBudget !== undefined && alarmEmail !== undefined) {
    const tag = { key: "stack", value: pulumi.getStack() };
    new Budget("budget", { dollars: monthlyBudget, email: alarmEmail, tag }, on);
  }
  return {
    alarmTopic: alarms.topicArn,
    pageAlarms: [...alarms.pageAlarmArns, ...(elsewhere?.pageAlarmArns ?? [])],
    dashboardUrl: dashboard.url,
    backupVault: backup?.vaultName,
  };
}

type Watch = (name: string, region: string, key: TelemetryKey, rules: readonly AlarmRule[]) => Alarms;

/** Makes the alarms of one region, and the topic that they are published to. */
function watcher({ alarmEmail }: CloudEnvironment, parts: Parts, on: pulumi.ComponentResourceOptions): Watch {
  const email = alarmEmail === undefined ? {} : { email: alarmEmail };
  return (name, region, key, rules) => {
    const topic = new Topic(name, { accountId: parts.network.accountId, key, region, ...email }, on);
    return new Alarms(name, { environment: pulumi.getStack(), topic, region, rules }, on);
  };
}

/** CloudFront's metrics are in one region, and an alarm, its topic and the topic's key are where its metrics are. */
function edgeAlarms(
  { region: _, ...environment }: CloudEnvironment,
  { network }: Parts,
  watch: Watch,
  rules: readonly AlarmRule[],
  on: pulumi.ComponentResourceOptions,
): Alarms {
  const retain = environment.database.deletionProtection;
  const key = new TelemetryKey("edge-telemetry", { accountId: network.accountId, region: edgeRegion, retain }, on);
  return watch("edge-alarms", edgeRegion, key, rules);
}

function backupOf(
  { backup, database: { deletionProtection } }: CloudEnvironment,
  { network, database, storage }: Parts,
  on: pulumi.ComponentResourceOptions,
): Backup | undefined {
  if (backup === undefined) return undefined;
  const { copyRegion, ...settings } = backup;
  return new Backup(
    "backup",
    {
      ...settings,
      ...(copyRegion === undefined ? {} : { copyRegion }),
      accountId: network.accountId,
      database,
      media: storage.media,
      retain: deletionProtection,
    },
    on,
  );
}

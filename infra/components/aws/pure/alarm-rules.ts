// What alarms of the environment's region watch, and from where on it is too much.
import type { Backup } from "../backup.ts";
import type { Cluster } from "../cluster.ts";
import type { Database } from "../database.ts";
import type { LoadBalancer } from "../load-balancer.ts";
import type { LogMetrics } from "../log-metrics.ts";
import type { Service } from "../service.ts";
import type { AlarmRule, Metric } from "./alarm-rule.ts";
import { balancerMetric, failedRequests, unhealthyTargets } from "./request-metrics.ts";

/**
 * What requests tell.
 *
 * @param sleeps whether no task runs at night
 */
export function requestRules(loadBalancer: LoadBalancer, sleeps: boolean): AlarmRule[] {
  return [
    {
      name: "server-errors",
      runbook: "server-errors",
      says: "More than 1 % of requests failed with a 5xx for 3 minutes",
      ...failedRequests(loadBalancer, sleeps),
      threshold: 1,
      minutes: 3,
      pages: true,
    },
    {
      name: "slow-responses",
      runbook: "slow-responses",
      says: "One request in a hundred took more than 2 seconds for 5 minutes",
      metrics: { p99: balancerMetric(loadBalancer, "TargetResponseTime", "p99") },
      threshold: 2,
      minutes: 5,
    },
    {
      name: "unhealthy-targets",
      runbook: "unhealthy-targets",
      says: "A task of web failed its health checks for 3 minutes",
      ...unhealthyTargets(loadBalancer),
      threshold: 0,
      minutes: 3,
      pages: true,
    },
  ];
}

/** What the tasks of services tell, by what alarms call the services. */
export function serviceRules(cluster: Cluster, services: Readonly<Record<string, Service>>): AlarmRule[] {
  return Object.entries(services).flatMap(([name, service]): AlarmRule[] => {
    const dimensions = { ClusterName: cluster.clusterName, ServiceName: service.serviceName };
    const insight = (metricName: string, stat: string): Metric => ({
      namespace: "ECS/ContainerInsights",
      metricName,
      stat,
      dimensions,
    });
    const use = (metricName: string): Metric => ({ namespace: "AWS/ECS", metricName, stat: "Average", dimensions });
    return [
      {
        name: `${name}-tasks-missing`,
        runbook: "tasks-missing",
        says: `Fewer tasks of ${name} run than should for 10 minutes`,
        metrics: { desired: insight("DesiredTaskCount", "Maximum"), running: insight("RunningTaskCount", "Minimum") },
        expression: "desired - running",
        threshold: 0,
        minutes: 10,
        pages: true,
      },
      {
        name: `${name}-cpu`,
        runbook: "service-cpu",
        says: `Tasks of ${name} used more than 85 % of their CPU for 15 minutes`,
        metrics: { cpu: use("CPUUtilization") },
        threshold: 85,
        minutes: 15,
      },
      {
        name: `${name}-memory`,
        runbook: "service-memory",
        says: `Tasks of ${name} used more than 85 % of their memory for 10 minutes`,
        metrics: { memory: use("MemoryUtilization") },
        threshold: 85,
        minutes: 10,
      },
    ];
  });
}

export function databaseRules(database: Database): AlarmRule[] {
  const metric = (metricName: string, stat: string): Metric => ({
    namespace: "AWS/RDS",
    metricName,
    stat,
    dimensions: { DBInstanceIdentifier: database.identifier },
  });
  return [
    {
      name: "database-cpu",
      runbook: "database-cpu",
      says: "The database used more than 80 % of its CPU for 15 minutes",
      metrics: { cpu: metric("CPUUtilization", "Average") },
      threshold: 80,
      minutes: 15,
    },
    {
      name: "database-storage",
      runbook: "database-storage",
      says: "Less than 10 % of the database's first storage is free: it has not grown by itself",
      metrics: { free: metric("FreeStorageSpace", "Minimum") },
      threshold: database.storageBytes / 10,
      below: true,
      minutes: 15,
      pages: true,
    },
    {
      name: "database-connections",
      runbook: "database-connections",
      says: `More than 80 % of the ${database.maxConnections} connections that the database allows are open`,
      metrics: { connections: metric("DatabaseConnections", "Maximum") },
      threshold: Math.floor(database.maxConnections * 0.8),
      minutes: 5,
    },
  ];
}

/** What the app says of itself. */
export function logRules(metrics: LogMetrics): AlarmRule[] {
  const metric = (metricName: string, stat: string): Metric => ({ namespace: metrics.namespace, metricName, stat });
  return [
    {
      name: "error-logs",
      runbook: "error-logs",
      says: "The app logged more than 10 errors in 5 minutes",
      metrics: Object.fromEntries(metrics.errors.map((name) => [name.toLowerCase(), metric(name, "Sum")])),
      expression: metrics.errors.map((name) => `FILL(${name.toLowerCase()}, 0)`).join(" + "),
      threshold: 10,
      minutes: 5,
      period: 300,
    },
    {
      name: "queue-age",
      runbook: "queue-age",
      says: "A job has been waiting for a worker for more than 5 minutes",
      metrics: { age: metric(metrics.queueAge, "Maximum") },
      threshold: 300,
      minutes: 5,
    },
    {
      name: "dead-jobs",
      runbook: "dead-jobs",
      says: "A job has failed for the last time, and nothing will run it again",
      metrics: { dead: metric(metrics.deadJobs, "Maximum") },
      threshold: 0,
      minutes: 1,
    },
  ];
}

/**
 * What is kept for a bad day. A job that cannot start in its window is EXPIRED and one that is stopped ABORTED, neither of which
 * counts as failed; copies have no such states (https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html).
 */
export function backupRules(backup: Pick<Backup, "vaultName" | "restoreTests">): AlarmRule[] {
  const metric = (metricName: string): Metric => ({
    namespace: "AWS/Backup",
    metricName,
    stat: "Sum",
    dimensions: { BackupVaultName: backup.vaultName },
  });
  return [
    {
      name: "backup-failed",
      runbook: "backup-failed",
      says: "A backup failed, did not start in time or was stopped, or its copy to another region failed",
      metrics: {
        failed: metric("NumberOfBackupJobsFailed"),
        expired: metric("NumberOfBackupJobsExpired"),
        aborted: metric("NumberOfBackupJobsAborted"),
        copy: metric("NumberOfCopyJobsFailed"),
      },
      expression: "FILL(failed, 0) + FILL(expired, 0) + FILL(aborted, 0) + FILL(copy, 0)",
      threshold: 0,
      minutes: 60,
      period: 3600,
    },
    ...(backup.restoreTests ? [restoreRule] : []),
  ];
}

/** Restores name no vault of theirs, but the kind of what they restore: all of the account's in this region count. */
const restoreRule: AlarmRule = {
  name: "restore-failed",
  runbook: "restore-failed",
  says: "A backup could not be restored: the weekly test of it, or a restore that somebody asked for",
  metrics: {},
  expression: 'SELECT SUM(NumberOfRestoreJobsFailed) FROM "AWS/Backup"',
  threshold: 0,
  minutes: 60,
  period: 3600,
};

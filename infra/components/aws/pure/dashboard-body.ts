// What the dashboard shows: data, no resources. Four rows: is it up, is it slow, is it full, what changed and what it costs.
import type * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster.ts";
import type { Database } from "../database.ts";
import type { Edge } from "../edge.ts";
import type { Firewall } from "../firewall.ts";
import type { LoadBalancer } from "../load-balancer.ts";
import type { LogMetrics } from "../log-metrics.ts";
import type { Service } from "../service.ts";
import { edgeRegion } from "./edge-region.ts";

/** What is looked at. */
export interface DashboardParts {
  readonly region: string;
  readonly loadBalancer: LoadBalancer;
  readonly cluster: Cluster;
  readonly services: Readonly<Record<string, Service>>;
  readonly database: Database;
  readonly edge: Edge;
  readonly firewall: Firewall;
  readonly logMetrics: LogMetrics;
  /** Arns of all alarms of the region. */
  readonly alarms: readonly pulumi.Output<string>[];
}

type Text = pulumi.Input<string>;
/** Namespace, metric, pairs of dimensions, and how it is drawn, in CloudWatch's own order. */
type Series = readonly (Text | Readonly<Record<string, unknown>>)[];

interface Widget {
  readonly type: "metric" | "alarm";
  readonly title: string;
  /** Of 24 columns. */
  readonly width: number;
  readonly properties: Readonly<Record<string, unknown>>;
}

const height = 6;

/** The widgets as CloudWatch wants them, row below row. */
export function dashboardBody(parts: DashboardParts) {
  const rows = [isItUp(parts), isItSlow(parts), isItFull(parts), whatChanged(parts)];
  return { widgets: rows.flatMap((row, index) => place(row, index * height)) };
}

function place(row: readonly Widget[], y: number) {
  let x = 0;
  return row.map(({ type, title, width, properties }) => {
    const placed = { type, x, y, width, height, properties: { title, ...properties } };
    x += width;
    return placed;
  });
}

function graph(region: string, title: string, width: number, metrics: readonly Series[], more = {}): Widget {
  const properties = { view: "timeSeries", region, period: 60, metrics, yAxis: { left: { min: 0 } }, ...more };
  return { type: "metric", title, width, properties };
}

function isItUp({ region, alarms, loadBalancer, logMetrics }: DashboardParts): Widget[] {
  const balancer = ["LoadBalancer", loadBalancer.arnSuffix];
  const groups = loadBalancer.targetGroupArnSuffixes.map((group, index) => ({
    targets: ["TargetGroup", group, ...balancer],
    which: index === 0 ? "" : ", second group",
  }));
  return [
    { type: "alarm", title: "Alarms", width: 6, properties: { alarms } },
    graph(region, "Traffic: requests a minute", 6, [
      ["AWS/ApplicationELB", "RequestCount", ...balancer, { stat: "Sum" }],
    ]),
    graph(region, "Errors a minute", 6, [
      ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", ...balancer, { stat: "Sum", label: "5xx of the app" }],
      ["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", ...balancer, { stat: "Sum", label: "5xx of the balancer" }],
      ...logMetrics.errors.map((metric): Series => [logMetrics.namespace, metric, { stat: "Sum" }]),
    ]),
    graph(
      region,
      "Tasks that take requests",
      6,
      groups.flatMap(({ targets, which }): Series[] => [
        ["AWS/ApplicationELB", "HealthyHostCount", ...targets, { stat: "Minimum", label: `healthy${which}` }],
        ["AWS/ApplicationELB", "UnHealthyHostCount", ...targets, { stat: "Maximum", label: `unhealthy${which}` }],
      ]),
    ),
  ];
}

function isItSlow({ region, loadBalancer, database, logMetrics, edge }: DashboardParts): Widget[] {
  const response = ["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", loadBalancer.arnSuffix];
  const instance = ["DBInstanceIdentifier", database.identifier];
  const distribution = ["Region", "Global", "DistributionId", edge.distributionId];
  return [
    graph(
      region,
      "Latency, seconds",
      6,
      ["p50", "p95", "p99"].map((stat): Series => [...response, { stat, label: stat }]),
    ),
    graph(region, "Database latency, seconds", 6, [
      ["AWS/RDS", "ReadLatency", ...instance],
      ["AWS/RDS", "WriteLatency", ...instance],
    ]),
    graph(region, "Queue: oldest job, seconds", 6, [
      [logMetrics.namespace, logMetrics.queueAge, { stat: "Maximum", label: "oldest, s" }],
      [logMetrics.namespace, logMetrics.readyJobs, { stat: "Maximum", label: "waiting", yAxis: "right" }],
      [logMetrics.namespace, logMetrics.deadJobs, { stat: "Maximum", label: "dead", yAxis: "right" }],
    ]),
    graph(edgeRegion, "Edge: requests and errors", 6, [
      ["AWS/CloudFront", "Requests", ...distribution, { stat: "Sum" }],
      ["AWS/CloudFront", "4xxErrorRate", ...distribution, { stat: "Average", label: "4xx, %", yAxis: "right" }],
      ["AWS/CloudFront", "5xxErrorRate", ...distribution, { stat: "Average", label: "5xx, %", yAxis: "right" }],
    ]),
  ];
}

function isItFull({ region, cluster, services, database }: DashboardParts): Widget[] {
  const use = (metric: string) =>
    Object.entries(services).map(
      ([name, service]): Series => [
        "AWS/ECS",
        metric,
        "ClusterName",
        cluster.clusterName,
        "ServiceName",
        service.serviceName,
        { label: name },
      ],
    );
  const instance = ["DBInstanceIdentifier", database.identifier];
  const percent = { yAxis: { left: { min: 0, max: 100 } } };
  return [
    graph(region, "CPU of tasks, %", 6, use("CPUUtilization"), percent),
    graph(region, "Memory of tasks, %", 6, use("MemoryUtilization"), percent),
    graph(region, "Database: CPU and connections", 6, [
      ["AWS/RDS", "CPUUtilization", ...instance, { label: "CPU, %" }],
      ["AWS/RDS", "DatabaseConnections", ...instance, { stat: "Maximum", yAxis: "right" }],
    ]),
    graph(region, "Database: free storage and memory, bytes", 6, [
      ["AWS/RDS", "FreeStorageSpace", ...instance, { stat: "Minimum" }],
      ["AWS/RDS", "FreeableMemory", ...instance, { stat: "Minimum" }],
    ]),
  ];
}

/** A service has two deployments while a release rolls out, and again while it is rolled back: each shows as a step. */
function whatChanged({ region, cluster, services, firewall }: DashboardParts): Widget[] {
  const insights = (metric: string, stat: string) =>
    Object.entries(services).map(
      ([name, service]): Series => [
        "ECS/ContainerInsights",
        metric,
        "ClusterName",
        cluster.clusterName,
        "ServiceName",
        service.serviceName,
        { stat, label: `${name}: ${metric === "DeploymentCount" ? "deployments" : "tasks"}` },
      ],
    );
  const refused = ["AWS/WAFV2", "BlockedRequests", "WebACL", firewall.metricName, "Rule"];
  return [
    graph(region, "Deployments under way (2: a release, or its way back)", 6, insights("DeploymentCount", "Maximum")),
    graph(region, "Tasks that run", 6, insights("RunningTaskCount", "Average")),
    graph(
      edgeRegion,
      "Firewall: requests refused",
      6,
      ["ALL", "SignIn", "Rate", "Maintenance"].map((rule): Series => [...refused, rule, { stat: "Sum", label: rule }]),
    ),
    graph(
      edgeRegion,
      "Cost of the account this month, $",
      6,
      [["AWS/Billing", "EstimatedCharges", "Currency", "USD", { stat: "Maximum" }]],
      { period: 21_600 },
    ),
  ];
}

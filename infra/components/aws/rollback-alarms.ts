// What makes ECS go back to the old tasks while new ones take over: users get errors, or wait.
//
//   const alarms = new RollbackAlarms("rollback", { loadBalancer, sleeps: false });
//
// Quicker than the alarms that people are told by, and silent: the deployment says why it went back. Monthly cost: $0.50.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { LoadBalancer } from "./load-balancer.ts";
import { type AlarmRule, dataPoints, queries } from "./pure/alarm-rule.ts";
import { balancerMetric, failedRequests } from "./pure/request-metrics.ts";

export interface RollbackAlarmsArgs {
  readonly loadBalancer: LoadBalancer;
  /** Whether no task runs at night. */
  readonly sleeps: boolean;
  /** Where runbooks are found, before `/<runbook>.md`. @default "docs/runbooks" */
  readonly runbooks?: string;
}

export class RollbackAlarms extends pulumi.ComponentResource {
  readonly names: pulumi.Output<string>[];

  constructor(name: string, args: RollbackAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    const { loadBalancer, sleeps, runbooks = "docs/runbooks" } = args;
    super("berth:observability:RollbackAlarms", name, {}, opts);
    const alarm = (
      suffix: string,
      says: string,
      threshold: number,
      measured: Pick<AlarmRule, "metrics" | "expression">,
    ) =>
      new aws.cloudwatch.MetricAlarm(
        `${name}-${suffix}`,
        {
          alarmDescription: `${says}: ECS takes a deployment that is under way back. Runbook: ${runbooks}/failed-release.md`,
          comparisonOperator: "GreaterThanThreshold",
          threshold,
          ...dataPoints({ ...measured, minutes: 2 }),
          treatMissingData: "notBreaching",
          metricQueries: queries(measured),
        },
        { parent: this },
      ).name;
    this.names = [
      alarm(
        "errors",
        "More than 5 % of requests failed with a 5xx for 2 minutes",
        5,
        failedRequests(loadBalancer, sleeps),
      ),
      alarm("latency", "One request in a hundred took more than 4 seconds for 2 minutes", 4, {
        metrics: { p99: balancerMetric(loadBalancer, "TargetResponseTime", "p99") },
      }),
    ];
    this.registerOutputs({ names: this.names });
  }
}

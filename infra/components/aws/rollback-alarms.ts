// What makes ECS go back to the old tasks while new ones take over: users get errors, or wait.
//
//   const alarms = new RollbackAlarms("rollback", { loadBalancer });
//
// Quicker than the alarms that people are told by, and silent: the deployment says why it went back. Monthly cost: $0.40.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { LoadBalancer } from "./load-balancer.ts";

export interface RollbackAlarmsArgs {
  readonly loadBalancer: LoadBalancer;
  /** Where runbooks are found, before `/<runbook>.md`. @default "docs/runbooks" */
  readonly runbooks?: string;
}

export class RollbackAlarms extends pulumi.ComponentResource {
  readonly names: pulumi.Output<string>[];

  constructor(name: string, args: RollbackAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    const { loadBalancer, runbooks = "docs/runbooks" } = args;
    super("berth:observability:RollbackAlarms", name, {}, opts);
    const metric = (metricName: string, stat: string) => ({
      namespace: "AWS/ApplicationELB",
      metricName,
      stat,
      period: 60,
      dimensions: { LoadBalancer: loadBalancer.arnSuffix },
    });
    const alarm = (
      suffix: string,
      says: string,
      threshold: number,
      metricQueries: aws.types.input.cloudwatch.MetricAlarmMetricQuery[],
    ) =>
      new aws.cloudwatch.MetricAlarm(
        `${name}-${suffix}`,
        {
          alarmDescription: `${says}: ECS takes a deployment that is under way back. Runbook: ${runbooks}/failed-release.md`,
          comparisonOperator: "GreaterThanThreshold",
          threshold,
          evaluationPeriods: 2,
          datapointsToAlarm: 2,
          treatMissingData: "notBreaching",
          metricQueries,
        },
        { parent: this },
      ).name;
    this.names = [
      alarm("errors", "More than 5 % of requests failed with a 5xx for 2 minutes", 5, [
        { id: "requests", metric: metric("RequestCount", "Sum"), returnData: false },
        { id: "app", metric: metric("HTTPCode_Target_5XX_Count", "Sum"), returnData: false },
        { id: "balancer", metric: metric("HTTPCode_ELB_5XX_Count", "Sum"), returnData: false },
        {
          id: "result",
          // A single failure in a quiet minute is no rate.
          expression: "IF(requests >= 20, 100 * (FILL(app, 0) + FILL(balancer, 0)) / requests, 0)",
          label: "percent of requests that failed",
          returnData: true,
        },
      ]),
      alarm("latency", "One request in a hundred took more than 4 seconds for 2 minutes", 4, [
        { id: "p99", metric: metric("TargetResponseTime", "p99"), returnData: true },
      ]),
    ];
    this.registerOutputs({ names: this.names });
  }
}

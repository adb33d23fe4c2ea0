// What one alarm watches, and how CloudWatch is asked for it: data, no resources.
import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

type Query = aws.types.input.cloudwatch.MetricAlarmMetricQuery;

/** Without its period, which is the rule's. */
export type Metric = Omit<aws.types.input.cloudwatch.MetricAlarmMetricQueryMetric, "period">;

/** One alarm: fires when `expression` over the metrics exceeds (or, with `below`, falls under) the threshold. */
export interface AlarmRule {
  readonly name: string;
  readonly runbook: string;
  readonly says: string;
  readonly metrics: Readonly<Record<string, Metric>>;
  /** Over the metrics; without any, a query of CloudWatch Metrics Insights. @default the only metric */
  readonly expression?: string;
  readonly threshold: pulumi.Input<number>;
  readonly below?: true;
  /** Minutes in a row for which it has to hold. */
  readonly minutes: number;
  /** Seconds that one data point sums up. @default 60 */
  readonly period?: number;
  /** Users feel it: it goes to the page, and not to the mail by itself. */
  readonly pages?: true;
}

/** The rule's metrics, and what is made of them. */
export function queries({
  metrics,
  expression,
  period = 60,
}: Pick<AlarmRule, "metrics" | "expression" | "period">): Query[] {
  const entries = Object.entries(metrics);
  if (entries.length === 0) return [{ id: "result", expression, label: "result", period, returnData: true }];
  const single = expression === undefined;
  const inputs = entries.map(([id, metric]): Query => ({ id, metric: { ...metric, period }, returnData: single }));
  return single ? inputs : [...inputs, { id: "result", expression, label: "result", returnData: true }];
}

/**
 * How many data points an alarm looks at, and how many of them have to exceed the threshold: one more of a minute where FILL
 * fills, as it gives its value to a newest minute, too, whose metrics are late, and a row of minutes would never be without one
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html). Longer periods move on by the
 * minute, and have what was late by then.
 */
export function dataPoints({
  expression = "",
  minutes,
  period = 60,
}: Pick<AlarmRule, "expression" | "minutes" | "period">) {
  const datapointsToAlarm = (minutes * 60) / period;
  const spare = period === 60 && expression.includes("FILL(") ? 1 : 0;
  return { evaluationPeriods: datapointsToAlarm + spare, datapointsToAlarm };
}

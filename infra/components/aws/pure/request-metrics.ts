// What is made of a load balancer's own metrics: the share of requests that failed, and tasks that fail their health checks.
// Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
import type { LoadBalancer } from "../load-balancer.ts";
import type { AlarmRule, Metric } from "./alarm-rule.ts";

type Measured = Pick<AlarmRule, "metrics" | "expression">;

/** Fewer requests in a minute say no rate: a single failure would be a twentieth of them, or more. */
const fewest = 20;

/** A metric of the whole load balancer, or of a part of it that further dimensions name. */
export function balancerMetric(
  { arnSuffix }: LoadBalancer,
  metricName: string,
  stat: string,
  of: NonNullable<Metric["dimensions"]> = {},
): Metric {
  return { namespace: "AWS/ApplicationELB", metricName, stat, dimensions: { LoadBalancer: arnSuffix, ...of } };
}

/**
 * Percent of a minute's requests that ended with a 5xx; 0 where there were too few.
 *
 * RequestCount has those only for which a target could be chosen, and is missing where none is registered. Who then got the
 * load balancer's own 503 is added; its other errors have been counted, as their targets were chosen.
 *
 * @param sleeps whether no task runs at night: then a 503 for want of tasks is no failure
 */
export function failedRequests(loadBalancer: LoadBalancer, sleeps: boolean): Required<Measured> {
  const sum = (metricName: string) => balancerMetric(loadBalancer, metricName, "Sum");
  const all = sleeps ? "FILL(requests, 0)" : "(FILL(requests, 0) + FILL(unserved, 0))";
  return {
    metrics: {
      requests: sum("RequestCount"),
      app: sum("HTTPCode_Target_5XX_Count"),
      balancer: sum("HTTPCode_ELB_5XX_Count"),
      ...(sleeps ? {} : { unserved: sum("HTTPCode_ELB_503_Count") }),
    },
    expression: `IF(${all} >= ${fewest}, 100 * (FILL(app, 0) + FILL(balancer, 0)) / ${all}, 0)`,
  };
}

/** How many tasks fail their health checks, in whichever group they are: a shift of traffic leaves them in the other one. */
export function unhealthyTargets(loadBalancer: LoadBalancer): Measured {
  const [only, second] = loadBalancer.targetGroupArnSuffixes.map((TargetGroup) =>
    balancerMetric(loadBalancer, "UnHealthyHostCount", "Maximum", { TargetGroup }),
  );
  if (only === undefined) throw new Error("A load balancer has a group of targets at least.");
  if (second === undefined) return { metrics: { unhealthy: only } };
  // A group without targets has no metric.
  return { metrics: { first: only, second }, expression: "FILL(first, 0) + FILL(second, 0)" };
}

// What alarms make of a load balancer's metrics, by the rules of CloudWatch's metric math: whoever fails is counted once, in a
// total outage too, and tasks are watched in whichever group they are.
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { Alarms } from "../../../infra/components/aws/alarms.ts";
import { LoadBalancer } from "../../../infra/components/aws/load-balancer.ts";
import { requestRules } from "../../../infra/components/aws/pure/alarm-rules.ts";
import { RollbackAlarms } from "../../../infra/components/aws/rollback-alarms.ts";
import { Topic } from "../../../infra/components/aws/topic.ts";
import { type Synthesis, synth } from "../../support/synth.ts";
import { network, telemetryKey } from "./parts.ts";

const alarmType = "aws:cloudwatch/metricAlarm:MetricAlarm";

interface Query {
  readonly id: string;
  readonly expression?: string;
  readonly returnData: boolean;
  readonly metric?: { readonly metricName: string; readonly dimensions: Readonly<Record<string, string>> };
}

const alarms = ({ shiftsTraffic = false, sleeps = false } = {}) =>
  synth(() => {
    const net = network();
    const loadBalancer = new LoadBalancer("web", {
      ...{ network: net, port: 8080, healthPath: "/health/ready/", logsBucket: "logs", retain: true, shiftsTraffic },
    });
    const topic = new Topic("alarms", { accountId: net.accountId, key: telemetryKey() });
    new Alarms("alarms", { environment: "production", topic, rules: requestRules(loadBalancer, sleeps) });
    new RollbackAlarms("rollback", { loadBalancer, sleeps });
  });

const queriesOf = (result: Synthesis, name: string) => result.only(alarmType, name).inputs.metricQueries as Query[];

/** What an alarm's queries come to in one minute. Where CloudWatch has no value, there is none here: comparisons are false. */
function valueIn(queries: readonly Query[], reported: (metric: NonNullable<Query["metric"]>) => number | undefined) {
  const values = Object.fromEntries(queries.flatMap(({ id, metric }) => (metric ? [[id, reported(metric)]] : [])));
  const returned = queries.filter(({ returnData }) => returnData);
  expect(returned).toHaveLength(1);
  const { id = "", expression } = returned[0] ?? {};
  if (expression === undefined) return values[id];
  const names = ["FILL", "IF", ...Object.keys(values)];
  const fill = (value: number | undefined, filler: number) => value ?? filler;
  const choose = <Value>(condition: boolean, met: Value, unmet: Value) => (condition ? met : unmet);
  return new Function(...names, `return ${expression}`)(fill, choose, ...Object.values(values)) as number;
}

/** A minute of a load balancer: how many requests ended how. */
interface Minute {
  readonly registered: boolean;
  readonly fine: number;
  readonly failedInApp: number;
  /** A task was chosen, and did not answer: 502, 504. */
  readonly failedOnTheWay: number;
  /** There was no task to choose: 503. */
  readonly unserved: number;
}

/** As AWS counts: requests only where a target could be chosen, and nothing at all where the number would be none. */
function metricsOf({ registered, fine, failedInApp, failedOnTheWay, unserved }: Minute) {
  const some = (count: number) => (count === 0 ? undefined : count);
  const counts: Readonly<Record<string, number | undefined>> = {
    RequestCount: registered ? fine + failedInApp + failedOnTheWay : undefined,
    HTTPCode_Target_5XX_Count: some(failedInApp),
    HTTPCode_ELB_5XX_Count: some(failedOnTheWay + unserved),
    HTTPCode_ELB_503_Count: some(unserved),
  };
  return ({ metricName }: { readonly metricName: string }) => {
    if (!(metricName in counts)) throw new Error(`Not a metric of this minute: ${metricName}.`);
    return counts[metricName];
  };
}

const count = fc.integer({ min: 0, max: 200 });
const served = fc.record({ fine: count, failedInApp: count, failedOnTheWay: count, unserved: count });
const minute: fc.Arbitrary<Minute> = fc.oneof(
  served.map((counts) => ({ ...counts, registered: true })),
  count.map((unserved) => ({ registered: false, fine: 0, failedInApp: 0, failedOnTheWay: 0, unserved })),
);

describe.each(["alarms-server-errors", "rollback-errors"])("%s", (name) => {
  let queries: Query[];
  beforeAll(async () => {
    queries = queriesOf(await alarms(), name);
  });

  test("is the share of all requests that failed, each counted once, where there were 20", () => {
    fc.assert(
      fc.property(minute, (one) => {
        const failed = one.failedInApp + one.failedOnTheWay + one.unserved;
        const all = one.fine + failed;
        expect(valueIn(queries, metricsOf(one))).toBeCloseTo(all < 20 ? 0 : (100 * failed) / all, 6);
      }),
    );
  });

  test("an outage without any task to send to is a rate of 100 %", () => {
    const outage = { registered: false, fine: 0, failedInApp: 0, failedOnTheWay: 0, unserved: 500 };
    expect(valueIn(queries, metricsOf(outage))).toBe(100);
  });
});

test("where tasks sleep at night, nobody is woken by requests that find none", async () => {
  const result = await alarms({ sleeps: true });
  for (const name of ["alarms-server-errors", "rollback-errors"]) {
    const night = { registered: false, fine: 0, failedInApp: 0, failedOnTheWay: 0, unserved: 500 };
    expect(valueIn(queriesOf(result, name), metricsOf(night)), name).toBe(0);
    const day = { registered: true, fine: 50, failedInApp: 25, failedOnTheWay: 25, unserved: 0 };
    expect(valueIn(queriesOf(result, name), metricsOf(day)), name).toBe(50);
  }
});

test("a minute whose metrics are late, for which FILL puts its value, holds no alarm of a minute's metrics up", async () => {
  for (const result of [await alarms(), await alarms({ shiftsTraffic: true })]) {
    for (const { name, inputs } of result.all(alarmType)) {
      const filled = JSON.stringify(inputs.metricQueries).includes("FILL(");
      const spare = (inputs.evaluationPeriods as number) - (inputs.datapointsToAlarm as number);
      expect(spare, name).toBe(filled ? 1 : 0);
    }
  }
});

describe("unhealthy-targets", () => {
  const groups = ["{web-tg.arnSuffix}", "{web-tg2.arnSuffix}"];
  const unhealthyIn = (group: string) => (metric: NonNullable<Query["metric"]>) => {
    expect(metric).toMatchObject({
      metricName: "UnHealthyHostCount",
      dimensions: { LoadBalancer: "{web-lb.arnSuffix}" },
    });
    return metric.dimensions.TargetGroup === group ? 1 : undefined;
  };

  test("watches the one group of a rolling update", async () => {
    const queries = queriesOf(await alarms(), "alarms-unhealthy-targets");
    expect(groups.map((group) => valueIn(queries, unhealthyIn(group)))).toEqual([1, undefined]);
  });

  test("with a shift of traffic watches both groups, as the tasks are in the other one after every release", async () => {
    const queries = queriesOf(await alarms({ shiftsTraffic: true }), "alarms-unhealthy-targets");
    expect([...groups, "neither"].map((group) => valueIn(queries, unhealthyIn(group)))).toEqual([1, 1, 0]);
  });
});

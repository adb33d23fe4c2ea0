// How `cloud` releases: what comes before what, and how new tasks take over.
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { cloud } from "../../infra/architectures/cloud.ts";
import { readConfig } from "../../infra/config/read.ts";
import { readStack } from "../../infra/config/stack-file.ts";
import { type Synthesis, synth } from "../support/synth.ts";

const { config, environment } = readStack(fileURLToPath(new URL("../../", import.meta.url)), "staging");

/** The committed staging with other settings. */
function staging(changes: Record<string, unknown> = {}): Promise<Synthesis> {
  const committed = JSON.parse(config["berth:environment"] ?? "{}") as Record<string, unknown>;
  return synth(() => cloud(readConfig()), { "berth:environment": JSON.stringify({ ...committed, ...changes }) });
}

const serviceType = "aws:ecs/service:Service";
const liveType = "aws:dynamodb/tableItem:TableItem";

test("no service changes before its hook, which has all that the release phase needs; then comes what is live", async () => {
  const graph = await staging();
  const services = graph.all(serviceType);
  expect(services).toHaveLength(2);
  for (const { name, options, dependencies } of services) {
    expect(options.hooks).toContain(`release-before-${name.replace("-service", "")}`);
    for (const needed of ["release-execution-policy", "release-definition", "network-vpc", "ledger-releases"]) {
      expect(
        dependencies.some((urn) => urn.endsWith(`::${needed}`)),
        `${name} after ${needed}`,
      ).toBe(true);
    }
  }
  const live = graph.only(liveType);
  expect(live.options.hooks).toEqual(["release-live", "release-live"]);
  for (const { urn } of services) expect(live.dependencies).toContain(urn);
});

test("the live release is another one whenever ECS has to replace tasks, and only then", async () => {
  const item = async (changes: Record<string, unknown>) => (await staging(changes)).only(liveType).inputs.item;
  const before = await item({});
  if (environment.architecture !== "cloud") throw new Error("staging is of another architecture.");
  expect(await item({ alarmEmail: "somebody@example.com" })).toEqual(before);
  expect(await item({ worker: { ...environment.worker, spot: !environment.worker.spot } })).not.toEqual(before);
});

test("tasks take over one by one, and alarms of the load balancer take a rollout back", async () => {
  const graph = await staging();
  const { inputs } = graph.only(serviceType, "web-service");
  expect(inputs).toMatchObject({
    alarms: { enable: true, rollback: true, alarmNames: ["{rollback-errors.name}", "{rollback-latency.name}"] },
    deploymentCircuitBreaker: { enable: true, rollback: true },
  });
  expect(inputs).not.toHaveProperty("deploymentConfiguration");
  expect(graph.all("aws:lb/targetGroup:TargetGroup")).toHaveLength(1);
});

test("the same where a file says so, which takes a service back from another way", async () => {
  const { inputs } = (await staging({ deployment: { strategy: "rolling" } })).only(serviceType, "web-service");
  expect(inputs.deploymentConfiguration).toEqual({ strategy: "ROLLING" });
  expect(inputs.loadBalancers).not.toHaveProperty("0.advancedConfiguration");
});

test("or by a shift of traffic, whose weights are ECS's alone", async () => {
  const graph = await staging({ deployment: { strategy: "blueGreen", bakeMinutes: 10 } });
  expect(graph.only(serviceType, "web-service").inputs).toMatchObject({
    deploymentConfiguration: { strategy: "BLUE_GREEN", bakeTimeInMinutes: "10" },
    loadBalancers: [
      {
        advancedConfiguration: {
          alternateTargetGroupArn: "{web-tg2.arn}",
          productionListenerRule: "{web-all.arn}",
          roleArn: "{web-shift-role.arn}",
        },
      },
    ],
  });
  expect(graph.only(serviceType, "worker-service").inputs).not.toHaveProperty("deploymentConfiguration");
  expect(graph.only("aws:lb/listenerRule:ListenerRule").options.ignoreChanges).toEqual(["actions"]);
});

test("whichever group a shift of traffic left the tasks in, they are watched there and shown", async () => {
  const graph = await staging({ deployment: { strategy: "blueGreen" } });
  const groups = ["{web-tg.arnSuffix}", "{web-tg2.arnSuffix}"];
  const { metricQueries } = graph.only("aws:cloudwatch/metricAlarm:MetricAlarm", "alarms-unhealthy-targets").inputs;
  const watched = metricQueries as { metric?: { dimensions: { TargetGroup: string } } }[];
  expect(watched.flatMap(({ metric }) => metric?.dimensions.TargetGroup ?? [])).toEqual(groups);
  const { dashboardBody } = graph.only("aws:cloudwatch/dashboard:Dashboard").inputs;
  const { widgets } = JSON.parse(String(dashboardBody)) as {
    widgets: { properties: { title: string; metrics?: (string | object)[][] } }[];
  };
  const shown = widgets.find(({ properties }) => properties.title === "Tasks that take requests")?.properties.metrics;
  expect(shown?.map(([, metric, , group]) => [metric, group])).toEqual(
    groups.flatMap((group) => ["HealthyHostCount", "UnHealthyHostCount"].map((metric) => [metric, group])),
  );
});

test("or by a canary", async () => {
  const graph = await staging({ deployment: { strategy: "canary", percent: 5, canaryMinutes: 3 } });
  expect(graph.only(serviceType, "web-service").inputs.deploymentConfiguration).toEqual({
    strategy: "CANARY",
    bakeTimeInMinutes: "5",
    canaryConfiguration: { canaryPercent: 5, canaryBakeTimeInMinutes: "3" },
  });
});

test.each([
  [{ strategy: "rolling", percent: 5 }, /deployment.percent is 5; allowed: nothing, with strategy rolling/],
  [{ strategy: "blueGreen", canaryMinutes: 5 }, /allowed: nothing, with strategy blueGreen/],
  [{ strategy: "canary", percent: 100 }, /deployment.percent is 100; allowed: at most 99/],
  [{ strategy: "linear" }, /deployment.strategy is "linear"; allowed: rolling, blueGreen, canary/],
])("refused: %j", async (deployment, message) => {
  await expect(staging({ deployment })).rejects.toThrow(message);
});

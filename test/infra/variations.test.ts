// Every variation of a stack's configuration that docs/architectures/cloud.md names: the kit keeps its own policies in all of them, and
// knows what it means to turn each on and off.
import { beforeAll, describe, expect, test } from "vitest";
import { projectRoot } from "../../infra/cli/project.ts";
import { readStack } from "../../infra/config/stack-file.ts";
import { changesBetween } from "../../infra/plan/diff/changes.ts";
import { type Graph, isReal } from "../../infra/plan/graph.ts";
import { assess, typeRisk } from "../../infra/plan/risk/assess.ts";
import { checkPolicies } from "../../infra/policies/check.ts";
import { committedGraph } from "../support/committed.ts";

interface Settings {
  readonly [name: string]: Record<string, unknown>;
}

const domain = { name: "shop.example.com", zone: "example.com" };
const job = (schedule: string) => ({ schedule, command: ["report"], timezone: "Europe/Berlin" });

/** Changes to a stack's environment, by what they turn on. */
const variations: Readonly<Record<string, (stack: Settings) => Record<string, unknown>>> = {
  rolling: () => ({ deployment: { strategy: "rolling" } }),
  blueGreen: () => ({ deployment: { strategy: "blueGreen", bakeMinutes: 10 } }),
  canary: () => ({ deployment: { strategy: "canary", percent: 10, canaryMinutes: 5, bakeMinutes: 10 } }),
  "canary at once": () => ({ deployment: { strategy: "canary", percent: 50, canaryMinutes: 1, bakeMinutes: 0 } }),
  nights: () => ({ nights: { from: "21:00", until: "05:00", timezone: "Europe/Berlin" } }),
  "no nights": () => ({ nights: undefined }),
  "domain with www": () => ({ domain }),
  "domain without www": () => ({ domain: { ...domain, www: false } }),
  "hosts and origins": () => ({ allowedHosts: ["app.example.com"], corsOrigins: ["https://app.example.com"] }),
  mail: () => ({
    variables: { EMAIL_HOST: "smtp.example.com", EMAIL_PORT: "2525" },
    secrets: ["EMAIL_PASSWORD"],
  }),
  traces: () => ({ variables: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector.example.com:4318" } }),
  "errors to Sentry": () => ({ secrets: ["SENTRY_DSN"] }),
  "one NAT gateway": ({ network }) => ({ network: { ...network, nat: "single" } }),
  "a NAT gateway per zone": ({ network }) => ({ network: { ...network, nat: "perZone" } }),
  "other zones": ({ network }) => ({ network: { ...network, zones: ["a", "b", "d"] } }),
  "jobs by the clock": () => ({ scheduledJobs: { report: job("cron(0 6 * * ? *)"), hourly: job("rate(1 hour)") } }),
  "larger tasks": () => ({ web: { cpu: 1024, memory: 2048, min: 4, max: 20 } }),
  "as many tasks always": ({ web }) => ({ web: { ...web, min: 4, max: 4 } }),
  "tasks on Spot": ({ web, worker }) => ({ web: { ...web, spot: true }, worker: { ...worker, spot: true } }),
  "tasks on demand": ({ web, worker }) => ({ web: { ...web, spot: false }, worker: { ...worker, spot: false } }),
  "a lower rate": ({ firewall }) => ({ firewall: { ...firewall, requestsPer5Minutes: 1500 } }),
  "another database": ({ database }) => ({
    database: { ...database, instanceClass: "db.m7g.large", maxStorage: 900, backupDays: 14, version: "17" },
  }),
  kept: ({ database }) => ({ database: { ...database, deletionProtection: true } }),
  "more backups": () => ({ backup: { keepDays: 60, copyRegion: "eu-west-1", restoreTests: true } }),
  "longer logs": () => ({ logDays: 731 }),
  "nobody told by mail": () => ({ alarmEmail: undefined, monthlyBudget: undefined }),
  "whatever account": () => ({ account: undefined, image: `ghcr.io/example/shop@sha256:${"a".repeat(64)}` }),
};

describe.each(["staging", "production"])("%s", (stack) => {
  const environment = readStack(projectRoot, stack).environment as never as Settings;
  let before: Graph;
  beforeAll(async () => {
    before = await committedGraph(stack);
  });

  test.each(Object.entries(variations))("%s", async (_, change) => {
    const after = await committedGraph(stack, change(environment));
    expect(checkPolicies(after)).toEqual([]);
    expect(unknownIn(after)).toEqual([]);
    expect([...unknownChanges(before, after), ...unknownChanges(after, before)]).toEqual([]);
  });
});

/** What the tables of risks have nothing on: whole types, and properties of others. */
function unknownIn({ resources }: Graph): string[] {
  const found = resources.filter(isReal).flatMap(({ type, inputs }) => {
    if (typeRisk(type) === undefined) return [type];
    return Object.keys(inputs).flatMap((path) => (assess(type, path).risk === "unknown" ? [`${type} ${path}`] : []));
  });
  return [...new Set(found)];
}

function unknownChanges(from: Graph, to: Graph): string[] {
  return changesBetween(from, to).flatMap(({ name, risk, properties }) =>
    [{ path: "as a whole", risk }, ...properties]
      .filter((one) => one.risk === "unknown")
      .map(({ path }) => `${name} ${path}`),
  );
}

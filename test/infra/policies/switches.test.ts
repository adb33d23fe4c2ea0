// Turns every switch of the recorded graphs: one that no policy misses must be known to harden nothing.
import { expect, test } from "vitest";
import type { Graph } from "../../../infra/plan/graph.ts";
import { checkPolicies } from "../../../infra/policies/check.ts";
import { committedGraph } from "../../support/committed.ts";
import { mutate } from "./mutate.ts";
import type { Base } from "./mutations/mutation.ts";

/** Switches that harden nothing, by type and path. A new one belongs here or under a policy. */
const harmless: Readonly<Record<string, readonly string[]>> = {
  "aws:cloudfront/cachePolicy:CachePolicy": [
    "parametersInCacheKeyAndForwardedToOrigin.enableAcceptEncodingBrotli",
    "parametersInCacheKeyAndForwardedToOrigin.enableAcceptEncodingGzip",
  ],
  "aws:cloudfront/distribution:Distribution": [
    "defaultCacheBehavior.compress",
    "enabled",
    "isIpv6Enabled",
    "orderedCacheBehaviors.*.compress",
    "waitForDeployment",
  ],
  "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": ["customHeadersConfig.items.*.override"],
  "aws:cloudwatch/logDelivery:LogDelivery": ["s3DeliveryConfigurations.*.enableHiveCompatiblePath"],
  "aws:cloudwatch/metricAlarm:MetricAlarm": ["metricQueries.*.returnData"],
  "aws:ec2/vpc:Vpc": ["enableDnsHostnames", "enableDnsSupport"],
  "aws:ecs/service:Service": ["enableEcsManagedTags", "forceNewDeployment", "waitForSteadyState"],
  "aws:ecs/taskDefinition:TaskDefinition": [
    "containerDefinitions.*.essential",
    // Of a volume that is there to be written to.
    "containerDefinitions.*.mountPoints.*.readOnly",
  ],
  "aws:route53/healthCheck:HealthCheck": ["enableSni"],
  "docker:index/container:Container": ["attach", "start"],
  "docker:index/image:Image": ["buildOnPreview", "skipPush"],
  "docker:index/remoteImage:RemoteImage": ["keepLocally"],
  // The version is the configuration's decision, and its changes happen when they are made.
  "aws:rds/instance:Instance": ["allowMajorVersionUpgrade", "applyImmediately"],
  // Only of use with keys of one's own.
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": [
    "rules.*.bucketKeyEnabled",
  ],
  "aws:wafv2/webAcl:WebAcl": [
    "rules.*.visibilityConfig.sampledRequestsEnabled",
    "visibilityConfig.sampledRequestsEnabled",
  ],
  "random:index/randomPassword:RandomPassword": ["special"],
};

/** Where the switches in a value are; text that is JSON is looked into. */
function switches(value: unknown, path: readonly string[] = []): string[] {
  if (typeof value === "boolean") return [path.join(".")];
  if (typeof value === "string" && /^\s*[[{]["{]/.test(value)) return switches(JSON.parse(value), path);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => switches(inner, [...path, key]));
}

/** Switches that can be turned without any policy noticing, of one resource of each type for each path. */
function unnoticed(base: Base, graph: Graph): string[] {
  const turned = new Set<string>();
  const found = new Set<string>();
  for (const { type, name, inputs } of graph.resources) {
    for (const path of switches(inputs)) {
      if (turned.has(`${type} ${path}`)) continue;
      turned.add(`${type} ${path}`);
      const place = path.replaceAll(/\.\d+(?=\.|$)/g, ".*");
      if (harmless[type]?.includes(place)) continue;
      const after = mutate(graph, { in: base, breaks: [], type, name, turn: path });
      if (checkPolicies(after).length === 0) found.add(`${type} ${place}`);
    }
  }
  return [...found].sort();
}

test.each([
  ["production", "production", {}],
  ["vps production", "dev", { tier: "production", domain: "shop.example.com", port: 80 }],
] as const)("no switch of %s can be turned unnoticed", { timeout: 60_000 }, async (base, stack, changes) => {
  expect(unnoticed(base, await committedGraph(stack, changes))).toEqual([]);
});

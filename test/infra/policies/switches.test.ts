// Turns every switch of the recorded graphs, and takes a resource of every type away: what no policy misses must be known to
// harden nothing.
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
  "aws:cloudfront/function:Function": ["publish"],
  "aws:cloudwatch/logDelivery:LogDelivery": ["s3DeliveryConfigurations.*.enableHiveCompatiblePath"],
  "aws:cloudwatch/metricAlarm:MetricAlarm": ["metricQueries.*.returnData"],
  "aws:ec2/vpc:Vpc": ["enableDnsHostnames", "enableDnsSupport"],
  "aws:ecs/service:Service": ["enableEcsManagedTags", "forceNewDeployment", "waitForSteadyState"],
  "aws:ecs/taskDefinition:TaskDefinition": ["containerDefinitions.*.essential"],
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
  // A volume that is there to be written to.
  if (value === false && path.at(-1) === "readOnly") return [];
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

/** Types that an environment consists of, or is watched by. Those that harden others are not among them: a policy misses them. */
const parts = new Set([
  "aws:appautoscaling/policy:Policy",
  "aws:appautoscaling/target:Target",
  "aws:backup/plan:Plan",
  "aws:backup/restoreTestingPlan:RestoreTestingPlan",
  "aws:backup/restoreTestingSelection:RestoreTestingSelection",
  "aws:backup/vault:Vault",
  "aws:budgets/budget:Budget",
  "aws:cloudfront/cachePolicy:CachePolicy",
  "aws:cloudfront/distribution:Distribution",
  "aws:cloudfront/function:Function",
  "aws:cloudfront/originAccessControl:OriginAccessControl",
  "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
  "aws:cloudfront/vpcOrigin:VpcOrigin",
  "aws:cloudwatch/dashboard:Dashboard",
  "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
  "aws:cloudwatch/logGroup:LogGroup",
  "aws:cloudwatch/logMetricFilter:LogMetricFilter",
  "aws:cloudwatch/metricAlarm:MetricAlarm",
  "aws:cloudwatch/queryDefinition:QueryDefinition",
  "aws:dynamodb/table:Table",
  "aws:dynamodb/tableItem:TableItem",
  "aws:ec2/eip:Eip",
  "aws:ec2/internetGateway:InternetGateway",
  "aws:ec2/natGateway:NatGateway",
  "aws:ec2/route:Route",
  "aws:ec2/routeTable:RouteTable",
  "aws:ec2/routeTableAssociation:RouteTableAssociation",
  "aws:ec2/securityGroup:SecurityGroup",
  "aws:ec2/subnet:Subnet",
  "aws:ec2/vpc:Vpc",
  "aws:ec2/vpcEndpoint:VpcEndpoint",
  "aws:ecs/cluster:Cluster",
  "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
  "aws:ecs/service:Service",
  "aws:ecs/taskDefinition:TaskDefinition",
  "aws:iam/role:Role",
  "aws:iam/rolePolicy:RolePolicy",
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  "aws:kms/key:Key",
  "aws:lb/listener:Listener",
  "aws:lb/targetGroup:TargetGroup",
  "aws:rds/instance:Instance",
  "aws:rds/subnetGroup:SubnetGroup",
  "aws:route53/healthCheck:HealthCheck",
  "aws:s3/bucket:Bucket",
  "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
  "aws:secretsmanager/secret:Secret",
  "aws:secretsmanager/secretVersion:SecretVersion",
  "aws:sns/topic:Topic",
  "aws:sns/topicPolicy:TopicPolicy",
  "aws:sns/topicSubscription:TopicSubscription",
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
  "aws:wafv2/ipSet:IpSet",
  "aws:wafv2/webAcl:WebAcl",
  "docker:index/container:Container",
  "docker:index/image:Image",
  "docker:index/network:Network",
  "docker:index/remoteImage:RemoteImage",
  "docker:index/volume:Volume",
  "pulumi:providers:aws",
  "pulumi:providers:docker",
  "random:index/randomId:RandomId",
  "random:index/randomPassword:RandomPassword",
]);

/** Types of which no policy misses one. */
function notMissed(base: Base, graph: Graph): string[] {
  const first = new Map(graph.resources.filter(({ custom }) => custom).map((node) => [node.type, node]));
  const found = [...first.values()].filter(({ type, name }) => {
    if (parts.has(type)) return false;
    return checkPolicies(mutate(graph, { in: base, breaks: [], type, name, remove: true })).length === 0;
  });
  return found.map(({ type }) => type).sort();
}

const production = [
  ["production", "production", {}],
  ["vps production", "dev", { tier: "production", domain: "shop.example.com", port: 80 }],
] as const;

test.each(production)("no switch of %s can be turned unnoticed", async (base, stack, changes) => {
  expect(unnoticed(base, await committedGraph(stack, changes))).toEqual([]);
});

test.each(production)("no resource that hardens %s can be taken away unnoticed", async (base, stack, changes) => {
  expect(notMissed(base, await committedGraph(stack, changes))).toEqual([]);
});

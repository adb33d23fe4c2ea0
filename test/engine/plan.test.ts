// Plan against the real engine and provider: what is deployed is what the program says, and for every property that a whole
// environment sets, the table of risks knows whether a change of it replaces the resource.
import { afterAll, beforeAll, expect, test } from "vitest";
import { readStack } from "../../infra/config/stack-file.ts";
import { changesBetween } from "../../infra/plan/diff/changes.ts";
import { evaluate } from "../../infra/plan/evaluate.ts";
import type { Graph } from "../../infra/plan/graph.ts";
import { assess } from "../../infra/plan/risk/assess.ts";
import { stateGraph } from "../../infra/plan/state.ts";
import { awsEmulator, type EngineStack, engine, engineStack } from "../support/engine.ts";
import { probe } from "../support/probes.ts";
import { describeWith } from "../support/requirement.ts";

/** Another value, where one that is made up would not be allowed. */
const others: Readonly<Record<string, unknown>> = {
  "aws:appautoscaling/policy:Policy.policyType": "StepScaling",
  "aws:cloudfront/distribution:Distribution.httpVersion": "http2",
  "aws:cloudfront/distribution:Distribution.priceClass": "PriceClass_All",
  "aws:cloudfront/distribution:Distribution.restrictions": {
    geoRestriction: { restrictionType: "whitelist", locations: ["DE"] },
  },
  "aws:cloudfront/originAccessControl:OriginAccessControl.originAccessControlOriginType": "mediastore",
  "aws:cloudfront/originAccessControl:OriginAccessControl.signingBehavior": "never",
  "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy.securityHeadersConfig": {
    contentTypeOptions: { override: false },
  },
  "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination.outputFormat": "plain",
  "aws:wafv2/webAcl:WebAcl.scope": "REGIONAL",
  "aws:wafv2/webAcl:WebAcl.defaultAction": { block: {} },
  "aws:cloudwatch/logGroup:LogGroup.retentionInDays": 30,
  "aws:ec2/route:Route.destinationCidrBlock": "10.99.0.0/16",
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule.cidrIpv4": "10.99.0.0/16",
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule.cidrIpv4": "10.99.0.0/16",
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration.rules": [
    { id: "other", status: "Enabled", filter: { prefix: "" }, expiration: { days: 9 } },
  ],
  "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration.loggingFilter": {
    defaultBehavior: "KEEP",
    filters: [{ behavior: "DROP", requirement: "MEETS_ANY", conditions: [{ actionCondition: { action: "ALLOW" } }] }],
  },
  "aws:lb/targetGroup:TargetGroup.healthCheck": { path: "/other/", protocol: "HTTP" },
  "aws:lb/listener:Listener.defaultActions": [
    { type: "fixed-response", fixedResponse: { contentType: "text/plain", statusCode: "503" } },
  ],
  "aws:cloudfront/cachePolicy:CachePolicy.parametersInCacheKeyAndForwardedToOrigin": {
    cookiesConfig: { cookieBehavior: "all" },
    headersConfig: { headerBehavior: "none" },
    queryStringsConfig: { queryStringBehavior: "none" },
  },
  "aws:cloudwatch/logDelivery:LogDelivery.s3DeliveryConfigurations": [
    { suffixPath: "/other", enableHiveCompatiblePath: false },
  ],
  "aws:wafv2/webAcl:WebAcl.rules": [],
  "aws:wafv2/webAcl:WebAcl.visibilityConfig": {
    cloudwatchMetricsEnabled: false,
    sampledRequestsEnabled: true,
    metricName: "firewall",
  },
  "aws:cloudfront/distribution:Distribution.viewerCertificate": {
    acmCertificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000",
    sslSupportMethod: "sni-only",
    minimumProtocolVersion: "TLSv1.2_2021",
  },
  "aws:cloudwatch/metricAlarm:MetricAlarm.comparisonOperator": "GreaterThanOrEqualToThreshold",
  "aws:cloudwatch/metricAlarm:MetricAlarm.treatMissingData": "breaching",
  "aws:ec2/eip:Eip.domain": "standard",
  "aws:ec2/flowLog:FlowLog.trafficType": "REJECT",
  "aws:ec2/flowLog:FlowLog.logDestinationType": "s3",
  "aws:ec2/subnet:Subnet.cidrBlock": "10.20.250.0/24",
  "aws:ec2/subnet:Subnet.availabilityZone": "us-east-1c",
  "aws:ec2/vpcEndpoint:VpcEndpoint.vpcEndpointType": "Interface",
  "aws:ecs/cluster:Cluster.settings": [{ name: "containerInsights", value: "disabled" }],
  "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders.capacityProviders": ["FARGATE"],
  "aws:ecs/service:Service.availabilityZoneRebalancing": "DISABLED",
  "aws:ecs/service:Service.propagateTags": "TASK_DEFINITION",
  "aws:ecs/taskDefinition:TaskDefinition.networkMode": "host",
  "aws:ecs/taskDefinition:TaskDefinition.requiresCompatibilities": ["FARGATE", "EC2"],
  "aws:ecs/taskDefinition:TaskDefinition.runtimePlatform": {
    operatingSystemFamily: "LINUX",
    cpuArchitecture: "X86_64",
  },
  "aws:kms/key:Key.deletionWindowInDays": 20,
  "aws:lb/listener:Listener.protocol": "HTTPS",
  "aws:lb/loadBalancer:LoadBalancer.loadBalancerType": "gateway",
  "aws:lb/loadBalancer:LoadBalancer.xffHeaderProcessingMode": "remove",
  "aws:lb/targetGroup:TargetGroup.protocol": "HTTPS",
  "aws:lb/targetGroup:TargetGroup.targetType": "instance",
  "aws:lb/targetGroup:TargetGroup.loadBalancingAlgorithmType": "round_robin",
  "aws:rds/instance:Instance.engine": "mysql",
  "aws:rds/instance:Instance.engineVersion": "17",
  "aws:rds/instance:Instance.instanceClass": "db.t4g.small",
  "aws:rds/instance:Instance.backupWindow": "01:00-02:00",
  "aws:rds/instance:Instance.maintenanceWindow": "mon:04:30-mon:05:30",
  "aws:rds/instance:Instance.enabledCloudwatchLogsExports": ["postgresql"],
  "aws:rds/instance:Instance.monitoringInterval": 30,
  "aws:rds/instance:Instance.performanceInsightsRetentionPeriod": 31,
  "aws:rds/instance:Instance.storageType": "gp2",
  "aws:rds/instance:Instance.caCertIdentifier": "rds-ca-rsa4096-g1",
  "aws:rds/parameterGroup:ParameterGroup.family": "postgres17",
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls.rule": { objectOwnership: "ObjectWriter" },
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration.rules": [
    { applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms" } },
  ],
  "aws:s3/bucketVersioning:BucketVersioning.versioningConfiguration": { status: "Suspended" },
  "aws:secretsmanager/secret:Secret.recoveryWindowInDays": 7,
  "aws:sns/topicSubscription:TopicSubscription.protocol": "email-json",
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule.ipProtocol": "udp",
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule.ipProtocol": "udp",
  "aws:appautoscaling/scheduledAction:ScheduledAction.schedule": "cron(0 3 * * ? *)",
  "aws:appautoscaling/scheduledAction:ScheduledAction.timezone": "Europe/Berlin",
  "aws:backup/restoreTestingPlan:RestoreTestingPlan.scheduleExpression": "cron(0 3 ? * * *)",
  "aws:backup/restoreTestingPlan:RestoreTestingPlan.recoveryPointSelection": {
    algorithm: "RANDOM_WITHIN_WINDOW",
    includeVaults: ["*"],
    recoveryPointTypes: ["SNAPSHOT"],
  },
  "aws:budgets/budget:Budget.budgetType": "USAGE",
  "aws:budgets/budget:Budget.timeUnit": "QUARTERLY",
  "aws:cloudwatch/dashboard:Dashboard.dashboardBody": JSON.stringify({ widgets: [] }),
  "aws:dynamodb/table:Table.billingMode": "PROVISIONED",
  "aws:route53/healthCheck:HealthCheck.type": "HTTP",
  "aws:route53/healthCheck:HealthCheck.requestInterval": 10,
  "aws:route53/healthCheck:HealthCheck.regions": ["us-east-1", "us-west-1", "eu-west-1", "ap-southeast-1"],
  "aws:wafv2/ipSet:IpSet.ipAddressVersion": "IPV6",
  "aws:wafv2/ipSet:IpSet.scope": "REGIONAL",
  "aws:wafv2/ipSet:IpSet.addresses": ["192.0.2.0/24"],
  "aws:wafv2/regexPatternSet:RegexPatternSet.scope": "REGIONAL",
};

/** Asked about nowhere: there is no other value, or not without another property, or a provider would be started for it. */
function isApart(key: string): boolean {
  return /\.region$|OriginAccessControl\.signingProtocol$|:Table\.(attributes|hashKey|rangeKey)$/.test(key);
}

function another(key: string, value: unknown): unknown {
  return isApart(key) ? undefined : (others[key] ?? changed(value));
}

function changed(value: unknown): unknown {
  if (typeof value === "boolean") return !value;
  if (typeof value === "number") return value + 1;
  if (typeof value === "string") return changedText(value);
  if (Array.isArray(value))
    return value.length === 0 ? ["arn:aws:sns:us-east-1:123456789012:x"] : [changed(value[0]), ...value.slice(1)];
  const record = value as Record<string, unknown>;
  const keys = Object.keys(record);
  const of = (type: string) => keys.find((key) => typeof record[key] === type);
  const key = of("boolean") ?? of("number") ?? of("object") ?? keys.at(-1) ?? "x";
  return { ...record, [key]: changed(record[key] ?? "y") };
}

function changedText(text: string): string {
  if (/^\s*(\[\s*\{|\{\s*")/.test(text)) return JSON.stringify(changed(JSON.parse(text)));
  if (/^\d+$/.test(text)) return String(Number(text) * 2);
  const block = /^(\d+)\.(\d+)(\.\d+\.\d+\/\d+)$/.exec(text);
  return block === null ? `${text}x` : `${block[1]}.${Number(block[2]) + 1}${block[3]}`;
}

describeWith("what the engine says of changed properties", [engine, awsEmulator], () => {
  let stack: EngineStack;
  beforeAll(async () => {
    // Staging, with all that production has besides.
    stack = await engineStack("staging", (environment) => {
      environment.network = { ...(environment.network as object), nat: "perZone" };
      environment.worker = { ...(environment.worker as object), max: 2 };
      environment.backup = { keepDays: 3, restoreTests: true };
      environment.alarmEmail = "test@example.com";
    });
    await stack.up();
  }, 300_000);
  afterAll(() => stack.dispose(), 120_000);

  test("what is deployed is what the program says, and what differs is what changed", { timeout: 60_000 }, async () => {
    const { project, config, secretKeys } = readStack(stack.folder, stack.name);
    const program = async () => ((await import("../../infra/index.ts")) as { default: unknown }).default;
    const head = await evaluate(program, { project, stack: stack.name, config, secretKeys });
    const state: unknown = JSON.parse((await stack.pulumi("stack", "export")).stdout);
    const differences = (now: Graph) => {
      const base = stateGraph(state, now);
      if (typeof base === "string") throw new Error(base);
      return changesBetween(base, now).map(({ name, operation, properties }) => ({
        name,
        operation,
        properties: properties.map(({ path }) => path),
      }));
    };
    // A hash of deployed values cannot be that of their symbols.
    const hashed = { name: "live-item", operation: "update", properties: ["item.data.S.web", "item.data.S.worker"] };
    expect(differences(head)).toEqual([hashed]);
    const resources = head.resources
      .filter(({ name }) => name !== "alarms-database-cpu")
      .map((node) =>
        node.name === "network-vpc" ? { ...node, inputs: { ...node.inputs, enableDnsSupport: false } } : node,
      );
    expect(differences({ ...head, resources })).toEqual([
      { name: "network-vpc", operation: "update", properties: ["enableDnsSupport"] },
      hashed,
      { name: "alarms-database-cpu", operation: "delete", properties: [] },
    ]);
  });

  test("the table says the same of each", { timeout: 300_000 }, async () => {
    const answers = await probe(stack, another);
    expect(answers.length).toBeGreaterThan(230);
    const table = answers.map(({ type, property }) => {
      const { risk, replaces } = assess(type, property);
      return { type, property, does: risk === "unknown" ? "unknown" : replaces ? "replace" : "update" };
    });
    const differ = (mine: (typeof table)[number], i: number) => mine.does !== answers[i]?.does;
    expect(table.filter(differ)).toEqual(answers.filter((_, i) => table[i] && differ(table[i], i)));
  });
});

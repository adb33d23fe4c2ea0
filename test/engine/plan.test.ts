// Plan against the real engine and provider: what is deployed is what the program says, and for every property that a whole
// environment sets, the table of risks knows whether a change of it replaces the resource.

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readStack } from "../../infra/config/stack-file.ts";
import { changesBetween } from "../../infra/plan/diff/changes.ts";
import { valueChanges } from "../../infra/plan/diff/values.ts";
import { evaluate } from "../../infra/plan/evaluate.ts";
import { type Graph, isReal } from "../../infra/plan/graph.ts";
import { stateGraph } from "../../infra/plan/state.ts";
import { berth } from "../support/berth.ts";
import { awsEmulator, type EngineStack, engine, engineStack } from "../support/engine.ts";
import { changed, disagreements, type Probe, probe, stateOf } from "../support/probes.ts";
import { copyProject } from "../support/project-copy.ts";
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
  "aws:acm/certificate:Certificate.validationMethod": "EMAIL",
  "aws:cloudfront/function:Function.runtime": "cloudfront-js-1.0",
  "aws:route53/record:Record.type": "AAAA",
  "aws:scheduler/schedule:Schedule.flexibleTimeWindow": { mode: "FLEXIBLE", maximumWindowInMinutes: 5 },
  "aws:scheduler/schedule:Schedule.scheduleExpression": "rate(2 days)",
  "aws:scheduler/schedule:Schedule.scheduleExpressionTimezone": "Europe/Berlin",
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

/** Public hosted zones are not made by the program, which looks theirs up. */
async function makeZone(name: string): Promise<void> {
  const namespace = "https://route53.amazonaws.com/doc/2013-04-01/";
  const credential = "AWS4-HMAC-SHA256 Credential=test/20261124/us-east-1/route53/aws4_request";
  const { ok, status } = await fetch(`${process.env.AWS_ENDPOINT_URL}/2013-04-01/hostedzone`, {
    method: "POST",
    headers: { authorization: `${credential}, SignedHeaders=host, Signature=x`, "content-type": "text/xml" },
    body: `<CreateHostedZoneRequest xmlns="${namespace}"><CallerReference>${Date.now()}</CallerReference><Name>${name}</Name></CreateHostedZoneRequest>`,
  });
  if (!ok) throw new Error(`The emulator answers ${status} to a new hosted zone.`);
}

describeWith("what the engine says of changed properties", [engine, awsEmulator], () => {
  let stack: EngineStack;
  beforeAll(async () => {
    // Another one each time: the emulator outlives a run.
    const zone = `plan-${randomBytes(4).toString("hex")}.example.com`;
    await makeZone(zone);
    // Staging, with all that production has besides.
    stack = await engineStack("staging", (environment) => {
      environment.network = { ...(environment.network as object), nat: "perZone" };
      environment.worker = { ...(environment.worker as object), max: 2 };
      environment.backup = { keepDays: 3, restoreTests: true };
      environment.alarmEmail = "test@example.com";
      environment.domain = { name: `shop.${zone}`, zone };
      environment.scheduledJobs = { tidy: { schedule: "rate(1 day)", command: ["tidy"] } };
      environment.monthlyBudget = 500;
      delete environment.nights;
    });
    await stack.up();
  });
  afterAll(() => stack.dispose());

  let heads = 0;
  const headOf = async () => {
    const { project, config, secretKeys } = readStack(stack.folder, stack.name);
    heads += 1;
    const address = `../../infra/index.ts?${heads}`;
    const program = async () => ((await import(address)) as { default: unknown }).default;
    return await evaluate(program, { project, stack: stack.name, config, secretKeys });
  };

  test("what is deployed is what the program says, and what differs is what changed", async () => {
    const head = await headOf();
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

  test("the commands say it: plan --against deployed, and preview, which leaves the stack's file alone", async () => {
    const project = copyProject("shared");
    try {
      const own = readFileSync(join(stack.folder, "Pulumi.staging.yaml"), "utf8");
      const changed = own.replace("db.t4g.micro", "db.t4g.small").replace(/^encryptionsalt:.*\n/m, "");
      project.write("Pulumi.staging.yaml", changed);
      const env = { ...process.env, ...stack.backend };
      const plan = await berth(project.berth, ["plan", "staging", "--against", "deployed"], env);
      expect(plan.code).toBe(0);
      expect(plan.stdout).toMatch(
        /^Against deployed: 3 updated\n {2}brief downtime {2}database-postgres .* instanceClass;/m,
      );
      const preview = await berth(project.berth, ["preview", "staging"], env);
      expect({ code: preview.code, failed: preview.code === 0 ? "" : preview.stderr }).toEqual({ code: 0, failed: "" });
      expect(preview.stdout).toMatch(/instanceClass: "db\.t4g\.micro" => "db\.t4g\.small"/);
      expect(preview.stdout).toMatch(/~ 2 to update\n {4}\d+ unchanged/);
      expect(readFileSync(join(project.folder, "Pulumi.staging.yaml"), "utf8")).toBe(changed);
      const missing = await berth(project.berth, ["preview", "production"], env);
      expect({ code: missing.code, stdout: missing.stdout }).toEqual({
        code: 0,
        stdout: "The backend has no stack production yet: all that berth plan production shows would be made.\n",
      });
    } finally {
      project.remove();
    }
  });

  describe("of every property that the program sets", () => {
    let answers: readonly Probe[];
    const set = new Set<string>();
    beforeAll(async () => {
      // A site that sleeps at night is not looked at from outside: no program has both.
      const byDay = await stateOf(stack);
      const graphs = [await headOf()];
      stack.configure((environment) => {
        environment.nights = { from: "21:00", until: "05:00" };
      });
      await stack.up();
      graphs.push(await headOf());
      for (const { type, inputs } of graphs.flatMap(({ resources }) => resources.filter(isReal))) {
        for (const property of Object.keys(inputs)) set.add(`${type}.${property}`);
      }
      answers = await probe(stack, another, byDay);
    });

    test("none is forgotten", () => {
      const asked = new Set(answers.map(({ type, property }) => `${type}.${property}`));
      expect([...set].filter((key) => !asked.has(key) && !isApart(key))).toEqual([]);
    });

    test("the table says the same of each", () => {
      expect(disagreements(answers)).toEqual([]);
    });

    test("the order of a list counts where it does for the provider", () => {
      const asked = answers.filter(({ isOrder }) => isOrder);
      const differ = asked.filter(
        ({ type, was, is, does }) => (does === "nothing") !== (valueChanges(type, was, is).length === 0),
      );
      expect(differ.map(({ type, property, does }) => `${does}: ${type} ${property}`)).toEqual([]);
      expect(asked.length).toBeGreaterThan(30);
    });
  });
});

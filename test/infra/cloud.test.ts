import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import type { CloudEnvironment } from "../../infra/config/environment.ts";
import { readStack, type Stack } from "../../infra/config/stack-file.ts";
import { estimate } from "../../infra/plan/cost/estimate.ts";
import { changesBetween } from "../../infra/plan/diff/changes.ts";
import { evaluate } from "../../infra/plan/evaluate.ts";
import { type Graph, isSecretValue, type ResourceNode } from "../../infra/plan/graph.ts";
import { firstUp, upOf } from "../../infra/plan/minutes/critical-path.ts";
import { statement, statements } from "./aws/parts.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Evaluates the program as the engine does, with a stack's file or changes to it. */
async function evaluateStack(
  stack: Stack,
  changes: Partial<CloudEnvironment> = {},
  secrets: string[] = [],
): Promise<Graph> {
  const environment = { ...JSON.parse(stack.config["berth:environment"] ?? "{}"), ...changes };
  const config = {
    ...stack.config,
    "berth:environment": JSON.stringify(environment),
    ...Object.fromEntries(secrets.map((name) => [`berth:${name}`, `canary-${name}`])),
  };
  const { cloud } = await import("../../infra/architectures/cloud.ts");
  const { readConfig } = await import("../../infra/config/read.ts");
  return evaluate(() => cloud(readConfig()), {
    project: stack.project,
    stack: stack.name,
    config,
    secretKeys: secrets.map((name) => `berth:${name}`),
  });
}

const all = (graph: Graph, type: string) => graph.resources.filter((resource) => resource.type === type);

function one(graph: Graph, type: string, name?: string): ResourceNode {
  const [found, ...others] = all(graph, type).filter((resource) => name === undefined || resource.name === name);
  if (found === undefined || others.length > 0) throw new Error(`Expected one ${type} ${name ?? ""}`);
  return found;
}

interface Container {
  readonly environment: { name: string; value: string }[];
  readonly secrets: { name: string; valueFrom: string }[];
  readonly [property: string]: unknown;
}

function container(graph: Graph, name: string): Container {
  const definition = one(graph, "aws:ecs/taskDefinition:TaskDefinition", `${name}-definition`);
  const [only] = JSON.parse(String(definition.inputs.containerDefinitions)) as Container[];
  if (only === undefined) throw new Error(`${name} has no container`);
  return only;
}

const plain = (graph: Graph, name: string) =>
  Object.fromEntries(container(graph, name).environment.map((entry) => [entry.name, entry.value]));
const secret = (graph: Graph, name: string) =>
  Object.fromEntries(container(graph, name).secrets.map((entry) => [entry.name, entry.valueFrom]));

describe.each(["staging", "production"])("%s, as committed", (name) => {
  const stack = readStack(root, name);
  const { environment } = stack;
  if (environment.architecture !== "cloud") throw new Error(`${name} is not a cloud stack`);
  let graph: Graph;
  beforeAll(async () => {
    graph = await evaluateStack(stack);
  });

  test("evaluates to the same bytes every time", async () => {
    expect(JSON.stringify(await evaluateStack(stack))).toBe(JSON.stringify(graph));
  });

  test("every AWS resource goes through the one provider, in its region, with the environment's tags", () => {
    const { region, defaultTags } = one(graph, "pulumi:providers:aws").inputs;
    expect(region).toBe(environment.region);
    expect(JSON.parse(String(defaultTags))).toEqual({
      tags: { project: "berth", stack: name, environment: environment.tier, owner: environment.owner },
    });
    const elsewhere = graph.resources.filter(({ type, provider }) => type.startsWith("aws:") && provider !== "aws");
    expect(elsewhere.map(({ urn }) => urn)).toEqual([]);
  });

  test("names are the engine's: no stack in them, and short where AWS is", () => {
    const nameProperties = { "aws:lb/loadBalancer:LoadBalancer": "web-lb", "aws:lb/targetGroup:TargetGroup": "web-tg" };
    for (const [type, logical] of Object.entries(nameProperties)) {
      expect(one(graph, type).name).toBe(logical);
      expect(one(graph, type).inputs).not.toHaveProperty("name");
    }
    expect(graph.resources.filter((resource) => resource.name.includes(name))).toEqual([]);
  });

  test("nothing but CloudFront comes in from outside the environment, and nothing comes in on all ports", () => {
    const ingress = all(graph, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
    expect(ingress.filter(({ inputs }) => "cidrIpv4" in inputs || "cidrIpv6" in inputs)).toEqual([]);
    expect(ingress.filter(({ inputs }) => "prefixListId" in inputs).map((rule) => rule.name)).toEqual([
      "web-lb-cloudfront",
    ]);
    expect(ingress.filter(({ inputs }) => inputs.ipProtocol !== "tcp" || inputs.fromPort !== inputs.toPort)).toEqual(
      [],
    );
    for (const { inputs } of all(graph, "aws:ec2/securityGroup:SecurityGroup")) {
      expect(inputs).not.toHaveProperty("ingress");
      expect(inputs).not.toHaveProperty("egress");
    }
  });

  test("these paths are open, and no others", () => {
    const rules = all(graph, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").map(({ inputs }) => [
      inputs.referencedSecurityGroupId ?? inputs.prefixListId,
      inputs.securityGroupId,
      inputs.fromPort,
    ]);
    expect(rules).toEqual([
      ["{web-lb-sg.id}", "{web-sg.id}", 8080],
      ["{release-sg.id}", "{database-sg.id}", 5432],
      ["{web-sg.id}", "{database-sg.id}", 5432],
      ["{worker-sg.id}", "{database-sg.id}", 5432],
      ["{prefix-list com.amazonaws.global.cloudfront.origin-facing}", "{web-lb-sg.id}", 80],
    ]);
    const outward = all(graph, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule").filter(
      ({ inputs }) => "cidrIpv4" in inputs,
    );
    expect(outward.map(({ name: rule, inputs }) => [rule, inputs.fromPort, inputs.toPort])).toEqual([
      ["release-out-443", 443, 443],
      ["web-out-443", 443, 443],
      ["worker-out-443", 443, 443],
    ]);
  });

  test("no variable of a task is a secret's value, and every task gets what the app demands", () => {
    for (const task of ["web", "worker", "release"]) {
      const variables = plain(graph, task);
      expect(Object.keys(secret(graph, task))).toEqual(expect.arrayContaining(["JWT_SECRET_KEY", "SECRET_KEY"]));
      for (const [variable, value] of Object.entries(variables)) {
        expect(variable).not.toMatch(/SECRET|PASSWORD|_KEY$|DSN/);
        expect(value, variable).not.toMatch(/:[^/@]+@/);
      }
      expect(variables).toMatchObject({
        ENVIRONMENT: environment.tier,
        PORT: "8080",
        DATABASE_URL: "postgresql://app@{database-postgres.address}:5432/app",
        DATABASE_AUTH: "iam",
        ALLOWED_HOSTS: "{edge-cdn.domainName}",
        CORS_ALLOWED_ORIGINS: "https://{edge-cdn.domainName}",
        TRUSTED_PROXIES: environment.network.cidr,
      });
    }
  });

  test("the app's own stop timeout ends before ECS kills", () => {
    for (const task of ["web", "worker", "release"]) {
      expect(Number(plain(graph, task).STOP_TIMEOUT)).toBeLessThan(Number(container(graph, task).stopTimeout));
    }
  });

  test("only release can read the owner's password, and only web and worker sign in as the app", () => {
    const ownerSecret = "{database-postgres.masterUserSecret.arn}";
    const policies = all(graph, "aws:iam/rolePolicy:RolePolicy");
    const readers = policies.filter((policy) => String(policy.inputs.policy).includes(ownerSecret));
    expect(readers.map((policy) => policy.name)).toEqual(["release-execution-policy"]);
    expect(secret(graph, "release").DATABASE_OWNER_PASSWORD).toBe(`${ownerSecret}:password::`);
    expect(secret(graph, "web")).not.toHaveProperty("DATABASE_OWNER_PASSWORD");
    const signIn = policies.filter((policy) => statement(policy, "Database") !== undefined);
    expect(signIn.map((policy) => policy.name)).toEqual(["web-task-policy", "worker-task-policy"]);
    for (const policy of signIn) {
      expect(statement(policy, "Database")?.Resource).toBe(
        `arn:aws:rds-db:${environment.region}:{network-vpc.ownerId}:dbuser:{database-postgres.resourceId}/app`,
      );
    }
  });

  test("no role may do everything, or anything to everything but what AWS lets be limited to nothing", () => {
    const unlimited = /^(ecr:GetAuthorizationToken|ssmmessages:(Create|Open)(Control|Data)Channel)$/;
    for (const policy of all(graph, "aws:iam/rolePolicy:RolePolicy")) {
      for (const { Action, Resource } of statements(policy)) {
        expect([Action].flat().filter((action) => action.includes("*"))).toEqual([]);
        if (![Resource].flat().includes("*")) continue;
        for (const action of [Action].flat()) expect(action, policy.name).toMatch(unlimited);
      }
    }
    for (const role of all(graph, "aws:iam/role:Role")) {
      const [trust] = statements(role, "assumeRolePolicy");
      expect(trust?.Condition).toEqual({ StringEquals: { "aws:SourceAccount": "{network-vpc.ownerId}" } });
    }
  });

  test("all that is stored is encrypted, and every key turns over", () => {
    for (const { inputs, name: key } of all(graph, "aws:kms/key:Key")) {
      expect(inputs.enableKeyRotation, key).toBe(true);
    }
    expect(one(graph, "aws:rds/instance:Instance").inputs).toMatchObject({
      storageEncrypted: true,
      kmsKeyId: "{database-key.arn}",
      masterUserSecretKmsKeyId: "{secrets-key.arn}",
    });
    for (const { inputs, name: group } of all(graph, "aws:cloudwatch/logGroup:LogGroup")) {
      // The firewall's group is in CloudFront's region, where the environment need not have a key; AWS's own serves it.
      if (group !== "firewall-log") expect(inputs.kmsKeyId, group).toBe("{telemetry-key.arn}");
      expect(inputs.retentionInDays, group).toBeGreaterThan(0);
    }
    expect(one(graph, "aws:sns/topic:Topic").inputs.kmsMasterKeyId).toBe("{telemetry-key.arn}");
  });

  test("values of secrets are marked where they are, and are nowhere else", () => {
    const { secretString } = one(graph, "aws:secretsmanager/secretVersion:SecretVersion").inputs;
    expect(isSecretValue(secretString)).toBe(true);
    const elsewhere = graph.resources.filter(
      (resource) =>
        resource.type !== "aws:secretsmanager/secretVersion:SecretVersion" &&
        /secrets-(jwt-)?secret-key\.result/.test(JSON.stringify(resource.inputs)),
    );
    expect(elsewhere.map(({ urn }) => urn)).toEqual([]);
    expect(JSON.stringify(graph.outputs)).not.toContain('"secret"');
  });

  test("the outputs are those of the contract", () => {
    expect(graph.outputs).toMatchObject({
      url: "https://{edge-cdn.domainName}",
      cdnDomain: "{edge-cdn.domainName}",
      cluster: "{cluster-ecs.name}",
      services: { web: "{web-service.name}", worker: "{worker-service.name}" },
      logGroups: { web: "{web-app.name}", worker: "{worker-app.name}", release: "{release-app.name}" },
      oneOff: {
        container: "app",
        tasks: { release: { taskDefinition: "{release-definition.arn}", securityGroup: "{release-sg.id}" } },
      },
      pageAlarms: ["{alarms-page.arn}"],
      dashboardUrl: `https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#dashboards/dashboard/berth-${name}`,
      maintenance: { ipv4: { id: "{firewall-maintenance-ipv4.id}" }, ipv6: { id: "{firewall-maintenance-ipv6.id}" } },
      shared: {
        cluster: "{cluster-ecs.arn}",
        listener: "{web-http.arn}",
        database: { address: "{database-postgres.address}", securityGroup: "{database-sg.id}" },
        distribution: "{edge-cdn.id}",
      },
    });
  });

  test("every alarm links a runbook that is there", () => {
    const alarms = [
      ...all(graph, "aws:cloudwatch/metricAlarm:MetricAlarm"),
      ...all(graph, "aws:cloudwatch/compositeAlarm:CompositeAlarm"),
    ];
    expect(alarms.length).toBeGreaterThan(15);
    for (const { name: alarm, inputs } of alarms) {
      const [, file = "no runbook"] =
        /Runbook: (docs\/runbooks\/[a-z-]+\.md)$/.exec(String(inputs.alarmDescription)) ?? [];
      expect(existsSync(`${root}${file}`), `${alarm}: ${file}`).toBe(true);
    }
  });

  test("the edge's and the firewall's own resources are where CloudFront looks for them", () => {
    for (const type of [
      "aws:wafv2/webAcl:WebAcl",
      "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
      "aws:cloudwatch/logDelivery:LogDelivery",
    ]) {
      expect(one(graph, type).inputs.region).toBe("us-east-1");
    }
  });
});

describe("what differs by tier", () => {
  const staging = readStack(root, "staging");
  const production = readStack(root, "production");

  test("staging costs no more than $90 a month", async () => {
    const graph = await evaluateStack(staging);
    expect(estimate(graph, "staging", "us-east-1").monthly).toBeLessThanOrEqual(90);
  });

  test("staging can be thrown away whole", async () => {
    const graph = await evaluateStack(staging);
    expect(graph.resources.filter(({ options }) => options.protect)).toEqual([]);
    expect(one(graph, "aws:rds/instance:Instance").inputs).toMatchObject({
      deletionProtection: false,
      skipFinalSnapshot: true,
      deleteAutomatedBackups: true,
    });
    expect(one(graph, "aws:lb/loadBalancer:LoadBalancer").inputs.enableDeletionProtection).toBe(false);
    expect(one(graph, "aws:secretsmanager/secret:Secret").inputs.recoveryWindowInDays).toBe(0);
    expect(all(graph, "aws:s3/bucket:Bucket").map(({ inputs }) => inputs.forceDestroy)).toEqual([true, true, true]);
    expect(all(graph, "aws:ec2/natGateway:NatGateway")).toEqual([]);
  });

  test("production refuses to lose data, in the cloud and in the engine", async () => {
    const graph = await evaluateStack(production);
    const protectedOnes = graph.resources.filter(({ options }) => options.protect).map(({ name }) => name);
    expect(protectedOnes.sort()).toEqual(["database-key", "database-postgres", "storage-media"]);
    expect(one(graph, "aws:rds/instance:Instance").inputs).toMatchObject({
      multiAz: true,
      deletionProtection: true,
      skipFinalSnapshot: false,
      backupRetentionPeriod: 35,
    });
    expect(one(graph, "aws:lb/loadBalancer:LoadBalancer").inputs.enableDeletionProtection).toBe(true);
    expect(all(graph, "aws:s3/bucket:Bucket").map(({ inputs }) => inputs.forceDestroy)).toEqual([false, false, false]);
    expect(all(graph, "aws:ec2/natGateway:NatGateway")).toHaveLength(3);
    expect(one(graph, "aws:sns/topicSubscription:TopicSubscription").inputs.endpoint).toBe("oncall@example.com");
  });

  test("a code-only release changes three task definitions, two services and the record of what is live", async () => {
    const before = await evaluateStack(production);
    const image = `123456789012.dkr.ecr.us-east-1.amazonaws.com/arena@sha256:${"9".repeat(64)}`;
    const after = await evaluateStack(production, { image });
    const old = new Map(before.resources.map((resource) => [resource.urn, JSON.stringify(resource)]));
    const changed = after.resources.filter((resource) => old.get(resource.urn) !== JSON.stringify(resource));
    expect(changed.map(({ name }) => name)).toEqual([
      "release-definition",
      "web-definition",
      "worker-definition",
      "live-item",
    ]);
    const users = after.resources.filter(
      ({ custom, propertyDependencies }) =>
        custom && Object.values(propertyDependencies).some((urns) => urns.some((urn) => urn.endsWith("-definition"))),
    );
    expect(users.map(({ name }) => name)).toEqual(["web-service", "worker-service", "live-item"]);
  });
});

describe("the critical path", () => {
  const domain = { name: "shop.example.com", zone: "example.com", www: true };
  const rollout = ["web-definition", "web-service", "live-item"];
  /** Chains that AWS asks for: each needs what the one before it is known by, the last two what the app does at a release. */
  const toEdge = ["network-vpc", "network-private-a", "web-lb", "web-http", "edge-origin", "edge-cdn"];
  const toDatabase = ["network-vpc", "network-isolated-a", "database-subnets", "database-postgres"];
  /** Without a domain, tasks have to be told the name that CloudFront gives. */
  const imposed = {
    unnamed: [
      [...toEdge, ...rollout],
      [...toDatabase, ...rollout],
    ],
    named: [toEdge, [...toDatabase, ...rollout]],
  };

  test.each([
    ["staging", {}, imposed.unnamed],
    ["production", {}, imposed.unnamed],
    ["staging", { domain }, imposed.named],
    ["production", { domain }, imposed.named],
  ])(
    "of a first up of %s with %j is no longer than the chain that AWS imposes, by a tenth",
    async (name, changes, chains) => {
      const graph = await evaluateStack(readStack(root, name), changes);
      const seconds = chains.map((chain) => {
        const resources = graph.resources.filter((resource) => chain.includes(resource.name));
        const { path, seconds: took } = firstUp({ ...graph, resources });
        expect(path.map((step) => step.name)).toEqual(chain);
        return took;
      });
      const all = firstUp(graph);
      expect(
        all.seconds / Math.max(...seconds),
        all.path.map((step) => `${step.name} ${step.seconds}`).join(),
      ).toBeLessThanOrEqual(1.1);
    },
  );

  test("of a code-only release is its task definition, the release phase and the rollout", async () => {
    const production = readStack(root, "production");
    const before = await evaluateStack(production);
    const image = `123456789012.dkr.ecr.us-east-1.amazonaws.com/arena@sha256:${"9".repeat(64)}`;
    const after = await evaluateStack(production, { image });
    const { path, afterwards } = upOf(before, after, changesBetween(before, after));
    expect(path.map(({ operation, name }) => `${operation} ${name}`)).toEqual([
      "create release-definition",
      "update web-service",
      "update live-item",
      expect.stringMatching(/^delete \w+-definition$/),
    ]);
    expect(afterwards).toEqual([]);
  });
});

describe("what a stack adds", () => {
  const production = readStack(root, "production");

  test("variables in clear and secrets by reference reach every task; no value is seen", async () => {
    const graph = await evaluateStack(production, { variables: { LOG_LEVEL: "warn" }, secrets: ["SENTRY_DSN"] }, [
      "SENTRY_DSN",
    ]);
    for (const task of ["web", "worker", "release"]) {
      expect(plain(graph, task).LOG_LEVEL).toBe("warn");
      expect(secret(graph, task).SENTRY_DSN).toBe("{secrets-app.arn}:SENTRY_DSN::{secrets-values.versionId}");
    }
    expect(JSON.stringify(graph)).not.toContain("canary");
  });

  test("mail opens its port", async () => {
    const graph = await evaluateStack(production, {
      variables: { EMAIL_HOST: "smtp.example.com", EMAIL_PORT: "2525" },
    });
    const names = all(graph, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule").map(({ name }) => name);
    expect(names).toContain("web-out-2525");
  });

  test("what the architecture sets itself is refused before anything registers", async () => {
    await expect(evaluateStack(production, { variables: { DATABASE_URL: "postgresql://elsewhere" } })).rejects.toThrow(
      "environment.variables has DATABASE_URL, which the architecture sets itself: remove it there.",
    );
    await expect(evaluateStack(production, { secrets: ["SECRET_KEY"] }, ["SECRET_KEY"])).rejects.toThrow(
      "environment.secrets has SECRET_KEY, which the architecture sets itself: remove it there.",
    );
  });

  test("nothing that a process is told can be set by a stack", async () => {
    const graph = await evaluateStack(production);
    const told = ["web", "worker", "release"].flatMap((task) => [
      ...Object.keys(plain(graph, task)),
      ...Object.keys(secret(graph, task)),
    ]);
    for (const variable of new Set(told)) {
      await expect(evaluateStack(production, { variables: { [variable]: "x" } }), variable).rejects.toThrow(variable);
    }
  });
});

describe("a domain", () => {
  const production = readStack(root, "production");
  const domain = { name: "shop.example.com", zone: "example.com", www: true };

  test("is what users and the app know, and no task waits for the edge", async () => {
    const graph = await evaluateStack(production, { domain, allowedHosts: ["api.example.com"] });
    expect(graph.outputs).toMatchObject({ url: "https://shop.example.com", shared: { zone: "{zone example.com}" } });
    expect(plain(graph, "web")).toMatchObject({
      ALLOWED_HOSTS: "shop.example.com,api.example.com",
      CORS_ALLOWED_ORIGINS: "https://shop.example.com",
    });
    expect(one(graph, "aws:cloudfront/distribution:Distribution").inputs.aliases).toEqual([
      "shop.example.com",
      "www.shop.example.com",
    ]);
    expect(one(graph, "aws:route53/healthCheck:HealthCheck").inputs.fqdn).toBe("shop.example.com");
    const above = ancestors(graph, one(graph, "aws:ecs/service:Service", "web-service"));
    expect(above.filter((urn) => /cloudfront|wafv2|acm/.test(urn))).toEqual([]);
  });

  test("without www it has one name", async () => {
    const graph = await evaluateStack(production, { domain: { ...domain, www: false } });
    const functions = all(graph, "aws:cloudfront/function:Function").map(({ name }) => name);
    expect(functions.filter((name) => name.includes("redirect"))).toEqual([]);
    expect(all(graph, "aws:route53/record:Record")).toHaveLength(3);
  });
});

/** URNs of all that a resource waits for, one after the other. */
function ancestors(graph: Graph, resource: ResourceNode): string[] {
  const byUrn = new Map(graph.resources.map((node) => [node.urn, node]));
  const seen = new Set<string>();
  const visit = (node: ResourceNode) => {
    for (const urn of node.dependencies) {
      if (seen.has(urn)) continue;
      seen.add(urn);
      const next = byUrn.get(urn);
      if (next !== undefined) visit(next);
    }
  };
  visit(resource);
  return [...seen];
}

describe("operations", () => {
  const staging = readStack(root, "staging");
  const production = readStack(root, "production");

  test("staging sleeps at night, is backed up for some days, and nobody is told that it sleeps", async () => {
    const graph = await evaluateStack(staging);
    const actions = all(graph, "aws:appautoscaling/scheduledAction:ScheduledAction");
    expect(actions.map(({ name, inputs }) => [name, inputs.schedule, inputs.scalableTargetAction])).toEqual([
      ["web-sleep", "cron(0 21 * * ? *)", { minCapacity: 0, maxCapacity: 0 }],
      ["web-wake", "cron(0 5 * * ? *)", { minCapacity: 1, maxCapacity: 2 }],
      ["worker-sleep", "cron(0 21 * * ? *)", { minCapacity: 0, maxCapacity: 0 }],
      ["worker-wake", "cron(0 5 * * ? *)", { minCapacity: 1, maxCapacity: 1 }],
    ]);
    expect(all(graph, "aws:route53/healthCheck:HealthCheck")).toEqual([]);
    expect(one(graph, "aws:backup/vault:Vault").inputs.forceDestroy).toBe(true);
    expect(one(graph, "aws:budgets/budget:Budget").inputs).toMatchObject({
      limitAmount: "90",
      costFilters: [{ name: "TagKeyValue", values: ["user:stack$staging"] }],
    });
  });

  test("production is copied to another region, and its backups are restored every week", async () => {
    const graph = await evaluateStack(production);
    const vaults = all(graph, "aws:backup/vault:Vault").map(({ name, inputs }) => [
      name,
      inputs.region,
      inputs.forceDestroy,
    ]);
    expect(vaults).toEqual([
      ["backup-copy-vault", "us-west-2", false],
      ["backup-vault", undefined, false],
    ]);
    expect(all(graph, "aws:backup/restoreTestingPlan:RestoreTestingPlan")).toHaveLength(1);
  });

  test("worker scales with the age of the oldest job, which its own log tells", async () => {
    const graph = await evaluateStack(production);
    const policy = one(graph, "aws:appautoscaling/policy:Policy", "worker-scale-queue");
    expect(policy.inputs.targetTrackingScalingPolicyConfiguration).toMatchObject({
      targetValue: 30,
      customizedMetricSpecification: { namespace: "berth-production", metricName: "QueueOldestSeconds" },
    });
    const filter = one(graph, "aws:cloudwatch/logMetricFilter:LogMetricFilter", "log-metrics-QueueOldestSeconds");
    expect(filter.inputs).toMatchObject({
      logGroupName: "{worker-app.name}",
      metricTransformation: {
        namespace: "berth-production",
        name: "QueueOldestSeconds",
        value: "$.queue.oldest_seconds",
      },
    });
  });

  test("in another region the edge's alarms, their topic and its key are where CloudFront's metrics are", async () => {
    const graph = await evaluateStack(production, { region: "eu-central-1", backup: undefined });
    const alarms = all(graph, "aws:cloudwatch/metricAlarm:MetricAlarm").filter(
      ({ inputs }) => inputs.region === "us-east-1",
    );
    expect(alarms.map(({ name }) => name)).toEqual(["edge-alarms-firewall-blocks", "edge-alarms-uptime"]);
    expect(one(graph, "aws:sns/topic:Topic", "edge-alarms-topic").inputs).toMatchObject({
      region: "us-east-1",
      kmsMasterKeyId: "{edge-telemetry-key.arn}",
    });
    expect(graph.outputs).toMatchObject({ pageAlarms: ["{alarms-page.arn}", "{edge-alarms-page.arn}"] });
  });

  test("scheduled jobs run the image's command as worker may, and start nothing else", async () => {
    const report = { schedule: "cron(0 6 * * ? *)", command: ["report", "daily"], timezone: "Europe/Berlin" };
    const graph = await evaluateStack(production, { scheduledJobs: { report } });
    const { target, ...schedule } = one(graph, "aws:scheduler/schedule:Schedule").inputs;
    expect(schedule).toMatchObject({
      scheduleExpression: "cron(0 6 * * ? *)",
      scheduleExpressionTimezone: "Europe/Berlin",
    });
    expect(target).toMatchObject({
      arn: "{cluster-ecs.arn}",
      input: '{"containerOverrides":[{"name":"app","command":["report","daily"]}]}',
      ecsParameters: { taskDefinitionArn: "{worker-definition.arnWithoutRevision}", launchType: "FARGATE" },
    });
    const policy = one(graph, "aws:iam/rolePolicy:RolePolicy", "jobs-start");
    expect(statement(policy, "Start")?.Condition).toEqual({ ArnEquals: { "ecs:cluster": "{cluster-ecs.arn}" } });
    expect(statement(policy, "Roles")?.Resource).toEqual(["{worker-execution-role.arn}", "{worker-task-role.arn}"]);
    const before = await evaluateStack(production, { scheduledJobs: { report } });
    expect(JSON.stringify(one(before, "aws:scheduler/schedule:Schedule").inputs)).not.toContain("sha256");
  });

  test("the dashboard has four rows, each as wide as the screen", async () => {
    const graph = await evaluateStack(production);
    const body = JSON.parse(String(one(graph, "aws:cloudwatch/dashboard:Dashboard").inputs.dashboardBody)) as {
      widgets: { x: number; y: number; width: number; properties: { title: string; alarms?: string[] } }[];
    };
    const rows = new Map<number, number>();
    for (const { x, y, width } of body.widgets) rows.set(y, Math.max(rows.get(y) ?? 0, x + width));
    expect([...rows.values()]).toEqual([24, 24, 24, 24]);
    expect(body.widgets[0]?.properties.alarms).toHaveLength(
      all(graph, "aws:cloudwatch/metricAlarm:MetricAlarm").filter(({ name }) => name.startsWith("alarms-")).length,
    );
  });

  test("web and worker may list the media, so that S3 tells them what is not there; no other bucket", async () => {
    const graph = await evaluateStack(production);
    for (const name of ["web", "worker"]) {
      const policy = one(graph, "aws:iam/rolePolicy:RolePolicy", `${name}-task-policy`);
      expect(statement(policy, "MediaList")).toMatchObject({
        Action: "s3:ListBucket",
        Resource: "{storage-media.arn}",
      });
      expect(JSON.stringify(policy.inputs).match(/s3:ListBucket/g)).toHaveLength(1);
    }
  });

  test("traces open the port that they go to", async () => {
    const graph = await evaluateStack(production, {
      variables: { OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector.example.com:4318" },
    });
    const names = all(graph, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule").map(({ name }) => name);
    expect(names).toContain("worker-out-4318");
  });
});

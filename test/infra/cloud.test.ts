import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import type { CloudEnvironment } from "../../infra/config/environment.ts";
import { readStack, type Stack } from "../../infra/config/stack-file.ts";
import { evaluate } from "../../infra/plan/evaluate.ts";
import { type Graph, isSecretValue, type ResourceNode } from "../../infra/plan/graph.ts";
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

  test("no role may do everything, or anything to everything but log in to the registry", () => {
    for (const policy of all(graph, "aws:iam/rolePolicy:RolePolicy")) {
      for (const { Action, Resource } of statements(policy)) {
        expect([Action].flat().filter((action) => action.includes("*"))).toEqual([]);
        if ([Resource].flat().includes("*")) expect(Action).toBe("ecr:GetAuthorizationToken");
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
      release: { taskDefinition: "{release-definition.arn}", container: "app", securityGroup: "{release-sg.id}" },
      pageAlarm: "{alarms-page.arn}",
    });
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

  test("a code-only release changes three task definitions and two services", async () => {
    const before = await evaluateStack(production);
    const image = `123456789012.dkr.ecr.us-east-1.amazonaws.com/arena@sha256:${"9".repeat(64)}`;
    const after = await evaluateStack(production, { image });
    const old = new Map(before.resources.map((resource) => [resource.urn, JSON.stringify(resource)]));
    const changed = after.resources.filter((resource) => old.get(resource.urn) !== JSON.stringify(resource));
    expect(changed.map(({ name }) => name)).toEqual(["release-definition", "web-definition", "worker-definition"]);
    const users = after.resources.filter(
      ({ custom, propertyDependencies }) =>
        custom && Object.values(propertyDependencies).some((urns) => urns.some((urn) => urn.endsWith("-definition"))),
    );
    expect(users.map(({ name }) => name)).toEqual(["web-service", "worker-service"]);
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

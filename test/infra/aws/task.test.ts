import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { Service, type ServiceArgs } from "../../../infra/components/aws/service.ts";
import type { Synthesis } from "../../support/synth.ts";
import { synth } from "../../support/synth.ts";
import { cluster, image, loadBalancer, network, refused, statement, statements, task } from "./parts.ts";

interface Container {
  readonly [property: string]: unknown;
  readonly environment: { name: string; value: string }[];
  readonly secrets: { name: string; valueFrom: string }[];
}

function container(result: Synthesis): Container {
  const { containerDefinitions } = result.only("aws:ecs/taskDefinition:TaskDefinition").inputs;
  const [only, ...others] = JSON.parse(String(containerDefinitions)) as Container[];
  if (only === undefined || others.length > 0) throw new Error("Expected one container");
  return only;
}

const webTask = () => synth(() => void task(network()));

test("runs hardened: no root, nothing to write to, no capabilities, an init process, a time to stop in", async () => {
  expect(container(await webTask())).toMatchObject({
    name: "app",
    image,
    command: ["web"],
    user: "1000:1000",
    readonlyRootFilesystem: true,
    mountPoints: [{ sourceVolume: "tmp", containerPath: "/tmp", readOnly: false }],
    linuxParameters: { initProcessEnabled: true, capabilities: { drop: ["ALL"] } },
    stopTimeout: 30,
    healthCheck: { command: ["CMD", "node", "main.js", "health"] },
  });
});

test("is a Fargate task on ARM with a network interface and a family of its own", async () => {
  const result = await webTask();
  expect(result.only("aws:ecs/taskDefinition:TaskDefinition").inputs).toMatchObject({
    family: "{web-app.name}",
    requiresCompatibilities: ["FARGATE"],
    networkMode: "awsvpc",
    runtimePlatform: { cpuArchitecture: "ARM64", operatingSystemFamily: "LINUX" },
    cpu: "256",
    memory: "512",
    executionRoleArn: "{web-execution-role.arn}",
    taskRoleArn: "{web-task-role.arn}",
  });
});

test("secrets are references, and never among the plain variables", async () => {
  const { environment, secrets } = container(await webTask());
  expect(environment).toEqual([{ name: "PORT", value: "8080" }]);
  expect(secrets).toEqual([{ name: "SECRET_KEY", valueFrom: "arn:secret:SECRET_KEY::" }]);
});

test("logs to an encrypted group of its own without waiting for it", async () => {
  const result = await webTask();
  expect(result.only("aws:cloudwatch/logGroup:LogGroup").inputs).toMatchObject({
    retentionInDays: 30,
    kmsKeyId: "{web-telemetry-key.arn}",
  });
  expect(container(result).logConfiguration).toMatchObject({
    logDriver: "awslogs",
    options: { "awslogs-group": "{web-app.name}", "awslogs-region": "eu-central-1", mode: "non-blocking" },
  });
});

test("may pull this image, read these secrets and write to this group, and the process no more than it was given", async () => {
  const result = await webTask();
  const execution = result.only("aws:iam/rolePolicy:RolePolicy", "web-execution-policy");
  expect(statement(execution, "Image")?.Resource).toBe("arn:aws:ecr:eu-central-1:123456789012:repository/arena");
  expect(statement(execution, "Secrets")?.Resource).toEqual(["arn:secret"]);
  expect(statement(execution, "SecretKeys")?.Resource).toEqual(["arn:secret-key"]);
  expect(statement(execution, "Logs")?.Resource).toBe("{web-app.arn}:*");
  const everywhere = statements(execution).filter(({ Resource }) => Resource === "*");
  expect(everywhere.map(({ Action }) => Action)).toEqual(["ecr:GetAuthorizationToken"]);
  expect(statements(result.only("aws:iam/rolePolicy:RolePolicy", "web-task-policy"))).toEqual([
    { Effect: "Allow", Action: "rds-db:connect", Resource: "arn:user" },
  ]);
});

test("an image from elsewhere needs no right to ECR", async () => {
  const result = await synth(() => {
    task(network(), { image: `ghcr.io/acme/arena@sha256:${"b".repeat(64)}` });
  });
  expect(String(result.only("aws:iam/rolePolicy:RolePolicy", "web-execution-policy").inputs.policy)).not.toMatch(
    /ecr:/,
  );
});

test("nothing comes in, and only named ports go out", async () => {
  const result = await synth(() => {
    task(network(), { outboundPorts: [443, 587] });
  });
  expect(result.all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")).toEqual([]);
  expect(result.only("aws:ec2/securityGroup:SecurityGroup").inputs).not.toHaveProperty("ingress");
  const out = result.all("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule");
  expect(out.map(({ inputs }) => [inputs.fromPort, inputs.toPort])).toEqual([
    [443, 443],
    [587, 587],
  ]);
});

test("refuses an image by tag and a stop timeout that Fargate does not have, before anything of it registers", async () => {
  for (const [args, message] of [
    [{ image: "arena:latest" }, /not named by its digest/],
    [{ stopTimeout: 121 }, /2 to 120/],
  ] as const) {
    const types = await refused(() => task(network(), args), message);
    expect(types).not.toContain("berth:compute:Task");
    expect(types).not.toContain("aws:iam/role:Role");
  }
});

function service(args: Partial<ServiceArgs> = {}, balanced = true, port = 8080): void {
  const net = network();
  const common = { cluster: cluster(), network: net, task: task(net, { port }), min: 2, max: 6, spot: false };
  new Service("web", { ...common, ...(balanced ? { loadBalancer: loadBalancer(net) } : {}), ...args });
}

const ecsService = "aws:ecs/service:Service";

test("a service replaces its tasks without a gap, and goes back by itself when new ones fail", async () => {
  const result = await synth(() => service());
  expect(result.only(ecsService).inputs).toMatchObject({
    deploymentMinimumHealthyPercent: 100,
    deploymentMaximumPercent: 200,
    deploymentCircuitBreaker: { enable: true, rollback: true },
    enableExecuteCommand: false,
    capacityProviderStrategies: [{ capacityProvider: "FARGATE", weight: 1 }],
    networkConfiguration: {
      assignPublicIp: false,
      subnets: ["{net-private-a.id}", "{net-private-b.id}"],
      securityGroups: ["{web-sg.id}"],
    },
    loadBalancers: [{ targetGroupArn: "{web-tg.arn}", containerName: "app", containerPort: 8080 }],
    healthCheckGracePeriodSeconds: 30,
  });
});

test("a service waits for its roles' rights, the listener and the cluster's capacity", async () => {
  const result = await synth(() => service());
  const names = result.only(ecsService).dependencies.map((urn) => urn.split("::").at(-1));
  for (const name of ["web-execution-policy", "web-task-policy", "web-http", "cluster-capacity"]) {
    expect(names).toContain(name);
  }
});

test("autoscaling by CPU, memory and requests owns the count", async () => {
  const result = await synth(() => service());
  expect(result.only(ecsService).options.ignoreChanges).toEqual(["desiredCount"]);
  expect(result.only("aws:appautoscaling/target:Target").inputs).toMatchObject({
    minCapacity: 2,
    maxCapacity: 6,
    resourceId: "service/{cluster-ecs.name}/{web-service.name}",
  });
  expect(result.only("aws:appautoscaling/policy:Policy", "web-scale-requests").inputs).toMatchObject({
    targetTrackingScalingPolicyConfiguration: {
      predefinedMetricSpecification: {
        predefinedMetricType: "ALBRequestCountPerTarget",
        resourceLabel: "{web-lb.arnSuffix}/{web-tg.arnSuffix}",
      },
    },
  });
  expect(result.only("aws:appautoscaling/policy:Policy", "web-scale-cpu").inputs).toMatchObject({
    targetTrackingScalingPolicyConfiguration: {
      predefinedMetricSpecification: { predefinedMetricType: "ECSServiceAverageCPUUtilization" },
      targetValue: 60,
    },
  });
  expect(result.only("aws:appautoscaling/policy:Policy", "web-scale-memory").inputs).toMatchObject({
    targetTrackingScalingPolicyConfiguration: {
      predefinedMetricSpecification: { predefinedMetricType: "ECSServiceAverageMemoryUtilization" },
      targetValue: 75,
    },
  });
});

test("a fixed count has no autoscaling and stays the program's", async () => {
  const result = await synth(() => service({ min: 1, max: 1, spot: true }, false));
  expect(result.all("aws:appautoscaling/target:Target")).toEqual([]);
  const { inputs, options } = result.only(ecsService);
  expect(options.ignoreChanges).toBeUndefined();
  expect(inputs.desiredCount).toBe(1);
  expect(inputs.capacityProviderStrategies).toEqual([{ capacityProvider: "FARGATE_SPOT", weight: 1 }]);
  expect(inputs).not.toHaveProperty("loadBalancers");
});

test("refuses counts and ports that do not fit before anything of it registers", async () => {
  expect(await refused(() => service({ min: 3, max: 2 }), /min 3 and max 2/)).not.toContain("berth:compute:Service");
  const types = await refused(() => service({}, true, 9090), /9090.*8080/);
  expect(types).not.toContain("berth:compute:Service");
});

test("Pulumi outputs among the variables are values, not references", async () => {
  const result = await synth(() => {
    task(network(), { environment: { DATABASE_URL: pulumi.output("postgresql://app@db/app") } });
  });
  expect(container(result).environment).toEqual([{ name: "DATABASE_URL", value: "postgresql://app@db/app" }]);
});

// One process of the app as a Fargate task: what it runs, what it may do, what it may reach, where it logs.
//
//   const worker = new Task("worker", { network, image, command: "worker", cpu: 256, memory: 512, … });
//
// Runs nothing by itself: a Service keeps copies of it running, a one-off run starts a single one.
// Monthly cost of a running task, ARM: $23.64 for each vCPU and $2.60 for each GiB; logs $0.50 for each GB.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Network } from "./network.ts";
import { isSecretReference, type TaskEnvironment } from "./pure/environment.ts";
import { assumableBy, policyDocument, type Statement } from "./pure/iam.ts";
import { assertDigest, ecrRepository } from "./pure/image.ts";
import type { TelemetryKey } from "./telemetry-key.ts";

/** A secret whose values a task starts with, and the key it is encrypted with. */
export interface SecretSource {
  readonly arn: pulumi.Input<string>;
  readonly keyArn: pulumi.Input<string>;
}

export interface TaskArgs {
  readonly network: Network;
  /** The app's image, by digest. */
  readonly image: string;
  /** What the image is told to run: `web`, `worker` or `release`. */
  readonly command: string;
  /** CPU units, 1024 to a vCPU. */
  readonly cpu: number;
  /** MiB. */
  readonly memory: number;
  /** TCP port that the process listens on. @default none */
  readonly port?: number;
  /** Command that exits 0 while the process is well; its container is replaced when it does not. @default none */
  readonly healthCommand?: readonly string[];
  /** Seconds between SIGTERM and SIGKILL, at most 120. */
  readonly stopTimeout: number;
  /** Variables: in clear, or references to Secrets Manager that ECS reads when it starts a task. */
  readonly environment: TaskEnvironment;
  /** All that the references point to. */
  readonly secretSources: readonly SecretSource[];
  /** What the process itself may do in AWS. */
  readonly permissions: readonly Statement[];
  /** TCP ports that the process may reach outside the VPC. @default 443 */
  readonly outboundPorts?: readonly number[];
  readonly logDays: number;
  readonly telemetryKey: TelemetryKey;
}

export class Task extends pulumi.ComponentResource {
  readonly definitionArn: pulumi.Output<string>;
  /** The definition without its revision: the newest one. */
  readonly familyArn: pulumi.Output<string>;
  /** Of the roles that whoever starts a task must be let to hand on. */
  readonly roleArns: pulumi.Output<string>[];
  /** Name of the container, the same in every task: what a load balancer sends to and a one-off run overrides. */
  readonly containerName = "app";
  readonly logGroup: pulumi.Output<string>;
  /** What the names of log streams begin with, before the container's name and the task's id. */
  readonly logPrefix: string;
  readonly securityGroupId: pulumi.Output<string>;
  readonly port: number | undefined;
  /** What must be there before a task can start. */
  readonly prerequisites: pulumi.Resource[];

  constructor(name: string, args: TaskArgs, opts?: pulumi.ComponentResourceOptions) {
    assertDigest(args.image);
    assertStopTimeout(args.stopTimeout);
    super("berth:compute:Task", name, {}, opts);

    const logGroup = new aws.cloudwatch.LogGroup(
      `${name}-app`,
      { retentionInDays: args.logDays, kmsKeyId: args.telemetryKey.arn },
      { parent: this },
    );
    const securityGroup = closedGroup(this, name, args);
    const execution = role(this, `${name}-execution`, args, executionPolicy(args, logGroup));
    const task = role(this, `${name}-task`, args, args.permissions);
    const definition = taskDefinition(this, name, args, logGroup, execution.role, task.role);

    this.definitionArn = definition.arn;
    this.familyArn = definition.arnWithoutRevision;
    this.roleArns = [execution.role.arn, task.role.arn];
    this.logGroup = logGroup.name;
    this.logPrefix = args.command;
    this.securityGroupId = securityGroup.id;
    this.port = args.port;
    this.prerequisites = [...execution.policies, ...task.policies];
    this.registerOutputs({ definitionArn: this.definitionArn, logGroup: this.logGroup });
  }
}

function assertStopTimeout(seconds: number): void {
  if (!Number.isInteger(seconds) || seconds < 2 || seconds > 120) {
    throw new Error(`A task's stop timeout is 2 to 120 whole seconds on Fargate, not ${seconds}.`);
  }
}

/** Nothing comes in unless a Connection opens it; out goes what AWS's APIs and third parties need. */
function closedGroup(parent: Task, name: string, args: TaskArgs): aws.ec2.SecurityGroup {
  const group = new aws.ec2.SecurityGroup(
    `${name}-sg`,
    { vpcId: args.network.vpcId, description: `Tasks of ${name}`, tags: { Name: name } },
    { parent },
  );
  for (const port of args.outboundPorts ?? [443]) {
    new aws.vpc.SecurityGroupEgressRule(
      `${name}-out-${port}`,
      { securityGroupId: group.id, cidrIpv4: "0.0.0.0/0", ipProtocol: "tcp", fromPort: port, toPort: port },
      { parent },
    );
  }
  return group;
}

/** What ECS does before the process starts: pull this image, read these secrets, write to this log group. */
function executionPolicy(args: TaskArgs, logGroup: aws.cloudwatch.LogGroup): Statement[] {
  const repository = ecrRepository(args.image);
  const statements: Statement[] = [
    {
      Sid: "Logs",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: pulumi.interpolate`${logGroup.arn}:*`,
    },
  ];
  if (repository !== undefined) {
    const read = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
    statements.push(
      { Sid: "RegistryLogin", Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
      { Sid: "Image", Effect: "Allow", Action: read, Resource: repository.arn },
    );
  }
  if (args.secretSources.length > 0) {
    const arns = args.secretSources.map((source) => source.arn);
    const keys = args.secretSources.map((source) => source.keyArn);
    statements.push(
      { Sid: "Secrets", Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: arns },
      { Sid: "SecretKeys", Effect: "Allow", Action: "kms:Decrypt", Resource: keys },
    );
  }
  return statements;
}

function role(parent: Task, name: string, args: TaskArgs, statements: readonly Statement[]) {
  const made = new aws.iam.Role(
    `${name}-role`,
    { assumeRolePolicy: assumableBy("ecs-tasks.amazonaws.com", args.network.accountId) },
    { parent },
  );
  if (statements.length === 0) return { role: made, policies: [] };
  const policy = new aws.iam.RolePolicy(
    `${name}-policy`,
    { role: made.id, policy: policyDocument(...statements) },
    { parent },
  );
  return { role: made, policies: [policy] };
}

/** The one place to write to, gone with the task. Fargate gives it the owner that the image's `VOLUME /tmp` has. */
const scratch = { sourceVolume: "tmp", containerPath: "/tmp", readOnly: false } as const;

function taskDefinition(
  parent: Task,
  name: string,
  args: TaskArgs,
  logGroup: aws.cloudwatch.LogGroup,
  executionRole: aws.iam.Role,
  taskRole: aws.iam.Role,
): aws.ecs.TaskDefinition {
  return new aws.ecs.TaskDefinition(
    `${name}-definition`,
    {
      // A family has no autonaming; the log group's name is as unique.
      family: logGroup.name,
      requiresCompatibilities: ["FARGATE"],
      networkMode: "awsvpc",
      runtimePlatform: { operatingSystemFamily: "LINUX", cpuArchitecture: "ARM64" },
      cpu: String(args.cpu),
      memory: String(args.memory),
      executionRoleArn: executionRole.arn,
      taskRoleArn: taskRole.arn,
      volumes: [{ name: scratch.sourceVolume }],
      containerDefinitions: pulumi.jsonStringify([container(parent.containerName, args, logGroup)]),
    },
    { parent },
  );
}

function container(name: string, args: TaskArgs, logGroup: aws.cloudwatch.LogGroup) {
  const variables = Object.entries(args.environment).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    name,
    image: args.image,
    command: [args.command],
    essential: true,
    user: "1000:1000",
    readonlyRootFilesystem: true,
    mountPoints: [scratch],
    linuxParameters: { initProcessEnabled: true, capabilities: { drop: ["ALL"] } },
    stopTimeout: args.stopTimeout,
    ...(args.port === undefined ? {} : { portMappings: [{ containerPort: args.port, protocol: "tcp" }] }),
    ...(args.healthCommand === undefined ? {} : { healthCheck: healthCheck(args.healthCommand) }),
    environment: variables.flatMap(([key, value]) => (isSecretReference(value) ? [] : { name: key, value })),
    secrets: variables.flatMap(([key, value]) => (isSecretReference(value) ? { name: key, ...value } : [])),
    logConfiguration: {
      logDriver: "awslogs",
      options: {
        "awslogs-group": logGroup.name,
        "awslogs-region": args.network.region,
        "awslogs-stream-prefix": args.command,
        // A process must not wait for its log: rather lose lines, of 25 MB at once, than requests.
        mode: "non-blocking",
        "max-buffer-size": "25m",
      },
    },
  };
}

/** Each check starts a process of its own, which a quarter of a vCPU feels: no oftener than every 30 s. */
function healthCheck(command: readonly string[]) {
  return { command: ["CMD", ...command], interval: 30, timeout: 5, retries: 3, startPeriod: 10 };
}

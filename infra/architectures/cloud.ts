// cloud: CloudFront and WAF → internal load balancer → Fargate (web, worker) over several zones → PostgreSQL on RDS.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { DeployedVariables, VariableName } from "../../app/platform/environment.ts";
import { Alarms } from "../components/aws/alarms.ts";
import { Cluster } from "../components/aws/cluster.ts";
import { Connection } from "../components/aws/connection.ts";
import { Database } from "../components/aws/database.ts";
import { Edge } from "../components/aws/edge.ts";
import { EdgeLogs } from "../components/aws/edge-logs.ts";
import { Firewall } from "../components/aws/firewall.ts";
import { FlowLogs } from "../components/aws/flow-logs.ts";
import { LoadBalancer } from "../components/aws/load-balancer.ts";
import { Network } from "../components/aws/network.ts";
import {
  assertAdditions,
  type PlainText,
  type SecretReference,
  type TaskEnvironment,
} from "../components/aws/pure/environment.ts";
import { Secrets } from "../components/aws/secrets.ts";
import { Service } from "../components/aws/service.ts";
import { Storage } from "../components/aws/storage.ts";
import { Task } from "../components/aws/task.ts";
import { TelemetryKey } from "../components/aws/telemetry-key.ts";
import type { CloudEnvironment } from "../config/environment.ts";
import type { StackConfig } from "../config/read.ts";
import type { EnvironmentTags } from "../naming.ts";
import type { EnvironmentOutputs } from "./outputs.ts";

export interface CloudOutputs extends EnvironmentOutputs {
  /** CloudFront's own name of the distribution. */
  readonly cdnDomain: pulumi.Output<string>;
  readonly region: string;
  readonly cluster: pulumi.Output<string>;
  readonly services: { readonly web: pulumi.Output<string>; readonly worker: pulumi.Output<string> };
  readonly logGroups: Readonly<Record<"web" | "worker" | "release", pulumi.Output<string>>>;
  readonly database: { readonly address: pulumi.Output<string>; readonly identifier: pulumi.Output<string> };
  /** What starts the one-off task that migrates the database and publishes the static assets. */
  readonly release: {
    readonly taskDefinition: pulumi.Output<string>;
    readonly container: string;
    readonly subnets: readonly pulumi.Output<string>[];
    readonly securityGroup: pulumi.Output<string>;
    readonly assignPublicIp: boolean;
  };
  readonly buckets: { readonly static: pulumi.Output<string>; readonly media: pulumi.Output<string> };
  readonly alarmTopic: pulumi.Output<string>;
  /** The alarm to page on. */
  readonly pageAlarm: pulumi.Output<string>;
}

const port = 8080;
/** What ECS runs in the container, without the image's entrypoint. */
const healthCommand = ["node", "main.js", "health"];
/** Seconds for web to answer what it has begun and for worker to end its jobs; ECS kills 5 seconds later. */
const stopTimeout = { web: 25, worker: 115, release: 115 } as const;
const graceSeconds = 5;

export function cloud(config: StackConfig): CloudOutputs {
  const environment = cloudEnvironment(config);
  assertAdditions(ownVariables, environment.variables, environment.secrets);
  const { region, tier, logDays } = environment;
  const provider = new aws.Provider("aws", { region, defaultTags: { tags: { ...tags(environment) } } });
  const on = { providers: [provider] };
  // Where the database may be deleted, the environment is one to throw away: then all its data goes with it.
  const retain = environment.database.deletionProtection;
  const protect = tier === "production";

  const network = new Network("network", { ...environment.network, region }, on);
  const { accountId } = network;
  const telemetryKey = new TelemetryKey("telemetry", { accountId, region, retain }, on);
  new FlowLogs("flow-logs", { network, key: telemetryKey, days: environment.network.flowLogDays }, on);

  const storage = new Storage("storage", { accountId, region, logDays, retain, protect }, on);
  const secrets = new Secrets("secrets", { generated: generatedSecrets, given: config.secrets, retain }, on);
  const database = new Database(
    "database",
    { ...environment.database, network, retain, protect, secretKeyArn: secrets.keyArn, logDays, telemetryKey },
    on,
  );

  const loadBalancer = new LoadBalancer(
    "web",
    { network, port, healthPath: "/health/ready/", logsBucket: storage.logsBucket, retain },
    on,
  );
  const firewall = new Firewall("firewall", { ...environment.firewall, logDays }, on);
  const edge = new Edge("edge", { loadBalancer, storage, firewall }, on);
  new EdgeLogs("edge-logs", { edge, storage }, on);

  const { web, worker, release } = tasks(environment, { network, edge, storage, database, secrets, telemetryKey }, on);
  new Connection("balancer-web", { from: loadBalancer, to: web, port }, on);
  new Connection("web-database", { from: web, to: database, port: database.port }, on);
  new Connection("worker-database", { from: worker, to: database, port: database.port }, on);
  new Connection("release-database", { from: release, to: database, port: database.port }, on);

  const cluster = new Cluster("cluster", on);
  const services = {
    web: new Service("web", { cluster, network, task: web, ...environment.web, loadBalancer }, on),
    worker: new Service("worker", { cluster, network, task: worker, ...environment.worker }, on),
  };
  const alarms = new Alarms(
    "alarms",
    {
      environment: pulumi.getStack(),
      network,
      loadBalancer,
      cluster,
      services,
      database,
      telemetryKey,
      ...(environment.alarmEmail === undefined ? {} : { email: environment.alarmEmail }),
    },
    on,
  );

  return {
    url: pulumi.interpolate`https://${edge.domainName}`,
    cdnDomain: edge.domainName,
    region,
    cluster: cluster.clusterName,
    services: { web: services.web.serviceName, worker: services.worker.serviceName },
    logGroups: { web: web.logGroup, worker: worker.logGroup, release: release.logGroup },
    database: { address: database.address, identifier: database.identifier },
    release: {
      taskDefinition: release.definitionArn,
      container: release.containerName,
      subnets: network.taskSubnetIds,
      securityGroup: release.securityGroupId,
      assignPublicIp: network.assignPublicIp,
    },
    buckets: { static: storage.static.bucket, media: storage.media.bucket },
    alarmTopic: alarms.topicArn,
    pageAlarm: alarms.pageAlarmArn,
  };
}

function cloudEnvironment({ environment }: StackConfig): CloudEnvironment {
  if (environment.architecture === "cloud") return environment;
  throw new Error(
    `cloud was given the configuration of ${environment.architecture}: set environment.architecture to cloud.`,
  );
}

function tags({ tier, owner }: CloudEnvironment): EnvironmentTags {
  return { project: pulumi.getProject(), stack: pulumi.getStack(), environment: tier, owner };
}

const generatedSecrets = ["SECRET_KEY", "JWT_SECRET_KEY"] as const;

interface Parts {
  readonly network: Network;
  readonly edge: Edge;
  readonly storage: Storage;
  readonly database: Database;
  readonly secrets: Secrets;
  readonly telemetryKey: TelemetryKey;
}

/** The app's three processes, from one image. */
function tasks(environment: CloudEnvironment, parts: Parts, on: pulumi.ComponentResourceOptions) {
  const { network, storage, database, secrets, telemetryKey } = parts;
  const { image, logDays } = environment;
  const app = appVariables(environment, parts);
  const common = { network, image, logDays, telemetryKey, outboundPorts: outboundPorts(environment) };
  const longRunning = (name: "web" | "worker") =>
    new Task(
      name,
      {
        ...common,
        command: name,
        cpu: environment[name].cpu,
        memory: environment[name].memory,
        port,
        healthCommand,
        stopTimeout: stopTimeout[name] + graceSeconds,
        environment: { ...app, STOP_TIMEOUT: String(stopTimeout[name]) },
        secretSources: [secrets],
        permissions: [signIn(network, database)],
      },
      on,
    );
  const release = new Task(
    "release",
    {
      ...common,
      command: "release",
      cpu: 256,
      memory: 512,
      stopTimeout: stopTimeout.release + graceSeconds,
      environment: { ...app, ...releaseVariables(parts), STOP_TIMEOUT: String(stopTimeout.release) },
      // Alone in being let to read the owner's password.
      secretSources: [secrets, { arn: database.ownerSecretArn, keyArn: secrets.keyArn }],
      permissions: [publish(storage)],
    },
    on,
  );
  return { web: longRunning("web"), worker: longRunning("worker"), release };
}

/** What all processes are told. A variable that the app needs and that is missing here does not compile. */
function appVariables(environment: CloudEnvironment, { edge, database, secrets }: Parts): TaskEnvironment {
  const own = {
    ENVIRONMENT: environment.tier,
    PORT: String(port),
    SECRET_KEY: secrets.reference("SECRET_KEY"),
    JWT_SECRET_KEY: secrets.reference("JWT_SECRET_KEY"),
    DATABASE_URL: database.url,
    DATABASE_AUTH: "iam",
    ALLOWED_HOSTS: list(edge.domainName, environment.allowedHosts),
    CORS_ALLOWED_ORIGINS: list(pulumi.interpolate`https://${edge.domainName}`, environment.corsOrigins),
    STATIC_URL: "/static/",
    TRUSTED_PROXIES: environment.network.cidr,
  } satisfies DeployedVariables<PlainText, SecretReference>;
  const further = Object.fromEntries(environment.secrets.map((name) => [name, secrets.reference(name)]));
  return { ...own, ...environment.variables, ...further };
}

/** What only release is told: it migrates as the owner, creates the app's role and publishes the static assets. */
function releaseVariables({ storage, database }: Parts): TaskEnvironment {
  return {
    DATABASE_OWNER: database.ownerUser,
    DATABASE_OWNER_PASSWORD: { valueFrom: pulumi.interpolate`${database.ownerSecretArn}:password::` },
    STATIC_PUBLISH: pulumi.interpolate`s3://${storage.static.bucket}/static`,
  } satisfies Partial<DeployedVariables<PlainText, SecretReference>>;
}

/** All that a stack cannot set: what the architecture does, and a password where there is none. */
const ownVariables = [
  "ENVIRONMENT",
  "PORT",
  "SECRET_KEY",
  "JWT_SECRET_KEY",
  "DATABASE_URL",
  "DATABASE_AUTH",
  "DATABASE_PASSWORD",
  "DATABASE_OWNER",
  "DATABASE_OWNER_PASSWORD",
  "ALLOWED_HOSTS",
  "CORS_ALLOWED_ORIGINS",
  "STATIC_URL",
  "STATIC_PUBLISH",
  "TRUSTED_PROXIES",
  "STOP_TIMEOUT",
] as const satisfies readonly VariableName[];

function list(first: pulumi.Output<string>, others: readonly string[]): pulumi.Output<string> {
  return first.apply((own) => [own, ...others].join(","));
}

/** HTTPS for AWS and third parties, and mail where a server for it is given. */
function outboundPorts({ variables }: CloudEnvironment): number[] {
  return variables.EMAIL_HOST === undefined ? [443] : [443, Number(variables.EMAIL_PORT ?? 587)];
}

/** The right to sign in to the database, as the app's user and no other. */
function signIn({ region, accountId }: Network, database: Database) {
  return {
    Sid: "Database",
    Effect: "Allow",
    Action: "rds-db:connect",
    Resource: pulumi.interpolate`arn:aws:rds-db:${region}:${accountId}:dbuser:${database.resourceId}/${database.appUser}`,
  } as const;
}

function publish(storage: Storage) {
  return {
    Sid: "StaticAssets",
    Effect: "Allow",
    Action: "s3:PutObject",
    Resource: pulumi.interpolate`${storage.static.arn}/static/*`,
  } as const;
}

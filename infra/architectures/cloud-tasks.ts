// What the app's processes of `cloud` are told and may do: web, worker and release, from one image.
import * as pulumi from "@pulumi/pulumi";
import type { DeployedVariables, VariableName } from "../../app/platform/environment.ts";
import type { Cluster } from "../components/aws/cluster.ts";
import type { Database } from "../components/aws/database.ts";
import type { Network } from "../components/aws/network.ts";
import type { PlainText, SecretReference, TaskEnvironment } from "../components/aws/pure/environment.ts";
import type { Secrets } from "../components/aws/secrets.ts";
import type { Storage } from "../components/aws/storage.ts";
import { Task } from "../components/aws/task.ts";
import type { TelemetryKey } from "../components/aws/telemetry-key.ts";
import type { CloudEnvironment } from "../config/environment.ts";

/** TCP port that web and worker listen on. */
export const port = 8080;
/** What ECS runs in the container, without the image's entrypoint. */
const healthCommand = ["node", "/app/main.js", "health"];
/**
 * Seconds for web to answer what it has begun, which takes less than one as a rule, and for worker to end its jobs or hand
 * them back: the most that Fargate gives. ECS kills 5 seconds later. Both are part of every rollout, at its end.
 */
const stopTimeout = { web: 25, worker: 115, release: 115 } as const;
const graceSeconds = 5;

export const generatedSecrets = ["SECRET_KEY", "JWT_SECRET_KEY"] as const;

/** All that a stack cannot set: what the architecture does, and a password where there is none. */
export const ownVariables = [
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
  "MEDIA_STORE",
  "TRUSTED_PROXIES",
  "STOP_TIMEOUT",
  "ECS_AGENT_URI",
] as const satisfies readonly VariableName[];

interface Parts {
  readonly network: Network;
  readonly cluster: Cluster;
  /** Host name that users find the environment on. */
  readonly host: pulumi.Input<string>;
  readonly storage: Storage;
  readonly database: Database;
  readonly secrets: Secrets;
  readonly telemetryKey: TelemetryKey;
}

/** The app's three processes. */
export function tasks(environment: CloudEnvironment, parts: Parts, on: pulumi.ComponentResourceOptions) {
  const { network, cluster, storage, database, secrets, telemetryKey } = parts;
  const { image, logDays } = environment;
  const app = appVariables(environment, parts);
  const common = { network, image, logDays, telemetryKey, outboundPorts: outboundPorts(environment) };
  const own = { web: [], worker: [spareItself(network, cluster)] };
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
        permissions: [signIn(network, database), ...media(storage), ...own[name]],
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
function appVariables(environment: CloudEnvironment, { host, storage, database, secrets }: Parts): TaskEnvironment {
  const own = {
    ENVIRONMENT: environment.tier,
    PORT: String(port),
    SECRET_KEY: secrets.reference("SECRET_KEY"),
    JWT_SECRET_KEY: secrets.reference("JWT_SECRET_KEY"),
    DATABASE_URL: database.url,
    DATABASE_AUTH: "iam",
    ALLOWED_HOSTS: list(host, environment.allowedHosts),
    CORS_ALLOWED_ORIGINS: list(pulumi.interpolate`https://${host}`, environment.corsOrigins),
    STATIC_URL: "/static/",
    MEDIA_STORE: pulumi.interpolate`s3://${storage.media.bucket}`,
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

function list(first: pulumi.Input<string>, others: readonly string[]): pulumi.Output<string> {
  return pulumi.output(first).apply((own) => [own, ...others].join(","));
}

/** HTTPS for AWS and third parties, mail where a server for it is given, and wherever traces go. */
function outboundPorts({ variables }: CloudEnvironment): number[] {
  const mail = variables.EMAIL_HOST === undefined ? [] : [Number(variables.EMAIL_PORT ?? 587)];
  const traces = portOf(variables.OTEL_EXPORTER_OTLP_ENDPOINT);
  return [...new Set([443, ...mail, ...traces])];
}

/** The port of an address, where it is a usable one; the app itself refuses to start with another. */
function portOf(url: string | undefined): number[] {
  if (url === undefined || !URL.canParse(url)) return [];
  const { port: given, protocol } = new URL(url);
  return [given === "" ? (protocol === "http:" ? 80 : 443) : Number(given)];
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

/** The app reads uploads and writes what it makes of them; forms that it signs for browsers can do no more than it can. */
function media(storage: Storage) {
  return [
    {
      Sid: "Media",
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
      // Below media/, what the edge shows to everybody; below private/, what it does not: exports, uploads not looked at yet.
      Resource: ["media", "private"].map((folder) => pulumi.interpolate`${storage.media.arn}/${folder}/*`),
    },
    // To find uploads that nobody came back for. Without it S3 also answers 403, not 404, when a file is not there.
    { Sid: "MediaList", Effect: "Allow", Action: "s3:ListBucket", Resource: storage.media.arn },
  ] as const;
}

/** A worker asks that its task be spared while it runs jobs. ECS lets it ask for any task of the cluster. */
function spareItself({ region, accountId }: Network, cluster: Cluster) {
  return {
    Sid: "Jobs",
    Effect: "Allow",
    Action: "ecs:UpdateTaskProtection",
    Resource: pulumi.interpolate`arn:aws:ecs:${region}:${accountId}:task/${cluster.clusterName}/*`,
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

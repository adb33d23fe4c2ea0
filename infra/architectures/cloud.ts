// cloud: CloudFront and WAF → internal load balancer → Fargate (web, worker) over several zones → PostgreSQL on RDS.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Certificate } from "../components/aws/certificate.ts";
import { Cluster } from "../components/aws/cluster.ts";
import { Connection } from "../components/aws/connection.ts";
import { Database } from "../components/aws/database.ts";
import { Dns } from "../components/aws/dns.ts";
import { Edge } from "../components/aws/edge.ts";
import { EdgeLogs } from "../components/aws/edge-logs.ts";
import { Firewall } from "../components/aws/firewall.ts";
import { FlowLogs } from "../components/aws/flow-logs.ts";
import { LoadBalancer } from "../components/aws/load-balancer.ts";
import { LogMetrics } from "../components/aws/log-metrics.ts";
import { Network } from "../components/aws/network.ts";
import { assertAdditions } from "../components/aws/pure/environment.ts";
import { ScheduledJobs } from "../components/aws/scheduled-jobs.ts";
import { Secrets } from "../components/aws/secrets.ts";
import { Service } from "../components/aws/service.ts";
import { Storage } from "../components/aws/storage.ts";
import type { Task } from "../components/aws/task.ts";
import { TelemetryKey } from "../components/aws/telemetry-key.ts";
import { TunnelRole } from "../components/aws/tunnel-role.ts";
import { Uploads } from "../components/aws/uploads.ts";
import type { CloudEnvironment } from "../config/environment.ts";
import type { StackConfig } from "../config/read.ts";
import type { EnvironmentTags } from "../naming.ts";
import { allowedAccount } from "./cloud-account.ts";
import { operations } from "./cloud-operations.ts";
import { releaseOf, shiftsTraffic } from "./cloud-release.ts";
import { generatedSecrets, ownVariables, port, tasks } from "./cloud-tasks.ts";
import type { EnvironmentOutputs } from "./outputs.ts";

/** What an environment of a branch takes from this one, to share and never to own. */
export interface SharedParts {
  readonly account: pulumi.Output<string>;
  readonly vpc: pulumi.Output<string>;
  readonly tasks: { readonly subnets: readonly pulumi.Output<string>[]; readonly assignPublicIp: boolean };
  readonly cluster: pulumi.Output<string>;
  readonly listener: pulumi.Output<string>;
  readonly loadBalancerSecurityGroup: pulumi.Output<string>;
  readonly database: {
    readonly address: pulumi.Output<string>;
    readonly port: number;
    readonly resourceId: pulumi.Output<string>;
    readonly securityGroup: pulumi.Output<string>;
    readonly ownerUser: string;
    /** Name of the secret that holds the owner's password, not the password. */
    readonly ownerSecret: pulumi.Output<string>;
  };
  readonly keys: { readonly secrets: pulumi.Output<string>; readonly telemetry: pulumi.Output<string> };
  readonly distribution: pulumi.Output<string>;
  /** Route 53's zone; only with a domain. */
  readonly zone?: pulumi.Output<string>;
  readonly alarmTopic: pulumi.Output<string>;
}

interface OneOffTask {
  readonly taskDefinition: pulumi.Output<string>;
  readonly securityGroup: pulumi.Output<string>;
}

export interface CloudOutputs extends EnvironmentOutputs {
  /** CloudFront's own name of the distribution. */
  readonly cdnDomain: pulumi.Output<string>;
  readonly region: string;
  readonly cluster: pulumi.Output<string>;
  readonly services: { readonly web: pulumi.Output<string>; readonly worker: pulumi.Output<string> };
  readonly logGroups: Readonly<Record<"web" | "worker" | "release", pulumi.Output<string>>>;
  readonly database: { readonly address: pulumi.Output<string>; readonly identifier: pulumi.Output<string> };
  /** What starts a one-off task of a process, and the role of a task that a tunnel leads through. */
  readonly oneOff: {
    readonly container: string;
    readonly subnets: readonly pulumi.Output<string>[];
    readonly assignPublicIp: boolean;
    readonly tunnelRole: pulumi.Output<string>;
    readonly tasks: Readonly<Record<"web" | "worker" | "release", OneOffTask>>;
  };
  /** Name of the table that releases are written down in. */
  readonly ledger: pulumi.Output<string>;
  readonly buckets: { readonly static: pulumi.Output<string>; readonly media: pulumi.Output<string> };
  /** The firewall's sets of addresses that get the maintenance page, in us-east-1. */
  readonly maintenance: Firewall["maintenance"];
  readonly alarmTopic: pulumi.Output<string>;
  /** The alarms to page on: one, and one more in us-east-1 where the environment is in another region. */
  readonly pageAlarms: readonly pulumi.Output<string>[];
  readonly dashboardUrl: pulumi.Output<string>;
  /** Where there are backups. */
  readonly backupVault?: pulumi.Output<string>;
  readonly shared: SharedParts;
}

/** Seconds that a job may wait for a worker before there are more workers: a person who waits for a mail takes no longer. */
const queueAgeSeconds = 30;

export function cloud(config: StackConfig): CloudOutputs {
  const environment = cloudEnvironment(config);
  assertAdditions(ownVariables, environment.variables, environment.secrets);
  const { region, tier, logDays } = environment;
  const on = { providers: [providerOf(environment)] };
  const title = `${pulumi.getProject()}-${pulumi.getStack()}`;
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
    {
      ...{ network, port, healthPath: "/health/ready/", logsBucket: storage.logsBucket, retain },
      shiftsTraffic: shiftsTraffic(environment),
    },
    on,
  );
  const firewall = new Firewall("firewall", { ...environment.firewall, metricName: title, logDays }, on);
  const certificate = certificateOf(environment, on);
  const edge = new Edge("edge", { loadBalancer, storage, firewall, ...(certificate && { certificate }) }, on);
  if (certificate !== undefined) new Dns("dns", { certificate, edge }, on);
  new EdgeLogs("edge-logs", { edge, storage }, on);
  // Where it is known beforehand, no task waits for the edge.
  const host = environment.domain?.name ?? edge.domainName;
  const origin = pulumi.interpolate`https://${host}`;
  new Uploads("uploads", { bucket: storage.media, origins: [origin] }, on);

  const cluster = new Cluster("cluster", on);
  const processes = tasks(environment, { network, cluster, host, storage, database, secrets, telemetryKey }, on);
  const { web, worker, release } = processes;
  const paths = [
    new Connection("balancer-web", { from: loadBalancer, to: web, port }, on),
    new Connection("web-database", { from: web, to: database, port: database.port }, on),
    new Connection("worker-database", { from: worker, to: database, port: database.port }, on),
    new Connection("release-database", { from: release, to: database, port: database.port }, on),
  ];

  const logMetrics = new LogMetrics(
    "log-metrics",
    { namespace: title, logGroups: { web: web.logGroup, worker: worker.logGroup } },
    on,
  );
  const queueAge = { namespace: title, metricName: logMetrics.queueAge, seconds: queueAgeSeconds };
  const released = releaseOf(
    environment,
    { network, cluster, loadBalancer, database, storage, secrets, tasks: processes, paths, retain },
    on,
  );
  const running = { cluster, network, ...(environment.nights && { nights: environment.nights }) };
  const services = {
    web: new Service("web", { ...running, ...released.web, task: web, ...environment.web, loadBalancer }, on),
    worker: new Service(
      "worker",
      { ...running, ...released.worker, task: worker, ...environment.worker, queueAge },
      on,
    ),
  };
  released.live(services);
  if (Object.keys(environment.scheduledJobs).length > 0) {
    new ScheduledJobs("jobs", { cluster, network, task: worker, jobs: environment.scheduledJobs }, on);
  }
  const watched = { title, network, host, loadBalancer, cluster, services, tasks: { web, worker }, database, storage };
  const { backupVault, ...operated } = operations(
    environment,
    { ...watched, edge, firewall, certificate, logMetrics, telemetryKey },
    on,
  );

  return {
    url: origin,
    cdnDomain: edge.domainName,
    region,
    cluster: cluster.clusterName,
    services: { web: services.web.serviceName, worker: services.worker.serviceName },
    logGroups: { web: web.logGroup, worker: worker.logGroup, release: release.logGroup },
    database: { address: database.address, identifier: database.identifier },
    oneOff: {
      container: web.containerName,
      subnets: network.taskSubnetIds,
      assignPublicIp: network.assignPublicIp,
      tunnelRole: new TunnelRole("tunnel", { network }, on).arn,
      tasks: { web: oneOff(web), worker: oneOff(worker), release: oneOff(release) },
    },
    ledger: released.ledger.tableName,
    buckets: { static: storage.static.bucket, media: storage.media.bucket },
    maintenance: firewall.maintenance,
    ...operated,
    ...(backupVault === undefined ? {} : { backupVault }),
    shared: {
      account: accountId,
      vpc: network.vpcId,
      tasks: { subnets: network.taskSubnetIds, assignPublicIp: network.assignPublicIp },
      cluster: cluster.arn,
      listener: loadBalancer.listener.arn,
      loadBalancerSecurityGroup: loadBalancer.securityGroupId,
      database: {
        ...{ address: database.address, port: database.port, resourceId: database.resourceId },
        securityGroup: database.securityGroupId,
        ownerUser: database.ownerUser,
        ownerSecret: database.ownerSecretArn,
      },
      keys: { secrets: secrets.keyArn, telemetry: telemetryKey.arn },
      distribution: edge.distributionId,
      ...(certificate && { zone: certificate.zoneId }),
      alarmTopic: operated.alarmTopic,
    },
  };
}

function oneOff({ definitionArn, securityGroupId }: Task): OneOffTask {
  return { taskDefinition: definitionArn, securityGroup: securityGroupId };
}

/** Every AWS resource's provider; it refuses credentials of another account than the environment's. */
function providerOf(environment: CloudEnvironment): aws.Provider {
  const account = allowedAccount(environment);
  return new aws.Provider("aws", {
    region: environment.region,
    ...(account === undefined ? {} : { allowedAccountIds: [account] }),
    defaultTags: { tags: { ...tags(environment) } },
  });
}

function certificateOf({ domain }: CloudEnvironment, on: pulumi.ComponentResourceOptions): Certificate | undefined {
  if (domain === undefined) return undefined;
  const names = domain.www ? [domain.name, `www.${domain.name}`] : [domain.name];
  return new Certificate("certificate", { names, zone: domain.zone }, on);
}

function cloudEnvironment({ environment }: StackConfig): CloudEnvironment {
  if (environment.architecture === "cloud") return environment;
  throw new Error(
    `cloud was given the configuration of ${environment.architecture}: set environment.architecture to cloud.`,
  );
}

function tags({ tier, owner }: Pick<CloudEnvironment, "tier" | "owner">): EnvironmentTags {
  return { project: pulumi.getProject(), stack: pulumi.getStack(), environment: tier, owner };
}

// How `cloud` releases: the release phase before any service changes, a ledger of releases, and what stands for the live one.
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../components/aws/cluster.ts";
import type { Database } from "../components/aws/database.ts";
import { Ledger } from "../components/aws/ledger.ts";
import { LiveRelease } from "../components/aws/live-release.ts";
import type { LoadBalancer } from "../components/aws/load-balancer.ts";
import type { Network } from "../components/aws/network.ts";
import { RollbackAlarms } from "../components/aws/rollback-alarms.ts";
import type { Secrets } from "../components/aws/secrets.ts";
import type { Deployment, Service, ServiceArgs } from "../components/aws/service.ts";
import type { Storage } from "../components/aws/storage.ts";
import type { Task } from "../components/aws/task.ts";
import type { CloudEnvironment } from "../config/environment.ts";
import { EcsRelease, type ReleasedTask } from "../release/ecs.ts";

interface Parts {
  readonly network: Network;
  readonly cluster: Cluster;
  readonly loadBalancer: LoadBalancer;
  readonly database: Database;
  readonly storage: Storage;
  readonly secrets: Secrets;
  readonly tasks: Readonly<Record<"web" | "worker" | "release", Task>>;
  /** The network paths that tasks need. */
  readonly paths: readonly pulumi.Resource[];
  readonly retain: boolean;
}

type OfRelease = Pick<ServiceArgs, "hooks" | "after" | "deployment" | "rollbackAlarms">;

export interface CloudRelease {
  /** What both services are given, so that they change with a release and not without. */
  readonly web: OfRelease;
  readonly worker: OfRelease;
  readonly ledger: Ledger;
  /** To be called once, when the services are there. */
  live(services: Readonly<Record<"web" | "worker", Service>>): void;
}

/** Minutes that a rollout may take beside what the strategy waits for: the start of tasks, health, and the old ones' end. */
const rolloutMinutes = 20;

export function releaseOf(
  environment: CloudEnvironment,
  parts: Parts,
  on: pulumi.ComponentResourceOptions,
): CloudRelease {
  const { image, region } = environment;
  const { network, cluster, loadBalancer, database, storage, secrets, tasks, paths, retain } = parts;
  const deployment = deploymentOf(environment);
  const ledger = new Ledger("ledger", { retain }, on);
  const release = new EcsRelease("release", {
    ...{ region, image, cluster: cluster.clusterName, table: ledger.tableName, secrets: secrets.values },
    scope: pulumi.interpolate`${database.resourceId} ${storage.static.bucket}`,
    release: {
      ...released(tasks.release),
      securityGroupId: tasks.release.securityGroupId,
      subnetIds: network.taskSubnetIds,
      assignPublicIp: network.assignPublicIp,
    },
    rolloutTimeout: 60 * (rolloutMinutes + waitMinutes(deployment)),
  });
  const sleeps = environment.nights !== undefined;
  const rollbackAlarms = new RollbackAlarms("rollback", { loadBalancer, sleeps }, on).names;
  const after = [network, ledger, tasks.release, ...paths];
  return {
    web: {
      after,
      ...(deployment && { deployment }),
      rollbackAlarms,
      hooks: release.service("web", released(tasks.web)),
    },
    worker: { after, hooks: release.service("worker", released(tasks.worker)) },
    ledger,
    live(services) {
      const { web, worker } = services;
      const data = pulumi.jsonStringify({ image, web: web.revision, worker: worker.revision });
      const hooks = release.live(data, {
        web: { ...released(tasks.web), service: web.serviceName },
        worker: { ...released(tasks.worker), service: worker.serviceName },
      });
      new LiveRelease("live", { ledger, data, services, hooks }, on);
    },
  };
}

/** Without what else a task holds: hooks are to wait for nothing but this. */
function released({ definitionArn, containerName, logGroup, logPrefix }: Task): ReleasedTask {
  return { definitionArn, containerName, logGroup, logPrefix };
}

/** Whether web's new tasks take over by a shift of traffic. */
export function shiftsTraffic({ deployment }: CloudEnvironment): boolean {
  return deployment !== undefined && deployment.strategy !== "rolling";
}

function deploymentOf({ deployment }: CloudEnvironment): Deployment | undefined {
  if (deployment === undefined) return undefined;
  const { strategy, bakeMinutes = 5, percent = 10, canaryMinutes = 5 } = deployment;
  if (strategy === "canary") return { strategy, percent, canaryMinutes, bakeMinutes };
  return strategy === "blueGreen" ? { strategy, bakeMinutes } : { strategy };
}

function waitMinutes(deployment: Deployment | undefined): number {
  if (deployment === undefined || deployment.strategy === "rolling") return 0;
  return deployment.bakeMinutes + (deployment.strategy === "canary" ? deployment.canaryMinutes : 0);
}

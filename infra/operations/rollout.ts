// What ECS says about the rollout of a service: read here, judged elsewhere.
import type { Task } from "@aws-sdk/client-ecs";
import { ecs } from "./clients.ts";

export interface ServiceAddress {
  readonly region: string;
  readonly cluster: string;
  /** Name or ARN. */
  readonly service: string;
}

/** One version of a service that ECS runs, or ran until just now. */
export interface Deployment {
  readonly id: string;
  /** PRIMARY is the one that ECS wants. */
  readonly status: string;
  readonly taskDefinition: string;
  /** Milliseconds since 1970, by AWS's clock. */
  readonly at: number;
  /** COMPLETED, FAILED or IN_PROGRESS. */
  readonly state: string;
  readonly reason: string;
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
}

/** All that a look at a service shows. */
export interface RolloutFacts {
  /** Of the service: ACTIVE, DRAINING or INACTIVE; MISSING if there is none. */
  readonly status: string;
  readonly desired: number;
  readonly deployments: readonly Deployment[];
  /** Newest first. */
  readonly events: readonly { readonly at: number; readonly message: string }[];
  /** Tasks that ended within the last hour, whatever they ran; the latest ended first. */
  readonly stopped: readonly Task[];
}

export async function readRollout({ region, cluster, service }: ServiceAddress): Promise<RolloutFacts> {
  const client = await ecs(region);
  const { services = [] } = await client.describeServices({ cluster, services: [service] });
  const [found] = services;
  if (found === undefined) return { status: "MISSING", desired: 0, deployments: [], events: [], stopped: [] };
  const { taskArns = [] } = await client.listTasks({ cluster, serviceName: service, desiredStatus: "STOPPED" });
  const { tasks = [] } = taskArns.length === 0 ? {} : await client.describeTasks({ cluster, tasks: taskArns });
  return {
    status: found.status ?? "MISSING",
    desired: found.desiredCount ?? 0,
    deployments: (found.deployments ?? []).map((deployment) => ({
      id: deployment.id ?? "",
      status: deployment.status ?? "",
      taskDefinition: deployment.taskDefinition ?? "",
      at: deployment.createdAt?.getTime() ?? 0,
      state: deployment.rolloutState ?? "",
      reason: deployment.rolloutStateReason ?? "",
      desired: deployment.desiredCount ?? 0,
      running: deployment.runningCount ?? 0,
      pending: deployment.pendingCount ?? 0,
    })),
    events: (found.events ?? []).map(({ createdAt, message = "" }) => ({ at: createdAt?.getTime() ?? 0, message })),
    stopped: tasks.sort((a, b) => (b.stoppedAt?.getTime() ?? 0) - (a.stoppedAt?.getTime() ?? 0)),
  };
}

/** Puts a definition forward again that ECS had gone back from. */
export async function putForward({ region, cluster, service }: ServiceAddress, taskDefinition: string): Promise<void> {
  const client = await ecs(region);
  await client.updateService({ cluster, service, taskDefinition, forceNewDeployment: true });
}

/** Has ECS go back to what ran before, without waiting for its own verdict; false if nothing is under way. */
export async function goBack({ region, cluster, service }: ServiceAddress): Promise<boolean> {
  const client = await ecs(region);
  const { serviceDeployments = [] } = await client.listServiceDeployments({
    cluster,
    service,
    status: ["PENDING", "IN_PROGRESS"],
  });
  const arn = serviceDeployments[0]?.serviceDeploymentArn;
  if (arn === undefined) return false;
  await client.stopServiceDeployment({ serviceDeploymentArn: arn, stopType: "ROLLBACK" });
  return true;
}

/** The image that a task definition's container runs. */
export async function imageOf(region: string, taskDefinition: string, container: string): Promise<string> {
  const client = await ecs(region);
  const answer = await client.describeTaskDefinition({ taskDefinition });
  return answer.taskDefinition?.containerDefinitions?.find(({ name }) => name === container)?.image ?? taskDefinition;
}

// From blue/green or canary back to a rolling update: only while the tasks are in the first group of targets. A rolling update
// puts new tasks there, whereas the rule of the load balancer, which goes last, sends all traffic to wherever ECS left it.
import { ecs } from "../operations/clients.ts";

/** What the engine knows of a service, as far as it matters here. */
interface Inputs {
  readonly cluster?: string;
  readonly loadBalancers?: readonly { readonly targetGroupArn?: string; readonly advancedConfiguration?: unknown }[];
  readonly deploymentConfiguration?: { readonly strategy?: string };
}

export interface Change {
  /** ARN of the service. */
  readonly id: string;
  readonly oldInputs?: Inputs;
  readonly newInputs?: Inputs;
}

/** ARNs of the groups of targets that a service's tasks are in. */
export type GroupsOf = (region: string, cluster: string, service: string) => Promise<readonly string[]>;

/**
 * @param groupsOf asked only where a shift of traffic is given up
 * @throws if the change would leave all traffic where no task is, or ECS with half a change of strategy
 */
export async function assertWayBack(
  region: string,
  { id, oldInputs, newInputs }: Change,
  groupsOf: GroupsOf = servingGroups,
): Promise<void> {
  if (oldInputs === undefined || newInputs === undefined || !shifts(oldInputs) || shifts(newInputs)) return;
  // Without a word on it, AWS and the provider leave the strategy as it was.
  if (newInputs.deploymentConfiguration?.strategy !== "ROLLING") {
    throw new Error(
      "The service was deployed by a shift of traffic, and ECS keeps to that until it is told otherwise: set environment.deployment to { strategy: rolling } instead of leaving it out.",
    );
  }
  const [first] = (newInputs.loadBalancers ?? []).map(({ targetGroupArn }) => targetGroupArn);
  const { cluster = "" } = newInputs;
  const groups = await groupsOf(region, cluster, id);
  if (groups.length === 1 && groups[0] === first) return;
  throw new Error(
    `The tasks are ${groups.length === 0 ? "in a group of targets that ECS does not name" : `in ${groups.join(" and ")}`}, and a rolling update would put new ones into ${first} while all traffic goes to the former: have ECS move them first (aws ecs update-service --cluster ${cluster} --service ${id} --force-new-deployment, then wait until the deployment is done), and run up again.`,
  );
}

function shifts({ loadBalancers = [] }: Inputs): boolean {
  return loadBalancers.some(({ advancedConfiguration }) => advancedConfiguration !== undefined);
}

async function servingGroups(region: string, cluster: string, service: string): Promise<string[]> {
  const client = await ecs(region);
  const { services = [] } = await client.describeServices({ cluster, services: [service] });
  const current = (services[0]?.currentServiceRevisions ?? []).flatMap(({ arn }) => arn ?? []);
  if (current.length === 0) return [];
  const { serviceRevisions = [] } = await client.describeServiceRevisions({ serviceRevisionArns: current });
  const groups = serviceRevisions.flatMap(({ resolvedConfiguration }) => resolvedConfiguration?.loadBalancers ?? []);
  return [...new Set(groups.flatMap(({ targetGroupArn }) => targetGroupArn ?? []))];
}

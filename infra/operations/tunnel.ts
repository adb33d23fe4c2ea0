// A way from this machine to a database in isolated subnets: Session Manager forwards a port through a task that does nothing
// else. Tasks of services cannot be that task: ECS exec needs a root file system that can be written to.
import type { RegisterTaskDefinitionCommandInput, TaskDefinition } from "@aws-sdk/client-ecs";
import type { StartSessionCommandInput, StartSessionCommandOutput } from "@aws-sdk/client-ssm";
import { ecs, ssm } from "./clients.ts";
import { describeEnd, isStopped, type OneOff, startTask, stopTask, waitForTask } from "./one-off.ts";
import { taskId } from "./task-log.ts";

/** A task that stands open. */
export interface OpenTask {
  readonly taskDefinition: string;
  readonly arn: string;
  /** What Session Manager calls its container. */
  readonly target: string;
}

/** Seconds that the task lives if nobody ends it, and that it may take to be reachable. */
const lives = 4 * 3600;
const opens = 180;

/**
 * Registers a definition for the tunnel, made from that of a process that may reach the database, and starts a task of it.
 *
 * @param signal ends the opening
 * @throws if the task does not get reachable; then nothing of it is left
 */
export async function openTask(process: OneOff, role: string, signal: AbortSignal): Promise<OpenTask> {
  const client = await ecs(process.region);
  const { taskDefinition: of } = await client.describeTaskDefinition({ taskDefinition: process.taskDefinition });
  if (of === undefined) throw new Error(`ECS has no task definition ${process.taskDefinition}`);
  signal.throwIfAborted();
  const registered = await client.registerTaskDefinition(tunnelDefinition(of, process.container, role));
  const taskDefinition = registered.taskDefinition?.taskDefinitionArn ?? "";
  let arn: string | undefined;
  try {
    signal.throwIfAborted();
    const task: OneOff = { ...process, taskDefinition, startedBy: "berth-tunnel", exec: true };
    // Not broken off: without its answer nobody knows which task to stop.
    arn = await startTask(task);
    const reached = await waitForTask(task, arn, (seen) => isStopped(seen) || isReachable(seen), opens, { signal });
    if (reached === undefined) throw new Error(`the task was not reachable after ${opens} s`);
    if (isStopped(reached)) throw new Error(`the task ${describeEnd(reached, process.container)}`);
    const runtime = reached.containers?.find(({ name }) => name === process.container)?.runtimeId ?? "";
    return { taskDefinition, arn, target: `ecs:${process.cluster}_${taskId(arn)}_${runtime}` };
  } catch (error) {
    await closeTask(process, { taskDefinition, arn });
    throw error;
  }
}

function isReachable({ containers = [] }: Parameters<typeof isStopped>[0]): boolean {
  return containers.some(({ managedAgents = [] }) =>
    managedAgents.some(({ name, lastStatus }) => name === "ExecuteCommandAgent" && lastStatus === "RUNNING"),
  );
}

/** The definition of a process without its work: it sleeps, is told no secret, and may only be reached. */
export function tunnelDefinition(
  of: TaskDefinition,
  container: string,
  role: string,
): RegisterTaskDefinitionCommandInput {
  const own = of.containerDefinitions?.find(({ name }) => name === container);
  return {
    family: `${of.family}-tunnel`,
    taskRoleArn: role,
    executionRoleArn: of.executionRoleArn,
    networkMode: of.networkMode,
    requiresCompatibilities: of.requiresCompatibilities,
    runtimePlatform: of.runtimePlatform,
    cpu: "256",
    memory: "512",
    containerDefinitions: [
      {
        name: container,
        image: own?.image,
        entryPoint: ["sleep"],
        command: [String(lives)],
        essential: true,
        readonlyRootFilesystem: false,
        linuxParameters: { initProcessEnabled: true },
        logConfiguration: own?.logConfiguration,
      },
    ],
  };
}

/** Ends the task, where there is one, and takes its definition back, whatever comes of that. */
export async function closeTask(
  { region, cluster }: Pick<OneOff, "region" | "cluster">,
  { arn, taskDefinition }: { readonly arn: string | undefined; readonly taskDefinition: string },
): Promise<void> {
  try {
    if (arn !== undefined) await stopTask({ region, cluster }, arn, "The tunnel was closed");
  } finally {
    const client = await ecs(region);
    await client.deregisterTaskDefinition({ taskDefinition });
  }
}

/** What is asked of Session Manager: a port of this machine that leads to a host behind the task. */
export function forwarding(target: string, host: string, port: number, localPort: number): StartSessionCommandInput {
  return {
    Target: target,
    DocumentName: "AWS-StartPortForwardingSessionToRemoteHost",
    Parameters: { host: [host], portNumber: [String(port)], localPortNumber: [String(localPort)] },
  };
}

/** Opens the session and returns the arguments for session-manager-plugin, which keeps it. */
export async function startSession(region: string, input: StartSessionCommandInput): Promise<string[]> {
  const client = await ssm(region);
  return pluginArguments(region, input, await client.startSession(input));
}

/** As the AWS CLI calls the plugin: https://github.com/aws/session-manager-plugin */
export function pluginArguments(
  region: string,
  input: StartSessionCommandInput,
  { SessionId, TokenValue, StreamUrl }: Pick<StartSessionCommandOutput, "SessionId" | "TokenValue" | "StreamUrl">,
): string[] {
  const endpoint = process.env.AWS_ENDPOINT_URL ?? `https://ssm.${region}.amazonaws.com`;
  return [
    JSON.stringify({ SessionId, TokenValue, StreamUrl }),
    ...[region, "StartSession", process.env.AWS_PROFILE ?? "", JSON.stringify(input), endpoint],
  ];
}

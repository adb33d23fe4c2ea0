// One-off tasks on Fargate: started, found again, waited for, stopped.
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunTaskCommandInput, Task } from "@aws-sdk/client-ecs";
import { ecs } from "./clients.ts";

/** What ECS needs to know to run a task. */
export interface OneOff {
  readonly region: string;
  readonly cluster: string;
  readonly taskDefinition: string;
  /** Name of the container that the task is for. */
  readonly container: string;
  readonly subnets: readonly string[];
  readonly securityGroup: string;
  readonly assignPublicIp: boolean;
  /** A mark to find the task by; at most 128 characters. */
  readonly startedBy: string;
  /** @default what the definition says */
  readonly command?: readonly string[];
  /** Environment variables in the place of the definition's own. @default none */
  readonly variables?: Readonly<Record<string, string>>;
  /** Open the way in for ECS exec. @default false */
  readonly exec?: boolean;
}

/**
 * Starts a task and returns its ARN.
 *
 * @throws if ECS does not take it, with ECS's reason
 */
export async function startTask(task: OneOff): Promise<string> {
  const client = await ecs(task.region);
  const { tasks = [], failures = [] } = await client.runTask({
    cluster: task.cluster,
    taskDefinition: task.taskDefinition,
    launchType: "FARGATE",
    startedBy: task.startedBy,
    // An attempt that is repeated because its answer was lost starts no second task.
    clientToken: randomUUID(),
    propagateTags: "TASK_DEFINITION",
    enableECSManagedTags: true,
    enableExecuteCommand: task.exec ?? false,
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: [...task.subnets],
        securityGroups: [task.securityGroup],
        assignPublicIp: task.assignPublicIp ? "ENABLED" : "DISABLED",
      },
    },
    ...overridesOf(task),
  });
  const arn = tasks[0]?.taskArn;
  if (arn !== undefined) return arn;
  const reasons = failures.map(({ reason, detail }) => [reason, detail].filter(Boolean).join(": "));
  throw new Error(`ECS did not start a task of ${task.taskDefinition}: ${reasons.join("; ") || "it gave no reason"}`);
}

function overridesOf({ container, command, variables }: OneOff): Pick<RunTaskCommandInput, "overrides"> {
  if (command === undefined && variables === undefined) return {};
  const environment = Object.entries(variables ?? {}).map(([name, value]) => ({ name, value }));
  const override = {
    ...(command === undefined ? {} : { command: [...command] }),
    ...(environment.length === 0 ? {} : { environment }),
  };
  return { overrides: { containerOverrides: [{ name: container, ...override }] } };
}

/** A task of the same definition and mark that runs, or has ended well within the last hour. */
export async function findTask(task: OneOff): Promise<string | undefined> {
  const client = await ecs(task.region);
  const { cluster, startedBy } = task;
  for (const desiredStatus of ["RUNNING", "STOPPED"] as const) {
    const { taskArns = [] } = await client.listTasks({ cluster, startedBy, desiredStatus });
    for (const arn of taskArns) {
      const found = await describeTask(task, arn);
      if (found?.taskDefinitionArn !== task.taskDefinition) continue;
      if (!isStopped(found) || exitCodeOf(found, task.container) === 0) return arn;
    }
  }
  return undefined;
}

/** A task as ECS has it; undefined when ECS does not know it, or not yet. */
export async function describeTask(
  { region, cluster }: Pick<OneOff, "region" | "cluster">,
  arn: string,
): Promise<Task | undefined> {
  const client = await ecs(region);
  const { tasks = [] } = await client.describeTasks({ cluster, tasks: [arn] });
  return tasks[0];
}

export interface Waiting {
  /** Called at each look, which are a second or two apart. */
  readonly onLook?: () => Promise<void>;
  /** Ends the wait; the task runs on. */
  readonly signal?: AbortSignal;
}

/**
 * Waits until a task is in a state, and returns it; undefined when time is up.
 *
 * @throws the signal's reason, or an AbortError, when it is aborted
 */
export async function waitForTask(
  of: Pick<OneOff, "region" | "cluster">,
  arn: string,
  isReached: (task: Task) => boolean,
  seconds: number,
  { onLook, signal }: Waiting = {},
): Promise<Task | undefined> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    signal?.throwIfAborted();
    const task = await describeTask(of, arn);
    await onLook?.();
    if (task !== undefined && isReached(task)) return task;
    await sleep(1500, undefined, signal === undefined ? {} : { signal });
  }
  return undefined;
}

export function isStopped({ lastStatus }: Task): boolean {
  return lastStatus === "STOPPED";
}

/**
 * @param reason ECS shows it with the task, at most 255 characters
 * @throws if ECS does not take it: what may run on, and how to stop it
 */
export async function stopTask(
  { region, cluster }: Pick<OneOff, "region" | "cluster">,
  arn: string,
  reason: string,
): Promise<void> {
  const client = await ecs(region);
  await client.stopTask({ cluster, task: arn, reason }).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `the task could not be stopped and may run on (${why}): aws ecs stop-task --region ${region} --cluster ${cluster} --task ${arn}`,
    );
  });
}

/** The exit code of a task's container; undefined if it never ran. */
export function exitCodeOf(task: Task, container: string): number | undefined {
  return task.containers?.find(({ name }) => name === container)?.exitCode;
}

/** How a task ended, in words that follow its name. */
export function describeEnd(task: Task, container: string): string {
  const own = task.containers?.find(({ name }) => name === container);
  const reasons = [...new Set([task.stoppedReason, own?.reason].filter((reason) => reason !== undefined))].join("; ");
  const because = reasons === "" ? "" : ` (${reasons})`;
  if (own?.exitCode === undefined) return `did not run${because}`;
  if (own.exitCode === 137) return `was killed with exit code 137${because}`;
  return `exited with code ${own.exitCode}${because}`;
}

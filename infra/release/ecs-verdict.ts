// Whether a rollout on ECS has worked, from what ECS says about it: pure, and earlier than ECS's own verdict where nothing can
// change it any more.
import type { Task } from "@aws-sdk/client-ecs";
import { exitCodeOf } from "../operations/one-off.ts";
import type { Deployment, RolloutFacts } from "../operations/rollout.ts";

/** What is looked for. */
export interface Wanted {
  readonly taskDefinition: string;
  readonly container: string;
  /** Milliseconds since 1970 that the rollout began at, by this machine's clock. */
  readonly since: number;
  /** Deployments of the definition that were seen, and when each began by AWS's clock. What is older is another's. */
  readonly seen: ReadonlyMap<string, number>;
}

export type RolloutVerdict =
  | { readonly kind: "live" }
  | { readonly kind: "under way"; readonly progress: string }
  | {
      readonly kind: "failed";
      readonly cause: string;
      /** The tasks that show it, the latest first. */
      readonly tasks: readonly Task[];
      /** ECS has not given it up by itself yet. */
      readonly isEarly: boolean;
    };

/** Tasks that end before a rollout counts as a crash loop: the fewest that ECS's circuit breaker takes for one, too. */
const crashLoop = 3;
/** Times that ECS says that it finds no place for a task before it counts. */
const noPlaces = 3;

/** Milliseconds after which an answer of ECS that knows nothing of the update is no late one any more. */
const lateAnswer = 30_000;

/** @param now milliseconds since 1970, by this machine's clock */
export function judge(facts: RolloutFacts, wanted: Wanted, now: number): RolloutVerdict {
  const tasks = failedTasks(facts, wanted);
  const failed = (cause: string, isEarly: boolean) => ({ kind: "failed", cause, tasks, isEarly }) as const;
  if (facts.status !== "ACTIVE") return failed(`the service is ${facts.status}`, false);
  const primary = facts.deployments.find(({ status }) => status === "PRIMARY");
  if (primary === undefined) return { kind: "under way", progress: "ECS has not begun yet" };
  if (primary.taskDefinition !== wanted.taskDefinition) {
    const said = rolledBackFor(facts, wanted);
    const isLate = said === undefined && wanted.seen.size === 0 && now - wanted.since < lateAnswer;
    if (isLate) return { kind: "under way", progress: "ECS has not begun yet" };
    return failed(said ?? "ECS runs another task definition", false);
  }
  const isOlder = primary.at < (newestOf(wanted.seen)?.at ?? 0);
  if (isOlder || /rolling back/i.test(primary.reason)) {
    return failed(rolledBackFor(facts, wanted) ?? primary.reason, false);
  }
  if (primary.state === "FAILED") return failed(primary.reason, false);
  const hopeless = hopelessCause(facts, wanted, tasks, primary);
  if (primary.state !== "COMPLETED" && hopeless !== undefined) return failed(hopeless, true);
  const isAlone = facts.deployments.length === 1 && primary.running === facts.desired && primary.pending === 0;
  if (primary.state === "COMPLETED" && isAlone) return { kind: "live" };
  return { kind: "under way", progress: `${primary.running} of ${primary.desired} new tasks run` };
}

/** Tasks of the rollout that ended, and not because somebody wanted fewer of them. */
function failedTasks({ stopped }: RolloutFacts, wanted: Wanted): Task[] {
  return stopped.filter((task) => {
    if (task.taskDefinitionArn !== wanted.taskDefinition) return false;
    const newest = newestOf(wanted.seen);
    const isOurs =
      newest === undefined ? (task.createdAt?.getTime() ?? 0) >= wanted.since : newest.id === task.startedBy;
    if (!isOurs) return false;
    if (task.stopCode === "TaskFailedToStart" || task.stopCode === "EssentialContainerExited") return true;
    return task.stopCode === "ServiceSchedulerInitiated" && /health check/i.test(task.stoppedReason ?? "");
  });
}

/** Why ECS went back. What it says in its own words: a deployment's reason, or an event. */
function rolledBackFor({ deployments, events }: RolloutFacts, wanted: Wanted): string | undefined {
  const given = deployments.find(
    ({ taskDefinition, state }) => taskDefinition === wanted.taskDefinition && state === "FAILED",
  );
  if (given !== undefined && given.reason !== "") return given.reason;
  return recent(events, wanted).find((message) => /deployment failed|circuit breaker/i.test(message));
}

/** What ECS said of this rollout, the latest first. */
function recent(events: RolloutFacts["events"], { seen, since }: Wanted): string[] {
  const begin = newestOf(seen)?.at ?? since;
  return events.filter(({ at }) => at >= begin).map(({ message }) => message);
}

/** The deployment that this rollout is: one of the same definition from before may still have tasks. */
function newestOf(seen: Wanted["seen"]): { readonly id: string; readonly at: number } | undefined {
  const [newest] = [...seen].map(([id, at]) => ({ id, at })).sort((a, b) => b.at - a.at);
  return newest;
}

/** Why it cannot work out any more, though ECS still tries; undefined if it may. */
function hopelessCause(
  { events }: RolloutFacts,
  wanted: Wanted,
  tasks: readonly Task[],
  primary: Deployment,
): string | undefined {
  const image = tasks.find((task) => noImage.test(task.stoppedReason ?? ""));
  if (image !== undefined) return "its image cannot be pulled";
  if (tasks.length >= crashLoop) return crashCause(tasks, wanted);
  const said = recent(events, wanted);
  const stuck = said.find((message) => /unable to consistently start tasks/i.test(message));
  if (stuck !== undefined) return stuck;
  const placing = said.filter((message) => /unable to (place|start) a task/i.test(message));
  return primary.running === 0 && placing.length >= noPlaces ? placing[0] : undefined;
}

/** Trying again does not bring an image that is not there, or that may not be read. */
const noImage = /CannotPull.*(not found|manifest unknown|does not exist|denied|no match for platform|403)/is;

function crashCause(tasks: readonly Task[], { container }: Wanted): string {
  if (tasks.every(({ stopCode }) => stopCode === "TaskFailedToStart")) return `${tasks.length} tasks did not start`;
  if (tasks.every(({ stopCode }) => stopCode === "ServiceSchedulerInitiated")) {
    return `${tasks.length} tasks failed their health checks`;
  }
  const codes = [...new Set(tasks.flatMap((task) => exitCodeOf(task, container) ?? []))];
  return `${tasks.length} tasks ended after their start, with exit code ${codes.join(" or ")}`;
}

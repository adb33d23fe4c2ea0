// Watches ECS put new tasks in the place of old ones, until it has done it or it is clear that it will not.
import { setTimeout as sleep } from "node:timers/promises";
import type { Task } from "@aws-sdk/client-ecs";
import { describeEnd, exitCodeOf } from "../operations/one-off.ts";
import {
  goBack,
  imageOf,
  putForward,
  type RolloutFacts,
  readRollout,
  type ServiceAddress,
} from "../operations/rollout.ts";
import { lastLines, streamOf, taskId } from "../operations/task-log.ts";
import { blotOut, logEnd } from "./docker-cli.ts";
import { judge, type RolloutVerdict, type Wanted } from "./ecs-verdict.ts";

/** A service, and what its tasks ought to be. */
export interface Rollout extends ServiceAddress {
  /** What messages call it. */
  readonly name: string;
  readonly taskDefinition: string;
  readonly image: string;
  readonly container: string;
  readonly logGroup: string;
  readonly logPrefix: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** ECS may have gone back from the definition in an earlier update: put it forward again. */
  readonly again: boolean;
  /** Seconds that it may take. */
  readonly timeout: number;
  /** What a log may hold and no message may show. */
  readonly secrets: readonly string[];
}

/** A rollout that did not bring the new version up; the message says all there is to say. */
export class RolloutFailure extends Error {
  override readonly name = "RolloutFailure";
  /** ECS went back to what ran before. */
  readonly rolledBack: boolean;
  /** The message without the log. */
  readonly reason: string;

  constructor(reason: string, log: string, rolledBack: boolean) {
    super(log === "" ? reason : `${reason} ${log}`);
    this.reason = reason;
    this.rolledBack = rolledBack;
  }
}

/** Milliseconds between two looks. */
const lookEvery = 2000;
/** Seconds that ECS has to go back when it was told to; what failed is said in any case. */
const goBackSeconds = 30;

/**
 * Returns when all tasks of a service are of the wanted definition and healthy.
 *
 * @throws RolloutFailure as soon as they cannot become so
 */
export async function watchRollout(rollout: Rollout, signal: AbortSignal): Promise<void> {
  const seen = new Map<string, number>();
  const wanted: Wanted = { ...rollout, seen };
  if (rollout.again) await putForwardAgain(rollout);
  for (const end = Date.now() + rollout.timeout * 1000; ; ) {
    const facts = await readRollout(rollout);
    for (const { id, taskDefinition, at } of facts.deployments) {
      if (taskDefinition === wanted.taskDefinition) seen.set(id, at);
    }
    const verdict = judge(facts, wanted, Date.now());
    if (verdict.kind === "live" || signal.aborted) return;
    if (verdict.kind === "failed") throw await failure(rollout, facts, verdict);
    if (Date.now() > end) {
      const cause = `it was not done after ${rollout.timeout} s (${verdict.progress})`;
      throw await failure(rollout, facts, { kind: "failed", cause, tasks: [], isEarly: true });
    }
    await sleep(lookEvery, undefined, { signal }).catch(() => undefined);
  }
}

/** The engine believes that the service has the definition, so nothing but this would bring it back. */
async function putForwardAgain(rollout: Rollout): Promise<void> {
  const { deployments } = await readRollout(rollout);
  const primary = deployments.find(({ status }) => status === "PRIMARY");
  if (primary === undefined) return;
  if (primary.taskDefinition !== rollout.taskDefinition || primary.state === "FAILED") {
    await putForward(rollout, rollout.taskDefinition);
  }
}

async function failure(
  rollout: Rollout,
  facts: RolloutFacts,
  { cause, tasks, isEarly }: Extract<RolloutVerdict, { kind: "failed" }>,
): Promise<RolloutFailure> {
  const outcome = await whatRunsNow(rollout, facts, isEarly);
  const shown = tasks.find((task) => exitCodeOf(task, rollout.container) !== undefined) ?? tasks[0];
  const parts = [
    `${rollout.name} did not come up with ${rollout.image}: ${cause.replace(/\.$/, "")}.`,
    ...(shown === undefined ? [] : [taskSentence(shown, rollout)]),
    outcome.sentence,
  ];
  const log = shown === undefined ? "" : await logOf(shown, rollout);
  return new RolloutFailure(blotOut(parts.join(" "), rollout.secrets), log, outcome.rolledBack);
}

function taskSentence(task: Task, { container }: Rollout): string {
  return `Task ${taskId(task.taskArn ?? "")}, container ${container}, ${describeEnd(task, container)}.`;
}

async function logOf(task: Task, { region, logGroup, logPrefix, container, secrets }: Rollout): Promise<string> {
  // What was never started has no log to wait for.
  const looks = exitCodeOf(task, container) === undefined ? 1 : 3;
  const stream = streamOf(logPrefix, container, task.taskArn ?? "");
  return logEnd((await lastLines({ region, group: logGroup, stream }, 50, looks)).join("\n"), secrets);
}

/** Nothing but settings of the service differ, or there is nothing to go back to. */
async function withSameDefinition(rollout: Rollout, { deployments }: RolloutFacts, isEarly: boolean) {
  if (deployments.length < 2 && isEarly) {
    return { rolledBack: false, sentence: "There was nothing before it that ECS could go back to." };
  }
  if (isEarly && !(await goBack(rollout)))
    return { rolledBack: false, sentence: "What ran before still runs beside it." };
  return { rolledBack: true, sentence: "ECS goes back to the service as it ran before." };
}

/** Has ECS go back where it still tries, and says what serves. */
async function whatRunsNow(rollout: Rollout, facts: RolloutFacts, isEarly: boolean) {
  const former = facts.deployments.find(({ taskDefinition }) => taskDefinition !== rollout.taskDefinition);
  if (former === undefined) return withSameDefinition(rollout, facts, isEarly);
  const image = await imageOf(rollout.region, former.taskDefinition, rollout.container);
  const before = `${image} (${former.taskDefinition.split("/").at(-1)})`;
  if (isEarly && !(await goBack(rollout))) {
    return { rolledBack: false, sentence: `ECS does not go back by itself: ${before} still runs beside it.` };
  }
  for (const end = Date.now() + goBackSeconds * 1000; Date.now() < end; await sleep(lookEvery)) {
    const primary = (await readRollout(rollout)).deployments.find(({ status }) => status === "PRIMARY");
    if (primary?.taskDefinition !== former.taskDefinition) continue;
    if (primary.state === "COMPLETED")
      return { rolledBack: true, sentence: `ECS went back to ${before}, which serves.` };
  }
  return { rolledBack: true, sentence: `ECS is going back to ${before}, whose tasks serve.` };
}

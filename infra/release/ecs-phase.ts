// The release phase on ECS: the image's `release` command as a one-off task, to its end.
import {
  describeEnd,
  exitCodeOf,
  findTask,
  isStopped,
  type OneOff,
  startTask,
  stopTask,
  waitForTask,
} from "../operations/one-off.ts";
import { digestOf, type Schema, schemaIn } from "../operations/releases.ts";
import { lastLines, streamOf, taskId } from "../operations/task-log.ts";
import { blotOut, logEnd } from "./docker-cli.ts";

/** A release phase with every value known. */
export interface ReleasePhase extends Omit<OneOff, "startedBy" | "command" | "exec"> {
  readonly image: string;
  readonly logGroup: string;
  readonly logPrefix: string;
  /** Seconds after which it is stopped and counts as failed. */
  readonly timeout: number;
  /** What a log may hold and no message may show. */
  readonly secrets: readonly string[];
}

/** A release phase that did not end well; the message says all there is to say. */
export class ReleaseFailure extends Error {
  override readonly name = "ReleaseFailure";
  /** The message without the log. */
  readonly reason: string;

  constructor(reason: string, log: string) {
    super(`${reason} What runs was left as it is. ${log}`.trimEnd());
    this.reason = reason;
  }
}

/**
 * Runs a release phase to its end. One of the same definition that runs already, or has just ended well, is that of an update
 * that was killed: it is taken over instead of starting a second.
 *
 * @returns the schema it left behind, where it says so
 * @throws ReleaseFailure if it does not exit with 0, is not done in time, or cannot be started
 */
export async function runReleasePhase(phase: ReleasePhase): Promise<Schema | undefined> {
  const task: OneOff = { ...phase, startedBy: `berth-release-${digestOf(phase.image).slice(-12)}` };
  const arn =
    (await findTask(task)) ??
    (await startTask(task).catch((error: unknown) => {
      throw new ReleaseFailure(`The release could not be started: ${words(error)}.`, "");
    }));
  const ended = await waitForTask(task, arn, isStopped, phase.timeout);
  const who = `Its task ${taskId(arn)}, container ${phase.container},`;
  if (ended === undefined) {
    await stopTask(task, arn, `Not done after ${phase.timeout} s`);
    throw await failure(
      phase,
      arn,
      `The release failed. ${who} was stopped: it was not done after ${phase.timeout} s.`,
    );
  }
  if (exitCodeOf(ended, phase.container) !== 0) {
    throw await failure(phase, arn, `The release failed. ${who} ${describeEnd(ended, phase.container)}.`);
  }
  return schemaIn(await logOf(phase, arn));
}

async function failure(phase: ReleasePhase, arn: string, reason: string): Promise<ReleaseFailure> {
  const lines = await logOf(phase, arn);
  return new ReleaseFailure(blotOut(reason, phase.secrets), logEnd(lines.join("\n"), phase.secrets));
}

function logOf({ region, logGroup, logPrefix, container }: ReleasePhase, arn: string): Promise<string[]> {
  return lastLines({ region, group: logGroup, stream: streamOf(logPrefix, container, arn) });
}

function words(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
}

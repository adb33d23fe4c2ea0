// berth run: a command of the app in a task of its own, with its output here and its exit code passed on.
import {
  describeEnd,
  exitCodeOf,
  isStopped,
  type OneOff,
  startTask,
  stopTask,
  waitForTask,
} from "../operations/one-off.ts";
import { LogReader, streamOf, taskId } from "../operations/task-log.ts";
import { assertMeant, type CloudOutputs, deployedOutputs, type ProcessName, readCloudStack } from "./cloud-stack.ts";
import { Failure } from "./failure.ts";
import { interruptible } from "./interruption.ts";
import { processNamed } from "./logs.ts";

/** Seconds that ECS gives a container at most to end when it is told to, and some. */
const stopLimit = 150;

interface RunOptions {
  readonly as: string;
  readonly yes?: boolean;
  readonly timeout: string;
}

export async function runCommand(name: string, command: readonly string[], options: RunOptions): Promise<void> {
  const as = processNamed(options.as);
  const minutes = Number(options.timeout);
  if (!(minutes > 0)) throw new Failure(`--timeout is ${options.timeout}; allowed: minutes, like 60`, 2);
  const stack = readCloudStack(name, "run");
  assertMeant(stack, options.yes, "run a command in it");
  const message = "interrupted; the command was stopped";
  const code = await interruptible({ message, ending: "stopping the command" }, async (signal) => {
    const outputs = await deployedOutputs(stack);
    signal.throwIfAborted();
    const task: OneOff = { ...oneOff(outputs, as), startedBy: "berth-run", command };
    // Not broken off: without its answer nobody knows which task to stop.
    const arn = await startTask(task).catch((error: unknown) => {
      throw new Failure(error instanceof Error ? error.message : String(error));
    });
    process.stderr.write(`Task ${taskId(arn)} of ${name} starts, with what ${as} may do. Ctrl-C stops it.\n`);
    return stream(outputs, as, task, arn, minutes, signal);
  });
  if (code !== 0) throw new Failure(`the command exited with code ${code}`, code);
}

/** All but what is run, and by whom. */
export function oneOff({ region, cluster, oneOff: shared }: CloudOutputs, as: ProcessName) {
  const { container, subnets, assignPublicIp, tasks } = shared;
  return { region, cluster, container, subnets, assignPublicIp, ...tasks[as] };
}

async function stream(
  { logGroups }: CloudOutputs,
  as: ProcessName,
  task: OneOff,
  arn: string,
  minutes: number,
  signal: AbortSignal,
): Promise<number> {
  const reader = new LogReader({
    region: task.region,
    group: logGroups[as],
    stream: streamOf(as, task.container, arn),
  });
  const onLook = async () => {
    for (const line of await reader.next()) process.stdout.write(`${line.trimEnd()}\n`);
  };
  const ended = await waitForTask(task, arn, isStopped, minutes * 60, { onLook, signal }).catch(
    async (error: unknown) => {
      if (!signal.aborted) throw error;
      await stopTask(task, arn, "Stopped by berth run");
      // What it says to that.
      await waitForTask(task, arn, isStopped, stopLimit, { onLook });
      await onLook();
      throw error;
    },
  );
  if (ended === undefined) {
    await stopTask(task, arn, "Stopped by berth run");
    throw new Failure(`the command was stopped: it was not done after ${minutes} minutes (--timeout)`);
  }
  // The last lines arrive a little after the end.
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await onLook();
  const code = exitCodeOf(ended, task.container);
  if (code === undefined) throw new Failure(`the task ${describeEnd(ended, task.container)}`);
  return code;
}

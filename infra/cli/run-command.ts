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
import { processNamed } from "./logs.ts";

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
  const outputs = await deployedOutputs(stack);
  const task: OneOff = { ...oneOff(outputs, as), startedBy: "berth-run", command };
  const arn = await startTask(task).catch((error: unknown) => {
    throw new Failure(error instanceof Error ? error.message : String(error));
  });
  process.stderr.write(`Task ${taskId(arn)} of ${name} starts, with what ${as} may do. Ctrl-C stops it.\n`);
  const code = await stream(outputs, as, task, arn, minutes);
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
): Promise<number> {
  const reader = new LogReader({
    region: task.region,
    group: logGroups[as],
    stream: streamOf(as, task.container, arn),
  });
  const print = async () => {
    for (const line of await reader.next()) process.stdout.write(`${line.trimEnd()}\n`);
  };
  const stop = async () => stopTask(task, arn, "Stopped by berth run");
  const interrupt = () => void stop();
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    const ended = await waitForTask(task, arn, isStopped, minutes * 60, print);
    if (ended === undefined) {
      await stop();
      throw new Failure(`the command was stopped: it was not done after ${minutes} minutes (--timeout)`);
    }
    // The last lines arrive a little after the end.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await print();
    const code = exitCodeOf(ended, task.container);
    if (code === undefined) throw new Failure(`the task ${describeEnd(ended, task.container)}`);
    return code;
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

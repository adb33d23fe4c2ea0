// How a command that runs for long is ended before it is done: by Ctrl-C, by a signal, by a terminal that closes, or when nobody
// reads its output any more. In each case it gets to put away what it has begun.
import { exitCodes, Failure } from "./failure.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What ends a command whose output cannot be written; the rest was said, or nobody would read it. */
export class OutputLost extends Failure {}

const running = new Set<AbortController>();

export interface Interruption {
  /** How the command says at its end that it was interrupted. */
  readonly message: string;
  /** What is done about it, for standard error: for what takes long. @default nothing is said before the end */
  readonly ending?: string;
}

/**
 * Runs the whole of a command, with a signal that is aborted when the command is to end. From its first step to the last of its
 * cleaning up, nothing ends this process: a Ctrl-C more changes nothing.
 *
 * @throws what `work` throws; if that is but the interruption, a Failure with exit code 130, or OutputLost
 */
export async function interruptible<Result>(
  { message, ending }: Interruption,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const over = new AbortController();
  const interrupt = () => {
    if (over.signal.aborted) return;
    over.abort(new Failure(message, exitCodes.interrupted));
    if (ending !== undefined) process.stderr.write(`Interrupted: ${ending}.\n`);
  };
  for (const signal of signals) process.on(signal, interrupt);
  try {
    return await under(over, work);
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
  }
}

/** Runs what has nothing to put away, and so leaves signals as they are. @throws what `work` throws, or OutputLost */
export function whileRead<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  return under(new AbortController(), work);
}

async function under<Result>(over: AbortController, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  running.add(over);
  try {
    const result = await work(over.signal);
    if (over.signal.reason instanceof OutputLost) throw over.signal.reason;
    return result;
  } catch (error) {
    // Node's own functions throw an AbortError in the place of the reason.
    const isInterruption = over.signal.aborted && error instanceof Error && error.name === "AbortError";
    throw isInterruption ? over.signal.reason : error;
  } finally {
    running.delete(over);
  }
}

/** Ends what runs now and can be ended. */
export function interruptAll(reason: OutputLost): void {
  for (const over of running) over.abort(reason);
}

// A process of the app, with its output in a log file.
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";

/** A child process that runs. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** Settles when it has ended: `exit code n` or `signal NAME`. */
  readonly ended: Promise<string>;
  readonly succeeded: Promise<boolean>;
  /** Asks it to end, and after `seconds` makes it. */
  stop(seconds: number): Promise<void>;
  /** The end of its output. */
  lastLines(count: number): Promise<string>;
}

/** Starts `node ARGS`; the log file is begun anew. */
export async function startChild(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  log: string,
): Promise<Child> {
  await mkdir(dirname(log), { recursive: true });
  const output = createWriteStream(log, { mode: 0o600 });
  // Detached: a terminal's Ctrl-C reaches only us, who end the processes in their order.
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  child.stdout.pipe(output, { end: false });
  child.stderr.pipe(output, { end: false });
  const closed = new Promise<void>((resolve) => child.once("close", () => output.end(resolve)));
  await new Promise<void>((resolve, reject) => child.once("spawn", resolve).once("error", reject));
  return {
    name,
    pid: child.pid ?? 0,
    ended: closed.then(() =>
      child.signalCode === null ? `exit code ${child.exitCode}` : `signal ${child.signalCode}`,
    ),
    succeeded: closed.then(() => child.exitCode === 0),
    stop: (seconds) => stop(child, closed, seconds),
    lastLines: async (count) => (await readFile(log, "utf8")).trimEnd().split("\n").slice(-count).join("\n"),
  };
}

async function stop(child: ChildProcess, closed: Promise<void>, seconds: number): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), seconds * 1000);
  await closed;
  clearTimeout(timer);
}

// Runs `./berth` as a user does.
import { spawn } from "node:child_process";
import { capture, type Finished } from "../../infra/cli/run.ts";

/** Runs it to its end. */
export function berth(
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Finished> {
  return capture(script, args, { env });
}

/** A `berth` that keeps running. */
export interface Running {
  readonly pid: number;
  /** All it printed so far, both streams. */
  output(): string;
  /** Resolves when the output matches; throws with the output if it ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  signal(name: NodeJS.Signals): void;
  /** The exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | string>;
}

export function startBerth(script: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Running {
  const child = spawn(script, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? signal ?? ""));
  });
  return {
    pid: child.pid ?? 0,
    ended,
    output: () => output,
    signal: (name) => child.kill(name),
    says(pattern) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(output);
          if (found === null) return;
          listeners.delete(look);
          resolve(found);
        };
        listeners.add(look);
        void ended.then((how) => reject(new Error(`berth ended with ${how} before it said ${pattern}:\n${output}`)));
        look();
      });
    },
  };
}

// The docker command, for what the provider cannot do: a one-off container, and the log of a container that failed.
import { spawn } from "node:child_process";

/** How a command ended. */
export interface CommandResult {
  /** Exit code; null if a signal ended it. */
  readonly exit: number | null;
  /** The end of what it wrote to both of its streams. */
  readonly output: string;
}

/** Characters of a command's output that are kept. */
const keptOutput = 64 * 1024;

/**
 * Options by which the docker command finds the engine that the provider found. Left to itself it would follow
 * `docker context use`, which the provider does not.
 *
 * @param host the engine's address in the configuration; undefined is the local engine
 */
export function engineOptions(host: string | undefined, environment: NodeJS.ProcessEnv): string[] {
  if (host !== undefined) return ["--host", host];
  const chosen = environment.DOCKER_HOST ?? environment.DOCKER_CONTEXT ?? "";
  return chosen === "" ? ["--host", "unix:///var/run/docker.sock"] : [];
}

/**
 * Runs the docker command to its end, whatever that is.
 *
 * @throws if there is no such command
 */
export function docker(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn("docker", args, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output = (output + text).slice(-keptOutput);
      });
    }
    child.on("error", (error: NodeJS.ErrnoException) => {
      const missing =
        "Releases on Docker need the docker command, which is not on PATH: install Docker's command line.";
      reject(error.code === "ENOENT" ? new Error(missing) : error);
    });
    child.on("close", (exit) => resolve({ exit, output }));
  });
}

/** The last lines of an output as a sentence and what follows it; values of secrets are blotted out. */
export function logEnd(output: string, secrets: readonly string[], lines = 50): string {
  const shown = blotOut(output, secrets)
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-lines);
  return shown.length === 0 ? "It logged nothing." : `Its last ${shown.length} log lines:\n${shown.join("\n")}`;
}

/** A text without the values of secrets. */
export function blotOut(text: string, secrets: readonly string[]): string {
  return (
    secrets
      .filter((secret) => secret !== "")
      // The longest first: one may be part of another.
      .sort((a, b) => b.length - a.length)
      .reduce((clean, secret) => clean.replaceAll(secret, "[secret]"), text)
  );
}

// Child processes of the commands.
import { type SpawnOptions, spawn } from "node:child_process";

/** What a finished process printed and how it ended. */
export interface Finished {
  /** Null if a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program on this terminal until it ends. A SIGINT from the keyboard reaches it by itself, and it decides what to
 * do; a SIGTERM or SIGHUP to us is passed on as one, so that it ends in its own good order. With `stdio` of pipes, what it
 * prints comes through here, and it sees no terminal.
 */
export async function runToEnd(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<number> {
  const child = spawn(command, args, { stdio: "inherit", ...options });
  // Not by a pipe: that would stop reading when ours cannot be written, and the child would wait for ever.
  child.stdout?.on("data", (chunk: Buffer) => process.stdout.write(chunk));
  child.stderr?.on("data", (chunk: Buffer) => process.stderr.write(chunk));
  const ignore = () => {};
  const pass = () => child.kill("SIGINT");
  process.on("SIGINT", ignore);
  process.on("SIGTERM", pass).on("SIGHUP", pass);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 1)));
    });
  } finally {
    process.off("SIGINT", ignore);
    process.off("SIGTERM", pass).off("SIGHUP", pass);
  }
}

/** As `capture`; undefined where there is no such program on PATH. */
export async function captureIfThere(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<Finished | undefined> {
  return capture(command, args, options).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

/** Runs a program and returns what it printed; never throws for its exit code, only if it cannot be started. */
export async function capture(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<Finished> {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, ...output };
}

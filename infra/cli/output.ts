// What happens when standard output or standard error cannot be written.
import { exitCodes } from "./failure.ts";
import { interruptAll, OutputLost } from "./interruption.ts";

/**
 * Who reads no further, as `head` or a pager that was left, has read enough: that is no failure. A command that would run on is
 * ended, with the exit code of a program that SIGPIPE ends. Others are done in a moment, or change something and must not stop
 * half-way; their exit code says how that went. Every other fault, as a full disk, is told, and is a failure.
 */
export function guardOutput(): void {
  for (const [stream, name] of [
    [process.stdout, "standard output"],
    [process.stderr, "standard error"],
  ] as const) {
    let isLost = false;
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (isLost) return;
      isLost = true;
      // A terminal that was closed answers EIO.
      if (error.code === "EPIPE" || (error.code === "EIO" && stream.isTTY)) {
        interruptAll(new OutputLost("nobody reads the output", exitCodes.unread));
        return;
      }
      // What the command itself ends with says more.
      if (process.exitCode === undefined || process.exitCode === 0) process.exitCode = exitCodes.failed;
      const sentence = `${name} cannot be written (${error.message}): look at the disk or the device that it leads to`;
      interruptAll(new OutputLost(sentence));
      if (stream !== process.stderr) process.stderr.write(`berth: ${sentence}\n`);
    });
  }
}

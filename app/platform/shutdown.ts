// Ends a process: on SIGTERM or SIGINT, or on an error that nothing caught. Exit code 0 only after a clean end in time.
import type { Logger } from "./logger.ts";

/**
 * Calls `stop` once, whatever comes first. Further signals change nothing: Ctrl-C in a terminal reaches a process both
 * from the terminal and from its parent, and must not cut off what is being brought to an end.
 * @param seconds that `stop` gets; then the process ends with exit code 1
 */
export function onShutdown(logger: Logger, seconds: number, stop: () => Promise<void>): void {
  let stopping = false;
  const end = (exitCode: number) => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => {
      logger.error(`Not ended within STOP_TIMEOUT (${seconds} s): what still runs is cut off`);
      process.exit(1);
    }, seconds * 1000).unref();
    stop().then(
      () => {
        logger.info("Stopped");
        process.exit(exitCode);
      },
      (err: unknown) => {
        logger.error({ err }, "Did not stop cleanly");
        process.exit(1);
      },
    );
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      logger.info({ signal }, "Stopping");
      end(0);
    });
  }
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (err: unknown) => {
      logger.fatal({ err }, "An error that nothing caught ends the process");
      end(1);
    });
  }
}

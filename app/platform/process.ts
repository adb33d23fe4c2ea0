// What all processes have in common: a logger, and one sentence when they fail.
import type { Environment } from "./load-environment.ts";
import { createLogger, type Logger } from "./logger.ts";
import { Problem } from "./problem.ts";

/** Runs a process by the name that its log lines carry; ends it with exit code 1 if `work` fails. */
export async function runProcess(
  name: string,
  environment: Environment,
  work: (logger: Logger) => Promise<void>,
): Promise<void> {
  const logger = createLogger(environment, name);
  try {
    await work(logger);
  } catch (error) {
    if (error instanceof Problem) logger.fatal({ code: error.code, err: error.cause }, error.message);
    else logger.fatal({ err: error }, `${name} failed: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}

/** For processes that end by themselves: as a container's first process, Node would ignore these signals. */
export function endOnSignals(): void {
  process.once("SIGTERM", () => process.exit(143));
  process.once("SIGINT", () => process.exit(130));
}

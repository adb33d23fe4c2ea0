// berth logs: what the processes of a stack log, together.
import { setTimeout as sleep } from "node:timers/promises";
import { GroupReader, type LogLine } from "../operations/task-log.ts";
import { deployedOutputs, type ProcessName, readCloudStack } from "./cloud-stack.ts";
import { exitCodes, Failure } from "./failure.ts";
import { whileRead } from "./interruption.ts";

interface LogsOptions {
  readonly follow?: boolean;
  readonly since: string;
  readonly process?: string;
}

const processes: readonly ProcessName[] = ["web", "worker", "release"];

/** Ends at the newest line, or with `follow` never. */
export async function logs(name: string, options: LogsOptions): Promise<void> {
  const since = Date.now() - milliseconds(options.since);
  const shown = options.process === undefined ? processes : [processNamed(options.process)];
  const { region, logGroups } = await deployedOutputs(readCloudStack(name, "logs"));
  const names = new Map(shown.map((process) => [logGroups[process], process]));
  const reader = new GroupReader(region, [...names.keys()], since);
  await whileRead(async (signal) => {
    for (;;) {
      for (const line of await reader.next(signal)) {
        process.stdout.write(`${render(line, names.get(line.group) ?? "")}\n`);
      }
      if (!options.follow) return;
      await sleep(2000, undefined, { signal });
    }
  });
}

export function processNamed(given: string): ProcessName {
  const found = processes.find((name) => name === given);
  if (found !== undefined) return found;
  throw new Failure(`there is no process "${given}"; there are: ${processes.join(", ")}`, exitCodes.usage);
}

function render({ at, message }: LogLine, process: string): string {
  return `${new Date(at).toISOString()} ${process.padEnd(7)} ${message.trimEnd()}`;
}

/** `90s`, `15m`, `2h` or `1d` in milliseconds. */
export function milliseconds(duration: string): number {
  const [, count = "", unit = ""] = /^(\d+)([smhd])$/.exec(duration) ?? [];
  if (unit === "") throw new Failure(`--since is ${duration}; allowed: like 90s, 15m, 2h or 1d`, exitCodes.usage);
  return Number(count) * { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit as "s" | "m" | "h" | "d"];
}

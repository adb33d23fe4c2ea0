// Watches one environment, in a container of its own: a look a minute, and a message when something begins or ends.
//
//   main.ts        watches until it is stopped
//   main.ts look   prints one look and what it means, as JSON
import { readFile, rm, writeFile } from "node:fs/promises";
import { type AlarmState, quiet, step } from "./alarms.ts";
import { judge, restartMinutes, type Thresholds } from "./checks.ts";
import { collect, type Subject } from "./collect.ts";
import { type Channels, deliver } from "./deliver.ts";
import type { Facts } from "./facts.ts";

/** What the kit tells the container, in the variable WATCH; secrets come as files. */
export interface WatchSettings {
  /** What messages call the environment. */
  readonly environment: string;
  readonly subject: Subject;
  /** Seconds between two looks. @default 60 */
  readonly everySeconds?: number;
  readonly thresholds: Thresholds;
  readonly mail?: {
    readonly host: string;
    readonly port: number;
    readonly user?: string;
    readonly from: string;
    readonly to: string;
  };
}

async function watch(settings: WatchSettings): Promise<void> {
  const channels = await readChannels(settings);
  const heartbeat = await secret("watch-heartbeat");
  let state: AlarmState = quiet;
  let earlier: Facts[] = [];
  for (;;) {
    try {
      const facts = await collect(settings.subject);
      const findings = judge(facts, earlier, settings.thresholds);
      const next = step(state, findings, settings.environment, Date.now());
      if (next.message !== undefined) {
        console.log(next.message.subject);
        await deliver(channels, next.message);
      }
      // Only now: what reached nobody is told again at the next look.
      state = next.state;
      earlier = [...earlier, facts].slice(-restartMinutes);
      if (heartbeat !== undefined) await fetch(heartbeat, { signal: AbortSignal.timeout(15_000) });
      await rm("/tmp/failing", { force: true });
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      // The health check looks for it.
      await writeFile("/tmp/failing", "");
    }
    await new Promise((resolve) => setTimeout(resolve, (settings.everySeconds ?? 60) * 1000));
  }
}

async function readChannels({ mail }: WatchSettings): Promise<Channels> {
  const webhook = await secret("watch-webhook");
  const password = await secret("watch-mail-password");
  return {
    ...(mail === undefined ? {} : { mail: { ...mail, ...(password === undefined ? {} : { password }) } }),
    ...(webhook === undefined ? {} : { webhook }),
  };
}

async function secret(name: string): Promise<string | undefined> {
  try {
    return (await readFile(`/run/secrets/${name}`, "utf8")).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

if (import.meta.main) {
  const settings = JSON.parse(process.env.WATCH ?? "{}") as WatchSettings;
  if (process.argv[2] === "look") {
    const facts = await collect(settings.subject);
    process.stdout.write(`${JSON.stringify({ facts, findings: judge(facts, [], settings.thresholds) })}\n`);
  } else await watch(settings);
}

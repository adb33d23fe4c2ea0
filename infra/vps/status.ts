// How a stack on a Docker host is now: what its watch sees, and its containers as the engine tells.
import { listBackups } from "./backups.ts";
import { HostFault } from "./fault.ts";
import { dockerOn, type HostStack, hostName, inventory, labelled, lastLine, mustDocker } from "./host.ts";
import { type Finding, judgeBackup, judgeContainers } from "./watch/checks.ts";
import { factOf, type Inspected } from "./watch/engine.ts";
import type { BackupFacts, ContainerFact } from "./watch/facts.ts";

export interface ContainerStatus extends ContainerFact {
  /** Memory in use and its limit, as docker prints them; empty for one that does not run. */
  readonly memory: string;
}

export interface HostStatus {
  /** Time of the look, in ISO 8601. */
  readonly at: string;
  readonly findings: readonly Finding[];
  /** False where the stack has no watch: then only what the engine itself tells was judged. */
  readonly watched: boolean;
  readonly containers: readonly ContainerStatus[];
}

/** @throws HostFault if the host has nothing of the stack */
export async function statusOf(stack: HostStack, backupHours: number | undefined): Promise<HostStatus> {
  const { containers: names } = await inventory(stack);
  if (names.length === 0) {
    throw new HostFault(`${stack.name} has no container on ${hostName(stack)}: berth up ${stack.name} brings it up`);
  }
  const [containers, seen] = await Promise.all([inspect(stack, names), look(stack)]);
  const at = new Date();
  // Straight from the engine, and therefore newer than what the watch was told.
  const own = judgeContainers({ containers, containersAt: at.toISOString() }, [], at.getTime()).filter(
    ({ check }) => check === "containers",
  );
  const findings =
    seen?.filter(({ check }) => check !== "containers").concat(own) ??
    own.concat(judgeBackup(await backups(stack, backupHours), at.getTime(), backupHours));
  return { at: at.toISOString(), findings, watched: seen !== undefined, containers };
}

async function inspect(stack: HostStack, names: readonly string[]): Promise<ContainerStatus[]> {
  const what = "cannot look at the containers";
  const [inspected, stats] = await Promise.all([
    mustDocker(stack, ["inspect", ...names], what),
    mustDocker(stack, ["stats", "--no-stream", "--format", "{{.Name}}\t{{.MemUsage}}"], what),
  ]);
  const memory = new Map(stats.split("\n").map((line) => line.split("\t") as [string, string]));
  return (JSON.parse(inspected) as Inspected[])
    .map(factOf)
    .map((fact) => ({ ...fact, memory: fact.state === "running" ? (memory.get(fact.name) ?? "") : "" }));
}

/** What the watch's own program finds in a look of its own; undefined where there is none. */
async function look(stack: HostStack): Promise<Finding[] | undefined> {
  const listed = await mustDocker(stack, ["ps", ...labelled(stack, "watch"), "--format", "{{.Names}}"], "cannot list");
  const container = listed.split("\n").find((name) => name.includes("-voice-"));
  if (container === undefined) return undefined;
  const { code, stdout, stderr } = await dockerOn(stack, ["exec", container, "node", "/berth/main.ts", "look"]);
  if (code !== 0) {
    return [{ check: "watch", ok: false, text: `${container} cannot look (exit code ${code}): ${lastLine(stderr)}` }];
  }
  return (JSON.parse(stdout) as { findings: Finding[] }).findings;
}

async function backups(stack: HostStack, hours: number | undefined): Promise<BackupFacts | undefined> {
  if (hours === undefined) return undefined;
  const { backups: found, failure } = await listBackups(stack);
  const [newest] = found;
  return {
    count: found.length,
    ...(newest === undefined ? {} : { newest: newest.at.toISOString(), bytes: newest.bytes }),
    ...(failure === undefined ? {} : { failure }),
  };
}

// berth status: how a stack on a Docker host is, on one screen.
import { styleText } from "node:util";
import { type ContainerStatus, type HostStatus, statusOf } from "../vps/status.ts";
import { duration } from "./duration.ts";
import { Failure } from "./failure.ts";
import { withProgress } from "./progress.ts";
import { table } from "./table.ts";
import { openVpsStack } from "./vps-stack.ts";

/** Prints what is found; fails if something is not well. */
export async function status(name: string, options: { json?: boolean }): Promise<void> {
  const stack = await openVpsStack(name);
  const found = await withProgress(`Looking at ${name}`, statusOf(stack, stack.environment.backup?.everyHours));
  const where = stack.host ?? "this machine";
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ version: 1, stack: name, ...found }, undefined, 2)}\n`
      : render(name, `${stack.environment.tier}, on ${where}`, found, process.stdout.isTTY),
  );
  const bad = found.findings.filter(({ ok }) => !ok).map(({ check }) => check);
  if (bad.length > 0) {
    throw new Failure(`${name} is not well: ${bad.join(", ")}; what to do stands in docs/runbooks/vps-server.md`);
  }
}

/** One screen: what is judged, then the containers. */
export function render(name: string, where: string, found: HostStatus, colour = false): string {
  const mark = (ok: boolean) =>
    colour ? styleText(ok ? "green" : "red", ok ? "ok " : "BAD", { validateStream: false }) : ok ? "ok " : "BAD";
  const width = Math.max(...found.findings.map(({ check }) => check.length));
  const findings = found.findings.map(({ check, ok, text }) => `  ${mark(ok)}  ${check.padEnd(width)}  ${text}`);
  const unwatched = found.watched
    ? []
    : ["  Nobody watches it: site, disk and memory are not looked at. environment.watch in its file changes that."];
  const now = Date.parse(found.at);
  const rows = found.containers.filter(isShown).map((container) => row(container, now));
  return [
    `${name} (${where}), ${found.at.slice(0, 16).replace("T", " ")} UTC`,
    ...findings,
    ...unwatched,
    "",
    table(["part", "container", "state", "up", "restarts", "memory"], rows),
  ].join("\n");
}

/** Containers that did one thing and ended well need no line. */
function isShown({ lasting, exitCode, state }: ContainerStatus): boolean {
  return lasting || exitCode !== 0 || state === "running";
}

function row(
  { part, name, state, health, exitCode, started, restarts, memory }: ContainerStatus,
  now: number,
): string[] {
  const how = state === "running" ? [state, ...(health === "none" ? [] : [health])] : [state, `(${exitCode})`];
  return [
    part,
    name,
    how.join(" "),
    state === "running" ? duration(Math.max(0, Math.round((now - Date.parse(started)) / 1000))) : "",
    String(restarts),
    memory,
  ];
}

// Containers whose program ends as by the kernel, and comes back by their restart policy.
import { execFileSync } from "node:child_process";
import { expect } from "vitest";
import { removeLeftovers } from "../../infra/vps/branches.ts";

/** Kills the program in a container from outside, as the kernel would; `docker kill` means that it is to stay dead. */
export function killProgram(container: string): void {
  const pid = inspect(container, "{{.State.Pid}}");
  const host = ["run", "--rm", "--pid", "host", "--network", "none", "--entrypoint", "sh", "nginx:1.28-bookworm"];
  execFileSync("docker", [...host, "-c", `kill -9 ${pid}`]);
}

export function restarts(container: string): number {
  return Number(inspect(container, "{{.RestartCount}}"));
}

/** Kills each container's program once, and waits until all run again, healthy where they have a health check. */
export async function assertComeBack(containers: readonly string[]): Promise<void> {
  const before = containers.map(restarts);
  for (const container of containers) killProgram(container);
  const now = (container: string) => [
    container,
    restarts(container),
    inspect(container, "{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}healthy{{end}}"),
  ];
  await expect
    .poll(() => containers.map(now), { timeout: 300_000, interval: 500 })
    .toEqual(containers.map((container, i) => [container, (before[i] ?? 0) + 1, "running healthy"]));
}

/**
 * Removes what an earlier run of the same tests may have left when it failed, of these stacks and nobody else's.
 * @param stacks first those that use what belongs to others
 */
export async function removeEarlier(...stacks: readonly string[]): Promise<void> {
  for (const name of stacks) await removeLeftovers({ project: "berth", name });
}

function inspect(container: string, format: string): string {
  return execFileSync("docker", ["inspect", "--format", format, container], { encoding: "utf8" }).trim();
}

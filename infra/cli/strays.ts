// What an update that was killed left on a Docker host: containers and volumes that carry the stack's labels and that its
// state knows nothing of. A container among them could answer requests for the generation that it belongs to.
import type { Stack } from "../config/stack-file.ts";
import { type HostStack, labelled, mustDocker } from "../vps/host.ts";

/** What the program makes anew at an update. Nothing that holds data is among it, nor what other commands run. */
const parts = ["web", "worker", "secrets", "live", "proxy", "static", "certificates", "copies", "watch"];

/**
 * Removes strays, and says which.
 *
 * @param state what `pulumi stack export` prints
 */
export async function removeStrays({ name, project, environment }: Stack, state: string): Promise<void> {
  if (environment.architecture !== "vps") return;
  const stack: HostStack = { name, project, host: environment.host };
  const known = knownIds(state);
  const strays = async (list: readonly string[]) => {
    const found: string[] = [];
    for (const part of parts) {
      found.push(...lines(await mustDocker(stack, [...list, ...labelled(stack, part)], "cannot list what is there")));
    }
    return found.filter((id) => !known.has(id));
  };
  const containers = await strays(["ps", "--all", "--no-trunc", "--format", "{{.ID}}"]);
  if (containers.length > 0) await mustDocker(stack, ["rm", "--force", ...containers], "cannot remove containers");
  // One that is still mounted is in the hands of something that no update of this stack made.
  const volumes = await strays(["volume", "ls", "--filter", "dangling=true", "--format", "{{.Name}}"]);
  if (volumes.length > 0) await mustDocker(stack, ["volume", "rm", ...volumes], "cannot remove volumes");
  const count = containers.length + volumes.length;
  if (count > 0) {
    process.stdout.write(`Removed ${count} containers and volumes that an interrupted update of ${name} had left.\n`);
  }
}

/** True where an update was killed: the state then names what was under way. */
export function isInterrupted(state: string): boolean {
  const { deployment } = JSON.parse(state) as { deployment: { pending_operations?: readonly unknown[] } };
  return (deployment.pending_operations ?? []).length > 0;
}

/** Ids of all resources of a state; of a volume that is its name. */
function knownIds(state: string): ReadonlySet<string> {
  const { deployment } = JSON.parse(state) as { deployment: { resources?: readonly { readonly id?: string }[] } };
  return new Set((deployment.resources ?? []).flatMap(({ id }) => (id === undefined ? [] : [id])));
}

function lines(text: string): string[] {
  return text.split("\n").filter(Boolean);
}

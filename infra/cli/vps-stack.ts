// The stack that a command about a Docker host is for.
import type { VpsEnvironment } from "../config/environment.ts";
import { readStack, type Stack } from "../config/stack-file.ts";
import type { HostStack } from "../vps/host.ts";
import { missingDocker } from "./engine.ts";
import { exitCodes, Failure } from "./failure.ts";
import { projectRoot } from "./project.ts";

export interface VpsStack extends HostStack {
  readonly stack: Stack;
  readonly environment: VpsEnvironment;
}

/** @throws Failure if the stack is not of architecture vps, or no engine answers where it is */
export async function openVpsStack(name: string): Promise<VpsStack> {
  const stack = readStack(projectRoot, name);
  const { environment, project } = stack;
  if (environment.architecture !== "vps") {
    throw new Failure(
      `${name} has architecture ${environment.architecture}; this command is for stacks on a Docker host (vps)`,
      exitCodes.usage,
    );
  }
  const missing = await missingDocker(environment.host);
  if (missing !== undefined) throw new Failure(missing);
  return { project, name, host: environment.host, stack, environment };
}

/** Changes to what people use want a word more, except in development. */
export function assertMeant({ name, environment }: VpsStack, yes: boolean | undefined, what: string): void {
  if (environment.tier === "development" || yes) return;
  throw new Failure(`${name} is of tier ${environment.tier}, and ${what}: add --yes if you mean it`, exitCodes.usage);
}

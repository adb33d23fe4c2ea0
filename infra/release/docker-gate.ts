// Opens the gate to a generation of the app: nginx sends requests where a link on a volume leads, and the link is changed in
// one step. A resource hook, because what it throws keeps the old containers from being deleted.
import * as pulumi from "@pulumi/pulumi";
import { docker, engineOptions } from "./docker-cli.ts";

export interface GateArgs {
  /** The engine's address, as the provider has it. @default the local engine */
  readonly host?: string;
  /** Id of an image with a shell. */
  readonly image: pulumi.Input<string>;
  /** Name of the volume. */
  readonly volume: pulumi.Input<string>;
  /** Network alias of the generation. */
  readonly alias: pulumi.Input<string>;
  /** Names of the containers of the generation. */
  readonly containers: readonly pulumi.Input<string>[];
}

/** A gate with every value known. */
export interface GateDefinition {
  readonly host?: string;
  readonly image: string;
  readonly volume: string;
  readonly alias: string;
  readonly containers: readonly string[];
}

/** A hook for `beforeCreate` of the resource that stands for the live generation. */
export function dockerGate(name: string, args: GateArgs): pulumi.ResourceHook {
  const definition = new Promise<GateDefinition>((resolve) => {
    pulumi.output({ ...args, containers: [...args.containers] }).apply((known) => resolve(known));
  });
  return new pulumi.ResourceHook(name, async () => openGate(await definition));
}

/** @throws if a container of the generation is not healthy any more, or the link cannot be changed */
export async function openGate(
  { host, image, volume, alias, containers }: GateDefinition,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const engine = engineOptions(host, environment);
  const states = await docker(
    [...engine, "container", "inspect", "--format", "{{.Name}} is {{.State.Health.Status}}", ...containers],
    environment,
  );
  const unwell = states.output.split("\n").find((line) => line.trim() !== "" && !line.endsWith(" is healthy"));
  if (states.exit !== 0 || unwell !== undefined) {
    throw new Error(`The new containers get no requests, the old ones keep them: ${unwell ?? states.output.trim()}.`);
  }
  const moved = await docker([...engine, ...gateOptions(image, volume, alias)], environment);
  if (moved.exit === 0) return;
  throw new Error(`The new containers get no requests, the old ones keep them: ${moved.output.trim()}.`);
}

/** The arguments of `docker run`. A renamed link replaces the old one in one step; a changed one would be missing between. */
export function gateOptions(image: string, volume: string, alias: string): string[] {
  const script = `cd /gate && mkdir -p "$1" && ln -sfn "$1" .next && mv -T .next live; for old in */; do [ "$old" = "$1/" ] || [ "$old" = live/ ] || rmdir "$old"; done`;
  return [
    ...["run", "--rm", "--network", "none", "--user", "0:0", "--read-only", "--memory", "32m", "--memory-swap", "32m"],
    ...["--cap-drop", "ALL", "--security-opt", "no-new-privileges:true", "--volume", `${volume}:/gate`],
    ...["--entrypoint", "sh", image, "-ec", script, "sh", alias],
  ];
}

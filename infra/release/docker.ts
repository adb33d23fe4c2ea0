// The release phase on a Docker engine: the image's `release` command runs once, with the new definition, before any new
// container of the app is made. It is a resource hook: what it throws fails the update, and what runs stays as it is.
import { randomBytes } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { docker, engineOptions, logEnd } from "./docker-cli.ts";

type Texts = Readonly<Record<string, pulumi.Input<string>>>;

export interface DockerReleaseArgs {
  /** The engine's address, as the provider has it. @default the local engine */
  readonly host?: string;
  /** Id of the app's image. */
  readonly image: pulumi.Input<string>;
  /** Variables in clear. */
  readonly variables: Texts;
  /** Variables whose values appear neither on a command line nor in a message; the command's environment holds them. */
  readonly secretVariables: Texts;
  /** What a log may hold and no message may show. */
  readonly secrets: readonly pulumi.Input<string>[];
  /** Name of the network that the database is on. */
  readonly network: pulumi.Input<string>;
  /** Volumes by the folder that each is mounted at. */
  readonly volumes: Texts;
  /** Volumes that are only read. */
  readonly readOnlyVolumes: Texts;
  /** User and group, by number. */
  readonly user: string;
  /** Memory limit, MiB. */
  readonly memory: number;
  /** Labels of the container, by name. */
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds after which the release is stopped and counts as failed. @default 900 */
  readonly timeout?: number;
}

/** A release with every value known. */
export interface ReleaseDefinition {
  readonly host?: string;
  readonly image: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly secretVariables: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly network: string;
  readonly volumes: Readonly<Record<string, string>>;
  readonly readOnlyVolumes: Readonly<Record<string, string>>;
  readonly user: string;
  readonly memory: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly timeout: number;
}

/**
 * A hook for `beforeCreate` of everything that runs the app's code. However many resources it is bound to, the release runs
 * once in a run of the program; when it fails, the first resource says why and the others point there.
 */
export function dockerRelease(name: string, args: DockerReleaseArgs): pulumi.ResourceHook {
  const definition = known(args);
  let first: { readonly resource: string; readonly run: Promise<void> } | undefined;
  return new pulumi.ResourceHook(name, async (hook) => {
    if (first === undefined) {
      first = { resource: hook.name, run: definition.then((value) => runRelease(value)) };
      return first.run;
    }
    const { resource, run } = first;
    return run.catch(() => {
      throw new Error(`The release failed; the error of ${resource} says why.`);
    });
  });
}

/**
 * Runs a release to its end.
 *
 * @throws if it does not exit with 0, is not done in time, or cannot be started; with exit code and last log lines
 */
export async function runRelease(
  definition: ReleaseDefinition,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const container = `berth-release-${randomBytes(4).toString("hex")}`;
  const engine = engineOptions(definition.host, environment);
  const run = docker([...engine, ...runOptions(container, definition)], {
    ...environment,
    ...definition.secretVariables,
  });
  let stopped: Promise<unknown> | undefined;
  const timer = setTimeout(() => {
    // `docker run` ends when its container is gone.
    stopped = docker([...engine, "rm", "--force", container], environment);
  }, definition.timeout * 1000);
  const { exit, output } = await run.finally(() => clearTimeout(timer));
  await stopped;
  if (exit === 0 && stopped === undefined) return;
  const reason =
    stopped === undefined ? exitReason(exit) : `was stopped: it was not done after ${definition.timeout} s`;
  const log = logEnd(output, definition.secrets);
  throw new Error(`The release ${reason}. What runs was left as it is. ${log}`);
}

/** The arguments of `docker run`: secrets by name only, their values come from the command's own environment. */
export function runOptions(container: string, definition: ReleaseDefinition): string[] {
  const { image, network, user, memory, labels, volumes, readOnlyVolumes, variables, secretVariables } = definition;
  const each = (option: string, values: readonly string[]) => values.flatMap((value) => [option, value]);
  return [
    ...["run", "--rm", "--name", container, "--network", network, "--user", user, "--init", "--read-only"],
    ...["--tmpfs", "/tmp:rw,noexec,nosuid,size=64m", "--cap-drop", "ALL", "--security-opt", "no-new-privileges:true"],
    ...["--memory", `${memory}m`, "--memory-swap", `${memory}m`],
    ...each("--label", pairs(labels, "=")),
    ...each("--volume", mounts(volumes, "")),
    ...each("--volume", mounts(readOnlyVolumes, ":ro")),
    ...each("--env", pairs(variables, "=")),
    ...each("--env", Object.keys(secretVariables)),
    image,
    "release",
  ];
}

function mounts(volumes: Readonly<Record<string, string>>, mode: string): string[] {
  return Object.entries(volumes).map(([folder, volume]) => `${volume}:${folder}${mode}`);
}

function pairs(values: Readonly<Record<string, string>>, join: string): string[] {
  return Object.entries(values).map(([key, value]) => `${key}${join}${value}`);
}

function exitReason(exit: number | null): string {
  if (exit === null) return "was interrupted";
  if (exit === 125) return "could not be started (exit code 125)";
  if (exit === 137) return "was killed (exit code 137): out of memory, or stopped from outside";
  return `exited with code ${exit}`;
}

/** Resolves when every value is known. In a preview that may be never: hooks do not run there. */
function known(args: DockerReleaseArgs): Promise<ReleaseDefinition> {
  return new Promise((resolve) => {
    pulumi
      .output({ ...args, secrets: [...args.secrets] })
      .apply((value) => resolve({ ...value, timeout: value.timeout ?? 900 }));
  });
}

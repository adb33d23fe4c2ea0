// What every container of the kit has, written the way the Docker provider reads it back: anything else shows a change
// on every `up`.
import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";

/** What one container may use. */
export interface Limits {
  /** MiB of memory; there is no swap beside it. */
  readonly memory: number;
  /** Cores. */
  readonly cpus: number;
}

/** A command that tells by its exit code whether the container works; times in seconds. */
export interface HealthCheck {
  /** Program and arguments, run in the container as its user, without its entrypoint. */
  readonly command: readonly string[];
  /** @default 5 */
  readonly interval?: number;
  /** @default 5 */
  readonly timeout?: number;
  /** Seconds in which failures do not count. @default 15 */
  readonly startPeriod?: number;
  /** Failures in a row that make it unhealthy. @default 3 */
  readonly retries?: number;
}

/** Labels of a container, network or volume, in the order of their names. */
export type Labels = readonly { readonly label: string; readonly value: string }[];

/** The user that the app's containers run as; `node` in Node's own images. */
export const appUser = "1000:1000";

/** The group of that user. */
export const appGroup = "1000";

/** Where the app keeps its files, on a volume of that user's. */
export const mediaFolder = "/srv/media";

/** The user that nginx runs as, and what writes its certificates; `nginx` in nginx's own images. */
export const proxyUser = "101:101";

/**
 * Seconds to wait for a container to become healthy: the start period and all probes that may fail, and 15 for a slow
 * host.
 */
export function healthWait({ interval = 5, timeout = 5, startPeriod = 15, retries = 3 }: HealthCheck): number {
  return startPeriod + retries * (interval + timeout) + 15;
}

/** A health check as the provider reads it back. */
export function healthcheck(check: HealthCheck): docker.types.input.ContainerHealthcheck {
  const { command, interval = 5, timeout = 5, startPeriod = 15, retries = 3 } = check;
  return {
    tests: ["CMD", ...command],
    interval: goDuration(interval),
    timeout: goDuration(timeout),
    startPeriod: goDuration(startPeriod),
    retries,
  };
}

/** Limits as the provider reads them back: `"1.0"`, not `"1"`, and memorySwap said. */
export function limits({ memory, cpus }: Limits): { memory: number; memorySwap: number; cpus: string } {
  return { memory, memorySwap: memory, cpus: Number.isInteger(cpus) ? `${cpus}.0` : String(cpus) };
}

/** Seconds as Go prints a duration: 90 is `1m30s`, 60 is `1m0s`. */
export function goDuration(seconds: number): string {
  const rest = `${seconds % 60}s`;
  if (seconds < 60) return rest;
  const minutes = `${Math.floor(seconds / 60) % 60}m${rest}`;
  return seconds < 3600 ? minutes : `${Math.floor(seconds / 3600)}h${minutes}`;
}

/**
 * No privilege, an init process, rotated logs, started again after a crash or a reboot. Not `unless-stopped`: an engine that
 * was killed takes what it finds running for stopped by hand, and leaves it so.
 */
export const hardened = {
  restart: "always",
  init: true,
  logDriver: "local",
  logOpts: { "max-size": "10m", "max-file": "5" },
  securityOpts: ["no-new-privileges:true"],
  capabilities: { drops: ["ALL"] },
} satisfies Partial<docker.ContainerArgs>;

/**
 * Labels by which an inventory finds what belongs to a stack. They are the same for its whole life: Docker cannot change
 * a label, so a changed one would replace the container, or the volume with its data.
 */
export function stackLabels(project: string, stack: string, part: string): Labels {
  return [
    { label: "berth.part", value: part },
    { label: "berth.project", value: project },
    { label: "berth.stack", value: stack },
  ];
}

/** @throws if a number that decides structure is out of its range; `name` is the component's. */
export function assertRange(name: string, setting: string, value: number, minimum: number, maximum: number): void {
  if (!(value >= minimum && value <= maximum)) {
    throw new Error(`${name}: ${setting} is ${value}; allowed: ${minimum} to ${maximum}.`);
  }
}

/** Changes that the provider takes in without a word to the engine of Docker: only another container has them. */
const notCarriedOut = ["healthcheck", "init", "tmpfs"] as const;

/** A container is replaced new before old, with an automatic name so that both fit. */
export function rolling(parent: pulumi.Resource): pulumi.CustomResourceOptions {
  return { parent, deleteBeforeReplace: false, replaceOnChanges: [...notCarriedOut] };
}

/** As {@link rolling} for what can exist only once, because it holds a port or a volume: old before new. */
export function exclusive(parent: pulumi.Resource): pulumi.CustomResourceOptions {
  return { parent, deleteBeforeReplace: true, replaceOnChanges: [...notCarriedOut] };
}

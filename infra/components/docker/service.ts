// The containers of one process of the app: non-root, read-only root, health-gated, new ones up before old ones go.
// No cost but the host's; an update needs the memory of old and new containers at once.
//
//   new Service("web", { command: "web", replicas: 2, memory: 256, cpus: 1, image: image.id, … }, { providers: [engine] });
import { createHash } from "node:crypto";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import {
  appUser,
  assertRange,
  type HealthCheck,
  hardened,
  healthcheck,
  healthWait,
  type Labels,
  limits,
  rolling,
} from "./pure/container.ts";
import { type ContainerEnvironment, environmentEntries } from "./pure/environment.ts";

export interface ServiceArgs {
  /** Id of the app's image. */
  readonly image: pulumi.Input<string>;
  /** The process: the image's command. */
  readonly command: string;
  /** Containers that run at once. */
  readonly replicas: number;
  /** Memory limit of each, MiB. */
  readonly memory: number;
  /** CPU limit of each, cores. */
  readonly cpus: number;
  readonly environment: ContainerEnvironment;
  /** Names of the networks that each is on. */
  readonly networks: readonly [pulumi.Input<string>, ...pulumi.Input<string>[]];
  /** Names of volumes, by the folder that each is mounted at, for reading only. */
  readonly volumes: Readonly<Record<string, pulumi.Input<string>>>;
  /** The same, for writing too: what the app keeps beside the database. @default none */
  readonly writableVolumes?: Readonly<Record<string, pulumi.Input<string>>>;
  /** How a container tells that it works. */
  readonly health: HealthCheck;
  /** Seconds that a container has to end after SIGTERM, before it is killed. More than the app's own stop timeout. */
  readonly stopSeconds: number;
  /** Run before any container is made; what it throws leaves the running ones as they are. */
  readonly beforeCreate: readonly pulumi.ResourceHook[];
  /** Run when a container could not be made or did not get healthy. */
  readonly onError: readonly pulumi.ErrorHook[];
  readonly labels: Labels;
}

export class Service extends pulumi.ComponentResource {
  /** Names of the containers. */
  readonly containers: readonly pulumi.Output<string>[];
  /** Name that all of them, and none of another definition, answer to on the first of their networks. */
  readonly alias: pulumi.Output<string>;

  constructor(name: string, args: ServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    assertRange(name, "replicas", args.replicas, 1, 20);
    assertRange(name, "memory", args.memory, 64, 65_536);
    assertRange(name, "cpus", args.cpus, 0.1, 64);
    super("berth:docker:Service", name, {}, opts);

    const definition = containerArgs(args);
    const alias = generation(this, name, definition, args);
    const containers = Array.from({ length: args.replicas }, (_, index) =>
      replica(this, `${name}-${index}`, { ...definition, networksAdvanced: networks(args, alias) }, args),
    );

    this.containers = containers.map((container) => container.name);
    this.alias = alias;
    this.registerOutputs({ containers: this.containers, alias });
  }
}

function replica(parent: Service, name: string, definition: docker.ContainerArgs, args: ServiceArgs): docker.Container {
  return new docker.Container(name, definition, {
    ...rolling(parent),
    hooks: { beforeCreate: [...args.beforeCreate], onError: [...args.onError] },
  });
}

function containerArgs(args: ServiceArgs): docker.ContainerArgs {
  return {
    ...hardened,
    ...limits(args),
    image: args.image,
    labels: [...args.labels],
    command: [args.command],
    user: appUser,
    readOnly: true,
    tmpfs: { "/tmp": "rw,noexec,nosuid,size=64m" },
    envs: environmentEntries(args.environment),
    volumes: [...mounts(args.volumes, true), ...mounts(args.writableVolumes ?? {}, false)],
    healthcheck: healthcheck(args.health),
    wait: true,
    waitTimeout: healthWait(args.health),
    stopSignal: "SIGTERM",
    stopTimeout: args.stopSeconds,
    destroyGraceSeconds: args.stopSeconds,
  };
}

function mounts(volumes: ServiceArgs["volumes"], readOnly: boolean) {
  return Object.entries(volumes).map(([containerPath, volumeName]) => ({ containerPath, volumeName, readOnly }));
}

/**
 * A name for the containers of one definition: those of another one, or another number of them, are another generation, and
 * so are those of a definition that comes back. None of them gets a request before all are healthy.
 */
function generation(
  parent: Service,
  name: string,
  definition: docker.ContainerArgs,
  { replicas }: ServiceArgs,
): pulumi.Output<string> {
  const digest = pulumi
    .output({ ...definition, replicas })
    .apply((known) => createHash("sha256").update(JSON.stringify(known)).digest("hex").slice(0, 12));
  // The definition may hold secrets; 48 bits of a digest that keys of 64 characters went into tell nobody any of them.
  const keepers = { definition: pulumi.unsecret(digest) };
  const { hex } = new random.RandomId(`${name}-generation`, { byteLength: 6, keepers }, { parent });
  return pulumi.interpolate`${name}-${hex}`;
}

function networks({ networks: [first, ...others] }: ServiceArgs, alias: pulumi.Output<string>) {
  return [{ name: first, aliases: [alias] }, ...others.map((name) => ({ name }))];
}

// Watches one environment from its own host: site, certificate, disk, memory, containers, restarts and backups, a look a minute,
// and tells by mail or webhook when something begins or ends. No cost but the host's: two containers, together 224 MiB at most.
//
//   new Watch("watch", { url, site: { host, port: 8080 }, network, thresholds, alerts, labels, … }, { providers: [engine] });
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { WatchSettings } from "../../vps/watch/main.ts";
import type { FilesVolumeArgs } from "./files-volume.ts";
import { appUser, exclusive, hardened, healthcheck, type Labels, limits } from "./pure/container.ts";

/** Files of the volume that says whom to tell, each if it is there. */
export type WatchSecrets = Readonly<
  Partial<
    Record<
      /** Password of the mail server's user. */
      | "watch-mail-password"
      /** Address that takes a POST of JSON with `text`. */
      | "watch-webhook"
      /** Address that is asked for after each look, at a service that tells when that stops. */
      | "watch-heartbeat",
      pulumi.Input<string>
    >
  >
>;

export interface WatchArgs {
  /** What messages call the environment. */
  readonly environment: string;
  /** Where users find the site. */
  readonly url: string;
  /** Where nginx answers on the network. */
  readonly site: { readonly host: pulumi.Input<string>; readonly port: number };
  /** Name of a network with nginx and a way out. */
  readonly network: pulumi.Input<string>;
  readonly thresholds: {
    readonly diskPercent: number;
    readonly memoryPercent: number;
    readonly certificateDays: number;
  };
  /** Server and addresses of mails. @default none are sent */
  readonly mail?: NonNullable<WatchSettings["mail"]>;
  /** Volume with {@link watchProgram}. */
  readonly program: pulumi.Input<string>;
  /** Volume with files of {@link WatchSecrets}. @default there are none */
  readonly secrets?: pulumi.Input<string>;
  /** The backups' volume and interval. @default there are none */
  readonly backups?: { readonly volume: pulumi.Input<string>; readonly everyHours: number };
  /** Labels of both containers and the volume; those of project and stack tell which containers are looked at. */
  readonly labels: Labels;
}

const nodeImage = "node:24-bookworm-slim";
const scripts = join(import.meta.dirname, "../../vps/watch");
const modules = ["alarms", "checks", "collect", "deliver", "engine", "facts", "main", "smtp"];

export class Watch extends pulumi.ComponentResource {
  /** Name of the container that watches. */
  readonly container: pulumi.Output<string>;

  constructor(name: string, args: WatchArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:docker:Watch", name, {}, opts);

    const image = new docker.RemoteImage(`${name}-image`, { name: nodeImage, keepLocally: true }, { parent: this })
      .imageId;
    const seen = new docker.Volume(
      `${name}-seen`,
      { labels: [...args.labels] },
      { parent: this, ignoreChanges: ["labels"] },
    ).name;
    eyes(this, name, args, { image, seen });
    this.container = voice(this, name, args, { image, seen }).name;
    this.registerOutputs({ container: this.container });
  }
}

/** What was seen of the containers is not two minutes old. */
const recentlySeen = "test $(($(date +%s) - $(stat -c %Y /state/containers.json || echo 0))) -lt 120";

interface Parts {
  readonly image: pulumi.Output<string>;
  /** Volume through which one container tells the other what it saw. */
  readonly seen: pulumi.Output<string>;
}

/** Holds the engine's socket, which is as much as root on the host: no network, so that nobody can ask it anything. */
function eyes(parent: Watch, name: string, args: WatchArgs, { image, seen }: Parts): docker.Container {
  const label = (wanted: string) => args.labels.find(({ label }) => label === wanted)?.value ?? "";
  return new docker.Container(
    `${name}-eyes`,
    {
      ...watcher(args, image),
      ...limits({ memory: 96, cpus: 0.5 }),
      command: ["node", "/berth/engine.ts"],
      // The socket is root's; without capabilities root is only its owner.
      user: "0:0",
      envs: [`BERTH_PROJECT=${label("berth.project")}`, `BERTH_STACK=${label("berth.stack")}`],
      volumes: [
        { hostPath: "/var/run/docker.sock", containerPath: "/var/run/docker.sock", readOnly: true },
        { volumeName: args.program, containerPath: "/berth", readOnly: true },
        { volumeName: seen, containerPath: "/state" },
      ],
      networkMode: "none",
      healthcheck: healthcheck({ command: ["sh", "-c", recentlySeen], interval: 30, startPeriod: 60 }),
    },
    exclusive(parent),
  );
}

function voice(parent: Watch, name: string, args: WatchArgs, { image, seen }: Parts): docker.Container {
  const { backups, secrets } = args;
  return new docker.Container(
    `${name}-voice`,
    {
      ...watcher(args, image),
      // `berth status` runs a second look in it.
      ...limits({ memory: 128, cpus: 0.5 }),
      command: ["node", "/berth/main.ts"],
      user: appUser,
      envs: [settings(args)],
      tmpfs: { "/tmp": "rw,noexec,nosuid,size=16m" },
      volumes: [
        { volumeName: args.program, containerPath: "/berth", readOnly: true },
        ...(secrets === undefined ? [] : [{ volumeName: secrets, containerPath: "/run/secrets", readOnly: true }]),
        { volumeName: seen, containerPath: "/state", readOnly: true },
        ...(backups === undefined
          ? []
          : [{ volumeName: backups.volume, containerPath: "/var/lib/postgresql", readOnly: true }]),
      ],
      networksAdvanced: [{ name: args.network }],
      healthcheck: healthcheck({ command: ["test", "!", "-e", "/tmp/failing"], interval: 30, startPeriod: 60 }),
    },
    exclusive(parent),
  );
}

function watcher({ labels }: WatchArgs, image: pulumi.Output<string>) {
  return { ...hardened, image, labels: [...labels], readOnly: true, stopTimeout: 5, destroyGraceSeconds: 5 };
}

function settings(args: WatchArgs): pulumi.Output<string> {
  const { environment, url, thresholds, mail, backups } = args;
  return pulumi.output(args.site).apply(({ host, port }) => {
    const value: WatchSettings = {
      environment,
      subject: {
        url,
        host,
        port,
        containers: "/state/containers.json",
        ...(backups === undefined ? {} : { backups: "/var/lib/postgresql/backups" }),
      },
      thresholds: { ...thresholds, ...(backups === undefined ? {} : { backupHours: backups.everyHours }) },
      ...(mail === undefined ? {} : { mail }),
    };
    return `WATCH=${JSON.stringify(value)}`;
  });
}

/** The program as it is, by file name: Node runs TypeScript. */
export function watchProgram(): FilesVolumeArgs["files"] {
  const sources = modules.map((name) => [`${name}.ts`, readFileSync(join(scripts, `${name}.ts`), "utf8")] as const);
  return Object.fromEntries([...sources, ["package.json", '{ "type": "module" }\n'] as const]);
}

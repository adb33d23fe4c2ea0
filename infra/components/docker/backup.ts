// Backups of one PostgreSQL database and of the app's files on a volume of their own: on a schedule, each restored into a scratch server
// before it counts, files stored once, encrypted if there is a key, thinned out by day, week and month, copied to S3 if configured.
// No cost but the host's: 256 MiB while one is made, a few otherwise; S3 about $0.023 a GB a month.
//
//   new Backup("backup", { database, ownerPassword, mediaVolume, everyHours: 24, keep: { days: 7, weeks: 4, months: 6 }, … }, { providers: [engine] });
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { FilesVolumeArgs } from "./files-volume.ts";
import {
  appGroup,
  appUser,
  assertRange,
  exclusive,
  hardened,
  healthcheck,
  type Labels,
  limits,
  mediaFolder,
} from "./pure/container.ts";

/** How many backups are kept: the newest of each of so many days, weeks and months. */
export interface BackupRetention {
  readonly days: number;
  readonly weeks: number;
  readonly months: number;
}

/** A bucket that backups are copied to, at AWS or whoever speaks S3. */
export interface BackupCopy {
  readonly bucket: string;
  readonly region: string;
  /** @default AWS's own of the region */
  readonly endpoint?: string;
  readonly accessKeyId: string;
  /** Volume with {@link copyProgram}. */
  readonly program: pulumi.Input<string>;
  /** Volume with the file `s3-secret-access-key`. */
  readonly secrets: pulumi.Input<string>;
  /** Name of a network with a way out. */
  readonly network: pulumi.Input<string>;
}

export interface BackupArgs {
  /** Where the database is, and whose it is. */
  readonly database: {
    readonly host: string;
    readonly port: number;
    readonly database: string;
    readonly owner: string;
  };
  readonly ownerPassword: pulumi.Input<string>;
  /** Name of the volume whose file `ca.pem` the database's certificate is verified against. */
  readonly authorityVolume: pulumi.Input<string>;
  /** Name of the volume with the app's files, which are readable for the app's group. */
  readonly mediaVolume: pulumi.Input<string>;
  /** Name of the network that the database is on. */
  readonly network: pulumi.Input<string>;
  readonly everyHours: number;
  readonly keep: BackupRetention;
  /** Passphrase that backups are encrypted with. @default in clear */
  readonly key?: pulumi.Input<string>;
  readonly copy?: BackupCopy;
  /** Refuse to delete the volume, and leave it on the host when the stack goes. */
  readonly keepData: boolean;
  /** Labels of the containers and the volume; the same for the stack's whole life. */
  readonly labels: Labels;
}

const databaseImage = "postgres:16-bookworm";
const nodeImage = "node:24-bookworm-slim";
/** The home of the image's user `postgres`: a new volume mounted here is that user's, so that root is not needed. */
const home = "/var/lib/postgresql";
const authority = "/run/database";
const scripts = join(import.meta.dirname, "../../vps");
/** Both leave that file while what they were asked for fails. */
const health = healthcheck({ command: ["test", "!", "-e", "/tmp/failing"], interval: 30, startPeriod: 60 });

export class Backup extends pulumi.ComponentResource {
  /** Name of the volume with the backups. */
  readonly volume: pulumi.Output<string>;
  /** Name of the container that makes them. */
  readonly container: pulumi.Output<string>;

  constructor(name: string, args: BackupArgs, opts?: pulumi.ComponentResourceOptions) {
    assertRange(name, "everyHours", args.everyHours, 1, 168);
    for (const period of ["days", "weeks", "months"] as const) {
      assertRange(name, `keep.${period}`, args.keep[period], 0, 1000);
    }
    super("berth:docker:Backup", name, {}, opts);

    const volume = backupVolume(this, name, args);
    const maker = dumps(this, name, args, volume);
    if (args.copy !== undefined) copies(this, name, args, args.copy, volume);

    this.volume = volume;
    this.container = maker.name;
    this.registerOutputs({ volume: this.volume, container: this.container });
  }
}

function backupVolume(parent: Backup, name: string, args: BackupArgs): pulumi.Output<string> {
  return new docker.Volume(
    `${name}-files`,
    { labels: [...args.labels] },
    { parent, ignoreChanges: ["labels"], protect: args.keepData, retainOnDelete: args.keepData },
  ).name;
}

function dumps(parent: Backup, name: string, args: BackupArgs, volume: pulumi.Output<string>): docker.Container {
  const remote = new docker.RemoteImage(`${name}-image`, { name: databaseImage, keepLocally: true }, { parent });
  const { database, keep, key } = args;
  return new docker.Container(
    `${name}-dumps`,
    {
      ...hardened,
      ...limits({ memory: 256, cpus: 1 }),
      image: remote.imageId,
      labels: [...args.labels],
      user: "postgres",
      // Reads the app's files by it, and no more: their volume is mounted read-only.
      groupAdds: [appGroup],
      entrypoints: ["/berth/backup.sh"],
      command: ["schedule"],
      envs: [
        `EVERY_HOURS=${args.everyHours}`,
        `KEEP_DAYS=${keep.days}`,
        `KEEP_MONTHS=${keep.months}`,
        `KEEP_WEEKS=${keep.weeks}`,
        `MEDIA_FOLDER=${mediaFolder}`,
        `PGDATABASE=${database.database}`,
        `PGHOST=${database.host}`,
        `PGPORT=${database.port}`,
        "PGSSLMODE=verify-full",
        `PGSSLROOTCERT=${authority}/ca.pem`,
        `PGUSER=${database.owner}`,
      ],
      uploads: [
        script("/berth/backup.sh", "scripts/backup.sh", "0555"),
        script("/berth/retention.awk", "scripts/retention.awk", "0444"),
        script("/berth/uploads.sh", "scripts/uploads.sh", "0444"),
        secretFile("owner-password", args.ownerPassword),
        ...(key === undefined ? [] : [secretFile("backup-key", key)]),
      ],
      volumes: [
        { volumeName: args.authorityVolume, containerPath: authority, readOnly: true },
        { volumeName: args.mediaVolume, containerPath: mediaFolder, readOnly: true },
        { volumeName: volume, containerPath: home },
      ],
      networksAdvanced: [{ name: args.network }],
      healthcheck: health,
      stopTimeout: 60,
      destroyGraceSeconds: 60,
    },
    exclusive(parent),
  );
}

/** Sends what is not in the bucket yet; unhealthy while it cannot. */
function copies(
  parent: Backup,
  name: string,
  args: BackupArgs,
  copy: BackupCopy,
  volume: pulumi.Output<string>,
): docker.Container {
  const remote = new docker.RemoteImage(`${name}-copy-image`, { name: nodeImage, keepLocally: true }, { parent });
  return new docker.Container(
    `${name}-copies`,
    {
      ...hardened,
      ...limits({ memory: 96, cpus: 0.5 }),
      image: remote.imageId,
      labels: [...args.labels],
      user: appUser,
      readOnly: true,
      tmpfs: { "/tmp": "rw,noexec,nosuid,size=16m" },
      command: ["node", "/berth/copy-backups.ts"],
      envs: [
        `S3_ACCESS_KEY_ID=${copy.accessKeyId}`,
        `S3_BUCKET=${copy.bucket}`,
        `S3_ENDPOINT=${copy.endpoint ?? `https://s3.${copy.region}.amazonaws.com`}`,
        `S3_REGION=${copy.region}`,
      ],
      volumes: [
        { volumeName: volume, containerPath: home, readOnly: true },
        { volumeName: copy.program, containerPath: "/berth", readOnly: true },
        { volumeName: copy.secrets, containerPath: "/run/secrets", readOnly: true },
      ],
      networksAdvanced: [{ name: copy.network }],
      healthcheck: health,
      stopTimeout: 30,
      destroyGraceSeconds: 30,
    },
    exclusive(parent),
  );
}

/** The program that sends copies, by file name. */
export function copyProgram(): FilesVolumeArgs["files"] {
  const source = (file: string) => [file, readFileSync(join(scripts, file), "utf8")] as const;
  return Object.fromEntries([
    source("copy-backups.ts"),
    source("s3.ts"),
    ["package.json", '{ "type": "module" }\n'] as const,
  ]);
}

function script(file: string, source: string, permissions: string) {
  return { file, content: readFileSync(join(scripts, source), "utf8"), permissions };
}

/** Read by the container's one user; nothing else runs in it. */
function secretFile(name: string, content: pulumi.Input<string>) {
  return { file: `/run/secrets/${name}`, content: pulumi.secret(content), permissions: "0444" };
}

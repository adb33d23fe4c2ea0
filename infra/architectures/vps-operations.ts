// What looks after a vps environment: backups of its database and files, and the watch that tells when something is wrong.
import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { Backup, copyProgram } from "../components/docker/backup.ts";
import { FilesVolume, type FilesVolumeArgs } from "../components/docker/files-volume.ts";
import type { Networks } from "../components/docker/networks.ts";
import type { ReverseProxy } from "../components/docker/proxy.ts";
import type { Labels } from "../components/docker/pure/container.ts";
import { Watch, type WatchSecrets, watchProgram } from "../components/docker/watch.ts";
import type { VpsEnvironment } from "../config/environment.ts";
import type { StackConfig } from "../config/read.ts";
import type { VpsDatabase } from "./vps.ts";
import type { Site } from "./vps-site.ts";

export interface Operated {
  readonly engine: docker.Provider;
  /** Id of any image of the host, to put files on volumes with. */
  readonly image: pulumi.Input<string>;
  readonly networks: Networks;
  readonly database: VpsDatabase;
  /** Name of the volume with the app's files. */
  readonly media: pulumi.Input<string>;
  readonly proxy: ReverseProxy;
  readonly site: Site;
  /** What must have come up before the first backup is made, so that there is something in it. */
  readonly app: pulumi.Resource;
  readonly labels: (part: string) => Labels;
}

/** Names of containers, each there where the environment asks for it. */
export interface OperationOutputs {
  readonly backup?: pulumi.Output<string>;
  readonly watch?: pulumi.Output<string>;
}

export function operations(
  environment: VpsEnvironment,
  secrets: StackConfig["secrets"],
  parts: Operated,
): OperationOutputs {
  const backup = backups(environment, secrets, parts);
  const watch = watcher(environment, secrets, parts, backup);
  return {
    ...(backup === undefined ? {} : { backup: backup.container }),
    ...(watch === undefined ? {} : { watch: watch.container }),
  };
}

/** Those of the secrets that are the app's: the kit's own are none of its business. */
export function appSecrets(
  { secrets: names }: VpsEnvironment,
  secrets: StackConfig["secrets"],
): StackConfig["secrets"] {
  return Object.fromEntries(Object.entries(secrets).filter(([name]) => names.includes(name)));
}

/** A volume that is made anew when what is on it changes. */
function filesOn(name: string, part: string, files: FilesVolumeArgs["files"], { engine, image, labels }: Operated) {
  return new FilesVolume(name, { files, image, labels: labels(part) }, { providers: [engine] }).volume;
}

function backups(
  { backup, tier }: VpsEnvironment,
  secrets: StackConfig["secrets"],
  parts: Operated,
): Backup | undefined {
  const { engine, networks, database, media, app, labels } = parts;
  if (backup === undefined) return undefined;
  const { everyHours, keep, encrypt, copy } = backup;
  return new Backup(
    "backup",
    {
      database,
      ownerPassword: database.ownerPassword,
      authorityVolume: database.authorityVolume,
      mediaVolume: media,
      network: networks.data,
      everyHours,
      keep,
      ...(encrypt ? { key: secret(secrets, "BACKUP_KEY") } : {}),
      ...(copy === undefined
        ? {}
        : {
            copy: {
              ...definite(copy),
              program: filesOn("backup-copy-program", "copies", copyProgram(), parts),
              secrets: filesOn(
                "backup-copy-secrets",
                "copies",
                { "s3-secret-access-key": secret(secrets, "BACKUP_S3_SECRET_KEY") },
                parts,
              ),
              network: networks.edge,
            },
          }),
      keepData: tier !== "development",
      labels: labels("backup"),
    },
    { providers: [engine], dependsOn: [database, app] },
  );
}

function watcher(
  { watch, backup }: VpsEnvironment,
  secrets: StackConfig["secrets"],
  parts: Operated,
  backups: Backup | undefined,
): Watch | undefined {
  if (watch === undefined) return undefined;
  const { engine, networks, proxy, site, labels } = parts;
  const { diskPercent, memoryPercent, certificateDays, email } = watch;
  const told = watchSecrets(watch, secrets);
  return new Watch(
    "watch",
    {
      environment: pulumi.getStack(),
      url: site.url,
      site: { host: proxy.container, port: site.https === undefined ? proxy.ports.http : proxy.ports.https },
      network: networks.edge,
      thresholds: { diskPercent, memoryPercent, certificateDays },
      ...(email === undefined ? {} : { mail: definite(email) }),
      program: filesOn("watch-program", "watch", watchProgram(), parts),
      ...(Object.keys(told).length === 0
        ? {}
        : { secrets: filesOn("watch-secrets", "watch", { ...told, salt: salt() }, parts) }),
      ...(backup === undefined || backups === undefined
        ? {}
        : { backups: { volume: backups.volume, everyHours: backup.everyHours } }),
      labels: labels("watch"),
    },
    { providers: [engine], dependsOn: [proxy, ...(backups === undefined ? [] : [backups])] },
  );
}

function watchSecrets(
  { email, webhook, heartbeat }: NonNullable<VpsEnvironment["watch"]>,
  secrets: StackConfig["secrets"],
): WatchSecrets {
  return {
    ...(email?.user === undefined ? {} : { "watch-mail-password": secret(secrets, "WATCH_MAIL_PASSWORD") }),
    ...(webhook ? { "watch-webhook": secret(secrets, "WATCH_WEBHOOK_URL") } : {}),
    ...(heartbeat ? { "watch-heartbeat": secret(secrets, "WATCH_HEARTBEAT_URL") } : {}),
  };
}

/** A password may be short, and a digest of the volume's files stands in clear: with this among them nobody can try words on it. */
function salt(): pulumi.Output<string> {
  return new random.RandomPassword("watch-salt", { length: 32, special: false }).result;
}

/** The reader of configuration has asked for every secret that the environment needs. */
function secret(secrets: StackConfig["secrets"], name: string): pulumi.Output<string> {
  const value = secrets[name];
  if (value === undefined)
    throw new pulumi.RunError(`The secret ${name} is missing; set it with: pulumi config set --secret ${name}`);
  return value;
}

type Definite<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

/** Without the keys that stand there with nothing. */
function definite<T extends object>(value: T): Definite<T> {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Definite<T>;
}

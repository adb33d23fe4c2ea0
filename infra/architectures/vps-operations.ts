// What looks after a vps environment: backups of its database and files, and the watch that tells when something is wrong.
import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { Backup } from "../components/docker/backup.ts";
import type { Networks } from "../components/docker/networks.ts";
import type { ReverseProxy } from "../components/docker/proxy.ts";
import type { Labels } from "../components/docker/pure/container.ts";
import { Watch, type WatchAlerts } from "../components/docker/watch.ts";
import type { VpsEnvironment } from "../config/environment.ts";
import type { StackConfig } from "../config/read.ts";
import type { VpsDatabase } from "./vps.ts";
import type { Site } from "./vps-site.ts";

export interface Operated {
  readonly engine: docker.Provider;
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

function backups(
  { backup, tier }: VpsEnvironment,
  secrets: StackConfig["secrets"],
  { engine, networks, database, media, app, labels }: Operated,
): Backup | undefined {
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
              secretAccessKey: secret(secrets, "BACKUP_S3_SECRET_KEY"),
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
  { engine, networks, proxy, site, labels }: Operated,
  backups: Backup | undefined,
): Watch | undefined {
  if (watch === undefined) return undefined;
  const { diskPercent, memoryPercent, certificateDays } = watch;
  return new Watch(
    "watch",
    {
      environment: pulumi.getStack(),
      url: site.url,
      site: { host: proxy.container, port: site.https === undefined ? proxy.ports.http : proxy.ports.https },
      network: networks.edge,
      thresholds: { diskPercent, memoryPercent, certificateDays },
      alerts: alerts(watch, secrets),
      ...(backup === undefined || backups === undefined
        ? {}
        : { backups: { volume: backups.volume, everyHours: backup.everyHours } }),
      labels: labels("watch"),
    },
    { providers: [engine], dependsOn: [proxy, ...(backups === undefined ? [] : [backups])] },
  );
}

function alerts(
  { email, webhook, heartbeat }: NonNullable<VpsEnvironment["watch"]>,
  secrets: StackConfig["secrets"],
): WatchAlerts {
  return {
    ...(email === undefined ? {} : { mail: definite(email) }),
    ...(email?.user === undefined ? {} : { mailPassword: secret(secrets, "WATCH_MAIL_PASSWORD") }),
    ...(webhook ? { webhook: secret(secrets, "WATCH_WEBHOOK_URL") } : {}),
    ...(heartbeat ? { heartbeat: secret(secrets, "WATCH_HEARTBEAT_URL") } : {}),
  };
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

// PostgreSQL 16 in a container, its data on a named volume: private, TLS only, scram passwords, data checksums, settings by
// its memory, statistics of statements.
// No cost but the host's; from 128 MiB of memory.
//
//   const database = new Postgres("database", { memory: 512, cpus: 1, network, keepData: true, labels }, { providers: [engine] });
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import {
  assertRange,
  exclusive,
  type HealthCheck,
  hardened,
  healthcheck,
  healthWait,
  type Labels,
  limits,
} from "./pure/container.ts";
import { postgresSettings, settingsCommand } from "./pure/postgres-settings.ts";
import { accessRules, startWithCertificate } from "./pure/postgres-tls.ts";

export interface PostgresArgs {
  /** Memory limit, MiB; the settings follow it. */
  readonly memory: number;
  /** CPU limit, cores. */
  readonly cpus: number;
  /** Name of the network that the app reaches it on; it is on no other. */
  readonly network: pulumi.Input<string>;
  /** Refuse to delete the volume and the owner's password, and leave the volume on the host when the stack goes. */
  readonly keepData: boolean;
  /** Labels of the container and the volume; the same for the stack's whole life. */
  readonly labels: Labels;
}

const image = "postgres:16-bookworm";
const passwordFile = "/run/secrets/owner-password";
const accessFile = "/etc/postgresql/pg_hba.conf";
const folders = { key: "/tls/server", authority: "/tls/authority" };
const stopSeconds = 60;
const host = "database";
const owner = "owner";
const database = "app";
const health: HealthCheck = {
  command: ["pg_isready", "--quiet", "--host=127.0.0.1", `--username=${owner}`, `--dbname=${database}`],
  // Recovery after a crash takes its time, too.
  startPeriod: 120,
};

export class Postgres extends pulumi.ComponentResource {
  /** Name of the server on its network. */
  readonly host = host;
  readonly port = 5432;
  /** The one database. */
  readonly database: string = database;
  /** The role that the app signs in as; the release makes it. */
  readonly role: string = "app";
  /** The role that owns the database; `release` signs in with it to migrate and to create the app's role. */
  readonly owner: string = owner;
  /** The owner's password; secret. */
  readonly ownerPassword: pulumi.Output<string>;
  /** Name of the volume with the data. */
  readonly volume: pulumi.Output<string>;
  /** Name of the volume whose file `ca.pem` the server's certificate is verified against. */
  readonly authorityVolume: pulumi.Output<string>;
  /** Name of the container. */
  readonly container: pulumi.Output<string>;

  constructor(name: string, args: PostgresArgs, opts?: pulumi.ComponentResourceOptions) {
    assertRange(name, "memory", args.memory, 128, 262_144);
    assertRange(name, "cpus", args.cpus, 0.1, 64);
    super("berth:docker:Postgres", name, {}, opts);

    const password = ownerPassword(this, name, args);
    const volume = dataVolume(this, name, args);
    const key = plainVolume(this, `${name}-key`, args);
    const authority = plainVolume(this, `${name}-authority`, args);
    const container = server(this, name, args, { password, volume, key, authority });

    this.ownerPassword = password;
    this.volume = volume;
    this.authorityVolume = authority;
    this.container = container.name;
    this.registerOutputs({ container: this.container, volume: this.volume });
  }
}

function ownerPassword(parent: Postgres, name: string, args: PostgresArgs): pulumi.Output<string> {
  return new random.RandomPassword(
    `${name}-owner-password`,
    { length: 32, special: false },
    // The data knows this one only.
    { parent, protect: args.keepData },
  ).result;
}

function dataVolume(parent: Postgres, name: string, args: PostgresArgs): pulumi.Output<string> {
  return new docker.Volume(
    `${name}-data`,
    { labels: [...args.labels] },
    // Docker cannot change a label: the provider would make a new volume, without the data.
    { parent, ignoreChanges: ["labels"], protect: args.keepData, retainOnDelete: args.keepData },
  ).name;
}

function plainVolume(parent: Postgres, name: string, { labels }: PostgresArgs): pulumi.Output<string> {
  return new docker.Volume(name, { labels: [...labels] }, { parent, ignoreChanges: ["labels"] }).name;
}

interface ServerParts {
  readonly password: pulumi.Output<string>;
  readonly volume: pulumi.Output<string>;
  readonly key: pulumi.Output<string>;
  readonly authority: pulumi.Output<string>;
}

function server(
  parent: Postgres,
  name: string,
  args: PostgresArgs,
  { password, volume, key, authority }: ServerParts,
): docker.Container {
  const remote = new docker.RemoteImage(`${name}-image`, { name: image, keepLocally: true }, { parent });
  return new docker.Container(
    `${name}-server`,
    {
      ...hardened,
      // The image's entrypoint starts as root, gives the volume to the user postgres and goes on as that. The init process
      // stays root: without CAP_KILL it may not pass the signal on by which PostgreSQL ends well.
      capabilities: {
        drops: ["ALL"],
        adds: ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL", "CAP_SETGID", "CAP_SETUID"],
      },
      ...limits(args),
      image: remote.imageId,
      labels: [...args.labels],
      ...startWithCertificate(host, folders, [
        ...settingsCommand(postgresSettings(args.memory)),
        ...["-c", `hba_file=${accessFile}`],
      ]),
      envs: [
        `POSTGRES_DB=${database}`,
        "POSTGRES_INITDB_ARGS=--data-checksums --auth-host=scram-sha-256",
        `POSTGRES_PASSWORD_FILE=${passwordFile}`,
        `POSTGRES_USER=${owner}`,
      ],
      // Read by the user postgres; nothing else runs in the container.
      uploads: [
        {
          file: "/docker-entrypoint-initdb.d/10-statements.sql",
          content: "create extension pg_stat_statements;\n",
          permissions: "0444",
        },
        { file: accessFile, content: accessRules, permissions: "0444" },
        { file: passwordFile, content: password, permissions: "0444" },
      ],
      volumes: [
        { volumeName: authority, containerPath: folders.authority },
        { volumeName: key, containerPath: folders.key },
        { volumeName: volume, containerPath: "/var/lib/postgresql/data" },
      ],
      networksAdvanced: [{ name: args.network, aliases: [host] }],
      shmSize: Math.max(64, Math.floor(args.memory / 8)),
      healthcheck: healthcheck(health),
      wait: true,
      waitTimeout: healthWait(health),
      // SIGINT: end sessions, write a checkpoint, stop.
      stopSignal: "SIGINT",
      stopTimeout: stopSeconds,
      destroyGraceSeconds: stopSeconds,
    },
    exclusive(parent),
  );
}

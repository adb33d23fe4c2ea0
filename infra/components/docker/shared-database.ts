// A database of its own on another environment's PostgreSQL: an owner and an app's role that reach nothing else there. No cost
// but the host's. It is made by a hook; taking it away is `berth branch down`'s, because a hook of a deletion needs the program.
//
//   new SharedDatabase("database", { database: "branch_fix", authorityVolume, create, image, labels }, { providers: [engine] });
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { hardened, type Labels, limits } from "./pure/container.ts";

export interface SharedDatabaseArgs {
  /** Name of the database; its roles are called after it. */
  readonly database: string;
  /** Name of the container that the server runs in. */
  readonly server: string;
  /** Name of the volume whose file `ca.pem` the server's certificate is verified against. */
  readonly authorityVolume: string;
  /** Makes a hook that makes database and roles where they are missing. */
  readonly create: (owner: string, role: string, password: pulumi.Output<string>) => pulumi.ResourceHook;
  /** Any image of the host. */
  readonly image: pulumi.Input<string>;
  readonly labels: Labels;
}

export class SharedDatabase extends pulumi.ComponentResource {
  readonly host = "database";
  readonly port = 5432;
  readonly database: string;
  /** The role that owns the database; only `release` signs in as it. */
  readonly owner: string;
  /** The role that the app signs in as. */
  readonly role: string;
  /** The owner's password; secret. */
  readonly ownerPassword: pulumi.Output<string>;
  readonly authorityVolume: pulumi.Output<string>;
  /** Name of the container that the server runs in. */
  readonly container: pulumi.Output<string>;

  constructor(name: string, args: SharedDatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    if (!/^[a-z][a-z0-9_]{0,50}$/.test(args.database)) {
      throw new Error(
        `${name}: the database is called "${args.database}"; allowed: lower case letters, digits, _; at most 51.`,
      );
    }
    super("berth:docker:SharedDatabase", name, {}, opts);

    this.database = args.database;
    this.owner = `${args.database}_owner`;
    this.role = `${args.database}_app`;
    this.ownerPassword = new random.RandomPassword(
      `${name}-owner-password`,
      { length: 32, special: false },
      { parent: this },
    ).result;
    const made = record(this, name, args, args.create(this.owner, this.role, this.ownerPassword));
    this.authorityVolume = pulumi.output(args.authorityVolume);
    this.container = made.id.apply(() => args.server);
    this.registerOutputs({ database: this.database });
  }
}

/** Stands for the database in the state of the stack: it is made before what needs the database. Never started. */
function record(
  parent: SharedDatabase,
  name: string,
  { database, image, labels }: SharedDatabaseArgs,
  create: pulumi.ResourceHook,
): docker.Container {
  return new docker.Container(
    `${name}-record`,
    {
      ...hardened,
      ...limits({ memory: 16, cpus: 0.1 }),
      restart: "no",
      image,
      labels: [...labels],
      networkMode: "none",
      command: [database],
      start: false,
      mustRun: false,
    },
    { parent, ignoreChanges: ["image"], hooks: { beforeCreate: [create] } },
  );
}

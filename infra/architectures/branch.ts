// branch: a vps environment for one git branch, on the server of another stack, whose network and PostgreSQL it shares. Its own
// are the containers, the nginx with a port, a database with two roles, secrets, and an end.
import * as pulumi from "@pulumi/pulumi";
import { SharedDatabase } from "../components/docker/shared-database.ts";
import type { BranchEnvironment, VpsEnvironment } from "../config/environment.ts";
import type { StackConfig } from "../config/read.ts";
import { branchDatabase } from "../naming.ts";
import { dockerDatabase } from "../release/docker-database.ts";
import type { EnvironmentOutputs } from "./outputs.ts";
import { type Shared, vpsOn } from "./vps.ts";

type Instance = NonNullable<BranchEnvironment["instance"]>;

export function branch({ environment, secrets }: StackConfig): EnvironmentOutputs {
  if (environment.architecture !== "branch") {
    throw new Error(`branch was given the configuration of ${environment.architecture}.`);
  }
  const { instance } = environment;
  if (instance === undefined) {
    throw new pulumi.RunError("This file is a template for branches: berth branch up NAME makes an environment of it.");
  }
  return vpsOn(asVps(environment, instance), secrets, sharedWith(instance));
}

function sharedWith({ name, host, network, database: container, authority }: Instance): Shared {
  const database = branchDatabase(name);
  return {
    network,
    database: (image, labels, on) =>
      new SharedDatabase(
        "database",
        {
          database,
          server: container,
          authorityVolume: authority,
          create: (owner, role, password) =>
            dockerDatabase("database", { host, container, database, owner, role }, password),
          image,
          labels,
        },
        on,
      ),
  };
}

/** HTTP on a port of its own: an authority would ask for the name on port 80, which is the parent's. */
function asVps(environment: BranchEnvironment, { name, port, host }: Instance): VpsEnvironment {
  const { tier, owner, variables, secrets, domain, corsOrigins, image, health, secretsAs, web, worker } = environment;
  return {
    architecture: "vps",
    ...{ tier, owner, variables, secrets, corsOrigins, image, health, secretsAs, web, worker, port },
    ...(host === undefined ? {} : { host }),
    domain: `${name}.${domain}`,
    allowedHosts: [],
    https: { certificates: "none", port: 443, directory: "https://acme-v02.api.letsencrypt.org/directory" },
    // Not made: the parent's is shared.
    database: { memory: 128, cpus: 0.1 },
  };
}

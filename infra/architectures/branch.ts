// branch: a vps environment for one git branch, on the server of another stack, whose network and PostgreSQL it shares. Its own
// are the containers, the nginx with a port, its certificate, a database with two roles, secrets, and an end.
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

function sharedWith({ name, host, network, database: container, authority, https }: Instance): Shared {
  const database = branchDatabase(name);
  return {
    network,
    ...(https === undefined ? {} : { https: { certificates: https.certificates, keys: https.keys } }),
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

/** One port of its own: with HTTPS the parent, which has port 80, answers the authority that asks for the name there. */
function asVps(environment: BranchEnvironment, { name, port, host, https }: Instance): VpsEnvironment {
  const { tier, owner, variables, secrets, domain, corsOrigins, image, web, worker } = environment;
  const { health, healthSeconds, secretsAs } = environment;
  return {
    architecture: "vps",
    ...{ tier, owner, variables, secrets, corsOrigins, image, web, worker, port },
    ...{ health, healthSeconds, secretsAs },
    ...(host === undefined ? {} : { host }),
    domain: `${name}.${domain}`,
    allowedHosts: [],
    https:
      https === undefined
        ? { certificates: "none", port: 443, directory: "https://acme-v02.api.letsencrypt.org/directory" }
        : { ...https.settings, port },
    // Not made: the parent's is shared.
    database: { memory: 128, cpus: 0.1 },
  };
}

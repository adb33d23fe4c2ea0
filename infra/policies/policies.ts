// All policies, by what they look at.
import type { Policy } from "./model.ts";
import * as access from "./rules/access.ts";
import * as backups from "./rules/backups.ts";
import * as buckets from "./rules/buckets.ts";
import * as database from "./rules/database.ts";
import * as databaseKeeping from "./rules/database-keeping.ts";
import * as containers from "./rules/docker/containers.ts";
import * as ports from "./rules/docker/ports.ts";
import * as volumes from "./rules/docker/volumes.ts";
import * as edge from "./rules/edge.ts";
import * as firewall from "./rules/firewall.ts";
import * as loadBalancer from "./rules/load-balancer.ts";
import * as network from "./rules/network.ts";
import * as operations from "./rules/operations.ts";
import * as resourcePolicies from "./rules/resource-policies.ts";
import * as secrets from "./rules/secrets.ts";
import * as services from "./rules/services.ts";
import * as tasks from "./rules/tasks.ts";

/** Headings of the coverage table, with what is below each. */
export const policiesByArea: Readonly<Record<string, readonly Policy[]>> = {
  Network: policiesOf(network),
  Edge: policiesOf(edge),
  Firewall: policiesOf(firewall),
  "Load balancer": policiesOf(loadBalancer),
  Tasks: policiesOf(tasks),
  Services: policiesOf(services),
  Database: policiesOf(database, databaseKeeping),
  Backups: policiesOf(backups),
  Buckets: policiesOf(buckets),
  "Keys and secrets": policiesOf(secrets),
  Access: policiesOf(access, resourcePolicies),
  "Logs, alarms and tags": policiesOf(operations),
  "Containers on Docker": policiesOf(containers, ports, volumes),
};

export const policies: readonly Policy[] = Object.values(policiesByArea).flat();

function policiesOf(...files: readonly Readonly<Record<string, unknown>>[]): Policy[] {
  return files
    .flatMap((rules) => Object.values(rules))
    .filter(isPolicy)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function isPolicy(value: unknown): value is Policy {
  return typeof value === "object" && value !== null && ("check" in value || "checkWithin" in value);
}

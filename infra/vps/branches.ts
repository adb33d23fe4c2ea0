// The branches of a stack: what the server knows of them. Each has a database, whose comment says whose it is and when it ends,
// so that a list needs no state and outlives whoever made them.
import { branchDatabase, slug } from "../naming.ts";
import { HostFault } from "./fault.ts";
import { dockerOn, type HostStack, hostName, inventory, labelled, lastLine, mustDocker } from "./host.ts";

/** A branch as its database's comment describes it. */
export interface BranchRecord {
  /** The name as it was given, mostly a git branch's. */
  readonly branch: string;
  /** The name as part of host names. */
  readonly slug: string;
  /** Stack of its own. */
  readonly stack: string;
  readonly url: string;
  readonly port: number;
  /** Time after which it may be reaped, in ISO 8601. */
  readonly expires: string;
}

/** What branches share, by the names that Docker knows. */
export interface SharedParts {
  readonly network: string;
  readonly database: string;
  readonly authority: string;
  /** Volumes of the certificates and of the keys behind them; there where the parent has HTTPS. */
  readonly https?: { readonly certificates: string; readonly keys: string };
}

/** @throws HostFault if the parent is not up */
export async function sharedParts(parent: HostStack): Promise<SharedParts> {
  const [networks, containers, volumes, secured] = await Promise.all([
    mustDocker(parent, ["network", "ls", ...labelled(parent), "--format", "{{.Name}}"], "cannot list networks"),
    mustDocker(parent, ["ps", ...labelled(parent, "database"), "--format", "{{.Names}}"], "cannot list containers"),
    mustDocker(
      parent,
      ["volume", "ls", ...labelled(parent, "database"), "--format", "{{.Name}}"],
      "cannot list volumes",
    ),
    mustDocker(
      parent,
      ["volume", "ls", ...labelled(parent, "certificates"), "--format", "{{.Name}}"],
      "cannot list volumes",
    ),
  ]);
  const one = (text: string, kind: RegExp) => text.split("\n").find((name) => kind.test(name));
  const network = one(networks, /^network-data-/);
  const database = one(containers, /^database-server-/);
  const authority = one(volumes, /^database-authority-/);
  const certificates = one(secured, /^certificates-files-/);
  const keys = one(secured, /^certificate-keys-files-/);
  const https = certificates === undefined || keys === undefined ? {} : { https: { certificates, keys } };
  if (network !== undefined && database !== undefined && authority !== undefined)
    return { network, database, authority, ...https };
  throw new HostFault(
    `${parent.name} is not up on ${hostName(parent)}, and branches share its database: berth up ${parent.name}`,
  );
}

/** Other stacks with containers in a stack's networks: its branches, even those that its database knows nothing of. */
export async function stacksWithin(parent: HostStack): Promise<string[]> {
  const { networks } = await inventory(parent);
  const format = ["--format", '{{.Label "berth.stack"}}'];
  const lists = networks.map((network) =>
    mustDocker(parent, ["ps", "--all", "--filter", `network=${network}`, ...format], "cannot list containers"),
  );
  const names = (await Promise.all(lists)).flatMap((list) => list.split("\n"));
  return [...new Set(names)].filter((name) => name !== "" && name !== parent.name).sort();
}

/** All branches of a parent, by name; one whose record is missing was left half-way and counts as expired. */
export async function listBranches(parent: HostStack, container: string): Promise<BranchRecord[]> {
  const rows = await sql(
    parent,
    container,
    `select datname || ' ' || coalesce(shobj_description(oid, 'pg_database'), '') from pg_database where datname like 'branch\\_%' order by 1`,
  );
  return rows.split("\n").filter(Boolean).map(parseRecord);
}

/** Reads `DATABASE {json}`. */
export function parseRecord(row: string): BranchRecord {
  const [database = "", ...comment] = row.split(" ");
  const slug = database.replace(/^branch_/, "").replaceAll("_", "-");
  if (comment.join(" ").startsWith("{")) return JSON.parse(comment.join(" ")) as BranchRecord;
  return { branch: slug, slug, stack: `branch-${slug}`, url: "", port: 0, expires: new Date(0).toISOString() };
}

/** Writes down what a branch is; its database must be there. */
export async function recordBranch(parent: HostStack, container: string, record: BranchRecord): Promise<void> {
  const comment = JSON.stringify(record).replaceAll("'", "''");
  await sql(parent, container, `comment on database ${branchDatabase(record.slug)} is '${comment}'`);
}

/** Drops a branch's database and roles, with whoever is still connected. */
export async function dropDatabase(parent: HostStack, container: string, slug: string): Promise<void> {
  const database = branchDatabase(slug);
  await sql(
    parent,
    container,
    `drop database if exists ${database} with (force)`,
    `drop role if exists ${database}_app`,
    `drop role if exists ${database}_owner`,
  );
}

async function sql(parent: HostStack, container: string, ...statements: string[]): Promise<string> {
  const commands = statements.flatMap((statement) => ["-c", statement]);
  const { code, stdout, stderr } = await dockerOn(parent, [
    ...["exec", container, "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-U", "owner", "-d", "postgres"],
    ...commands,
  ]);
  if (code === 0) return stdout;
  throw new HostFault(`PostgreSQL of ${parent.name} refuses: ${lastLine(stderr)}`);
}

/** The port of a branch: the one that it has, or the first that no other has. @throws HostFault if there is none */
export function choosePort(
  records: readonly BranchRecord[],
  slug: string,
  range: { from: number; to: number },
): number {
  const own = records.find((record) => record.slug === slug && record.port >= range.from && record.port <= range.to);
  if (own !== undefined) return own.port;
  const taken = new Set(records.map(({ port }) => port));
  for (let port = range.from; port <= range.to; port++) if (!taken.has(port)) return port;
  throw new HostFault(
    `ports ${range.from} to ${range.to} are all taken by ${records.length} branches: take one down, or widen ports`,
  );
}

/** Takes away the image that was built for a stack, if one was; one that was pulled stays, as others may run it. */
export async function removeImage(stack: HostStack): Promise<void> {
  const built = `${slug(stack.project, 30)}-${slug(stack.name, 30)}`;
  const found = await mustDocker(stack, ["image", "ls", "--quiet", built], "cannot list images");
  if (found.trim() !== "") await mustDocker(stack, ["image", "rm", built], "cannot remove the image");
}

/** Takes away whatever still carries a stack's labels. @returns what there was */
export async function removeLeftovers(stack: HostStack): Promise<string[]> {
  const { containers, networks, volumes } = await inventory(stack);
  if (containers.length > 0) await mustDocker(stack, ["rm", "--force", ...containers], "cannot remove containers");
  if (networks.length > 0) await mustDocker(stack, ["network", "rm", ...networks], "cannot remove networks");
  if (volumes.length > 0) await mustDocker(stack, ["volume", "rm", ...volumes], "cannot remove volumes");
  const left = Object.values(await inventory(stack)).flat();
  if (left.length > 0) throw new HostFault(`${stack.name} has left ${left.join(", ")} on ${hostName(stack)}`);
  return [...containers, ...networks, ...volumes];
}

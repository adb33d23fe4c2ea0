// berth branch: environments for git branches on the server of another stack.
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { certificatesOf } from "../config/certificates.ts";
import type { BranchEnvironment } from "../config/environment.ts";
import { readStack, type Stack } from "../config/stack-file.ts";
import { slug } from "../naming.ts";
import {
  type BranchRecord,
  choosePort,
  dropDatabase,
  listBranches,
  recordBranch,
  removeImage,
  removeLeftovers,
  type SharedParts,
  sharedParts,
} from "../vps/branches.ts";
import { engineDeploy, engineDestroy, missingForEngine } from "./engine.ts";
import { exitCodes, Failure } from "./failure.ts";
import { projectRoot, stateFolder } from "./project.ts";
import { table } from "./table.ts";
import { openVpsStack, type VpsStack } from "./vps-stack.ts";

interface BranchOptions {
  readonly template: string;
}

/** A template, the parent it names, and what is there. */
interface Branches {
  readonly template: Stack;
  readonly environment: BranchEnvironment;
  readonly parent: VpsStack;
  readonly parts: SharedParts;
  readonly records: readonly BranchRecord[];
}

/** Characters of a branch's name in host names, the database's and the stack's. */
const slugLength = 20;

export async function branchUp(name: string, options: BranchOptions & { image?: string }): Promise<void> {
  const branches = await open(options.template);
  const { environment, parent, parts, records } = branches;
  const named = slug(name, slugLength);
  const port = choosePort(records, named, environment.ports);
  const stack = await writeStack(branches, named, port, options.image);
  const secured = stack.environment.architecture === "branch" && stack.environment.instance?.https !== undefined;
  const url = `${secured ? "https" : "http"}://${named}.${environment.domain}:${port}`;
  const expires = new Date(Date.now() + environment.expiresHours * 3_600_000).toISOString();
  const record = { branch: name, slug: named, stack: stack.name, url, port, expires };
  try {
    await engineDeploy(stack);
  } finally {
    // One that failed half-way is to be found and reaped as well.
    const made = (await listBranches(parent, parts.database)).some((other) => other.slug === named);
    if (made) await recordBranch(parent, parts.database, record);
  }
  process.stdout.write(
    `${name} is up at ${url}\nIt may be reaped after ${expires}; berth branch down ${name} takes it down, with its data.\n`,
  );
}

export async function branchDown(name: string, options: BranchOptions): Promise<void> {
  const branches = await open(options.template);
  const named = slug(name, slugLength);
  await takeDown(branches, branches.records.find((record) => record.slug === named)?.slug ?? named);
}

export async function branchList(options: BranchOptions & { json?: boolean }): Promise<void> {
  const { records, parent } = await open(options.template);
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ version: 1, branches: records }, undefined, 2)}\n`);
    return;
  }
  const rows = records.map(({ branch, url, expires }) => [
    branch,
    url,
    isExpired(expires) ? "expired" : expires.slice(0, 16),
  ]);
  process.stdout.write(
    rows.length === 0 ? `${parent.name} has no branches.\n` : table(["branch", "url", "until (UTC)"], rows),
  );
}

/** Takes down all that have expired; goes on after one that fails. */
export async function branchReap(options: BranchOptions): Promise<void> {
  const branches = await open(options.template);
  const failed: string[] = [];
  for (const { slug: named, expires } of branches.records) {
    if (!isExpired(expires)) continue;
    try {
      await takeDown(branches, named);
    } catch (error) {
      failed.push(`${named}: ${error instanceof Error ? error.message : error}`);
    }
  }
  if (failed.length > 0) throw new Failure(`not all could be taken down: ${failed.join("; ")}`);
}

function isExpired(expires: string): boolean {
  return Date.parse(expires) <= Date.now();
}

/** Stack, database and roles; then a look at what still carries the stack's labels. */
async function takeDown(branches: Branches, named: string): Promise<void> {
  const { parent, parts, records } = branches;
  const port = records.find((record) => record.slug === named)?.port || branches.environment.ports.from;
  const stack = await writeStack(branches, named, port, undefined);
  await engineDestroy(stack);
  const { project, host } = parent;
  const left = await removeLeftovers({ project, name: stack.name, host });
  if (left.length > 0) process.stdout.write(`Removed by label, as the state did not know them: ${left.join(", ")}\n`);
  await dropDatabase(parent, parts.database, named);
  await removeImage({ project, name: stack.name, host });
  await rm(join(folderOf(), `Pulumi.${stack.name}.yaml`), { force: true });
  await rm(join(stateFolder, "pulumi", stack.name), { recursive: true, force: true });
}

async function open(name: string): Promise<Branches> {
  const template = readStack(projectRoot, name);
  const { environment } = template;
  if (environment.architecture !== "branch") {
    throw new Failure(
      `Pulumi.${name}.yaml has architecture ${environment.architecture}: branches are made of a file with architecture branch`,
      exitCodes.usage,
    );
  }
  const parent = await openVpsStack(environment.parent);
  const missing = await missingForEngine(parent.stack);
  if (missing !== undefined) throw new Failure(missing);
  const parts = await sharedParts(parent);
  return { template, environment, parent, parts, records: await listBranches(parent, parts.database) };
}

/** The stack's file: the template with what is known of this branch. */
async function writeStack(branches: Branches, named: string, port: number, image: string | undefined): Promise<Stack> {
  const { template } = branches;
  const folder = folderOf();
  const stack = `branch-${named}`;
  await mkdir(folder, { recursive: true });
  await copyFile(join(projectRoot, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
  const document = parseDocument(await readFile(template.file, "utf8"));
  const at = ["config", `${template.project}:environment`];
  document.setIn([...at, "instance"], instanceOf(branches, named, port));
  if (image !== undefined) document.setIn([...at, "image"], image);
  await writeFile(join(folder, `Pulumi.${stack}.yaml`), document.toString());
  return readStack(folder, stack);
}

/** HTTPS as the parent has it, but where its authority gives no certificate for such a name. */
function instanceOf({ environment, parent, parts }: Branches, named: string, port: number) {
  const { host } = parent;
  const { https, ...shared } = parts;
  const certificates = certificatesOf(parent.environment);
  const isLocal = environment.domain === "localhost" || environment.domain.endsWith(".localhost");
  const secured = https !== undefined && certificates !== "none" && !(certificates === "acme" && isLocal);
  return {
    ...{ name: named, port, ...shared },
    ...(host === undefined ? {} : { host }),
    ...(secured ? { https: { settings: { ...parent.environment.https, certificates }, ...https } } : {}),
  };
}

function folderOf(): string {
  return join(stateFolder, "branches");
}

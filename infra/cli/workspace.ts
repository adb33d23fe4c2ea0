// Where the engine works on one stack, and where it keeps its state: in a local file unless configured otherwise.
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, relative } from "node:path";
import { parseDocument } from "yaml";
import type { Stack } from "../config/stack-file.ts";
import { Failure } from "./failure.ts";
import { projectRoot, stateFolder } from "./project.ts";
import { capture } from "./run.ts";

/** How to call the CLI for one stack. */
export interface Workspace {
  /** Folder to run in. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * With a backend of the user's, the project's own folder. Else a copy of the two Pulumi files below `.berth/`, because
 * the engine writes the salt of its secrets into the stack's file, which is committed.
 */
export async function openWorkspace(stack: Stack): Promise<Workspace> {
  const workspace = (await isBackendConfigured()) ? await configuredWorkspace(stack) : await localWorkspace(stack);
  const { cwd, env } = workspace;
  const selected = await capture("pulumi", ["stack", "select", stack.name, "--non-interactive"], { cwd, env });
  if (selected.code !== 0) {
    const created = await capture("pulumi", ["stack", "init", stack.name, "--non-interactive"], { cwd, env });
    if (created.code !== 0) throw new Failure(`the stack ${stack.name} cannot be made: ${lastError(created.stderr)}`);
  }
  return workspace;
}

export async function isBackendConfigured(): Promise<boolean> {
  if (process.env.PULUMI_BACKEND_URL !== undefined || process.env.PULUMI_ACCESS_TOKEN !== undefined) return true;
  const project = parseDocument(await readFile(join(projectRoot, "Pulumi.yaml"), "utf8")).toJS() as {
    backend?: unknown;
  };
  if (project.backend !== undefined) return true;
  const credentials = join(process.env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "credentials.json");
  if (!existsSync(credentials)) return false;
  return Boolean((JSON.parse(await readFile(credentials, "utf8")) as { current?: string }).current);
}

/** A stack whose file is not the project's, a branch's, gets a folder as well. */
async function configuredWorkspace(stack: Stack): Promise<Workspace> {
  const cwd = dirname(stack.file) === projectRoot ? projectRoot : await workFolder(stack);
  return { cwd, env: process.env };
}

export async function workFolder(stack: Stack): Promise<string> {
  const cwd = join(stateFolder, "pulumi", stack.name);
  await mkdir(cwd, { recursive: true });
  await copyProject(cwd);
  await copyStack(stack, join(cwd, `Pulumi.${stack.name}.yaml`));
  return cwd;
}

export async function localWorkspace(stack: Stack): Promise<Workspace> {
  const cwd = await workFolder(stack);
  const state = join(stateFolder, "state");
  await mkdir(state, { recursive: true });
  await dropDeadLocks(state);
  const env = { ...process.env, PULUMI_BACKEND_URL: `file://${state}` };
  return { cwd, env: { PULUMI_CONFIG_PASSPHRASE: await localPassphrase(), ...env } };
}

async function copyProject(cwd: string): Promise<void> {
  const project = parseDocument(await readFile(join(projectRoot, "Pulumi.yaml"), "utf8"));
  project.set("main", relative(cwd, join(projectRoot, "infra/index.ts")));
  await writeFile(join(cwd, "Pulumi.yaml"), project.toString());
}

async function copyStack(stack: Stack, copy: string): Promise<void> {
  const document = parseDocument(await readFile(stack.file, "utf8"));
  const before = existsSync(copy) ? parseDocument(await readFile(copy, "utf8")).get("encryptionsalt") : undefined;
  if (!document.has("encryptionsalt") && before !== undefined) document.set("encryptionsalt", before);
  await writeFile(copy, document.toString());
}

/** Encrypts the secrets of local state; made once. */
async function localPassphrase(): Promise<string> {
  const file = join(stateFolder, "passphrase");
  if (!existsSync(file)) await writeFile(file, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx" });
  return await readFile(file, "utf8");
}

/** A killed engine leaves its lock; in our own local state the process it names can be looked up. */
async function dropDeadLocks(state: string): Promise<void> {
  const folder = join(state, ".pulumi/locks");
  const files = existsSync(folder) ? await readdir(folder, { recursive: true }) : [];
  for (const file of files.filter((name) => name.endsWith(".json"))) {
    const { pid } = JSON.parse(await readFile(join(folder, file), "utf8")) as { pid: number };
    if (!isRunning(pid)) await rm(join(folder, file));
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The line of the engine's output that says what is wrong. */
export function lastError(text: string): string {
  return (
    text
      .trim()
      .split("\n")
      .findLast((line) => line.startsWith("error:")) ?? text.trim()
  );
}

// The Pulumi engine as the commands use it: found on PATH.
import type { Stack } from "../config/stack-file.ts";
import { type AnswerOptions, untilAnswers } from "./answers.ts";
import { Failure } from "./failure.ts";
import { assertPortFree } from "./port.ts";
import { withProgress } from "./progress.ts";
import { projectRoot } from "./project.ts";
import { capture, captureIfThere, runToEnd } from "./run.ts";
import { isInterrupted, removeStrays } from "./strays.ts";
import {
  isBackendConfigured,
  lastError,
  localWorkspace,
  openWorkspace,
  type Workspace,
  workFolder,
} from "./workspace.ts";

/** How a command of the app is run in a container of it: the app contract, as for its health check. */
const appCommand = ["node", "main.js"];

/** What the engine lacks to deploy a stack, as a sentence that also says what to do; undefined if nothing. */
export async function missingForEngine(stack: Stack): Promise<string | undefined> {
  const { environment } = stack;
  if (environment.architecture === "vps") {
    const docker = await missingDocker(environment.host);
    if (docker !== undefined) return docker;
  }
  const version = await captureIfThere("pulumi", ["version"]);
  if (version?.code === 0) return undefined;
  if (version !== undefined) return `the Pulumi CLI on PATH does not run: ${lastError(version.stderr)}`;
  return "there is no Pulumi CLI on PATH: install it (https://www.pulumi.com/docs/install/)";
}

/** A Docker engine must answer: the local one, or that of `host`. */
export async function missingDocker(host?: string): Promise<string | undefined> {
  const at = host === undefined ? [] : ["--host", host];
  const answer = await captureIfThere("docker", [...at, "version", "--format", "{{.Server.Version}}"]);
  if (answer === undefined)
    return "there is no docker command on PATH: install Docker (https://docs.docker.com/engine/install/)";
  if (answer.code === 0) return undefined;
  if (/permission denied/i.test(answer.stderr)) {
    return "the Docker engine refuses this user: add the user to the group docker, or run as root";
  }
  const where = host ?? process.env.DOCKER_HOST ?? "this machine";
  return `no Docker engine answers on ${where}: start it (${answer.stderr.trim().split("\n").at(-1)})`;
}

/** Deploys a stack and returns when its URL answers. */
export async function engineUp(stack: Stack): Promise<void> {
  const workspace = await openWorkspace(stack);
  const before = await outputsOf(stack, workspace);
  if (stack.environment.architecture === "vps" && stack.environment.host === undefined && before.url === undefined) {
    await assertPortFree(stack.environment.port, `port in Pulumi.${stack.name}.yaml`);
  }
  process.stdout.write(
    `${stack.name}, with the Pulumi engine (state: ${workspace.env.PULUMI_BACKEND_URL ?? "as configured"})\n`,
  );
  await dropStrays(stack);
  await pulumi(stack, workspace, upArguments(stack), "up");
  await tidyUp(stack, workspace);
  const deployed = await outputsOf(stack, workspace);
  const { url } = deployed;
  if (typeof url !== "string") throw new Failure(`${stack.name} is deployed, but has no output "url" to look at`);
  await withProgress(`Waiting for ${url}`, untilAnswers(url, await certificateAnswers(stack, deployed)));
  if (stack.environment.tier === "development") await loadDemoData(stack, deployed);
  const isKept = stack.environment.tier !== "development";
  const fate = isKept
    ? `berth destroy ${stack.name} --yes takes it down`
    : `berth destroy ${stack.name} takes it down, with its data`;
  process.stdout.write(`${stack.name} is up at ${url}\n${fate}.\n`);
}

/** Deploys a stack whose resources tell themselves when they are ready. */
export async function engineDeploy(stack: Stack): Promise<void> {
  await pulumi(stack, await openWorkspace(stack), ["up", "--yes", "--skip-preview"], "up");
}

/** What to believe, or to say, of the certificate of a site whose container keeps one. */
async function certificateAnswers({ environment }: Stack, outputs: Record<string, unknown>): Promise<AnswerOptions> {
  const { certificates } = (outputs.containers ?? {}) as { certificates?: string };
  if (environment.architecture !== "vps" || certificates === undefined) return {};
  const host = environment.host === undefined ? [] : ["--host", environment.host];
  const certificateHint = `: docker ${[...host, "logs", certificates].join(" ")} says why`;
  if (environment.https.certificates !== "local") return { certificateHint };
  const { code, stdout } = await capture("docker", [...host, "exec", certificates, "cat", "/certificates/ca.pem"]);
  return code === 0 ? { authority: stdout, certificateHint } : { certificateHint };
}

/** Runs the app's command `demo` in a container of web; it loads its data once, however often it is run. */
async function loadDemoData({ environment }: Stack, outputs: Record<string, unknown>): Promise<void> {
  const web = (outputs.containers as { web?: readonly string[] } | undefined)?.web?.[0];
  if (environment.architecture !== "vps" || web === undefined) return;
  const host = environment.host === undefined ? [] : ["--host", environment.host];
  const { code, stderr } = await capture("docker", [...host, "exec", web, ...appCommand, "demo"]);
  if (code !== 0) process.stderr.write(`The app's command demo failed, so there is no demo data: ${stderr.trim()}\n`);
}

/**
 * Deploys a stack and returns when its rollout is done: the program's own hooks see to that.
 *
 * @param signal keeps the engine from beginning; one that works is told by the same signal of the system, and ends by itself
 */
export async function engineRelease(stack: Stack, action: "deploy" | "rollback", signal: AbortSignal): Promise<void> {
  const { cwd, env } = await openWorkspace(stack);
  signal.throwIfAborted();
  await pulumi(stack, { cwd, env: { ...env, BERTH_ACTION: action } }, upArguments(stack), "up");
}

/** AWS refuses some changes only half-way through an update: a preview refuses them before. */
function upArguments({ environment }: Stack): string[] {
  const canRefuse = environment.architecture === "cloud" && environment.tier === "production";
  return canRefuse ? ["up", "--yes"] : ["up", "--yes", "--skip-preview"];
}

/** Before a killed update is finished: what it left is of the generation that the requests are to go to. */
async function dropStrays(stack: Stack): Promise<void> {
  if (stack.environment.architecture !== "vps") return;
  const state = await stackState(stack);
  if (isInterrupted(state)) await removeStrays(stack, state);
}

/** Removes what a killed update left, and the words about it in the state. */
async function tidyUp(stack: Stack, workspace: Workspace): Promise<void> {
  if (stack.environment.architecture !== "vps") return;
  const state = await stackState(stack);
  await removeStrays(stack, state);
  if (!isInterrupted(state)) return;
  await pulumi(stack, workspace, ["refresh", "--yes", "--skip-preview", "--clear-pending-creates"], "refresh");
}

/**
 * Prints what the engine would do; makes neither a stack nor a resource, and leaves the stack's file as it is, into which the
 * engine would write the salt of its secrets.
 *
 * @returns false if there is no such stack in the backend
 */
export async function enginePreview(stack: Stack): Promise<boolean> {
  if (!(await isBackendConfigured())) {
    throw new Failure(
      `there is no backend with the state of ${stack.name}: set PULUMI_BACKEND_URL, or log in (pulumi login)`,
    );
  }
  const workspace = { cwd: await workFolder(stack), env: process.env };
  const { code, stderr } = await capture("pulumi", ["stack", "--show-name", "--stack", stack.name], workspace);
  if (code !== 0 && isNoStack(stderr)) return false;
  await pulumi(stack, workspace, ["preview", "--diff"], "preview");
  return true;
}

function isNoStack(stderr: string): boolean {
  return stderr.includes("no stack named");
}

/** Destroys what a stack deployed, all of it. */
export async function engineDestroy(stack: Stack): Promise<void> {
  const workspace = await openWorkspace(stack);
  await tidyUp(stack, workspace);
  // AWS refuses some deletions of what was changed since the state was written; Docker's provider must not be asked after a failure.
  const refresh = stack.environment.architecture === "cloud" ? ["--refresh"] : [];
  await pulumi(stack, workspace, ["destroy", "--yes", "--skip-preview", ...refresh], "destroy");
  await pulumi(stack, workspace, ["stack", "rm", "--yes", "--preserve-config"], "stack rm");
  process.stdout.write(`${stack.name} is gone.\n`);
}

/** Destroys what a stack deployed, but what its program protects, and what else `kept` names as patterns of URNs. */
export async function engineDestroyBut(stack: Stack, kept: readonly string[]): Promise<void> {
  const workspace = await openWorkspace(stack);
  await tidyUp(stack, workspace);
  const excluded = kept.flatMap((pattern) => ["--exclude", pattern]);
  await pulumi(stack, workspace, ["destroy", "--yes", "--skip-preview", "--exclude-protected", ...excluded], "destroy");
}

/**
 * Reads some resources anew into a stack's state, named by patterns of URNs.
 *
 * @returns why it could not be done, as the engine says it; undefined if it was
 */
export async function engineRefresh(stack: Stack, targets: readonly string[]): Promise<string | undefined> {
  const { cwd, env } = await openWorkspace(stack);
  const named = targets.flatMap((target) => ["--target", target]);
  const args = ["refresh", "--yes", "--skip-preview", ...named, "--stack", stack.name, "--non-interactive"];
  const { code, stdout, stderr } = await capture("pulumi", args, { cwd, env });
  return code === 0 ? undefined : lastError(`${stdout}\n${stderr}`);
}

/** From now on nothing of a stack is protected. */
export async function engineUnprotect(stack: Stack): Promise<void> {
  await pulumi(stack, await openWorkspace(stack), ["state", "unprotect", "--all", "--yes"], "state unprotect");
}

/**
 * The state of a stack as the engine exports it, secrets encrypted.
 *
 * @throws Failure where there is no engine, no such stack, or no right to it
 */
export async function stackState(stack: Stack): Promise<string> {
  const workspace = (await isBackendConfigured())
    ? { cwd: projectRoot, env: process.env }
    : await localWorkspace(stack);
  const answer = await captureIfThere("pulumi", ["stack", "export", "--stack", stack.name], workspace);
  if (answer === undefined) throw new Failure("there is no Pulumi CLI on PATH to read the state with");
  if (answer.code !== 0 && isNoStack(answer.stderr)) throw new Failure(`the backend has no stack ${stack.name}`);
  if (answer.code !== 0) throw new Failure(`its state cannot be read: ${lastError(answer.stderr)}`);
  return answer.stdout;
}

/**
 * What a deployed stack's program returned.
 *
 * @throws Failure where there is no engine, no such stack, or no right to it
 */
export async function stackOutputs(stack: Stack): Promise<Record<string, unknown>> {
  const state = JSON.parse(await stackState(stack)) as {
    deployment?: { resources?: readonly { type: string; outputs?: Record<string, unknown> }[] };
  };
  const root = state.deployment?.resources?.find(({ type }) => type === "pulumi:pulumi:Stack");
  return root?.outputs ?? {};
}

async function pulumi(stack: Stack, { cwd, env }: Workspace, args: readonly string[], what: string): Promise<void> {
  const code = await runToEnd("pulumi", [...args, "--stack", stack.name, "--non-interactive"], { cwd, env });
  if (code !== 0)
    throw new Failure(`pulumi ${what} of ${stack.name} failed (exit code ${code}); the cause stands above`);
}

async function outputsOf(stack: Stack, { cwd, env }: Workspace): Promise<Record<string, unknown>> {
  const answer = await capture("pulumi", ["stack", "output", "--json", "--stack", stack.name], { cwd, env });
  if (answer.code !== 0)
    throw new Failure(`the outputs of ${stack.name} cannot be read: ${answer.stderr.trim().split("\n").at(-1)}`);
  return JSON.parse(answer.stdout) as Record<string, unknown>;
}

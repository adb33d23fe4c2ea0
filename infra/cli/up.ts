// berth up: brings an environment up and ends with a URL that answers.
import { join } from "node:path";
import type { VpsEnvironment } from "../config/environment.ts";
import { readStack, type Stack } from "../config/stack-file.ts";
import { startEnvironment } from "../embedded/environment.ts";
import { AlreadyRunning } from "../embedded/lock.ts";
import { siteNames, siteOrigins, siteUrl, variablesFault } from "../site.ts";
import { engineUp, missingForEngine } from "./engine.ts";
import { exitCodes, Failure } from "./failure.ts";
import { interruptible } from "./interruption.ts";
import { assertPortFree } from "./port.ts";
import { withProgress } from "./progress.ts";
import { projectRoot, stateFolder } from "./project.ts";

interface UpOptions {
  readonly embedded?: boolean;
  readonly engine?: boolean;
  readonly yes?: boolean;
}

/** With the engine where it and what the stack deploys to are there; else, for `vps`, embedded. */
export async function up(name: string, options: UpOptions): Promise<void> {
  if (options.embedded && options.engine)
    throw new Failure("--embedded and --engine exclude each other", exitCodes.usage);
  const stack = readStack(projectRoot, name);
  if (stack.environment.tier === "production" && !options.yes) {
    throw new Failure(
      `${name} is of tier production: look at "berth plan ${name}" first, then add --yes`,
      exitCodes.usage,
    );
  }
  const missing = options.embedded
    ? "--embedded was asked for"
    : await withProgress("Looking for Docker and Pulumi", missingForEngine(stack));
  if (missing === undefined) return engineUp(stack);
  if (options.engine) throw new Failure(missing);
  await embeddedUp(stack, missing);
}

async function embeddedUp(stack: Stack, reason: string): Promise<void> {
  const environment = embeddable(stack, reason);
  say(`${stack.name}, embedded (${reason.split(": ")[0]}): PostgreSQL and the app as processes of this machine`);
  await interruptible({ message: "interrupted; nothing is left running" }, async (signal) => {
    const running = await start(stack.name, environment, signal);
    say(`${stack.name} is up at ${running.url}`);
    say(`Data and logs: ${directoryOf(stack.name)}. Ctrl-C, or kill ${process.pid}, stops it; the data stays.`);
    const broken = await Promise.race([abortOf(signal), running.broken]);
    await withProgress("Stopping", running.stop());
    if (broken !== undefined) throw new Failure(`${broken}\nEverything else was stopped.`);
    say(`${stack.name} is stopped.`);
  });
}

function abortOf(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined));
  });
}

/** @throws Failure where a stack can only be run by the engine */
function embeddable({ name, environment }: Stack, reason: string): VpsEnvironment {
  if (environment.architecture !== "vps" || environment.host !== undefined || environment.secrets.length > 0) {
    const why =
      environment.architecture !== "vps" ? "architecture" : environment.host === undefined ? "secrets" : "host";
    throw new Failure(`${name} needs the Pulumi engine, for its ${why}: ${reason}`);
  }
  const fault = variablesFault(environment.tier, Object.keys(environment.variables));
  if (fault !== undefined) throw new Failure(`Pulumi.${name}.yaml: ${fault}`, exitCodes.usage);
  return environment;
}

async function start(name: string, environment: VpsEnvironment, signal: AbortSignal) {
  const directory = directoryOf(name);
  const url = siteUrl("http", environment.domain, environment.port);
  try {
    return await startEnvironment({
      environment,
      url,
      names: siteNames(environment.domain, environment.allowedHosts),
      origins: siteOrigins(url, environment.corsOrigins),
      directory,
      main: join(projectRoot, "app/main.ts"),
      signal,
      onStep: (step) => say(`${step} …`),
      beforeStart: () => assertPortFree(environment.port, `port in Pulumi.${name}.yaml`),
    });
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (error instanceof AlreadyRunning) {
      throw new Failure(`${name} runs already at ${error.url} (pid ${error.pid}): kill ${error.pid} stops it`);
    }
    const message = error instanceof Error ? error.message : String(error);
    throw new Failure(`${name} did not come up: ${message}\nEverything was stopped. Logs: ${join(directory, "logs")}`);
  }
}

function directoryOf(name: string): string {
  return join(stateFolder, "embedded", name);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

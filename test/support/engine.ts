// The real Pulumi engine for tests: a folder with the two Pulumi files, state in a local file, the CLI on PATH.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { parseDocument } from "yaml";
import { projectRoot } from "../../infra/cli/project.ts";
import { capture, type Finished } from "../../infra/cli/run.ts";
import type { Requirement } from "./requirement.ts";

/** The Pulumi CLI. */
export const engine: Requirement = {
  variable: "BERTH_REQUIRE_ENGINE",
  missing: succeeds("pulumi", ["version"]) ? undefined : "there is no Pulumi CLI on PATH",
};

/** A Docker engine. */
export const docker: Requirement = {
  variable: "BERTH_REQUIRE_DOCKER",
  missing: succeeds("docker", ["version", "--format", "{{.Server.Version}}"]) ? undefined : "no Docker engine answers",
};

/** An AWS endpoint on loopback; any other is as good as none, so that no test can touch a real account. */
export const awsEmulator: Requirement = { variable: "BERTH_REQUIRE_ENGINE", missing: missingEmulator(process.env) };

export function missingEmulator(env: NodeJS.ProcessEnv): string | undefined {
  const endpoint = env.AWS_ENDPOINT_URL;
  if (endpoint === undefined || endpoint === "") return "AWS_ENDPOINT_URL is not set";
  const host = URL.canParse(endpoint) ? new URL(endpoint).hostname : "";
  const isLoopback = host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
  return isLoopback
    ? undefined
    : `AWS_ENDPOINT_URL is ${endpoint}, not on loopback, and tests never touch a real account`;
}

function succeeds(command: string, args: string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

/** A step of an update: what the engine did to how many resources. */
export type Changes = Readonly<Record<string, number>>;

/** A stack in a folder of its own. */
export interface EngineStack {
  readonly name: string;
  readonly folder: string;
  /** The variables by which the CLI finds its state. */
  readonly backend: Readonly<Record<string, string>>;
  /** Runs `pulumi ARGS --stack NAME`; never throws for the exit code. */
  pulumi(...args: string[]): Promise<Finished>;
  /** The same with further environment variables. */
  pulumiWith(variables: Readonly<Record<string, string>>, ...args: string[]): Promise<Finished>;
  /** Starts `pulumi ARGS --stack NAME` and kills it with all its children when `when` resolves. */
  kill(when: () => Promise<void>, ...args: string[]): Promise<void>;
  /** Runs `pulumi up` and returns its summary of changes; throws with the engine's output if it fails. */
  up(): Promise<Changes>;
  outputs(): Promise<Record<string, unknown>>;
  /** Changes `berth:environment`. */
  configure(change: (environment: Record<string, unknown>) => void): void;
  /** Writes the file with a changed `berth:environment` beside the stack's own, for `--config-file`, and returns its path. */
  variant(change: (environment: Record<string, unknown>) => void): string;
  /** Destroys what is left and removes the folder. */
  dispose(): Promise<void>;
  /** Removes the folder; what was deployed stays. */
  forget(): void;
}

/** Makes a stack from a committed one, by default with its name. */
export async function engineStack(
  committed: string,
  change: (environment: Record<string, unknown>) => void = () => {},
  name: string = committed,
): Promise<EngineStack> {
  const folder = mkdtempSync(join(tmpdir(), "berth-engine-"));
  const state = join(folder, "state");
  mkdirSync(state);
  const project = parseDocument(readFileSync(join(projectRoot, "Pulumi.yaml"), "utf8"));
  project.set("main", relative(folder, join(projectRoot, "infra/index.ts")));
  writeFileSync(join(folder, "Pulumi.yaml"), project.toString());
  const file = join(folder, `Pulumi.${name}.yaml`);
  writeFileSync(file, readFileSync(join(projectRoot, `Pulumi.${committed}.yaml`)));
  const backend = { PULUMI_BACKEND_URL: `file://${state}`, PULUMI_CONFIG_PASSPHRASE: "test" };
  const env = { ...process.env, ...backend, PULUMI_SKIP_UPDATE_CHECK: "true", NO_COLOR: "1" };
  let variants = 0;
  const stack: EngineStack = {
    name,
    folder,
    backend,
    pulumi: (...args) => stack.pulumiWith({}, ...args),
    pulumiWith: (variables, ...args) =>
      capture("pulumi", [...args, "--stack", name, "--non-interactive"], {
        cwd: folder,
        env: { ...env, ...variables },
      }),
    async kill(when, ...args) {
      const options = { cwd: folder, env, detached: true, stdio: "ignore" } as const;
      const child = spawn("pulumi", [...args, "--stack", name, "--non-interactive"], options);
      const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
      try {
        await when();
      } finally {
        process.kill(-(child.pid ?? 0), "SIGKILL");
        await ended;
      }
      // The lock of a killed engine is nobody's.
      const { code, stderr } = await stack.pulumi("cancel", "--yes");
      if (code !== 0) throw new Error(`pulumi cancel failed:\n${stderr}`);
    },
    async up() {
      const result = await stack.pulumi("up", "--yes", "--skip-preview");
      if (result.code !== 0) throw new Error(`pulumi up failed (${result.code}):\n${result.stdout}${result.stderr}`);
      return changesOf(result.stdout);
    },
    async outputs() {
      const { stdout } = await stack.pulumi("stack", "output", "--json");
      return JSON.parse(stdout) as Record<string, unknown>;
    },
    configure(edit) {
      writeFileSync(file, edited(file, edit));
    },
    variant(edit) {
      variants += 1;
      const beside = join(folder, `variant-${variants}.yaml`);
      writeFileSync(beside, edited(file, edit));
      return beside;
    },
    async dispose() {
      const destroyed = await stack.pulumi("destroy", "--yes", "--skip-preview");
      rmSync(folder, { recursive: true, force: true });
      if (destroyed.code !== 0) throw new Error(`pulumi destroy failed:\n${destroyed.stdout}${destroyed.stderr}`);
    },
    forget: () => rmSync(folder, { recursive: true, force: true }),
  };
  stack.configure(change);
  const created = await capture("pulumi", ["stack", "init", name, "--non-interactive"], { cwd: folder, env });
  if (created.code !== 0) throw new Error(`pulumi stack init failed:\n${created.stderr}`);
  return stack;
}

/** A stack's file with a changed `berth:environment`. */
function edited(file: string, change: (environment: Record<string, unknown>) => void): string {
  const document = parseDocument(readFileSync(file, "utf8"));
  const { config } = document.toJS() as { config: Record<string, Record<string, unknown>> };
  const environment = config["berth:environment"] ?? {};
  change(environment);
  document.setIn(["config", "berth:environment"], environment);
  return document.toString();
}

/** Reads the engine's last lines: `+ 14 created`, `~ 2 updated`, `+-1 replaced`, `14 unchanged`. */
export function changesOf(output: string): Changes {
  const summary = output.slice(output.lastIndexOf("Resources:"));
  const found = summary.matchAll(/^\s+(?:[+~-]+\s*)?(\d+) (created|updated|replaced|deleted|unchanged)/gm);
  return Object.fromEntries([...found].map(([, count, what]) => [what, Number(count)]));
}

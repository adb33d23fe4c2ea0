// The plan of another git revision: its files in a worktree below a temporary folder, its own dependencies where its lock file
// is another, its program in a process that has no secrets, writes nothing and starts nothing.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Graph } from "../plan/graph.ts";
import { parseJson } from "../plan/json.ts";
import { readGraph } from "../plan/saved.ts";
import { Failure } from "./failure.ts";
import { projectRoot } from "./project.ts";
import { capture } from "./run.ts";

/** Seconds after which the process is ended; an evaluation that hangs says so itself before. */
const limitSeconds = 90;
const heapMegabytes = 1024;

/** The commit that a name stands for; undefined if there is none of that name here. */
export async function commitOf(revision: string): Promise<string | undefined> {
  const asked = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`];
  const { code, stdout } = await git(asked);
  return code === 0 ? stdout.trim() : undefined;
}

/**
 * Evaluates a stack as it is in `commit`.
 *
 * @param onStart told when its process runs, which needs nothing of this one any more until it is done
 * @throws Failure, with a sentence, for whatever keeps that program from being evaluated
 */
export async function graphOfCommit(commit: string, stack: string, onStart: () => void): Promise<Graph> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "berth-base-")));
  const tree = join(folder, "tree");
  const remove = () => {
    rmSync(folder, { recursive: true, force: true });
    spawnSync("git", ["worktree", "prune"], { cwd: projectRoot, stdio: "ignore" });
  };
  const interrupted = () => {
    remove();
    process.exit(130);
  };
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  try {
    const added = await git(["-c", "core.hooksPath=/dev/null", "worktree", "add", "--quiet", "--detach", tree, commit]);
    if (added.code !== 0) throw new Failure(`git cannot check it out: ${added.stderr.trim().split("\n").at(-1)}`);
    const root = await projectIn(tree);
    await dependencies(root);
    return await evaluated(root, stack, onStart);
  } finally {
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
    remove();
  }
}

/** The project may be a folder of its repository; in no revision does it lie outside. */
async function projectIn(tree: string): Promise<string> {
  const { stdout } = await git(["rev-parse", "--show-prefix"]);
  const root = realpathSync(join(tree, stdout.trim()));
  if (root !== tree && !root.startsWith(`${tree}/`)) throw new Failure("its project is a link to another place");
  return root;
}

async function dependencies(root: string): Promise<void> {
  const installed = join(root, "node_modules");
  rmSync(installed, { recursive: true, force: true });
  if (readFileSync(join(root, "package-lock.json"), "utf8") === lockFile()) {
    symlinkSync(realpathSync(join(projectRoot, "node_modules")), installed);
    return;
  }
  const args = [
    "ci",
    "--ignore-scripts",
    "--omit=dev",
    "--no-audit",
    "--no-fund",
    "--fetch-retries=1",
    "--loglevel=error",
  ];
  const { code, stderr } = await capture("npm", args, { cwd: root, env: environment(forNpm) });
  if (code !== 0) throw new Failure(`npm cannot install its dependencies: ${npmReason(stderr)}`);
}

/** npm's first line has a code only. */
function npmReason(stderr: string): string {
  const lines = stderr.trim().split("\n");
  return lines.find((line) => !/^npm error( code .*)?$/.test(line.trim())) ?? lines[0] ?? "it gave no reason";
}

function lockFile(): string {
  return readFileSync(join(projectRoot, "package-lock.json"), "utf8");
}

/** What npm may see: how to reach its registry. A revision's own .npmrc could send any other variable to where it likes. */
const forNpm =
  /^(PATH|HOME|LANG|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|(HTTPS?|NO)_PROXY|npm_config_(registry|cafile|cache))$/i;
/** What its program may see. */
const forProgram = /^(PATH|LANG|NODE_COMPILE_CACHE)$/;

function environment(allowed: RegExp): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => allowed.test(name)));
}

async function evaluated(root: string, stack: string, onStart: () => void): Promise<Graph> {
  // Our evaluator, so that both sides are seen through the same eyes; in that folder, so that it uses that one's Pulumi.
  const evaluator = join(root, ".berth-plan");
  cpSync(join(projectRoot, "infra/plan"), evaluator, { recursive: true });
  const readable = [root, realpathSync(join(root, "node_modules")), process.env.NODE_COMPILE_CACHE ?? root];
  const child = spawn(
    process.execPath,
    [
      "--permission",
      ...readable.map((path) => `--allow-fs-read=${path}`),
      `--max-old-space-size=${heapMegabytes}`,
      "--disable-warning=SecurityWarning",
      join(evaluator, "child.ts"),
      root,
      stack,
    ],
    { cwd: root, env: { ...environment(forProgram), HOME: root }, stdio: ["ignore", "ignore", "pipe", "pipe"] },
  );
  child.once("spawn", onStart);
  const timer = setTimeout(() => child.kill("SIGKILL"), limitSeconds * 1000);
  const texts = await Promise.all([textOf(child.stdio[3]), textOf(child.stderr), ended(child)]);
  clearTimeout(timer);
  const [sent, stderr, how] = texts;
  return graphIn(sent, () => how ?? lastError(stderr));
}

function graphIn(sent: string, otherwise: () => string): Graph {
  const result = parseJson(sent);
  if (typeof result !== "object" || result === null) throw new Failure(otherwise());
  if ("fault" in result) throw new Failure(String(result.fault));
  const graph = readGraph("graph" in result ? result.graph : undefined);
  if (typeof graph === "string") throw new Failure(graph);
  return graph;
}

async function ended(child: ReturnType<typeof spawn>): Promise<string | undefined> {
  return await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (_, signal) =>
      resolve(signal === "SIGKILL" ? `it took more than ${limitSeconds} s` : undefined),
    );
  });
}

async function textOf(stream: unknown): Promise<string> {
  let text = "";
  for await (const chunk of stream as AsyncIterable<Buffer>) text += chunk.toString();
  return text;
}

function lastError(text: string): string {
  return text.split("\n").findLast((line) => /error/i.test(line)) ?? "its program ends the process that evaluates it";
}

async function git(args: readonly string[]) {
  return await capture("git", args, { cwd: projectRoot, env: { ...process.env, GIT_TERMINAL_PROMPT: "0" } });
}

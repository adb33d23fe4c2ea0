// The files of another git revision, in a worktree below a temporary folder, with the dependencies that its program needs.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "./failure.ts";
import { covers, linksOut } from "./lock-file.ts";
import { withProgress } from "./progress.ts";
import { projectRoot } from "./project.ts";
import { capture } from "./run.ts";

export interface Checkout {
  /** The project's folder in it. */
  readonly root: string;
  /** What evaluates its program: ours, so that both sides are seen through the same eyes. */
  readonly evaluator: string;
  remove(): void;
}

/** The commit that a name stands for; undefined if there is none of that name here. */
export async function commitOf(revision: string): Promise<string | undefined> {
  const asked = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`];
  const { code, stdout } = await git(asked);
  return code === 0 ? stdout.trim() : undefined;
}

/** @throws Failure, with a sentence, for whatever keeps that revision from being looked at */
export async function checkOut(commit: string): Promise<Checkout> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "berth-base-")));
  const tree = join(folder, "tree");
  const interrupted = () => {
    remove();
    process.exit(130);
  };
  const remove = () => {
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
    rmSync(folder, { recursive: true, force: true });
    spawnSync("git", ["worktree", "prune"], { cwd: projectRoot, stdio: "ignore" });
  };
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  try {
    // Without links: Node.js would follow them out of what the program may read, and writing here could follow them too.
    const settings = ["-c", "core.hooksPath=/dev/null", "-c", "core.symlinks=false"];
    const added = await git([...settings, "worktree", "add", "--quiet", "--detach", tree, commit]);
    if (added.code !== 0) throw new Failure(`git cannot check it out: ${added.stderr.trim().split("\n").at(-1)}`);
    const root = await projectIn(tree);
    await dependencies(root);
    // In that folder, so that it uses that one's Pulumi.
    const evaluator = join(root, ".berth-plan");
    rmSync(evaluator, { recursive: true, force: true });
    cpSync(join(projectRoot, "infra/plan"), evaluator, { recursive: true });
    return { root, evaluator, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** The project may be a folder of its repository. */
async function projectIn(tree: string): Promise<string> {
  const { stdout } = await git(["rev-parse", "--show-prefix"]);
  const root = join(tree, stdout.trim());
  for (const file of ["package-lock.json", "infra/index.ts"]) {
    if (!existsSync(join(root, file)))
      throw new Failure(`it has no ${join(stdout.trim(), file)}: it is from before the program`);
  }
  return root;
}

async function dependencies(root: string): Promise<void> {
  const installed = join(root, "node_modules");
  rmSync(installed, { recursive: true, force: true });
  const lock = lockFile(root);
  if (covers(lockFile(projectRoot), lock)) {
    symlinkSync(realpathSync(join(projectRoot, "node_modules")), installed);
    return;
  }
  const [astray] = linksOut(lock);
  if (astray !== undefined) throw new Failure(`its lock file links to ${astray}, outside of the repository`);
  const args = [
    "ci",
    "--ignore-scripts",
    "--omit=dev",
    // The program's alone: the app's are not needed to evaluate it.
    "--workspaces=false",
    "--no-audit",
    "--no-fund",
    "--fetch-retries=1",
    "--loglevel=error",
  ];
  const npm = capture("npm", args, { cwd: root, env: environment(forNpm) });
  const { code, stderr } = await withProgress("Installing the base's dependencies, which are others", npm);
  if (code !== 0) throw new Failure(`npm cannot install its dependencies: ${npmReason(stderr)}`);
}

function lockFile(root: string): string {
  return readFileSync(join(root, "package-lock.json"), "utf8");
}

/** npm's first line has a code only. */
function npmReason(stderr: string): string {
  const lines = stderr.trim().split("\n");
  return lines.find((line) => !/^npm error( code .*)?$/.test(line.trim())) ?? lines[0] ?? "it gave no reason";
}

/** What npm may see: how to reach its registry. A revision's own .npmrc could send any other variable to where it likes. */
const forNpm =
  /^(PATH|HOME|LANG|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|(HTTPS?|NO)_PROXY|npm_config_(registry|cafile|cache))$/i;

/** The variables whose names are allowed. */
export function environment(allowed: RegExp): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => allowed.test(name)));
}

async function git(args: readonly string[]) {
  return await capture("git", args, { cwd: projectRoot, env: { ...process.env, GIT_TERMINAL_PROMPT: "0" } });
}

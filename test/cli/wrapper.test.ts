// The wrapper on machines that lack something: what it needs it brings itself, or says in a sentence what is missing.
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, unlinkSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { capture } from "../../infra/cli/run.ts";
import { berth, startBerth } from "../support/berth.ts";
import { type BinFolder, binFolder } from "../support/bin-folder.ts";
import { copyProject, type ProjectCopy } from "../support/project-copy.ts";

let bin: BinFolder;
let project: ProjectCopy | undefined;
beforeEach(() => {
  bin = binFolder();
});
afterEach(() => {
  bin.remove();
  project?.remove();
  project = undefined;
});

/** A Node that says it is old, and npm run by the real one. */
async function oldNode(): Promise<void> {
  const npm = await capture("sh", ["-c", 'readlink -f "$(command -v npm)"']);
  bin.script("node", `[ "$1" = --version ] && { echo v20.11.0; exit; }\nexec "${process.execPath}" "$@"`);
  bin.script("npm", `exec "${process.execPath}" "${npm.stdout.trim()}" "$@"`);
}

const environment = (more: NodeJS.ProcessEnv = {}) => ({
  ...process.env,
  PATH: bin.path,
  NODE_COMPILE_CACHE: undefined,
  ...more,
});

describe("a machine with an old Node, bash and npm", () => {
  test("the wrapper fetches Node and the dependencies, once, and plans", async () => {
    await oldNode();
    project = copyProject("none");
    const first = await berth(project.berth, ["plan", "production"], environment());
    expect(first.stderr).toMatch(/fetching Node\.js 24 from npm, once[\s\S]*installing dependencies/);
    expect(first.stdout).toMatch(/^berth production: \d+ resources/);
    expect(first.code).toBe(0);
    const second = await berth(project.berth, ["plan", "production"], environment());
    expect(second.stderr).not.toMatch(/fetching|installing/);
    expect(second.stdout).toBe(first.stdout);
    expect(locks()).toEqual([]);
  });

  test("without a network it says so, keeps nothing half-made, and works once there is one", async () => {
    await oldNode();
    project = copyProject("none");
    const offline = environment({
      npm_config_registry: "http://127.0.0.1:1",
      npm_config_fetch_retries: "0",
      npm_config_cache: join(bin.path, "cache"),
    });
    const { code, stderr } = await berth(project.berth, ["plan", "dev"], offline);
    expect(stderr).toMatch(/berth: npm could not fetch Node\.js 24 \(.*ECONNREFUSED.*\): check the network/);
    expect(code).toBe(1);
    expect(locks()).toEqual([]);
    expect(existsSync(join(project.folder, ".berth/node"))).toBe(false);
  });
});

test("dependencies that cannot be installed are a sentence, and the next run tries again", async () => {
  bin.link("node", process.execPath);
  bin.script("npm", 'echo "npm error code ENOTFOUND" >&2\nexit 1');
  project = copyProject("none");
  for (let run = 0; run < 2; run++) {
    const { code, stderr } = await berth(project.berth, ["plan", "dev"], environment());
    expect(stderr).toMatch(/npm could not install the dependencies \(npm error code ENOTFOUND\): check the network/);
    expect(code).toBe(1);
  }
});

test("without Node and npm it says what to install", async () => {
  project = copyProject("shared");
  const { code, stderr } = await berth(project.berth, ["plan", "dev"], environment());
  expect(stderr).toBe(
    "berth: needs Node.js 24.7 or later, or any npm to fetch it with: install Node.js from https://nodejs.org\n",
  );
  expect(code).toBe(1);
});

/** What there is of locks. */
function locks(): string[] {
  return readdirSync(join(project?.folder ?? "", ".berth")).filter((name) => name.startsWith("install-lock"));
}

describe("a lock", () => {
  const dead = "2147483646.1.1";
  const started = (pid: number) =>
    readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ")[19];
  const path = () => join(project?.folder ?? "", ".berth/install-lock");
  beforeEach(() => {
    bin.link("node", process.execPath);
    bin.script("npm", "exit 1");
    project = copyProject("none");
    mkdirSync(join(project.folder, ".berth"));
  });
  const plan = () => berth(project?.berth ?? "", ["plan", "dev"], environment());

  test.each([
    ["whose owner is gone", dead],
    ["whose owner's id is another process's by now", `${process.pid}.1.1`],
    ["that names nobody", "nobody"],
  ])("%s does not hold anybody up", async (_, owner) => {
    symlinkSync(owner, path());
    const { stderr } = await plan();
    expect(stderr).toMatch(/could not install the dependencies/);
    expect(stderr).not.toMatch(/waiting/);
    expect(locks()).toEqual([]);
  });

  test("whose owner is gone, and who took it over as well, does not either", async () => {
    symlinkSync(dead, path());
    symlinkSync("2147483646.1.2", `${path()}.after.${dead}`);
    expect((await plan()).stderr).toMatch(/could not install the dependencies/);
    expect(locks()).toEqual([]);
  });

  test("that is held is waited for, which is said, and whose it is", async () => {
    symlinkSync(`${process.pid}.${started(process.pid)}.1`, path());
    const running = startBerth(project?.berth ?? "", ["plan", "dev"], environment());
    await running.says(new RegExp(`waiting for another berth \\(pid ${process.pid}\\).*remove ${path()}\n`));
    expect(running.output()).not.toMatch(/installing dependencies/);
    unlinkSync(path());
    await running.says(/could not install the dependencies/);
    expect(running.output().match(/waiting/g)).toHaveLength(1);
    await running.ended;
    expect(locks()).toEqual([]);
  });

  test("is held by one of many, time and again, after kills too", async () => {
    // A third of them are killed by what they install with, and leave their lock.
    const [inside, log] = [join(bin.path, "inside"), join(bin.path, "log")];
    bin.script(
      "npm",
      `mkdir "${inside}" || echo "not alone" >>"${log}"\necho held >>"${log}"\nsleep 0.0$(($$ % 5))\nrmdir "${inside}"\n[ $(($$ % 3)) != 0 ] || kill -9 $PPID\nexit 1`,
    );
    symlinkSync(dead, path());
    for (let round = 0; round < 4; round++) await Promise.all(Array.from({ length: 8 }, plan));
    expect(readFileSync(log, "utf8")).toBe("held\n".repeat(32));
    bin.script("npm", "exit 1");
    await plan();
    expect(locks()).toEqual([]);
  });

  test("that cannot be made is a sentence", async () => {
    bin.script("ln", "exit 1");
    const { code, stderr } = await plan();
    expect(stderr).toBe(`berth: cannot make ${path()}: look at its folder and the space on its disk.\n`);
    expect(code).toBe(1);
  });
});

test("a signal during the installation ends npm too, and leaves no lock", async () => {
  bin.link("node", process.execPath);
  bin.script("npm", `echo $$ >"${join(bin.path, "npm.pid")}"\nexec sleep 50`);
  project = copyProject("none");
  const running = startBerth(project.berth, ["plan", "dev"], environment());
  await running.says(/installing dependencies/);
  // Written, not only made.
  const npm = () => Number(readFileSync(join(bin.path, "npm.pid"), { encoding: "utf8", flag: "a+" }));
  await expect.poll(npm).toBeGreaterThan(0);
  running.signal("SIGTERM");
  expect(await running.ended).toBe(130);
  expect(() => process.kill(npm(), 0)).toThrow(/ESRCH/);
  expect(locks()).toEqual([]);
});

test("works from any folder, through a link, in a path with blanks", async () => {
  project = copyProject("shared");
  const link = join(bin.path, "berth-link");
  bin.link("berth-link", project.berth);
  for (const [script, cwd] of [
    [project.berth, "/"],
    [link, tmpdir()],
    ["./berth", project.folder],
    ["a clone/berth", dirname(project.folder)],
  ] as const) {
    const { code, stdout } = await capture(script, ["plan", "dev"], { cwd });
    expect({ script, code, plan: stdout.split(":")[0] }).toEqual({ script, code: 0, plan: "berth dev" });
  }
});

test.skipIf(process.getuid?.() !== 0)("works where root installed, for a user with another Node", async () => {
  project = copyProject("shared");
  const { berth: script, folder } = project;
  await capture(script, ["plan", "dev"]);
  bin.link("node", process.execPath);
  await capture("chmod", ["a+rx", dirname(folder), bin.path]);
  const asNobody = ["--reuid=nobody", "--clear-groups", script, "plan", "dev"];
  const other = { PATH: `${bin.path}:${process.env.PATH}`, HOME: "/nonexistent" };
  const { code, stdout, stderr } = await capture("setpriv", asNobody, { env: other });
  // A slow machine says what takes long.
  expect(stderr).not.toMatch(/berth|denied/i);
  expect(stdout).toMatch(/^berth dev: /);
  expect(code).toBe(0);
  // What has to be installed cannot be.
  utimesSync(join(folder, "package-lock.json"), new Date(), new Date(Date.now() + 60_000));
  const stale = await capture("setpriv", asNobody, { env: other });
  expect(stale.stderr).toBe(`berth: cannot write to ${folder}/.berth: run from a folder that you may write to.\n`);
  expect(stale.code).toBe(1);
});

test.skipIf(process.getuid?.() !== 0)("works as a user who is not root", async () => {
  project = copyProject("shared");
  await capture("chown", ["-R", "nobody", dirname(project.folder)]);
  const asNobody = ["--reuid=nobody", "--clear-groups", project.berth, "plan", "dev"];
  const { code, stdout, stderr } = await capture("setpriv", asNobody, {
    env: { PATH: process.env.PATH, HOME: "/nonexistent" },
  });
  expect(stderr).not.toMatch(/^berth:/m);
  expect(stdout).toMatch(/^berth dev: /);
  expect(code).toBe(0);
});

// berth test: the whole of the tests, or a part of them.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { exitCodes, Failure } from "./failure.ts";
import { projectRoot } from "./project.ts";
import { runToEnd } from "./run.ts";
import { type Counts, countsVariable, sentence } from "./test-counts.ts";

const vitest = resolve(projectRoot, "node_modules/vitest/vitest.mjs");

/** Runs vitest on folders below test/, files, or parts of file names; everything if nothing is named. */
export async function test(what: readonly string[], options: { watch?: boolean }): Promise<void> {
  const code = what.length === 0 && !options.watch ? await everything() : await some(what, options);
  if (code !== 0) throw new Failure("tests failed; berth test FILE runs one of them again", exitCodes.failed);
}

function some(what: readonly string[], options: { watch?: boolean }): Promise<number> {
  const filters = what.map((word) => (existsSync(resolve(projectRoot, "test", word)) ? `test/${word}` : word));
  return runToEnd(process.execPath, [vitest, options.watch ? "watch" : "run", ...filters], { cwd: projectRoot });
}

/** What shares neither an engine's emulator nor its containers: tests with the real engine wait most of their time. */
const parts = [["!engine", "!docker"], ["engine"], ["docker"]];

/** All parts at once, which takes little longer than the longest. */
async function everything(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "berth-tests-"));
  try {
    const runs = parts.map(async (projects, index) => {
      const file = join(folder, `${index}.json`);
      const code = await runToEnd(process.execPath, [vitest, "run", ...projects.map((name) => `--project=${name}`)], {
        cwd: projectRoot,
        env: { ...process.env, ...colour(), [countsVariable]: file },
        stdio: ["ignore", "pipe", "pipe"],
      });
      return { code, counts: existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Counts) : broken };
    });
    const ended = await Promise.all(runs);
    const sum = (key: keyof Counts) => ended.reduce((total, { counts }) => total + counts[key], 0);
    console.log(sentence({ passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") }));
    return ended.find(({ code }) => code !== 0)?.code ?? 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A part that ended before it could count is a failure. */
const broken: Counts = { passed: 0, failed: 1, skipped: 0 };

/** What comes through us looks as it would on the terminal. */
function colour(): NodeJS.ProcessEnv {
  return process.stdout.isTTY && process.env.NO_COLOR === undefined ? { FORCE_COLOR: "1" } : {};
}

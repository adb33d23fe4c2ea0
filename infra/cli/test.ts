// berth test: the whole of the tests, or a part of them.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { exitCodes, Failure } from "./failure.ts";
import { projectRoot } from "./project.ts";
import { runToEnd } from "./run.ts";
import { type Counts, countsVariable, sentence } from "./test-counts.ts";

const vitest = resolve(projectRoot, "node_modules/vitest/vitest.mjs");

/** What shares neither an engine's emulator nor its containers: tests with the real engine wait most of their time. */
const parts = [["--project=!engine", "--project=!docker"], ["--project=engine"], ["--project=docker"]];

/** Runs vitest on folders below test/, files, or parts of file names; everything if nothing is named. */
export async function test(what: readonly string[], options: { watch?: boolean }): Promise<void> {
  const filters = what.map((word) => (existsSync(resolve(projectRoot, "test", word)) ? `test/${word}` : word));
  if (options.watch) {
    const code = await runToEnd(process.execPath, [vitest, "watch", ...filters], { cwd: projectRoot });
    if (code !== 0) throw new Failure(`vitest ended with ${code}`, exitCodes.failed);
    return;
  }
  // All parts at once, which takes little longer than the longest.
  const runs = await (filters.length === 0 ? Promise.all(parts.map((part) => run(part, true))) : [await run(filters)]);
  const sum = (key: keyof Counts) => runs.reduce((total, { counts }) => total + counts[key], 0);
  const counts = { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
  console.log(`\n${sentence(counts)}`);
  if (counts.passed + counts.failed + counts.skipped === 0) {
    throw new Failure(
      `no file of tests is called like ${what.join(" or ")}: name a folder below test/ or a part of a file's name`,
      exitCodes.usage,
    );
  }
  if (runs.some(({ code }) => code !== 0)) {
    throw new Failure("tests failed; berth test FILE runs one of them again", exitCodes.failed);
  }
}

/** @param beside runs with others on this terminal, which it therefore does not draw on */
async function run(args: readonly string[], beside = false): Promise<{ code: number; counts: Counts }> {
  const folder = mkdtempSync(join(tmpdir(), "berth-tests-"));
  const file = join(folder, "counts.json");
  try {
    const code = await runToEnd(process.execPath, [vitest, "run", ...args], {
      cwd: projectRoot,
      env: { ...process.env, ...(beside ? colour() : {}), [countsVariable]: file },
      ...(beside ? { stdio: ["ignore", "pipe", "pipe"] } : {}),
    });
    return { code, counts: existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Counts) : broken };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A run that ended before it could count is a failure. */
const broken: Counts = { passed: 0, failed: 1, skipped: 0 };

/** What comes through us looks as it would on the terminal. */
function colour(): NodeJS.ProcessEnv {
  return process.stdout.isTTY && process.env.NO_COLOR === undefined ? { FORCE_COLOR: "1" } : {};
}

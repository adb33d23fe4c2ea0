// berth test: the whole of the tests, or a part of them.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { exitCodes, Failure } from "./failure.ts";
import { projectRoot } from "./project.ts";
import { runToEnd } from "./run.ts";
import { type CountsByFile, countsVariable, type FileCounts, outside, sentence, sumOf } from "./test-counts.ts";

const vitest = resolve(projectRoot, "node_modules/vitest/vitest.mjs");

/** What shares neither an engine's emulator nor its containers: tests with the real engine wait most of their time. */
const parts = [["--project=!engine", "--project=!docker"], ["--project=engine"], ["--project=docker"]];

/** More files than this do not fail by bad luck. */
const mostRetried = 5;

/**
 * Runs vitest on folders below test/, files, or parts of file names; everything if nothing is named.
 * @param options.retry runs a few files that failed once more, one after the other and with nothing beside them, and says so
 */
export async function test(what: readonly string[], options: { watch?: boolean; retry?: boolean }): Promise<void> {
  const filters = what.map((word) => (existsSync(resolve(projectRoot, "test", word)) ? `test/${word}` : word));
  if (options.watch) {
    const code = await runToEnd(process.execPath, [vitest, "watch", ...filters], { cwd: projectRoot });
    if (code !== 0) throw new Failure(`vitest ended with ${code}`, exitCodes.failed);
    return;
  }
  // All parts at once, which takes little longer than the longest.
  const runs = filters.length === 0 ? parts.map((part) => run(part, true)) : [run(filters)];
  const byFile: Record<string, FileCounts> = Object.assign({}, ...(await Promise.all(runs)));
  if (options.retry) await retry(byFile);
  const counts = sumOf(byFile);
  console.log(`\n${sentence(counts)}`);
  if (counts.passed + counts.failed + counts.skipped === 0) {
    throw new Failure(
      `no file of tests is called like ${what.join(" or ")}: name a folder below test/ or a part of a file's name`,
      exitCodes.usage,
    );
  }
  if (counts.failed > 0) throw new Failure("tests failed; berth test FILE runs one of them again", exitCodes.failed);
}

/** Puts the counts of the second time in the place of those of the first, and says why there was a second time. */
async function retry(byFile: Record<string, FileCounts>): Promise<void> {
  const failed = Object.entries(byFile).filter(([, counts]) => counts.failed > 0);
  if (failed.length === 0 || failed.length > mostRetried || outside in Object.fromEntries(failed)) return;
  const told: string[] = [];
  for (const [file, { reasons }] of failed) {
    console.log(`\n${file} failed, and is run once more, alone:`);
    const again = await run([file], true);
    told.push(
      `${file}, ${sumOf(again).failed === 0 ? "passed" : "failed again"} alone`,
      ...reasons.map((why) => `  ${why}`),
    );
    Object.assign(byFile, again);
  }
  console.log(`\nFailed at first:\n${told.map((line) => `  ${line}`).join("\n")}`);
}

/** @param beside runs with others on this terminal, which it therefore does not draw on */
async function run(args: readonly string[], beside = false): Promise<CountsByFile> {
  const folder = mkdtempSync(join(tmpdir(), "berth-tests-"));
  const file = join(folder, "counts.json");
  try {
    const code = await runToEnd(process.execPath, [vitest, "run", ...args], {
      cwd: projectRoot,
      env: { ...process.env, ...(beside ? colour() : {}), [countsVariable]: file },
      ...(beside ? { stdio: ["ignore", "pipe", "pipe"] } : {}),
    });
    const byFile = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as CountsByFile) : undefined;
    // A run that ended before it could count, or for what it counts nowhere, is a failure.
    const isCounted = byFile !== undefined && (code === 0 || sumOf(byFile).failed > 0 || isEmpty(byFile));
    return isCounted ? byFile : { ...byFile, [outside]: { passed: 0, failed: 1, skipped: 0, reasons: [] } };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Nothing is called like what was asked for. */
function isEmpty(byFile: CountsByFile): boolean {
  return Object.keys(byFile).length === 0;
}

/** What comes through us looks as it would on the terminal. */
function colour(): NodeJS.ProcessEnv {
  return process.stdout.isTTY && process.env.NO_COLOR === undefined ? { FORCE_COLOR: "1" } : {};
}

// berth test: the whole of the tests, or a part of them.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { exitCodes, Failure } from "./failure.ts";
import { projectRoot } from "./project.ts";
import { runToEnd } from "./run.ts";

/** Runs vitest on folders below test/, files, or parts of file names; everything if nothing is named. */
export async function test(what: readonly string[], options: { watch?: boolean }): Promise<void> {
  const filters = what.map((word) => (existsSync(resolve(projectRoot, "test", word)) ? `test/${word}` : word));
  const vitest = resolve(projectRoot, "node_modules/vitest/vitest.mjs");
  const code = await runToEnd(process.execPath, [vitest, options.watch ? "watch" : "run", ...filters], {
    cwd: projectRoot,
  });
  if (code !== 0) throw new Failure("tests failed; berth test FILE runs one of them again", exitCodes.failed);
}

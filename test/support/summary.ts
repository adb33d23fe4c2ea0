// Ends a run with one line: what passed, failed and was skipped.
import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Reporter, TestModule } from "vitest/node";
import { projectRoot } from "../../infra/cli/project.ts";
import { countsVariable, type FileCounts, outside, sentence, sumOf } from "../../infra/cli/test-counts.ts";

export default class Summary implements Reporter {
  readonly #file = process.env[countsVariable];

  constructor() {
    // What tests start may be a run of tests, too, whose counts are its own.
    delete process.env[countsVariable];
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const byFile: Record<string, FileCounts> = {};
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      const count = (state: string) => tests.filter((test) => test.result().state === state).length;
      // A module that could not be loaded, or a suite that could not be set up, has no test that failed; it is a failure all the same.
      const suites = [module, ...module.children.allSuites()];
      const broken = suites.filter((suite) => suite.state() === "failed" && suite.errors().length > 0);
      byFile[module.relativeModuleId] = {
        passed: count("passed"),
        failed: count("failed") + broken.length,
        skipped: count("skipped"),
        reasons: [
          ...broken.flatMap((suite) => suite.errors().map((error) => reason("set-up", error))),
          ...tests.flatMap((test) => (test.result().errors ?? []).map((error) => reason(test.fullName, error))),
        ],
      };
    }
    for (const error of errors) {
      const counts = byFile[duringFile(error)] ?? none;
      const reasons = [...counts.reasons, reason("an error that nothing waited for", error)];
      byFile[duringFile(error)] = { ...counts, failed: counts.failed + 1, reasons };
    }
    if (this.#file === undefined) process.stdout.write(`\n${sentence(sumOf(byFile))}\n`);
    else writeFileSync(this.#file, JSON.stringify(byFile));
  }
}

const none: FileCounts = { passed: 0, failed: 0, skipped: 0, reasons: [] };

/** One line; of a long message its end says as much as its beginning. */
function reason(what: string, error: unknown): string {
  const message = stripVTControlCharacters(String((error as { message?: unknown }).message ?? error));
  const line = message.trim().replaceAll(/\s+/g, " ");
  return `${what}: ${line.length > 600 ? `${line.slice(0, 200)} … ${line.slice(-400)}` : line}`;
}

/** The file that was running when there was an error that nothing waited for. */
function duringFile(error: unknown): string {
  const path = (error as { VITEST_TEST_PATH?: string }).VITEST_TEST_PATH;
  return path === undefined ? outside : relative(projectRoot, path);
}

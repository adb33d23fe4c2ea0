// Ends a run with one line: what passed, failed and was skipped.
import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import type { Reporter, TestModule } from "vitest/node";
import { projectRoot } from "../../infra/cli/project.ts";
import { type Counts, countsVariable, outside, sentence, sumOf } from "../../infra/cli/test-counts.ts";

export default class Summary implements Reporter {
  readonly #file = process.env[countsVariable];

  constructor() {
    // What tests start may be a run of tests, too, whose counts are its own.
    delete process.env[countsVariable];
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const byFile: Record<string, Counts> = {};
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      const count = (state: string) => tests.filter((test) => test.result().state === state).length;
      // A module that could not be loaded, or a suite that could not be set up, has no test that failed; it is a failure all the same.
      const suites = [module, ...module.children.allSuites()];
      const broken = suites.filter((suite) => suite.state() === "failed" && suite.errors().length > 0).length;
      byFile[module.relativeModuleId] = {
        passed: count("passed"),
        failed: count("failed") + broken,
        skipped: count("skipped"),
      };
    }
    for (const error of errors) {
      const { passed, failed, skipped } = byFile[duringFile(error)] ?? none;
      byFile[duringFile(error)] = { passed, failed: failed + 1, skipped };
    }
    if (this.#file === undefined) process.stdout.write(`\n${sentence(sumOf(byFile))}\n`);
    else writeFileSync(this.#file, JSON.stringify(byFile));
  }
}

const none: Counts = { passed: 0, failed: 0, skipped: 0 };

/** The file that was running when there was an error that nothing waited for. */
function duringFile(error: unknown): string {
  const path = (error as { VITEST_TEST_PATH?: string }).VITEST_TEST_PATH;
  return path === undefined ? outside : relative(projectRoot, path);
}

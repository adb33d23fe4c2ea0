// Ends a run with one line: what passed, failed and was skipped.
import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";
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
    if (errors.length > 0) byFile[outside] = { passed: 0, failed: errors.length, skipped: 0 };
    if (this.#file === undefined) process.stdout.write(`\n${sentence(sumOf(byFile))}\n`);
    else writeFileSync(this.#file, JSON.stringify(byFile));
  }
}

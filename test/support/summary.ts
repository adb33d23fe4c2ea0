// Ends a run with one line: what passed, failed and was skipped.
import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";
import { countsVariable, sentence } from "../../infra/cli/test-counts.ts";

export default class Summary implements Reporter {
  readonly #file = process.env[countsVariable];

  constructor() {
    // What tests start may be a run of tests, too, whose counts are its own.
    delete process.env[countsVariable];
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    // A module that could not be loaded, or a suite that could not be set up, has no test that failed; it is a failure all the same.
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const broken = suites.filter((suite) => suite.state() === "failed" && suite.errors().length > 0).length;
    const counts = {
      passed: count("passed"),
      failed: count("failed") + broken + errors.length,
      skipped: count("skipped"),
    };
    if (this.#file === undefined) process.stdout.write(`\n${sentence(counts)}\n`);
    else writeFileSync(this.#file, JSON.stringify(counts));
  }
}

// Tests that need something of the machine: skipped with one line where it is missing, or failed where it must be there.
import { describe, test } from "vitest";

/** Something a group of tests needs. */
export interface Requirement {
  /** What the environment variable that makes it a must is called, e.g. `BERTH_REQUIRE_ENGINE`. */
  readonly variable: string;
  /** Why it is not there, as a sentence; undefined if it is. */
  readonly missing: string | undefined;
}

/** `describe` for tests that need all of `requirements`. */
export function describeWith(name: string, requirements: readonly Requirement[], tests: () => void): void {
  const absent = requirements.filter(({ missing }) => missing !== undefined);
  const demanded = absent.filter(({ variable }) => process.env[variable] === "1");
  for (const { variable, missing } of demanded) {
    test(`${name} (${variable}=1)`, () => {
      throw new Error(`${missing}, and ${variable}=1 makes that a failure.`);
    });
  }
  if (absent.length > 0) console.log(`${name}: skipped, ${absent.map(({ missing }) => missing).join("; ")}`);
  describe.skipIf(absent.length > 0)(name, tests);
}

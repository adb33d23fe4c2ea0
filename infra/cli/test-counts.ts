// How a run of tests ended, in numbers: told by the reporter, added up by `berth test`.

export interface Counts {
  readonly passed: number;
  /** Tests, and files that could not be loaded. */
  readonly failed: number;
  readonly skipped: number;
}

/** Variable with the file that a run leaves its counts in, if it is one of several. */
export const countsVariable = "BERTH_TEST_COUNTS";

/** One line that people and machines can read: `12 passed, 0 failed, 3 skipped`. */
export function sentence({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

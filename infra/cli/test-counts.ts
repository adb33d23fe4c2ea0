// How a run of tests ended, in numbers: told by the reporter, added up by `berth test`.

export interface Counts {
  readonly passed: number;
  /** Tests, and files that could not be loaded. */
  readonly failed: number;
  readonly skipped: number;
}

/** What became of a file of tests. */
export interface FileCounts extends Counts {
  /** What failed and why, a line for each. */
  readonly reasons: readonly string[];
}

/** The counts of each file, by its path. */
export type CountsByFile = Readonly<Record<string, FileCounts>>;

/** In place of a path: what failed in none of the files, such as an error that nothing was waiting for. */
export const outside = "";

/** Variable with the file that a run leaves its counts in, by the files of tests, if there is a sum to be made. */
export const countsVariable = "BERTH_TEST_COUNTS";

/** @param byFile whatever runs there were */
export function sumOf(byFile: CountsByFile): Counts {
  const sum = (key: keyof Counts) => Object.values(byFile).reduce((total, counts) => total + counts[key], 0);
  return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
}

/** One line that people and machines can read: `12 passed, 0 failed, 3 skipped`. */
export function sentence({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

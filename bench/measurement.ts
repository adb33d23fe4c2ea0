// What a benchmark reports: a figure, what was measured, and the floor it is held to.

export interface Measurement {
  readonly figure: string;
  /** With its unit. */
  readonly value: string;
  /** With its unit, e.g. `≤ 1.0 s`. */
  readonly floor: string;
  readonly held: boolean;
}

/** The middle one of an odd number of values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

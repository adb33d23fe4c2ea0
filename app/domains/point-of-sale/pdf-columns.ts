// How wide the columns of a printed table are: as wide as what they hold; where that is too much, long texts give way, numbers
// never do.

export interface ColumnWish {
  /** Width of the widest cell. */
  readonly width: number;
  /** Shown whole whatever happens. */
  readonly isNumber: boolean;
}

export interface Column {
  readonly left: number;
  readonly width: number;
}

/** Between columns: at least, and at most where there is room. */
const gaps = { least: 8, most: 28 };

/** Columns side by side on `available` units, from 0. */
export function fitColumns(wishes: readonly ColumnWish[], available: number): readonly Column[] {
  const room = available - gaps.least * (wishes.length - 1);
  const longest = capOf(wishes, room);
  const widths = wishes.map(({ width, isNumber }) => (isNumber ? width : Math.min(width, longest)));
  const spare = (available - sum(widths)) / Math.max(1, wishes.length - 1);
  const gap = Math.min(gaps.most, Math.max(gaps.least, spare));
  return widths.map((width, index) => ({ left: sum(widths.slice(0, index)) + gap * index, width }));
}

/** The width that no text may exceed, so that all columns together have room: short ones keep theirs, long ones share the rest. */
function capOf(wishes: readonly ColumnWish[], room: number): number {
  let left = room - sum(wishes.filter(({ isNumber }) => isNumber).map(({ width }) => width));
  const texts = wishes
    .filter(({ isNumber }) => !isNumber)
    .map(({ width }) => width)
    .toSorted((a, b) => a - b);
  for (const [index, width] of texts.entries()) {
    const share = left / (texts.length - index);
    if (width > share) return Math.max(0, share);
    left -= width;
  }
  return Number.POSITIVE_INFINITY;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

// Which backups may go: the program that the backup container runs, against what the rule says in other words.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { projectRoot } from "../../../infra/cli/project.ts";

interface Keep {
  readonly days: number;
  readonly weeks: number;
  readonly months: number;
}

function dropped(ids: readonly string[], keep: Keep): string[] {
  const limits = Object.entries(keep).flatMap(([name, value]) => ["-v", `${name}=${value}`]);
  const program = join(projectRoot, "infra/vps/scripts/retention.awk");
  const text = execFileSync("awk", [...limits, "-f", program], { input: ids.join("\n"), encoding: "utf8" });
  return text.split("\n").filter(Boolean).sort();
}

const idOf = (time: number) => new Date(time).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").concat("Z");
const dayMs = 86_400_000;

/** The rule, by another way: calendar days, weeks from Monday, months, by JavaScript's own dates. */
function keptByRule(times: readonly number[], { days, weeks, months }: Keep): Set<number> {
  const newest = Math.max(...times);
  const kept = new Set(times.filter((time) => newest - time < dayMs));
  const monday = (time: number) => {
    const date = new Date(time);
    date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
    return date.toISOString().slice(0, 10);
  };
  const rules: [number, (time: number) => string][] = [
    [days, (time) => new Date(time).toISOString().slice(0, 10)],
    [weeks, monday],
    [months, (time) => new Date(time).toISOString().slice(0, 7)],
  ];
  for (const [count, period] of rules) {
    const newestOf = new Map<string, number>();
    for (const time of times) newestOf.set(period(time), Math.max(time, newestOf.get(period(time)) ?? 0));
    for (const time of [...newestOf.values()].sort((a, b) => b - a).slice(0, count)) kept.add(time);
  }
  return kept;
}

const seconds = (year: number, month: number) => Date.UTC(year, month) / 1000;
const arbitraryTimes = fc
  .uniqueArray(fc.integer({ min: seconds(2023, 11), max: seconds(2029, 2) }), { minLength: 1, maxLength: 40 })
  .chain((far) =>
    // Some close together as well: several a day, days in a row.
    fc
      .uniqueArray(fc.nat(60 * 24 * 12), { maxLength: 40 })
      .map((near) => [...new Set([...far, ...near.map((minutes) => (far[0] ?? 0) - minutes * 60)])]),
  )
  .map((all) => all.map((second) => second * 1000));
const arbitraryKeep = fc.record({ days: fc.nat(14), weeks: fc.nat(8), months: fc.nat(14) });

test("what goes is what no rule keeps, whatever the order", () => {
  fc.assert(
    fc.property(arbitraryTimes, arbitraryKeep, (times, keep) => {
      const kept = keptByRule(times, keep);
      expect(dropped(times.map(idOf), keep)).toEqual(
        times
          .filter((time) => !kept.has(time))
          .map(idOf)
          .sort(),
      );
    }),
    { numRuns: 150 },
  );
});

test("what was kept once is kept until something newer comes", () => {
  fc.assert(
    fc.property(arbitraryTimes, arbitraryKeep, (times, keep) => {
      const ids = times.map(idOf);
      const gone = new Set(dropped(ids, keep));
      expect(
        dropped(
          ids.filter((id) => !gone.has(id)),
          keep,
        ),
      ).toEqual([]);
    }),
    { numRuns: 50 },
  );
});

test("the newest stays though nothing is to be kept, and a stranger's file is not touched", () => {
  const none = { days: 0, weeks: 0, months: 0 };
  expect(dropped(["20260301T000000Z", "20260101T000000Z"], none)).toEqual(["20260101T000000Z"]);
  expect(dropped(["../../etc/passwd", "20260101T000000Z", "notes"], none)).toEqual([]);
  expect(dropped([], none)).toEqual([]);
});

test("a year of daily backups with 7, 4 and 6 comes down to a few", () => {
  const start = Date.UTC(2026, 0, 1, 3);
  const ids = Array.from({ length: 365 }, (_, day) => idOf(start + day * dayMs));
  const gone = dropped(ids, { days: 7, weeks: 4, months: 6 });
  const left = ids.filter((id) => !gone.includes(id));
  // 25 to 31 December; the Sundays before; the ends of July to November.
  expect(left.map((id) => id.slice(0, 8))).toEqual([
    "20260731",
    "20260831",
    "20260930",
    "20261031",
    "20261130",
    "20261213",
    "20261220",
    "20261225",
    "20261226",
    "20261227",
    "20261228",
    "20261229",
    "20261230",
    "20261231",
  ]);
});

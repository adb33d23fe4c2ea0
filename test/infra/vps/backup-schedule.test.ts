import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../../infra/cli/project.ts";

const script = readFileSync(join(projectRoot, "infra/vps/scripts/backup.sh"), "utf8");
const functions = ["schedule", "made"].map(
  (name) => new RegExp(`^${name}\\(\\) \\{[\\s\\S]*?\\}$`, "m").exec(script)?.[0],
);

/** What stands around the script's own functions: a clock that goes on while something sleeps or a backup is made. */
const surroundings = (start: string, days: number, takes: number, failing: number) => `
set -Eeuo pipefail
time_file=$(mktemp) last_file=$(mktemp) here=$(mktemp -d)
trap 'rm -rf "$time_file" "$last_file" "$here"' EXIT
printf '#!/bin/sh\\n' >$here/backup.sh; chmod +x $here/backup.sh
command date -u -d '${start}' +%s >$time_file
end=$(($(cat $time_file) + ${days} * 86400)) left=${failing}
date() { command date -d "@$(cat $time_file)" "$@"; }
go_on() { echo $(($(cat $time_file) + $1)) >$time_file; }
sleep() { go_on "$1"; (($(cat $time_file) < end)) || kill $$; }
rm() { if [[ $* == *scratch* ]]; then :; else command rm "$@"; fi; }
say() { :; }
newest() { cat $last_file; }
now() {
  local id
  if ((left > 0)); then left=$((left - 1)); return 1; fi
  id=$(date -u +%Y%m%dT%H%M%SZ)
  go_on ${takes}
  echo "$id" >$last_file
  echo "$id" >&2
}`;

interface Course {
  readonly everyHours: number;
  readonly start: string;
  readonly days: number;
  /** Seconds that a backup takes. */
  readonly takes: number;
  /** How many fail at first. */
  readonly failing?: number;
}

/** Times of the backups that are made. */
function backups({ everyHours, start, days, takes, failing = 0 }: Course): Date[] {
  const settings = `EVERY_HOURS=${everyHours} KEEP_DAYS=7 KEEP_WEEKS=4 KEEP_MONTHS=6`;
  const text = [surroundings(start, days, takes, failing), settings, ...functions, "schedule 2>&1"].join("\n");
  const ids = execFileSync("bash", ["-c", text], { encoding: "utf8" }).trim().split("\n");
  return ids.map((id) => new Date(id.replace(/(....)(..)(..)T(..)(..)(..)Z/, "$1-$2-$3T$4:$5:$6Z")));
}

test.each([
  { everyHours: 24, start: "2026-06-01 15:00:00", days: 15, takes: 5 },
  { everyHours: 24, start: "2026-06-01 15:00:00", days: 15, takes: 4000 },
  { everyHours: 6, start: "2026-06-01 05:59:30", days: 4, takes: 45 },
  { everyHours: 1, start: "2026-06-01 00:00:00", days: 2, takes: 600 },
])("one at once, then one in each interval, whatever it takes: $everyHours h, $takes s", (course) => {
  const times = backups(course).map(Number);
  const period = course.everyHours * 3_600_000;
  const begin = Date.parse(`${course.start.replace(" ", "T")}Z`);
  expect(times[0]).toBe(begin);
  const intervals = times.map((time) => Math.floor(time / period));
  const first = Math.floor(begin / period);
  expect(intervals).toEqual(
    Array.from({ length: (course.days * 24) / course.everyHours + (begin % period > 0 ? 1 : 0) }, (_, i) => first + i),
  );
  // At its beginning, or as soon as the one before was done.
  for (const time of times.slice(1)) expect(time % period).toBeLessThanOrEqual(course.takes * 1000);
});

test("one that fails is tried again after a quarter of an hour", () => {
  const times = backups({ everyHours: 24, start: "2026-06-01 15:00:00", days: 2, takes: 5, failing: 2 });
  expect(times.map((time) => time.toISOString().slice(0, 16))).toEqual([
    "2026-06-01T15:30",
    "2026-06-02T00:00",
    "2026-06-03T00:00",
  ]);
});

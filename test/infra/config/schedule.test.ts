// Schedules as EventBridge Scheduler takes them.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scheduleFault, scheduleForm } from "../../../infra/config/schedule.ts";

test.each([
  ["cron(0 3 * * ? *)"],
  ["cron(0/15 8-18 ? * MON-FRI *)"],
  ["cron(*/5 * * * ? 2026-2030)"],
  ["cron(0 0 L * ? *)"],
  ["cron(0 9 3W JAN,jul ? *)"],
  ["cron(0 9 ? * 6L *)"],
  ["cron(0 9 ? * fri#2 *)"],
  ["cron(0 9 ? * L *)"],
  ["cron(0 9 1,15 * ? *)"],
  ["cron(0 9 1-10/3 */2 ? *)"],
  ["rate(1 hour)"],
  ["rate(1 hours)"],
  ["rate(90 days)"],
])("%s is one", (schedule) => {
  expect(schedule).toMatch(scheduleForm);
  expect(scheduleFault(schedule)).toBeUndefined();
});

test.each([
  ["cron(99 99 * * * *)", /^minutes from 0 to 59, as/],
  ["cron(0 24 * * ? *)", /^hours from 0 to 23/],
  ["cron(0 0 32 * ? *)", /^day-of-month from 1 to 31/],
  ["cron(0 0 0 * ? *)", /^day-of-month/],
  ["cron(0 0 1 13 ? *)", /^month from 1 to 12 or JAN to DEC/],
  ["cron(0 0 ? * 0 *)", /^day-of-week from 1 to 7 or SUN to SAT/],
  ["cron(0 0 ? * MON/2 *)", /^day-of-week/],
  ["cron(0 0 ? * 3#6 *)", /^day-of-week/],
  ["cron(0 0 ? * 3#1,6#3 *)", /^day-of-week/],
  ["cron(0 0 ? * Monday *)", /^day-of-week/],
  ["cron(0 0 * * ? 1969)", /^year from 1970 to 2199/],
  ["cron(*/0 0 * * ? *)", /^minutes/],
  ["cron(5- 0 * * ? *)", /^minutes/],
  ["cron(? 0 * * ? *)", /^minutes/],
  ["cron(1,,2 0 * * ? *)", /^minutes/],
  ["cron(0 3 * * * *)", /^day-of-month or day-of-week, one of the two, as \?/],
  ["cron(0 3 ? * ? *)", /^day-of-month or day-of-week/],
  ["cron(0 3 1 * MON *)", /^day-of-month or day-of-week/],
])("%s is none", (schedule, says) => {
  expect(scheduleFault(schedule)).toMatch(says);
});

describe("for any fields", () => {
  const ranges = [
    [0, 59],
    [0, 23],
    [1, 31],
    [1, 12],
    [1, 7],
    [1970, 2199],
  ] as const;
  /** A field's text of values within its range. */
  const within = (index: number) => {
    const [from, to] = ranges[index] ?? [0, 0];
    const value = fc.integer({ min: from, max: to }).map(String);
    const range = fc.tuple(value, value).map((ends) => ends.join("-"));
    return fc.oneof(
      fc.constant("*"),
      fc.array(fc.oneof(value, range), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(",")),
    );
  };
  const cron = fc
    .tuple(...ranges.map((_, index) => within(index)), fc.boolean())
    .map(
      ([minutes, hours, ofMonth, month, ofWeek, year, byWeek]) =>
        [...[minutes, hours, byWeek ? "?" : ofMonth, month, byWeek ? ofWeek : "?", year]] as string[],
    );

  test("values in range with one ? are a schedule", () => {
    fc.assert(
      fc.property(cron, (texts) => {
        const schedule = `cron(${texts.join(" ")})`;
        expect(schedule).toMatch(scheduleForm);
        expect(scheduleFault(schedule)).toBeUndefined();
      }),
    );
  });

  test("one value out of range, wherever, is named by its field", () => {
    const names = ["minutes", "hours", "day-of-month", "month", "day-of-week", "year"];
    fc.assert(
      fc.property(cron, fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 999 }), (texts, at, beyond) => {
        const [, to] = ranges[at] ?? [0, 0];
        const changed = texts.with(at, String(to + beyond));
        expect(scheduleFault(`cron(${changed.join(" ")})`)).toMatch(new RegExp(`^${names[at]} from`));
      }),
    );
  });

  test("whatever stands there, the answer is a sentence or nothing", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(["string", "undefined"]).toContain(typeof scheduleFault(`cron(${text})`));
      }),
    );
  });
});

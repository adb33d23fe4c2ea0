// Schedules as EventBridge Scheduler takes them: a pure check, as AWS would only say so half-way through an update.
// Sources: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html and
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html, which has the table of fields.

/** What a schedule looks like; what its fields may hold is {@link scheduleFault}. */
export const scheduleForm = /^(cron\(\S+ \S+ \S+ \S+ \S+ \S+\)|rate\([1-9]\d* (minute|hour|day)s?\))$/;

interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Names of values, from `from` on. */
  readonly names?: readonly string[];
  /** What the field may hold beside values, ranges and steps. */
  readonly besides?: RegExp;
  /** @default true */
  readonly steps?: boolean;
}

const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const dayOfMonth: Field = { name: "day-of-month", from: 1, to: 31, besides: /^(L|([1-9]|[12]\d|3[01])W)$/i };
const dayOfWeek: Field = {
  ...{ name: "day-of-week", from: 1, to: 7, names: days, steps: false },
  besides: new RegExp(`^(L|([1-7]|${days.join("|")})(L|#[1-5]))$`, "i"),
};

const fields: readonly Field[] = [
  { name: "minutes", from: 0, to: 59 },
  { name: "hours", from: 0, to: 23 },
  dayOfMonth,
  { name: "month", from: 1, to: 12, names: months },
  dayOfWeek,
  { name: "year", from: 1970, to: 2199 },
];

/**
 * What is wrong with a schedule that has the right form, as what would be right; undefined if nothing is.
 *
 * @param schedule `cron(minutes hours day-of-month month day-of-week year)` or `rate(number unit)`
 */
export function scheduleFault(schedule: string): string | undefined {
  const inner = /^cron\((.*)\)$/.exec(schedule)?.[1];
  if (inner === undefined) return undefined;
  const texts = inner.split(" ");
  for (const [index, field] of fields.entries()) {
    const fault = fieldFault(field, texts[index] ?? "");
    if (fault !== undefined) return fault;
  }
  const [ofMonth, ofWeek] = [texts[fields.indexOf(dayOfMonth)], texts[fields.indexOf(dayOfWeek)]];
  return (ofMonth === "?") === (ofWeek === "?")
    ? "day-of-month or day-of-week, one of the two, as ?, like cron(0 3 * * ? *) or cron(0 3 ? * MON-FRI *)"
    : undefined;
}

function fieldFault(field: Field, text: string): string | undefined {
  const isDay = field === dayOfMonth || field === dayOfWeek;
  if (text === "*" || (isDay && text === "?")) return undefined;
  const parts = text.split(",");
  if (parts.every((part) => isPart(field, part)) && (parts.length === 1 || !text.includes("#"))) return undefined;
  return `${field.name} ${allowed(field)}`;
}

/** A value, a range, or one of both with a step; or what only this field knows. */
function isPart(field: Field, part: string): boolean {
  if (field.besides?.test(part)) return true;
  const [range = "", step, ...more] = part.split("/");
  if (more.length > 0) return false;
  if (step !== undefined && (field.steps === false || !/^[1-9]\d*$/.test(step) || Number(step) > field.to))
    return false;
  if (range === "*") return step !== undefined;
  const ends = range.split("-");
  return ends.length <= 2 && ends.every((end) => isValue(field, end));
}

function isValue({ from, to, names = [] }: Field, text: string): boolean {
  if (names.includes(text.toUpperCase())) return true;
  return /^\d{1,4}$/.test(text) && Number(text) >= from && Number(text) <= to;
}

function allowed({ from, to, names, besides, steps = true }: Field): string {
  const named = names === undefined ? "" : ` or ${names[0]} to ${names.at(-1)}`;
  const special = besides === undefined ? "" : besides === dayOfMonth.besides ? ", L, 3W or ?" : ", L, 6L, 3#2 or ?";
  return `from ${from} to ${to}${named}, as *, 5, 1-5, 1,5${steps ? ", */5" : ""}${special}`;
}

// berth.waivers.yaml: somebody's word that a stateful resource may go, or a policy's finding may stand, until a day.
import { parseDocument } from "yaml";
import { z } from "zod";

export const waiversFile = "berth.waivers.yaml";

/** The longest that a waiver may hold, days. */
export const longestDays = 30;

const date = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, "a day, like 2026-12-24")
  .refine((text) => dayNumber(text) !== undefined, "a day that there is, like 2026-12-24");

const waiver = z.strictObject({
  urn: z
    .string()
    .regex(
      /^urn:pulumi:[^:]+::[^:]+::.+::.+$/,
      "a whole URN, as the plan shows it: urn:pulumi:STACK::PROJECT::TYPE::NAME",
    ),
  policy: z
    .string()
    .regex(/^[a-z0-9-]+$/, "the name of a policy; left out, the waiver is for the gate of stateful resources")
    .optional(),
  reason: z.string().trim().min(10),
  who: z.string().trim().min(2),
  expires: date,
});

const file = z.strictObject({ waivers: z.array(waiver) });

export interface Waiver {
  readonly urn: string;
  /** Name of a policy; left out, the waiver is for the gate of stateful resources. */
  readonly policy?: string;
  readonly reason: string;
  readonly who: string;
  /** Last day that it holds, `2026-12-24`. */
  readonly expires: string;
}

/** What is wrong with the file, one sentence a fault. */
export class WaiversError extends Error {
  override readonly name = "WaiversError";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      faults.length === 1
        ? `${waiversFile}: ${faults[0]}`
        : `${waiversFile} has ${faults.length} faults:\n${faults.map((fault) => `  - ${fault}`).join("\n")}`,
    );
    this.faults = faults;
  }
}

/**
 * @param text the file's content
 * @param today `2026-11-24`: no waiver may end more than 30 days after it; one that has ended is read, and holds no more
 * @throws WaiversError that lists every fault
 */
export function parseWaivers(text: string, today: string): Waiver[] {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) {
    const message = error.message.split(/ at line|\n/)[0]?.replace(/[.:]$/, "");
    throw new WaiversError([`line ${error.linePos?.[0].line ?? "?"} is not valid YAML: ${message}`]);
  }
  const value: unknown = document.toJS();
  const parsed = file.safeParse(value, { reportInput: true });
  if (!parsed.success) throw new WaiversError(parsed.error.issues.flatMap((issue) => describe(issue)));
  const faults = parsed.data.waivers.flatMap((one, index, all) => faultsOf(one, index, all, today));
  if (faults.length > 0) throw new WaiversError(faults);
  return parsed.data.waivers;
}

export function holds(waiver: Waiver, today: string): boolean {
  return today <= waiver.expires;
}

function faultsOf({ urn, policy, expires }: Waiver, index: number, all: readonly Waiver[], today: string): string[] {
  const latest = dayText((dayNumber(today) ?? Number.NaN) + longestDays);
  const first = all.findIndex((other) => other.urn === urn && other.policy === policy);
  return [
    ...(expires > latest
      ? [`waivers[${index}].expires is ${expires}; allowed: ${latest} at the latest, ${longestDays} days from today`]
      : []),
    ...(first < index ? [`waivers[${index}] is for the same as waivers[${first}]: remove one`] : []),
  ];
}

function describe(issue: z.core.$ZodIssue): string[] {
  const path = pathText(issue.path);
  const at = path === "" ? "the file" : path;
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = issue.path.length === 0 ? ["waivers"] : Object.keys(waiver.shape);
      return issue.keys.map(
        (key) => `${path === "" ? key : `${path}.${key}`} is not a setting; known here: ${known.join(", ")}`,
      );
    }
    case "invalid_type":
      return issue.input === undefined
        ? [`${at} is missing; allowed: ${kind(issue.expected)}`]
        : [`${at} is ${JSON.stringify(issue.input)}; allowed: ${kind(issue.expected)}`];
    case "too_small":
      return [
        `${at} is ${JSON.stringify(issue.input)}; allowed: at least ${issue.minimum} characters, in words that a reader understands`,
      ];
    default:
      return [`${at} is ${JSON.stringify(issue.input)}; allowed: ${issue.message}`];
  }
}

function kind(type: string): string {
  return { array: "a list", object: "settings below it", string: "text" }[type] ?? type;
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`))
    .join("")
    .replace(/^\./, "");
}

const millisecondsOfDay = 86_400_000;

/** Days since 1970, for a day that there is. */
function dayNumber(text: string): number | undefined {
  const milliseconds = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(milliseconds) || dayText(milliseconds / millisecondsOfDay) !== text
    ? undefined
    : milliseconds / millisecondsOfDay;
}

function dayText(day: number): string {
  return new Date(day * millisecondsOfDay).toISOString().slice(0, 10);
}

// Settings of `cloud` that a stack may leave out: domain, nights, scheduled jobs, backups, and what they must agree with.
import { z } from "zod";
import { scheduleFault, scheduleForm } from "./schedule.ts";
import { hostname, wholeNumber } from "./values.ts";

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of day, like 20:00 (in quotes)");
const timezone = z
  .string()
  .refine(isTimezone, "a time zone, like Europe/Berlin")
  .default("UTC")
  .describe("Time zone by its IANA name.");

export const cloudDomain = z
  .strictObject({
    name: hostname.describe("Host name that users find the environment on, like shop.example.com."),
    zone: hostname.describe("Public hosted zone in Route 53 that the name is in, like example.com. It must exist."),
    www: z.boolean().default(true).describe("Answer on www.NAME too, with a redirect to NAME."),
  })
  .check((context) => {
    const { name, zone } = context.value;
    if (name !== zone && !name.endsWith(`.${zone}`)) {
      context.issues.push({
        code: "custom",
        input: name,
        path: ["name"],
        message: `${zone}, which is its zone, or a name that ends in .${zone}`,
      });
    }
    if (name.startsWith("www.")) {
      context.issues.push({
        code: "custom",
        input: name,
        path: ["name"],
        message: "a name without www., which is redirected to it",
      });
    }
  });

export const cloudNights = z
  .strictObject({
    from: timeOfDay.describe("When all tasks stop."),
    until: timeOfDay.describe("When they start again."),
    timezone,
  })
  .refine(({ from, until }) => from !== until, "two different times");

export const cloudScheduledJobs = z.record(
  z.string().regex(/^[a-z][a-z0-9-]{0,19}$/, "a job's name: lower case letters, digits, hyphens, at most 20"),
  z.strictObject({
    schedule: z
      .string()
      .regex(scheduleForm, {
        error: "cron(minutes hours day-of-month month day-of-week year) or rate(5 minutes)",
        abort: true,
      })
      .check((context) => {
        const message = scheduleFault(context.value);
        if (message !== undefined) context.issues.push({ code: "custom", input: context.value, message });
      })
      .describe("When, as EventBridge Scheduler says it: cron(0 3 * * ? *), rate(1 hour)."),
    command: z.array(z.string().min(1)).min(1).describe("What the image is told to run, as a list of words."),
    timezone,
  }),
);

export const cloudBackup = z.strictObject({
  keepDays: wholeNumber(1, 3650).describe("Days that a daily backup is kept in the vault."),
  copyRegion: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "an AWS region, like eu-west-1")
    .optional()
    .describe("Another region that every backup is copied to."),
  restoreTests: z
    .boolean()
    .default(false)
    .describe("Restore the newest backup of the database every week to an instance that is then deleted."),
});

interface Related {
  readonly account?: string | undefined;
  readonly image: string;
  readonly region: string;
  readonly backup?: { readonly copyRegion?: string | undefined } | undefined;
  readonly monthlyBudget?: number | undefined;
  readonly alarmEmail?: string | undefined;
}

/** What settings say about each other. */
export function checkRelations(context: z.core.ParsePayload<Related>): void {
  const { account, image, region, backup, monthlyBudget, alarmEmail } = context.value;
  const fault = (path: string[], input: unknown, message: string) =>
    context.issues.push({ code: "custom", input, path, message });
  const registry = /^(\d{12})\.dkr\.ecr\./.exec(image)?.[1];
  if (account !== undefined && registry !== undefined && registry !== account) {
    fault(["image"], image, `an image in the registry of account ${account}; copy it there, it keeps its digest`);
  }
  if (backup?.copyRegion === region) {
    fault(["backup", "copyRegion"], region, `another region than ${region}, where the environment is`);
  }
  if (monthlyBudget !== undefined && alarmEmail === undefined) {
    fault(["monthlyBudget"], monthlyBudget, "a budget only with alarmEmail, as nobody would be told");
  }
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

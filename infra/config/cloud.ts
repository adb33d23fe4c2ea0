// What an environment on AWS may say.
import { z } from "zod";
import { cidrFault, maxZones } from "../cidr.ts";
import { classFault } from "../rds-class.ts";
import { cloudDeployment } from "./cloud-deployment.ts";
import { checkRelations, cloudBackup, cloudDomain, cloudNights, cloudScheduledJobs } from "./cloud-settings.ts";
import { allowedHosts, common, origin } from "./common.ts";
import { fargateMemory } from "./fargate.ts";
import { wholeNumber } from "./values.ts";

/** Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const logRetentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const retentionDays = z.int().refine((days) => logRetentionDays.includes(days), logRetentionDays.join(", "));

const fargateProcess = z
  .strictObject({
    cpu: z.int().describe(`CPU units of a task, 1024 to a vCPU: ${[...fargateMemory.keys()].join(", ")}.`),
    memory: z.int().describe("MiB of memory of a task; Fargate offers certain sizes for each CPU."),
    min: wholeNumber(1, 500).describe("Tasks that always run."),
    max: wholeNumber(1, 500).describe("Tasks that autoscaling may go up to."),
    spot: z
      .boolean()
      .default(false)
      .describe("Run on Fargate Spot: about 70 % cheaper, may be stopped with two minutes' notice."),
  })
  .check((context) => {
    const { cpu, memory, min, max } = context.value;
    const sizes = fargateMemory.get(cpu);
    if (sizes === undefined) {
      context.issues.push({
        code: "custom",
        input: cpu,
        path: ["cpu"],
        message: [...fargateMemory.keys()].join(", "),
      });
    } else if (!sizes.includes(memory)) {
      context.issues.push({
        code: "custom",
        input: memory,
        path: ["memory"],
        message: `with cpu ${cpu}, ${listSizes(sizes)} MiB`,
      });
    }
    if (max < min) {
      context.issues.push({ code: "custom", input: max, path: ["max"], message: `at least min, which is ${min}` });
    }
  });

export const cloudSchema = z
  .strictObject({
    architecture: z.literal("cloud"),
    ...common,
    account: z
      .string()
      .regex(/^\d{12}$/, "an AWS account's number, 12 digits in quotes")
      .optional()
      .describe(
        "The AWS account it belongs in; credentials of any other are refused. Left out: that of the image's registry in ECR, else that of the credentials.",
      ),
    region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "an AWS region, like eu-central-1"),
    image: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9.:/_-]*@sha256:[0-9a-f]{64}$/,
        "an image by digest: repository@sha256:… (a tag can change between staging and production)",
      )
      .describe("The app's image by digest: production runs byte for byte what staging ran."),
    domain: cloudDomain.optional().describe("A host name of its own. Left out: CloudFront's name of the distribution."),
    allowedHosts: allowedHosts.describe("Host names the app answers to, beside the distribution's own."),
    corsOrigins: z
      .array(origin("https"))
      .default([])
      .describe("Origins that browsers may call the API from, beside the environment's own."),
    network: z.strictObject({
      cidr: z
        .string()
        .check((context) => {
          const fault = cidrFault(context.value);
          if (fault !== undefined)
            context.issues.push({ code: "custom", input: context.value, message: `a VPC's block; this one ${fault}` });
        })
        .describe("The VPC's IPv4 block, /16 to /23."),
      zones: z
        .array(z.string().regex(/^[a-f]$/, "a zone's letter, a to f"))
        .min(2)
        .max(maxZones)
        .refine((zones) => new Set(zones).size === zones.length, "each zone once")
        .describe("Letters of the availability zones, at least 2: RDS and load balancers ask for two."),
      nat: z
        .enum(["perZone", "single", "none"])
        .describe(
          "NAT gateways (about $33 a month each). none: tasks get public addresses, closed to all inbound traffic.",
        ),
      flowLogDays: retentionDays.default(30).describe("Days that VPC flow logs are kept."),
    }),
    web: fargateProcess,
    worker: fargateProcess,
    deployment: cloudDeployment.optional().describe("How new tasks of web take over from old ones. Left out: rolling."),
    nights: cloudNights.optional().describe("When nobody needs the environment, and no task runs. Left out: never."),
    scheduledJobs: cloudScheduledJobs
      .default({})
      .describe("Commands of the image that run by the clock, each in a task of its own, sized like worker."),
    database: z
      .strictObject({
        instanceClass: z
          .string()
          .regex(/^db\.[a-z0-9]+\.[a-z0-9]+$/, { error: "an RDS instance class, like db.t4g.micro", abort: true })
          .check((context) => {
            const fault = classFault(context.value);
            if (fault !== undefined) context.issues.push({ code: "custom", input: context.value, message: fault });
          }),
        version: z
          .string()
          .regex(/^1[6-8](\.\d+)?$/, "PostgreSQL 16, 17 or 18, like 16 or 16.9")
          .default("16"),
        storage: wholeNumber(20, 65_536).describe("GiB of storage at the start."),
        maxStorage: wholeNumber(20, 65_536).describe("GiB that storage may grow to by itself."),
        multiAz: z
          .boolean()
          .describe("A standby in a second zone: doubles the instance's cost, fails over in about a minute."),
        backupDays: wholeNumber(1, 35).describe("Days back that a point in time can be restored."),
        deletionProtection: z.boolean().default(true).describe("Refuse to delete the instance."),
      })
      .check((context) => {
        const { storage, maxStorage } = context.value;
        if (maxStorage < storage) {
          context.issues.push({
            code: "custom",
            input: maxStorage,
            path: ["maxStorage"],
            message: `at least storage, which is ${storage}`,
          });
        }
      }),
    firewall: z.strictObject({
      mode: z.enum(["block", "count"]).describe("count: only report what would be blocked, for trying rules out."),
      requestsPer5Minutes: wholeNumber(10, 2_000_000_000)
        .default(2000)
        .describe("Requests that one address may make in 5 minutes."),
    }),
    backup: cloudBackup
      .optional()
      .describe("Daily backups of database and media in a vault. Left out: the database's own point-in-time recovery."),
    logDays: retentionDays.describe("Days that the app's logs are kept; CloudWatch offers certain numbers."),
    alarmEmail: z
      .email()
      .optional()
      .describe("Who is told when an alarm fires. Left out: nobody, the alarms are still there."),
    monthlyBudget: wholeNumber(1, 10_000_000)
      .optional()
      .describe("Dollars a month that the environment may cost; alarmEmail is told before. Left out: no budget."),
  })
  .check(checkRelations);

function listSizes(sizes: readonly number[]): string {
  const [first, second] = sizes;
  const last = sizes.at(-1);
  if (sizes.length <= 3 || first === undefined || second === undefined) return sizes.join(", ");
  return `${first} to ${last} in steps of ${second - first}`;
}

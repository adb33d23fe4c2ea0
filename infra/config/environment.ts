// The one strict schema of an environment: what `berth:environment` in Pulumi.<stack>.yaml may say.
// Defaults stand here only where they are right everywhere; what differs by tier stands in the stack's file.
import { z } from "zod";
import { cidrFault, maxZones } from "../cidr.ts";
import { classFault } from "../rds-class.ts";
import { fargateMemory } from "./fargate.ts";

const variableName = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]*$/, "an environment variable's name: upper case letters, digits, _");
const wholeNumber = (minimum: number, maximum: number) => z.int().min(minimum).max(maximum);
const hostname = z
  .string()
  .regex(
    /^(localhost|[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+)$/,
    "a host name, like shop.example.com",
  );

/** Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const logRetentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const retentionDays = z.int().refine((days) => logRetentionDays.includes(days), logRetentionDays.join(", "));

const common = {
  tier: z
    .enum(["development", "staging", "production"])
    .describe("What the environment is for; the app reads it as ENVIRONMENT. All but development demand every secret."),
  owner: z
    .string()
    .min(1)
    .describe("Who answers for the environment: a team or an e-mail address. Becomes the tag `owner`."),
  variables: z
    .record(variableName, z.string())
    .default({})
    .describe("Further environment variables of the app, in clear. Numbers and booleans want quotes."),
  secrets: z
    .array(variableName)
    .default([])
    .describe(
      "Further environment variables of the app that are secret. Each value is set by `pulumi config set --secret berth:NAME`.",
    ),
};

const origin = (scheme: string) => z.string().regex(new RegExp(`^${scheme}://[^/\\s]+$`), "an origin, like https://shop.example.com");
const allowedHosts = z.array(hostname).default([]);

const vpsProcess = z.strictObject({
  replicas: wholeNumber(1, 20).describe("Containers that run at once."),
  memory: wholeNumber(64, 65_536).describe("Memory limit of each container, MiB."),
  cpus: z.number().min(0.1).max(64).describe("CPU limit of each container, cores."),
});

const vpsHttps = z
  .strictObject({
    certificates: z
      .enum(["none", "local", "acme"])
      .optional()
      .describe(
        "none: HTTP only. local: from an authority of the environment's own. acme: from Let's Encrypt or another ACME authority, renewed by itself. Left out: none for localhost, else acme.",
      ),
    port: wholeNumber(1, 65_535).default(443).describe("Port on the host for HTTPS."),
    email: z.email().optional().describe("Where the ACME authority warns somebody. Left out: nowhere."),
    directory: z
      .url({ protocol: /^https$/ })
      .default("https://acme-v02.api.letsencrypt.org/directory")
      .describe("The ACME authority's directory."),
  })
  .prefault({});

export const vpsSchema = z.strictObject({
  architecture: z.literal("vps"),
  ...common,
  host: z
    .string()
    .regex(
      /^ssh:\/\/([a-z_][a-z0-9_-]*@)?[A-Za-z0-9.-]+(:\d+)?$/,
      "an SSH address, like ssh://deploy@server.example.com",
    )
    .optional()
    .describe("The server's Docker engine. Left out: the local engine."),
  domain: hostname.default("localhost").describe("Host name that the environment answers on."),
  port: wholeNumber(1, 65_535)
    .default(80)
    .describe("Port on the host for HTTP. With HTTPS it leads there; ACME authorities always ask on port 80."),
  https: vpsHttps,
  allowedHosts: allowedHosts.describe(
    "Host names the environment answers to, beside domain. Certificates are for all of them: each must lead to the host.",
  ),
  corsOrigins: z
    .array(origin("https?"))
    .default([])
    .describe("Origins that browsers may call the API from, beside the environment's own."),
  image: z
    .union([
      z.strictObject({
        build: z.string().min(1).describe("Build context: a folder, from the project's root."),
        dockerfile: z.string().min(1).default("Dockerfile").describe("The Dockerfile, from the build context."),
      }),
      z.string().min(1),
    ])
    .describe("The app's image: a reference to pull, or `build:` a folder on the host's engine."),
  health: z
    .array(z.string().min(1))
    .min(1)
    .default(["node", "/app/main.js", "health"])
    .describe("Command in the image, without its entrypoint, that ends with 0 while the container is ready."),
  secretsAs: z
    .enum(["files", "variables"])
    .default("files")
    .describe(
      "How the app gets its secrets. files: NAME_FILE is the path of a file. variables: NAME itself, for an image that reads no files; `docker inspect` shows it.",
    ),
  web: vpsProcess,
  worker: vpsProcess,
  database: z.strictObject({
    memory: wholeNumber(128, 262_144).describe(
      "Memory limit of the PostgreSQL container, MiB; its settings follow it.",
    ),
    cpus: z.number().min(0.1).max(64).describe("CPU limit of the PostgreSQL container, cores."),
  }),
});

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

export const cloudSchema = z.strictObject({
  architecture: z.literal("cloud"),
  ...common,
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "an AWS region, like eu-central-1"),
  image: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9.:/_-]*@sha256:[0-9a-f]{64}$/,
      "an image by digest: repository@sha256:… (a tag can change between staging and production)",
    )
    .describe("The app's image by digest: production runs byte for byte what staging ran."),
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
  logDays: retentionDays.describe("Days that the app's logs are kept; CloudWatch offers certain numbers."),
  alarmEmail: z
    .email()
    .optional()
    .describe("Who is told when an alarm fires. Left out: nobody, the alarms are still there."),
});

/** An architecture joins by its schema; nothing else moves. */
export const environmentSchema = z.discriminatedUnion("architecture", [vpsSchema, cloudSchema]);

export type VpsEnvironment = z.output<typeof vpsSchema>;
export type CloudEnvironment = z.output<typeof cloudSchema>;
export type Environment = VpsEnvironment | CloudEnvironment;

function listSizes(sizes: readonly number[]): string {
  const [first, second] = sizes;
  const last = sizes.at(-1);
  if (sizes.length <= 3 || first === undefined || second === undefined) return sizes.join(", ");
  return `${first} to ${last} in steps of ${second - first}`;
}

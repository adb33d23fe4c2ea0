// The one strict schema of an environment: what `berth:environment` in Pulumi.<stack>.yaml may say.
// Defaults stand here only where they are right everywhere; what differs by tier stands in the stack's file.
import { z } from "zod";
import { cidrFault, maxZones } from "../cidr.ts";
import { classFault } from "../rds-class.ts";
import { cloudDeployment } from "./cloud-deployment.ts";
import { checkRelations, cloudBackup, cloudDomain, cloudNights, cloudScheduledJobs } from "./cloud-settings.ts";
import { fargateMemory } from "./fargate.ts";
import { hostname, isCertificate, wholeNumber } from "./values.ts";

const variableName = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]*$/, "an environment variable's name: upper case letters, digits, _");

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

const origin = (scheme: string) =>
  z.string().regex(new RegExp(`^${scheme}://[^/\\s]+$`), "an origin, like https://shop.example.com");
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
    directoryRoot: z
      .string()
      .refine(isCertificate, "an authority's certificate in PEM, -----BEGIN CERTIFICATE----- and so on")
      .optional()
      .describe(
        "Root certificate, PEM, by which the directory itself is trusted: for an authority of your own network. Left out: the public ones.",
      ),
  })
  .prefault({});

const vpsBackup = z.strictObject({
  everyHours: wholeNumber(1, 168).describe("Hours between two backups, counted from midnight UTC."),
  keep: z
    .strictObject({
      days: wholeNumber(0, 1000),
      weeks: wholeNumber(0, 1000),
      months: wholeNumber(0, 1000),
    })
    .describe("The newest backup of each of so many days, weeks and months is kept, and all of the last 24 hours."),
  encrypt: z
    .boolean()
    .default(false)
    .describe("Encrypt backups with the passphrase in the secret BACKUP_KEY. Keep a copy of it elsewhere."),
  copy: z
    .strictObject({
      bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "a bucket's name"),
      region: z.string().min(1).describe("The bucket's region, like eu-central-1."),
      endpoint: z
        .string()
        .regex(/^https?:\/\/[^/\s]+$/, "an address, like https://s3.example.com")
        .optional()
        .describe("Address of the S3 service. Left out: AWS's own of the region."),
      accessKeyId: z.string().min(1).describe("Its secret key is the secret BACKUP_S3_SECRET_KEY."),
    })
    .optional()
    .describe(
      "A bucket that every backup is copied to; its own lifecycle, for names that begin with 20, thins the copies out.",
    ),
});

const vpsWatch = z.strictObject({
  email: z
    .strictObject({
      host: hostname.describe("SMTP server."),
      port: wholeNumber(1, 65_535).default(587).describe("465 for TLS from the start; others are asked to begin it."),
      user: z.string().min(1).optional().describe("User there; the password is the secret WATCH_MAIL_PASSWORD."),
      from: z.email().describe("Sender."),
      to: z.email().describe("Who is told."),
    })
    .optional(),
  webhook: z
    .boolean()
    .default(false)
    .describe("Post messages to the address in the secret WATCH_WEBHOOK_URL, as JSON with `text` (Slack and others)."),
  heartbeat: z
    .boolean()
    .default(false)
    .describe("Ask for the address in the secret WATCH_HEARTBEAT_URL after each look, so that its silence tells."),
  diskPercent: wholeNumber(1, 100).default(85).describe("Used share of the disk that is too much."),
  memoryPercent: wholeNumber(1, 100).default(90).describe("Used share of the host's memory that is too much."),
  certificateDays: wholeNumber(1, 90).default(14).describe("Days before its end that a certificate is complained of."),
});

export const vpsSchema = z
  .strictObject({
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
    healthSeconds: z
      .strictObject({
        every: wholeNumber(1, 300).default(5).describe("Between two runs of the command."),
        timeout: wholeNumber(1, 300).default(5).describe("That one run may take."),
        start: wholeNumber(1, 900).default(15).describe("That a container may take to start: failures do not count."),
      })
      .prefault({})
      .describe("Times of the health check. Three failures in a row, after the start, give a container up."),
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
    backup: vpsBackup.optional().describe("Scheduled backups of the database and the app's files. Left out: none."),
    watch: vpsWatch
      .optional()
      .describe("Looks after the environment and tells when something is wrong. Left out: nobody does."),
  })
  .check((context) => {
    const { domain, port, https } = context.value;
    const fault = (key: "certificates" | "port", message: string) =>
      context.issues.push({ code: "custom", input: https[key], path: ["https", key], message });
    if (https.certificates === "acme" && domain === "localhost") fault("certificates", "none or local, for localhost");
    if (https.port === port && https.certificates !== "none")
      fault("port", `another port than HTTP's, which is ${port}`);
  });

const { image, health, healthSeconds, secretsAs, corsOrigins, host } = vpsSchema.shape;

/** What `berth branch up` finds out about one branch and its parent; nobody writes it by hand. */
const branchInstance = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,29}$/, "a branch's name as part of host names"),
  port: wholeNumber(1, 65_535).describe("Port on the host."),
  host,
  network: z.string().min(1).describe("The parent's network with the database."),
  database: z.string().min(1).describe("Container of the parent's database."),
  authority: z.string().min(1).describe("Volume that the database's certificate is verified against."),
  https: z
    .strictObject({
      settings: vpsHttps.describe("The parent's."),
      certificates: z
        .string()
        .min(1)
        .describe("The parent's volume of certificates, where challenges are answered from."),
      keys: z.string().min(1).describe("The parent's volume with the keys of its authority and its ACME account."),
    })
    .optional()
    .describe("Left out: the parent has no HTTPS."),
});

export const branchSchema = z.strictObject({
  architecture: z.literal("branch"),
  ...common,
  tier: z.literal("development").describe("Nothing of a branch is kept."),
  parent: z
    .string()
    .min(1)
    .describe("Stack of architecture vps whose server, network and PostgreSQL the branches share."),
  domain: hostname
    .default("localhost")
    .describe("Each branch answers on NAME.domain: let *.domain lead to the server."),
  ports: z
    .strictObject({ from: wholeNumber(1, 65_535), to: wholeNumber(1, 65_535) })
    .refine(({ from, to }) => from <= to, "from at most to")
    .describe("Ports on the host; each branch gets one of them."),
  expiresHours: wholeNumber(1, 8760).default(72).describe("Hours after its last update that a branch may be reaped."),
  corsOrigins,
  image,
  health,
  healthSeconds,
  secretsAs,
  web: vpsProcess,
  worker: vpsProcess,
  instance: branchInstance.optional().describe("Filled in by `berth branch up`."),
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

export const cloudSchema = z
  .strictObject({
    architecture: z.literal("cloud"),
    ...common,
    account: z
      .string()
      .regex(/^\d{12}$/, "an AWS account's number, 12 digits in quotes")
      .optional()
      .describe(
        "The AWS account it belongs in; credentials of any other are refused. Left out: that of the credentials.",
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

/** An architecture joins by its schema; nothing else moves. */
export const environmentSchema = z.discriminatedUnion("architecture", [vpsSchema, branchSchema, cloudSchema]);

export type VpsEnvironment = z.output<typeof vpsSchema>;
export type BranchEnvironment = z.output<typeof branchSchema>;
export type CloudEnvironment = z.output<typeof cloudSchema>;
export type Environment = VpsEnvironment | BranchEnvironment | CloudEnvironment;

/** Names of the secrets that an environment asks for: those of the app, and those that the kit's own parts need. */
export function secretNames(environment: Environment): string[] {
  return [...environment.secrets, ...(environment.architecture === "vps" ? kitSecrets(environment) : [])];
}

function kitSecrets({ backup, watch }: VpsEnvironment): string[] {
  const wanted = {
    BACKUP_KEY: backup?.encrypt,
    BACKUP_S3_SECRET_KEY: backup?.copy !== undefined,
    WATCH_MAIL_PASSWORD: watch?.email?.user !== undefined,
    WATCH_WEBHOOK_URL: watch?.webhook,
    WATCH_HEARTBEAT_URL: watch?.heartbeat,
  };
  return Object.entries(wanted).flatMap(([name, isWanted]) => (isWanted ? [name] : []));
}

function listSizes(sizes: readonly number[]): string {
  const [first, second] = sizes;
  const last = sizes.at(-1);
  if (sizes.length <= 3 || first === undefined || second === undefined) return sizes.join(", ");
  return `${first} to ${last} in steps of ${second - first}`;
}

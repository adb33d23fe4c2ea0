// What an environment on a Docker host may say.
import { z } from "zod";
import { certificatesOf } from "./certificates.ts";
import { allowedHosts, common, origin } from "./common.ts";
import { hostname, isCertificate, wholeNumber } from "./values.ts";

/** Of web or worker. */
export const vpsProcess = z.strictObject({
  replicas: wholeNumber(1, 20).describe("Containers that run at once."),
  memory: wholeNumber(64, 65_536).describe("Memory limit of each container, MiB."),
  cpus: z.number().min(0.1).max(64).describe("CPU limit of each container, cores."),
});

export const vpsHttps = z
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
    const { domain, allowedHosts: others, port, https } = context.value;
    const fault = (key: "certificates" | "port", message: string) =>
      context.issues.push({ code: "custom", input: https[key], path: ["https", key], message });
    if (certificatesOf({ domain, https }) === "acme") {
      // The machine's own names are not certified.
      const names = [domain, ...others.filter((name) => name !== "localhost" && name !== "127.0.0.1")];
      const address = names.find((name) => /^[\d.]+$/.test(name));
      const own = names.find((name) => /(^|\.)localhost$/.test(name));
      if (address !== undefined)
        fault("certificates", `none or local, as authorities certify no address, like ${address}`);
      else if (own === "localhost" || (own !== undefined && https.directoryRoot === undefined)) {
        fault("certificates", `none or local, for ${own}`);
      }
    }
    if (https.port === port && https.certificates !== "none")
      fault("port", `another port than HTTP's, which is ${port}`);
  });

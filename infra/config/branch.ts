// What the environments of a project's branches may say, which share the server and PostgreSQL of one of architecture vps.
import { z } from "zod";
import { common } from "./common.ts";
import { hostname, wholeNumber } from "./values.ts";
import { vpsHttps, vpsProcess, vpsSchema } from "./vps.ts";

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

// The one strict schema of an environment: what `berth:environment` in Pulumi.<stack>.yaml may say.
// Defaults stand in it only where they are right everywhere; what differs by tier stands in the stack's file.
import { z } from "zod";
import { branchSchema } from "./branch.ts";
import { cloudSchema } from "./cloud.ts";
import { vpsSchema } from "./vps.ts";

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

// Jobs of accounts.
import { sql } from "kysely";
import type { AnyJob, Job } from "../../platform/queue.ts";
import { inScope } from "../../platform/scope.ts";
import { accountMail } from "./mails.ts";
import { now } from "./tokens.ts";

/** Removes what is over: sessions, families with their tokens, links, invitations, and what throttles have counted. */
export const cleanUpAccounts: Job<unknown> = {
  name: "accounts.clean_up",
  schedule: "17 * * * *",
  async run(_payload, { database, logger }) {
    const removed = await inScope(database, { identities: true }, async (trx) => {
      const counts: Record<string, number> = {};
      for (const table of ["sessions", "refresh_families", "single_use_tokens", "invitations"] as const) {
        const { numDeletedRows } = await trx.deleteFrom(table).where("expires_at", "<", now).executeTakeFirst();
        counts[table] = Number(numDeletedRows);
      }
      const throttles = await sql`delete from arena.throttles where expire < ${Date.now()}`.execute(trx);
      return { ...counts, throttles: Number(throttles.numAffectedRows ?? 0n) };
    });
    logger.info({ removed }, "What was over is removed");
  },
};

export const accountJobs: readonly AnyJob[] = [accountMail, cleanUpAccounts];

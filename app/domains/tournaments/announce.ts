// Job: publishes the first news of a new tournament.
import type { Job } from "../../platform/queue.ts";
import { inScope } from "../../platform/scope.ts";
import { houseTenant } from "./repository.ts";

export interface Announcement {
  /** The release before accounts leaves it out, which knew one organiser. @default the house's */
  readonly tenantId?: string;
  readonly tournamentId: string;
}

export const announce: Job<Announcement> = {
  name: "tournaments.announce",
  async run({ tenantId = houseTenant, tournamentId }, { database, logger }) {
    await inScope(database, { tenant: tenantId }, async (trx) => {
      const tournament = await trx
        .selectFrom("tournaments")
        .select(["name", "capacity"])
        .where("tenant_id", "=", tenantId)
        .where("id", "=", tournamentId)
        .executeTakeFirst();
      if (tournament === undefined) {
        logger.info({ tournament: tournamentId }, "The tournament is gone: nothing to announce");
        return;
      }
      const message = `${tournament.name} is announced, with room for ${tournament.capacity} teams.`;
      // A job may run twice; a tournament is announced once.
      await trx
        .insertInto("tournament_activity")
        .values({ tenant_id: tenantId, tournament_id: tournamentId, kind: "announced", message })
        .onConflict((conflict) => conflict.columns(["tournament_id", "kind"]).doNothing())
        .execute();
    });
  },
};

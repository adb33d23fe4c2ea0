// Job: publishes the first news of a new tournament.
import type { Job } from "../../platform/queue.ts";

export interface Announcement {
  readonly tournamentId: string;
}

export const announce: Job<Announcement> = {
  name: "tournaments.announce",
  async run({ tournamentId }, { database, logger }) {
    const tournament = await database.db
      .selectFrom("tournaments")
      .select(["tenant_id", "name", "capacity"])
      .where("id", "=", tournamentId)
      .executeTakeFirst();
    if (tournament === undefined) {
      logger.info({ tournament: tournamentId }, "The tournament is gone: nothing to announce");
      return;
    }
    const message = `${tournament.name} is announced, with room for ${tournament.capacity} teams.`;
    // A job may run twice; a tournament is announced once.
    await database.db
      .insertInto("tournament_activity")
      .values({ tenant_id: tournament.tenant_id, tournament_id: tournamentId, kind: "announced", message })
      .onConflict((conflict) => conflict.columns(["tournament_id", "kind"]).doNothing())
      .execute();
  },
};

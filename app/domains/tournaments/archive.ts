// Job: puts tournaments into the archive that have been over for long, so that lists show what matters.
import { sql } from "kysely";
import type { Job } from "../../platform/queue.ts";
import { inScope } from "../../platform/scope.ts";

const daysShown = 90;

export const archiveOld: Job<unknown> = {
  name: "tournaments.archive_old",
  schedule: "43 3 * * *",
  async run(_payload, { database, logger }) {
    // What is over is public, so that it is found without acting for anybody; it is changed for its organiser.
    const tenants = await database.db
      .selectFrom("tournaments")
      .select("tenant_id")
      .distinct()
      .where("status", "=", "completed")
      .where("ended_at", "<", sql<string>`now() - make_interval(days => ${daysShown})`)
      .execute();
    let archived = 0;
    for (const { tenant_id: tenant } of tenants) {
      const { numUpdatedRows } = await inScope(database, { tenant }, (trx) =>
        trx
          .updateTable("tournaments")
          .set({ status: "archived", version: sql`version + 1` })
          .where("tenant_id", "=", tenant)
          .where("status", "=", "completed")
          .where("ended_at", "<", sql<string>`now() - make_interval(days => ${daysShown})`)
          .executeTakeFirst(),
      );
      archived += Number(numUpdatedRows);
    }
    logger.info({ archived }, "What has long been over is in the archive");
  },
};

// Job: removes what the platform kept long enough.
import { sql } from "kysely";
import type { AnyJob, Job } from "./queue.ts";

export const cleanUpPlatform: Job<unknown> = {
  name: "platform.clean_up",
  schedule: "17 3 * * *",
  async run(_payload, { database, logger }) {
    const { numDeletedRows } = await database.db
      .deleteFrom("job_effects")
      .where("done_at", "<", sql<string>`now() - interval '30 days'`)
      .executeTakeFirst();
    logger.info({ removed: { job_effects: Number(numDeletedRows) } }, "What was over is removed");
  },
};

export const platformJobs: readonly AnyJob[] = [cleanUpPlatform];

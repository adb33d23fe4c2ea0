// Job: removes what the platform kept long enough.
import { sql } from "kysely";
import type { AnyJob, Job } from "./queue.ts";
import { removeAbandoned } from "./uploads.ts";

export const cleanUpPlatform: Job<unknown> = {
  name: "platform.clean_up",
  schedule: "17 3 * * *",
  async run(_payload, { database, logger, storage }) {
    const { numDeletedRows } = await database.db
      .deleteFrom("job_effects")
      .where("done_at", "<", sql<string>`now() - interval '30 days'`)
      .executeTakeFirst();
    const uploads = await removeAbandoned(storage);
    logger.info({ removed: { job_effects: Number(numDeletedRows), uploads } }, "What was over is removed");
  },
};

export const platformJobs: readonly AnyJob[] = [cleanUpPlatform];

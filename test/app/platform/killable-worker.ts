// A worker for a test that kills it. Usage: node killable-worker.ts, with DATABASE_URL.
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { loadEnvironment } from "../../../app/platform/load-environment.ts";
import { createLogger } from "../../../app/platform/logger.ts";
import { createMailer } from "../../../app/platform/mailer.ts";
import { openDatabase } from "../../../app/platform/postgres.ts";
import type { Job } from "../../../app/platform/queue.ts";
import { once } from "../../../app/platform/queue-once.ts";
import { startWorker } from "../../../app/platform/queue-worker.ts";
import { openStorage } from "../../../app/platform/storage.ts";

/** Whoever kills it has time to, before and after its effect. */
const count: Job<{ number: number }> = {
  name: "test.count",
  async run({ number }, { database, key }) {
    await sql`insert into arena.test_runs values (${number})`.execute(database.db);
    await sleep(Math.random() * 40);
    await database.db.transaction().execute(async (trx) => {
      if (await once(trx, key)) await sql`insert into arena.test_effects values (${number})`.execute(trx);
    });
    await sleep(Math.random() * 40);
  },
};

const environment = loadEnvironment(process.env);
const logger = createLogger(environment, "worker");
const database = await openDatabase(environment, { applicationName: "killable", logger });
const [mailer, storage] = [createMailer(environment), openStorage(environment)];
await startWorker({ database, logger, mailer, storage, jobs: [count], stopTimeout: 5, concurrency: 8 });
process.stdout.write("taking jobs\n");

// The release phase, once per image before it serves: the app's role, the schema, the queue, grants, static assets.
// Run again, it changes nothing; run twice at the same time, the second waits for the first.
import { migrations } from "./migrations/index.ts";
import { loadAssets } from "./platform/assets.ts";
import type { Environment } from "./platform/load-environment.ts";
import type { Logger } from "./platform/logger.ts";
import { installMigrations, migrate, withReleaseLock } from "./platform/migrate.ts";
import { type Migration, schemaOf } from "./platform/migration.ts";
import { type Database, openDatabase, waitForDatabase } from "./platform/postgres.ts";
import { appCredentials, ownerCredentials } from "./platform/postgres-options.ts";
import { endOnSignals, runProcess } from "./platform/process.ts";
import { publishAssets } from "./platform/publish-assets.ts";
import { installQueue } from "./platform/queue-worker.ts";
import { assertOwnsNothing, ensureAppRole, grantToApp } from "./platform/roles.ts";

/** How long a database that is still starting is waited for. */
const databaseWaitMs = 30_000;

export function start(environment: Environment): Promise<void> {
  endOnSignals();
  return runProcess("release", environment, async (logger) => {
    await releaseDatabase(environment, logger, migrations);
    if (environment.STATIC_PUBLISH !== undefined) {
      const assets = loadAssets();
      await publishAssets(assets, environment.STATIC_PUBLISH);
      logger.info({ files: assets.size, target: environment.STATIC_PUBLISH }, "Static assets published");
    }
    // For the ledger of releases, which refuses a rollback by it: whatever the log level is.
    process.stdout.write(`${JSON.stringify({ message: "Release done", schema: schemaOf(migrations) })}\n`);
  });
}

/** @throws Problem with one sentence that says what stands in the way */
export async function releaseDatabase(
  environment: Environment,
  logger: Logger,
  known: readonly Migration[],
  waitMs: number = databaseWaitMs,
): Promise<void> {
  const database = await openDatabase(environment, {
    applicationName: "arena-release",
    logger,
    credentials: ownerCredentials(environment) ?? appCredentials(environment),
    connections: 2,
    statementTimeout: 0,
  });
  try {
    await waitForDatabase(database.pool, waitMs);
    await bringForward(environment, logger, known, database);
  } finally {
    await database.close();
  }
}

async function bringForward(
  environment: Environment,
  logger: Logger,
  known: readonly Migration[],
  { pool }: Database,
): Promise<void> {
  const app = appCredentials(environment);
  const hasOwner = environment.DATABASE_OWNER !== undefined;
  const client = await pool.connect();
  try {
    await withReleaseLock(client, async () => {
      if (hasOwner) {
        await assertOwnsNothing(client, app.user);
        await ensureAppRole(client, app, environment.DATABASE_AUTH, logger);
      }
      await installMigrations(client);
      const applied = await migrate(client, known);
      await installQueue(pool, logger);
      if (hasOwner) await grantToApp(client, app.user);
      logger.info({ applied }, applied.length === 0 ? "The schema was up to date" : "The schema was brought forward");
    });
  } finally {
    client.release();
  }
}

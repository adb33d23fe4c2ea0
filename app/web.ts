// The process that answers HTTP requests.
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import { tournamentRoutes } from "./domains/tournaments/routes.ts";
import { assetRoutes } from "./http/assets.ts";
import { requireScope } from "./http/authorization.ts";
import { buildServer } from "./http/server.ts";
import { redirectUnversioned } from "./http/versions.ts";
import { migrations } from "./migrations/index.ts";
import { renderError } from "./pages/error.ts";
import { pageContext } from "./pages/layout.ts";
import { tournamentPages } from "./pages/tournaments.ts";
import { loadAssets } from "./platform/assets.ts";
import { type Environment, isDeployed } from "./platform/load-environment.ts";
import type { Logger } from "./platform/logger.ts";
import { whyNotMigrated } from "./platform/migrate.ts";
import { type Database, openDatabase } from "./platform/postgres.ts";
import { Problem } from "./platform/problem.ts";
import { runProcess } from "./platform/process.ts";
import { onShutdown } from "./platform/shutdown.ts";

export interface WebDeps {
  readonly environment: Environment;
  readonly database: Database;
  readonly logger: Logger;
  /** @default never */
  readonly isStopping?: () => boolean;
}

/** The whole web application, ready for `listen` or `inject`. */
export function buildWeb({
  environment,
  database,
  logger,
  isStopping = () => false,
}: WebDeps): Promise<FastifyInstance> {
  const assets = loadAssets();
  const context = pageContext(assets, environment.STATIC_URL);
  return buildServer({
    environment,
    database,
    logger,
    isStopping,
    errorPage: (body, reply) => {
      reply.allowPage();
      return renderError(context, body);
    },
    routes(app) {
      redirectUnversioned(app);
      assetRoutes(app, assets);
      app.register(tournamentRoutes, { database, mayCreate: requireScope(environment, "tournaments:write") });
      app.register(tournamentPages, { database, context });
    },
  });
}

export function start(environment: Environment): Promise<void> {
  return runProcess("web", environment, async (logger) => {
    const database = await openDatabase(environment, { applicationName: "arena-web", logger });
    let stopping = false;
    const app = await buildWeb({ environment, database, logger, isStopping: () => stopping });
    onShutdown(logger, environment.STOP_TIMEOUT, async () => {
      stopping = true;
      await sleep(noticeMs(environment));
      await app.close();
      await database.close();
    });
    await assertMigrated(database, logger);
    await app.listen({ port: environment.PORT, host: "0.0.0.0" });
  });
}

/** A database that is down is no reason to end: readiness says so until it is back. One without our tables is. */
async function assertMigrated(database: Database, logger: Logger): Promise<void> {
  const reason = await whyNotMigrated(database.pool, migrations).catch((err: unknown) => {
    logger.warn({ err }, "The database does not answer; not ready until it does");
    return undefined;
  });
  if (reason !== undefined) throw new Problem("UNAVAILABLE", reason);
}

/** How long requests are still taken while readiness fails, so that load balancers turn to others first. */
function noticeMs(environment: Environment): number {
  return isDeployed(environment) ? Math.min(3, environment.STOP_TIMEOUT / 5) * 1000 : 0;
}

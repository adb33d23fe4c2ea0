// The process that answers HTTP requests.
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import { accountRoutes } from "./domains/accounts/routes.ts";
import { pointOfSaleRoutes } from "./domains/point-of-sale/routes/index.ts";
import { onlinePayments } from "./domains/tournaments/online-payments.ts";
import type { PaymentProvider } from "./domains/tournaments/payment-port.ts";
import { tournamentRoutes } from "./domains/tournaments/routes/index.ts";
import { assetRoutes } from "./http/assets.ts";
import { authenticateBy } from "./http/authentication.ts";
import { announceDeprecations } from "./http/deprecation.ts";
import { fileRoutes } from "./http/files.ts";
import { checkFlags, flagRoutes } from "./http/flags.ts";
import { jobRoutes } from "./http/jobs.ts";
import { describeApi } from "./http/openapi.ts";
import { buildServer } from "./http/server.ts";
import { withForms } from "./http/validation.ts";
import { redirectUnversioned } from "./http/versions.ts";
import { migrations } from "./migrations/index.ts";
import { accountPages } from "./pages/accounts/pages.ts";
import { apiDocs } from "./pages/api-docs.ts";
import { devMailPages } from "./pages/dev-mail.ts";
import { renderError } from "./pages/error.ts";
import { pageContext } from "./pages/layout.ts";
import { operationPages } from "./pages/operations.ts";
import { shopPages } from "./pages/point-of-sale/index.ts";
import { tournamentPages } from "./pages/tournaments/index.ts";
import { loadAssets } from "./platform/assets.ts";
import { sessionCookie } from "./platform/cookies.ts";
import { flagsOf } from "./platform/flags.ts";
import { type Environment, isDeployed } from "./platform/load-environment.ts";
import type { Logger } from "./platform/logger.ts";
import { whyNotMigrated } from "./platform/migrate.ts";
import { type Database, openDatabase } from "./platform/postgres.ts";
import { Problem } from "./platform/problem.ts";
import { runProcess } from "./platform/process.ts";
import { assertBoundByPolicies } from "./platform/roles.ts";
import { onShutdown } from "./platform/shutdown.ts";
import { openStorage } from "./platform/storage.ts";
import { noTelemetry, startTelemetry, type Telemetry } from "./platform/telemetry.ts";
import { throttleBy } from "./platform/throttle.ts";

export interface WebDeps {
  readonly environment: Environment;
  readonly database: Database;
  readonly logger: Logger;
  /** @default never */
  readonly isStopping?: () => boolean;
  /** @default nobody watches */
  readonly telemetry?: Telemetry;
  /** Takes entry fees online. @default whoever the environment has keys of */
  readonly payments?: PaymentProvider | undefined;
}

/** The whole web application, ready for `listen` or `inject`. */
export function buildWeb({
  environment,
  database,
  logger,
  isStopping = () => false,
  telemetry = noTelemetry,
  payments = onlinePayments(environment),
}: WebDeps): Promise<FastifyInstance> {
  const assets = loadAssets();
  const context = pageContext(assets, environment.STATIC_URL);
  const storage = openStorage(environment);
  return buildServer({
    environment,
    database,
    logger,
    isStopping,
    telemetry,
    errorPage: (body, reply) => {
      reply.allowPage();
      return renderError(context, body, reply);
    },
    authenticate: authenticateBy({ database, environment }),
    throttle: throttleBy(database),
    routes(app) {
      const describe = describeApi(app);
      announceDeprecations(app);
      checkFlags(app, flagsOf(database));
      redirectUnversioned(app);
      assetRoutes(app, assets);
      app.register(fileRoutes, { environment, storage });
      const { MAIL_FOLDER: folder, EMAIL_HOST: server } = environment;
      if (folder !== undefined && server === undefined) app.register(devMailPages, { context, folder });
      app.register(apiDocs, { context, describe });
      app.register(jobRoutes, { database });
      app.register(flagRoutes, { database });
      app.register(accountRoutes, { database, environment });
      app.register(pointOfSaleRoutes, { database, storage });
      app.register(tournamentRoutes, { database, environment, storage, payments });
      withForms(app, (pages) => {
        pages.register(operationPages, { database, context });
        pages.register(accountPages, { database, environment, context, cookie: sessionCookie(environment) });
        pages.register(shopPages, { database, context, storage });
        pages.register(tournamentPages, {
          database,
          context,
          media: { storage, secret: environment.SECRET_KEY },
          payments,
        });
      });
    },
  });
}

export function start(environment: Environment): Promise<void> {
  return runProcess("web", environment, async (logger) => {
    const telemetry = await startTelemetry(environment, "web", logger);
    const database = await openDatabase(environment, { applicationName: "arena-web", logger, telemetry });
    let stopping = false;
    const app = await buildWeb({ environment, database, logger, telemetry, isStopping: () => stopping });
    onShutdown(logger, environment.STOP_TIMEOUT, async () => {
      stopping = true;
      await sleep(noticeMs(environment));
      await app.close();
      await telemetry.close();
      await database.close();
    });
    await assertUsable(environment, database, logger);
    await telemetry.watch(database);
    await app.listen({ port: environment.PORT, host: "0.0.0.0" });
  });
}

/**
 * A database that is down is no reason to end: readiness says so until it is back. One without our tables is, and where real
 * users are, one that shows us the rows of all.
 */
async function assertUsable(environment: Environment, database: Database, logger: Logger): Promise<void> {
  try {
    const reason = await whyNotMigrated(database.pool, migrations);
    if (reason !== undefined) throw new Problem("UNAVAILABLE", reason);
    if (isDeployed(environment)) await assertBoundByPolicies(database.pool);
  } catch (err) {
    if (err instanceof Problem) throw err;
    logger.warn({ err }, "The database does not answer; not ready until it does");
  }
}

/** How long requests are still taken while readiness fails, so that load balancers turn to others first. */
function noticeMs(environment: Environment): number {
  return isDeployed(environment) ? Math.min(3, environment.STOP_TIMEOUT / 5) * 1000 : 0;
}

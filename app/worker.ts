// The process that runs jobs. It answers health checks on PORT, and nothing else.
import { setTimeout as sleep } from "node:timers/promises";
import { accountJobs } from "./domains/accounts/jobs.ts";
import { pointOfSaleJobs } from "./domains/point-of-sale/jobs.ts";
import { tournamentJobs } from "./domains/tournaments/jobs.ts";
import { nobody } from "./http/authorization.ts";
import { buildServer } from "./http/server.ts";
import { platformJobs } from "./platform/clean-up.ts";
import { type Environment, isDeployed } from "./platform/load-environment.ts";
import { mail } from "./platform/mail.ts";
import { createMailer } from "./platform/mailer.ts";
import { openDatabase, waitForDatabase } from "./platform/postgres.ts";
import { runProcess } from "./platform/process.ts";
import type { AnyJob } from "./platform/queue.ts";
import { tellQueueFigures } from "./platform/queue-figures.ts";
import { startWorker } from "./platform/queue-worker.ts";
import { assertBoundByPolicies } from "./platform/roles.ts";
import { onShutdown } from "./platform/shutdown.ts";
import { openStorage } from "./platform/storage.ts";
import { startTelemetry } from "./platform/telemetry.ts";

const jobs: readonly AnyJob[] = [mail, ...platformJobs, ...tournamentJobs, ...accountJobs, ...pointOfSaleJobs];

export function start(environment: Environment): Promise<void> {
  return runProcess("worker", environment, async (logger) => {
    const telemetry = await startTelemetry(environment, "worker", logger);
    const database = await openDatabase(environment, { applicationName: "arena-worker", logger, telemetry });
    await waitForDatabase(database.pool, 30_000);
    if (isDeployed(environment)) await assertBoundByPolicies(database.pool);
    await telemetry.watch(database);
    const mailer = createMailer(environment);
    const storage = openStorage(environment);
    const stopTimeout = environment.STOP_TIMEOUT;
    const ecsAgent = environment.ECS_AGENT_URI;
    const worker = await startWorker({ database, logger, mailer, storage, telemetry, jobs, stopTimeout, ecsAgent });
    const stop = new AbortController();
    const figures = tellQueueFigures(database, logger, stop.signal);
    let stopping = false;
    const app = await buildServer({
      environment,
      database,
      logger,
      isStopping: () => stopping,
      errorPage: (body) => body.error,
      authenticate: nobody,
      routes: () => {},
    });
    onShutdown(logger, environment.STOP_TIMEOUT, async () => {
      stopping = true;
      stop.abort();
      await worker.stop();
      mailer.close();
      await telemetry.close();
      await app.close();
      // A job that went back to the queue may still wait for the database; the process does not wait for it.
      await Promise.race([database.close(), sleep(250)]);
    });
    await app.listen({ port: environment.PORT, host: "0.0.0.0" });
    await Promise.race([worker.ended, figures.then(() => worker.ended)]).catch((error: unknown) => {
      // Jobs that had to be taken back count as an error there; here it is what was asked for.
      if (!stopping) throw error;
    });
    if (!stopping) throw new Error("the queue ended by itself");
  });
}

// The process that runs jobs. It answers health checks on PORT, and nothing else.
import { setTimeout as sleep } from "node:timers/promises";
import { announce } from "./domains/tournaments/announce.ts";
import { buildServer } from "./http/server.ts";
import type { Environment } from "./platform/load-environment.ts";
import { openDatabase, waitForDatabase } from "./platform/postgres.ts";
import { runProcess } from "./platform/process.ts";
import type { AnyJob } from "./platform/queue.ts";
import { tellQueueFigures } from "./platform/queue-figures.ts";
import { startWorker } from "./platform/queue-worker.ts";
import { onShutdown } from "./platform/shutdown.ts";

const jobs: readonly AnyJob[] = [announce];

export function start(environment: Environment): Promise<void> {
  return runProcess("worker", environment, async (logger) => {
    const database = await openDatabase(environment, { applicationName: "arena-worker", logger });
    await waitForDatabase(database.pool, 30_000);
    const worker = await startWorker({ database, logger, jobs, stopTimeout: environment.STOP_TIMEOUT });
    const stop = new AbortController();
    const figures = tellQueueFigures(database, logger, stop.signal);
    let stopping = false;
    const app = await buildServer({
      environment,
      database,
      logger,
      isStopping: () => stopping,
      errorPage: (body) => body.error,
      routes: () => {},
    });
    onShutdown(logger, environment.STOP_TIMEOUT, async () => {
      stopping = true;
      stop.abort();
      await worker.stop();
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

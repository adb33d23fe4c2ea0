// Metrics for Prometheus, on a port of their own that nobody outside reaches.
import type { Server } from "node:http";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Logger } from "./logger.ts";
import type { Database } from "./postgres.ts";
import { readQueueFigures } from "./queue-figures.ts";
import type { Telemetry } from "./telemetry.ts";

const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function startMetrics(port: number, logger: Logger): Telemetry {
  const register = new Registry();
  const registers = [register];
  collectDefaultMetrics({ register });
  const requests = new Counter({
    name: "arena_requests_total",
    help: "Requests that were answered",
    labelNames: ["method", "route", "status"],
    registers,
  });
  const latency = new Histogram({
    name: "arena_request_seconds",
    help: "How long they took",
    labelNames: ["method", "route"],
    buckets,
    registers,
  });
  const jobs = new Histogram({
    name: "arena_job_seconds",
    help: "How long attempts at jobs took",
    labelNames: ["job", "outcome"],
    buckets,
    registers,
  });
  const queries = new Histogram({
    name: "arena_query_seconds",
    help: "How long statements took",
    labelNames: ["outcome"],
    buckets,
    registers,
  });
  const outcome = (failed: boolean) => (failed ? "failed" : "done");
  let server: Server | undefined;
  return {
    begin: (kind) => ({
      end({ name, method = "", status = 0, failed, milliseconds }) {
        if (kind === "job") return jobs.observe({ job: name, outcome: outcome(failed) }, milliseconds / 1000);
        requests.inc({ method, route: name, status });
        latency.observe({ method, route: name }, milliseconds / 1000);
      },
    }),
    query: ({ milliseconds, failed }) => queries.observe({ outcome: outcome(failed) }, milliseconds / 1000),
    report() {},
    async watch(database) {
      gauges(register, database, logger);
      server = await serve(register, port, logger);
    },
    async close() {
      server?.closeAllConnections();
      await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
    },
  };
}

/** Read when they are asked for. */
function gauges(register: Registry, database: Database, logger: Logger): void {
  const registers = [register];
  const { pool } = database;
  new Gauge({
    name: "arena_database_connections",
    help: "Connections of this process: open, idle, and requests that wait for one",
    labelNames: ["state"],
    registers,
    collect() {
      this.set({ state: "open" }, pool.totalCount);
      this.set({ state: "idle" }, pool.idleCount);
      this.set({ state: "waiting" }, pool.waitingCount);
    },
  });
  const gauge = (name: string, help: string) => new Gauge({ name: `arena_queue_${name}`, help, registers });
  const [ready, oldest, dead] = [
    gauge("ready", "Jobs that wait"),
    gauge("oldest_seconds", "Seconds that the oldest of them has waited"),
    gauge("dead", "Jobs that failed for the last time"),
  ];
  new Gauge({
    name: "arena_queue_readable",
    help: "Whether the queue's figures could be read: those beside it are old if not",
    registers,
    async collect() {
      try {
        const figures = await readQueueFigures(database);
        ready.set(figures.ready);
        oldest.set(figures.oldest_seconds);
        dead.set(figures.dead);
        this.set(1);
      } catch (err) {
        logger.warn({ err }, "The queue's figures cannot be read");
        this.set(0);
      }
    },
  });
}

async function serve(register: Registry, port: number, logger: Logger): Promise<Server> {
  const { createServer } = process.getBuiltinModule("node:http");
  const server = createServer((request, response) => {
    if (request.method !== "GET" || request.url !== "/metrics") return void response.writeHead(404).end();
    register.metrics().then(
      (text) => response.writeHead(200, { "content-type": register.contentType }).end(text),
      (err: unknown) => {
        logger.error({ err }, "Metrics cannot be told");
        response.writeHead(500).end();
      },
    );
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "0.0.0.0", resolve));
  const address = server.address();
  const at = typeof address === "object" && address !== null ? address.port : port;
  logger.info({ port: at }, `Metrics at http://127.0.0.1:${at}/metrics`);
  return server;
}

import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createMailer } from "../../../app/platform/mailer.ts";
import { openDatabase } from "../../../app/platform/postgres.ts";
import { enqueue, type Job } from "../../../app/platform/queue.ts";
import { startWorker } from "../../../app/platform/queue-worker.ts";
import { openStorage } from "../../../app/platform/storage.ts";
import { startTelemetry, type Telemetry } from "../../../app/platform/telemetry.ts";
import { buildWeb } from "../../../app/web.ts";
import { environmentFor, eventually, memoryLogger, startApp, startProcess, type TestApp } from "../harness.ts";

interface Received {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Takes whatever comes. */
function sink(): { server: Server; received: Received[]; url: () => URL } {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const isZipped = request.headers["content-encoding"] === "gzip";
    received.push({ url: request.url ?? "", headers: request.headers, body: isZipped ? gunzipSync(body) : body });
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  return { server, received, url: () => new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) };
}

const collector = sink();
const sentry = sink();
let arena: TestApp;
let telemetry: Telemetry;
let metricsUrl: string;
const { logger, lines } = memoryLogger("info");

/** A server and a worker that are watched. */
async function watched() {
  const dsn = Object.assign(sentry.url(), { username: "publickey", pathname: "/42" });
  const environment = environmentFor(arena.url, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url().href,
    SENTRY_DSN: dsn.href,
    METRICS_PORT: "0",
  });
  telemetry = await startTelemetry(environment, "web", logger);
  const database = await openDatabase(environment, { applicationName: "watched", logger, telemetry });
  const app = await buildWeb({ environment, database, logger, telemetry });
  app.get("/api/v1/broken/", { config: { permission: "public", anonymous: true } }, async () => {
    throw new Error("mail to ada@example.com failed, password=hunter2");
  });
  app.post("/api/v1/slow/", { config: { permission: "public", anonymous: true } }, async () => {
    await database.db.transaction().execute((trx) => enqueue(trx, slow, {}));
    return {};
  });
  await telemetry.watch(database);
  metricsUrl = String(
    /http:\S+/.exec(lines.map(({ message }) => String(message)).find((text) => text.startsWith("Metrics")) ?? ""),
  );
  return { app, database, environment };
}

const slow: Job<Record<string, never>> = {
  name: "test.slow",
  async run(_payload, { database, logger: log }) {
    await sql`select pg_sleep(0.6)`.execute(database.db);
    log.info("Slept");
  },
};

let parts: Awaited<ReturnType<typeof watched>>;
beforeAll(async () => {
  for (const { server } of [collector, sentry]) await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  arena = await startApp();
  parts = await watched();
});
afterAll(async () => {
  await parts.app.close();
  await parts.database.close();
  await arena.close();
  for (const { server } of [collector, sentry]) await new Promise((done) => server.close(done));
});

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const traced = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };

test("a request and the job it caused: one trace, one request id, a slow statement told", async () => {
  const { app, database, environment } = parts;
  const asked = await app.inject({
    method: "POST",
    url: "/api/v1/slow/",
    headers: { ...traced, "x-request-id": "request-77" },
  });
  expect(asked.statusCode).toBe(200);
  const [mailer, storage] = [createMailer(environment), openStorage(environment)];
  const worker = await startWorker({ database, logger, telemetry, mailer, storage, jobs: [slow], stopTimeout: 5 });
  await eventually(() => lines.some(({ message }) => message === "Slept"), "the job runs");
  await worker.stop();
  const ofJob = lines.filter(({ job }) => job === "test.slow");
  expect(ofJob.length).toBeGreaterThanOrEqual(2);
  for (const line of ofJob) expect(line).toMatchObject({ request_id: "request-77" });
  expect(lines).toContainEqual(
    expect.objectContaining({
      level: "warn",
      message: "A slow statement",
      query: "select pg_sleep(0.6)",
      request_id: "request-77",
    }),
  );
});

test("errors go to Sentry with request id, release and environment, and nothing of who asked", async () => {
  const headers = { "x-request-id": "request-78", authorization: "Bearer abc" };
  const response = await parts.app.inject({ url: "/api/v1/broken/?mail=ada@example.com", headers });
  expect(response.statusCode).toBe(500);
  expect((await parts.app.inject("/api/v1/nothing/")).statusCode).toBe(404);
  await eventually(() => sentry.received.length > 0, "the report arrives");
  expect(sentry.received).toHaveLength(1);
  const [report] = sentry.received;
  expect(report?.url).toMatch(/^\/api\/42\/envelope\//);
  const event = JSON.parse(report?.body.toString().split("\n")[2] ?? "");
  expect(event).toMatchObject({
    environment: "test",
    release: expect.stringMatching(/^arena@/),
    tags: { process: "web", where: "GET /api/v1/broken/", request_id: "request-78" },
    exception: { values: [{ type: "Error", stacktrace: { frames: expect.any(Array) } }] },
  });
  expect(report?.body.toString()).not.toMatch(/ada@example|hunter2|Bearer/);
});

test("metrics stand on a port of their own: requests by route, latency, statements, jobs, connections, queue", async () => {
  const text = await (await fetch(metricsUrl)).text();
  expect(text).toContain('arena_requests_total{method="POST",route="/api/v1/slow/",status="200"} 1');
  expect(text).toContain('arena_requests_total{method="GET",route="/api/v1/broken/",status="500"} 1');
  expect(text).toContain('arena_request_seconds_bucket{le="+Inf",method="POST",route="/api/v1/slow/"} 1');
  expect(text).toMatch(/^arena_job_seconds_count\{job="test\.slow",outcome="done"\} 1$/m);
  expect(text).toMatch(/^arena_query_seconds_count\{outcome="done"\} \d+$/m);
  expect(text).toMatch(/^arena_database_connections\{state="open"\} [1-9]/m);
  for (const name of ["ready", "oldest_seconds", "dead"])
    expect(text).toMatch(new RegExp(`^arena_queue_${name} 0$`, "m"));
  expect(text).toMatch(/^arena_queue_readable 1$/m);
  expect((await fetch(new URL("/", metricsUrl))).status).toBe(404);
  expect((await parts.app.inject("/metrics")).statusCode).toBe(404);
});

test("of what begins here one in ten is traced; of what comes traced, all", async () => {
  for (let index = 0; index < 200; index += 1) await parts.app.inject("/api/v1/tournaments/");
  await parts.app.inject({
    url: "/api/v1/tournaments/",
    headers: { traceparent: `00-${"a".repeat(32)}-00f067aa0ba902b7-00` },
  });
  await telemetry.close();
  const spans = collector.received.flatMap(({ url, headers, body }) => {
    expect([url, headers["content-type"]]).toEqual(["/v1/traces", "application/json"]);
    return JSON.parse(body.toString()).resourceSpans.flatMap((resource: { scopeSpans: { spans: unknown[] }[] }) =>
      resource.scopeSpans.flatMap(({ spans: some }) => some),
    );
  }) as { name: string; traceId: string; spanId: string; parentSpanId?: string }[];
  const ours = spans.filter((span) => span.traceId === traceId);
  const named = (name: string) => ours.find((span) => span.name === name);
  expect(named("POST /api/v1/slow/")?.parentSpanId).toBe("00f067aa0ba902b7");
  expect(named("test.slow")?.parentSpanId).toBe(named("POST /api/v1/slow/")?.spanId);
  expect(ours.filter((span) => span.name === "SELECT").map(({ parentSpanId }) => parentSpanId)).toEqual(
    expect.arrayContaining([named("POST /api/v1/slow/")?.spanId, named("test.slow")?.spanId]),
  );
  const begunHere = spans.filter((span) => span.name === "GET /api/v1/tournaments/");
  expect(begunHere.length).toBeGreaterThan(4);
  expect(begunHere.length).toBeLessThan(50);
  expect(spans.filter((span) => span.traceId === "a".repeat(32))).toEqual([]);
});

describe("a process", () => {
  test("that nobody watches has no port for metrics, and one that is watched ends in good order", async () => {
    const variables = { ENVIRONMENT: "test", PORT: "0", METRICS_PORT: "0", DATABASE_URL: arena.url };
    const web = startProcess("web", variables);
    await web.address();
    const [, url = ""] = await web.saw(/Metrics at (http:\S+\/metrics)/);
    expect(await (await fetch(url)).text()).toContain("arena_database_connections");
    web.child.kill("SIGTERM");
    expect(await web.exited).toBe(0);
  });
});

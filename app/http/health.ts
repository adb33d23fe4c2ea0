// Says whether the process lives, and whether it can do its work: for load balancers, containers and monitors.
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Pool } from "pg";

/** Paths that answer whatever the host name. */
export const healthPaths: ReadonlySet<string> = new Set(["/health/", "/health/ready/", "/healthz/"]);

/** Probes time out after 5 s as a rule; the answer must be there before that. */
const probeTimeoutMs = 2_000;

export interface HealthOptions {
  readonly pool: Pool;
  /** Turns true when the process has been told to stop. */
  readonly isStopping: () => boolean;
}

export function healthRoutes(app: FastifyInstance, { pool, isStopping }: HealthOptions): void {
  const isReachable = shared(() => probe(pool));
  const alive = async (_request: unknown, reply: FastifyReply) =>
    reply.header("cache-control", "no-store").send({ status: "healthy" });
  const options = { logLevel: "warn", config: { permission: "public", anonymous: true } } as const;
  app.get("/health/", options, alive);
  app.get("/healthz/", options, alive);
  app.get("/health/ready/", options, async (request, reply) => {
    void reply.header("cache-control", "no-store");
    if (isStopping()) return reply.code(503).send({ status: "not_ready", reason: "stopping" });
    try {
      await isReachable();
      return { status: "ready", database: "connected" };
    } catch (err) {
      request.log.warn({ err }, "Not ready: the database does not answer");
      return reply.code(503).send({ status: "not_ready", database: "unavailable" });
    }
  });
}

async function probe(pool: Pool): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${probeTimeoutMs / 1000} s`)), probeTimeoutMs);
  });
  try {
    await Promise.race([pool.query("select 1"), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** Callers at the same time share one call: however many probe, the database sees one query at a time. */
function shared(call: () => Promise<void>): () => Promise<void> {
  let current: Promise<void> | undefined;
  return () => {
    current ??= call().finally(() => {
      current = undefined;
    });
    return current;
  };
}

// Refuses what comes too often: signing in and registering by IP address, the API by account. What is open to everybody is
// not counted.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { Problem } from "../platform/problem.ts";
import type { LimitName, Throttle } from "../platform/throttle.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Limit that requests of a route count against, by IP address. @default none */
    throttle?: Exclude<LimitName, "api">;
  }
}

/** As of draft-ietf-httpapi-ratelimit-headers-07, one value each. */
export const rateLimitHeaders = ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"] as const;

/** After authorization: it must be known who calls. */
export function throttleRequests(app: FastifyInstance, throttle: Throttle): void {
  app.addHook("onRequest", (request, reply, done) => {
    const counted = countedAs(request);
    if (counted === undefined) done();
    else count(throttle, counted, reply).then(() => done(), done);
  });
}

function countedAs(request: FastifyRequest): readonly [LimitName, string] | undefined {
  const { throttle } = request.routeOptions.config;
  if (throttle !== undefined) return [throttle, request.ip];
  const { principal } = request;
  const isApi = principal !== undefined && request.routeOptions.url?.startsWith("/api/");
  return isApi ? ["api", principal.user] : undefined;
}

async function count(
  throttle: Throttle,
  [name, key]: readonly [LimitName, string],
  reply: FastifyReply,
): Promise<void> {
  const { limit, remaining, resetSeconds, isOver } = await throttle(name, key);
  const values = [limit.points, remaining, resetSeconds];
  for (const [index, header] of rateLimitHeaders.entries()) void reply.header(header, values[index]);
  if (!isOver) return;
  void reply.header("retry-after", resetSeconds);
  throw new Problem("THROTTLED", `Too many requests: try again in ${resetSeconds} s.`);
}

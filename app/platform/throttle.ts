// How often somebody may do something: counted in PostgreSQL, so that all processes share one count.
import type { RateLimiterAbstract } from "rate-limiter-flexible";
import type { Database } from "./postgres.ts";
import { schema } from "./postgres-options.ts";

/** So many times in so many seconds, from the first of them on. */
export interface Limit {
  readonly points: number;
  readonly seconds: number;
}

/** Per IP address for whoever is not known yet; per account for the API. */
export const limits = {
  login: { points: 5, seconds: 60 },
  register: { points: 10, seconds: 60 },
  api: { points: 1000, seconds: 3600 },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof limits;

/** How somebody stands with a limit. */
export interface Count {
  readonly limit: Limit;
  readonly remaining: number;
  /** Whole seconds until the count begins anew. */
  readonly resetSeconds: number;
  readonly isOver: boolean;
}

/** Counts one more for `key`. One statement: of two processes at the same time, each sees the other's. */
export type Throttle = (name: LimitName, key: string) => Promise<Count>;

export function throttleBy(database: Pick<Database, "pool">): Throttle {
  const limiters = new Map<LimitName, Promise<RateLimiterAbstract>>();
  return async (name, key) => {
    const limiter = limiters.get(name) ?? limiterOf(database, name);
    limiters.set(name, limiter);
    const { RateLimiterRes } = await import("rate-limiter-flexible");
    const result = await (await limiter).consume(key).catch((refused: unknown) => {
      if (refused instanceof RateLimiterRes) return refused;
      throw refused;
    });
    const limit = limits[name];
    return {
      limit,
      remaining: result.remainingPoints,
      resetSeconds: Math.max(1, Math.ceil(result.msBeforeNext / 1000)),
      isOver: result.consumedPoints > limit.points,
    };
  };
}

/** Loaded with the first request that is counted: lists for everybody never are. */
async function limiterOf({ pool }: Pick<Database, "pool">, name: LimitName): Promise<RateLimiterAbstract> {
  const { RateLimiterPostgres } = await import("rate-limiter-flexible");
  const { points, seconds } = limits[name];
  return new RateLimiterPostgres({
    storeClient: pool,
    storeType: "pool",
    schemaName: schema,
    tableName: "throttles",
    tableCreated: true,
    // A job does it, once and not in each process.
    clearExpiredByTimeout: false,
    keyPrefix: name,
    points,
    duration: seconds,
  });
}

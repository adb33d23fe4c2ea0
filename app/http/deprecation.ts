// What will be taken away says so in each answer: since when it should not be used, when it ends, and what takes its place
// (RFC 9745, RFC 8594). From the one to the other six months pass at least.
import type { FastifyInstance, onRequestHookHandler } from "fastify";

export interface Deprecated {
  /** Day that clients should turn away from it, ISO 8601: 2027-01-01. */
  readonly since: string;
  /** Day that it ends. */
  readonly sunset: string;
  /** Address of what takes its place. @default nothing does */
  readonly successor?: string;
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** @default here to stay */
    deprecated?: Deprecated;
  }
}

const leastMonths = 6;

/** For routes that are made after this. @throws Error for one that would end too soon */
export function announceDeprecations(app: FastifyInstance): void {
  app.addHook("onRoute", (route) => {
    const { deprecated } = route.config ?? {};
    if (deprecated === undefined) return;
    const headers = headersOf(route.url, deprecated);
    const announce: onRequestHookHandler = (_request, reply, done) => {
      void reply.headers(headers);
      done();
    };
    route.onRequest = [announce, route.onRequest ?? []].flat();
  });
}

function headersOf(url: string, { since, sunset, successor }: Deprecated): Record<string, string> {
  const [from, to] = [new Date(`${since}T00:00:00Z`), new Date(`${sunset}T00:00:00Z`)];
  const earliest = new Date(from);
  earliest.setUTCMonth(earliest.getUTCMonth() + leastMonths);
  if (!(to >= earliest)) {
    throw new Error(`Route ${url} ends on ${sunset}: give its users ${leastMonths} months from ${since} at least.`);
  }
  return {
    deprecation: `@${from.getTime() / 1000}`,
    sunset: to.toUTCString(),
    ...(successor === undefined ? {} : { link: `<${successor}>; rel="successor-version"` }),
  };
}

// An id for each request, in its answer and in each of its log lines, and one log line when it is done.
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { FastifyInstance } from "fastify";

declare module "fastify" {
  interface FastifyRequest {
    /** Organiser and user that the request acts for, once they are known. */
    tenant: string | undefined;
    user: string | undefined;
  }
}

/** The id that a proxy in front gave the request, if it is a sane one, else a new one. */
export function requestId(request: Pick<IncomingMessage, "headers">): string {
  const given = request.headers["x-request-id"];
  return typeof given === "string" && /^[\w.:=-]{8,128}$/.test(given) ? given : randomUUID();
}

export function logRequests(app: FastifyInstance): void {
  app.decorateRequest("tenant", undefined);
  app.decorateRequest("user", undefined);
  app.addHook("onRequest", (request, reply, done) => {
    void reply.header("x-request-id", request.id);
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url,
        // Without the query: it may hold what people typed.
        path: request.url.split("?", 1)[0],
        status: reply.statusCode,
        duration_ms: Math.round(reply.elapsedTime * 10) / 10,
        tenant: request.tenant,
        user: request.user,
      },
      "Request",
    );
    done();
  });
}

// An id for each request, in its answer and in each of its log lines, and one log line when it is done.
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { FastifyInstance } from "fastify";
import { because, type Cause } from "../platform/cause.ts";
import type { Telemetry, Work } from "../platform/telemetry.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Organiser and user that the request acts for, once they are known. */
    tenant: string | undefined;
    user: string | undefined;
    /** What is done for this request, wherever it leads. */
    cause: Cause | undefined;
    work: Work | undefined;
  }
}

/** The id that a proxy in front gave the request, if it is a sane one, else a new one. */
export function requestId(request: Pick<IncomingMessage, "headers">): string {
  const given = request.headers["x-request-id"];
  return typeof given === "string" && /^[\w.:=-]{8,128}$/.test(given) ? given : randomUUID();
}

export function logRequests(app: FastifyInstance, telemetry: Telemetry): void {
  app.decorateRequest("tenant", undefined);
  app.decorateRequest("user", undefined);
  app.decorateRequest("cause", undefined);
  app.decorateRequest("work", undefined);
  app.addHook("onRequest", (request, reply, done) => {
    void reply.header("x-request-id", request.id);
    const { traceparent } = request.headers;
    request.work = telemetry.begin("request", typeof traceparent === "string" ? traceparent : undefined);
    request.cause = { request_id: request.id, traceparent: request.work?.traceparent };
    because(request.cause, done);
  });
  // Again: a body arrives as events of the connection, which knows of no request.
  app.addHook("preValidation", (request, _reply, done) =>
    request.body === undefined ? done() : because(request.cause, done),
  );
  app.addHook("onResponse", (request, reply, done) => {
    request.work?.end({
      name: request.routeOptions.url ?? "none",
      method: request.method,
      status: reply.statusCode,
      failed: reply.statusCode >= 500,
      milliseconds: reply.elapsedTime,
    });
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

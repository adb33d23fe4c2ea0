// The HTTP server, without what it serves: limits, headers, errors, health. Routes and pages come from the caller.
import cors from "@fastify/cors";
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import type { Environment } from "../platform/load-environment.ts";
import type { Logger } from "../platform/logger.ts";
import type { Database } from "../platform/postgres.ts";
import { noTelemetry, type Telemetry } from "../platform/telemetry.ts";
import type { Throttle } from "../platform/throttle.ts";
import { type Authenticate, authorize } from "./authorization.ts";
import { checkForms } from "./csrf.ts";
import { answerMalformed, answerUnrouted, type ErrorOptions, handleErrors } from "./errors.ts";
import { healthPaths, healthRoutes } from "./health.ts";
import { checkHosts } from "./hosts.ts";
import { logRequests, requestId } from "./requests.ts";
import { addSecurityHeaders, securityHeaders } from "./security-headers.ts";
import { rateLimitHeaders, throttleRequests } from "./throttling.ts";
import { validateStrictly } from "./validation.ts";

export interface ServerDeps {
  readonly environment: Environment;
  readonly database: Database;
  readonly logger: Logger;
  readonly errorPage: ErrorOptions["errorPage"];
  /** Turns true when the process has been told to stop: readiness fails, connections are not kept. */
  readonly isStopping: () => boolean;
  readonly authenticate: Authenticate;
  /** @default nothing is counted */
  readonly throttle?: Throttle;
  /** @default nobody watches */
  readonly telemetry?: Telemetry;
  /** Registers routes and pages. */
  readonly routes: (app: FastifyInstance) => void;
}

/** Largest body and address that are taken, in bytes; nothing here needs more. */
const limits = { body: 64 * 1024, param: 200 };

/** A server that is ready for `listen` or `inject`. */
export async function buildServer(deps: ServerDeps): Promise<FastifyInstance> {
  const { environment, database, isStopping, telemetry = noTelemetry } = deps;
  const app = fastify({
    loggerInstance: deps.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "request_id" }),
    genReqId: requestId,
    trustProxy: environment.TRUSTED_PROXIES.length > 0 ? [...environment.TRUSTED_PROXIES] : false,
    bodyLimit: limits.body,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: limits.param },
    // Longer than any load balancer in front keeps an idle connection (ALB: 60 s), so that it never uses one we closed.
    keepAliveTimeout: 75_000,
    requestTimeout: 30_000,
    // A request that arrives on an open connection while we stop is still answered.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => answerUnrouted(error, request, reply, securityHeaders),
    clientErrorHandler: (error, socket) => answerMalformed(error, socket, requestId({ headers: {} }), securityHeaders),
  });
  validateStrictly(app);
  addSecurityHeaders(app, environment.STATIC_URL);
  logRequests(app, telemetry);
  closeConnectionsWhen(isStopping, app);
  checkHosts(app, environment.ALLOWED_HOSTS, healthPaths);
  handleErrors(app, {
    debug: environment.DEBUG,
    errorPage: deps.errorPage,
    report: (error, where) => telemetry.report(error, where),
  });
  if (environment.CORS_ALLOWED_ORIGINS.length > 0) {
    await app.register(cors, {
      origin: [...environment.CORS_ALLOWED_ORIGINS],
      // No credentials: a session is for our own pages; other origins bring tokens.
      methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
      exposedHeaders: ["x-request-id", "etag", "location", "retry-after", ...rateLimitHeaders],
      maxAge: 600,
    });
  }
  authorize(app, database, deps.authenticate);
  if (deps.throttle !== undefined) throttleRequests(app, deps.throttle);
  checkForms(app, environment);
  healthRoutes(app, { pool: database.pool, isStopping });
  deps.routes(app);
  return app;
}

/** Clients that keep connections open learn with each answer that they should open another one elsewhere. */
function closeConnectionsWhen(isStopping: () => boolean, app: FastifyInstance): void {
  app.addHook("onSend", (_request, reply, payload, done) => {
    if (isStopping()) void reply.header("connection", "close");
    done(null, payload);
  });
}

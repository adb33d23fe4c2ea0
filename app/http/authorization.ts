// Who a request acts for, and whether they may. Each route says in `config.permission` what it asks for; a route that does not
// keeps the server from being built.
import type { FastifyInstance, FastifyRequest, RouteOptions } from "fastify";
import { audit } from "../platform/audit.ts";
import type { Database } from "../platform/postgres.ts";
import { isAllowed, type Permission, type Principal } from "../platform/principal.ts";
import { Problem } from "../platform/problem.ts";
import { inScope } from "../platform/scope.ts";

/** A route and what it asks of whoever calls it. */
export interface DeclaredRoute {
  readonly method: string;
  /** As declared: /api/v1/staff/:user/ */
  readonly url: string;
  readonly permission: Permission;
  /** Of its body, if it declares one. */
  readonly body: unknown;
}

declare module "fastify" {
  interface FastifyInstance {
    /** All routes, for whoever describes or checks them. */
    readonly declaredRoutes: readonly DeclaredRoute[];
  }
}

/** Finds out who a request acts for; undefined if it brings nothing to tell. @throws Problem for what is not valid */
export type Authenticate = (request: FastifyRequest) => Promise<Principal | undefined>;

/** Nobody is known: for processes that have no accounts to look at. */
export const nobody: Authenticate = async () => undefined;

export function authorize(app: FastifyInstance, database: Database, authenticate: Authenticate): void {
  app.decorateRequest("principal", undefined);
  const declared: DeclaredRoute[] = [];
  app.decorate("declaredRoutes", declared);
  app.addHook("onRoute", (route) => {
    declared.push(...declaredBy(route));
  });
  // With a callback: a public list that nobody signed in for does not pay for a promise.
  app.addHook("onRequest", (request, _reply, done) => {
    const { permission = "public", anonymous } = request.is404 ? {} : request.routeOptions.config;
    const { authorization, cookie } = request.headers;
    const isUnknown = authorization === undefined && cookie === undefined;
    if (request.is404 || anonymous || (isUnknown && permission === "public")) done();
    else check(request, permission, database, authenticate).then(() => done(), done);
  });
}

/** @throws Error at start, when the route is made */
function declaredBy({ method, url, config, schema }: RouteOptions): DeclaredRoute[] {
  const permission = config?.permission;
  if (permission === undefined) {
    throw new Error(`Route ${method} ${url} says not who may call it: give it config: { permission: … }.`);
  }
  return [method].flat().map((one) => ({ method: one, url, permission, body: schema?.body }));
}

async function check(
  request: FastifyRequest,
  permission: Permission,
  database: Database,
  authenticate: Authenticate,
): Promise<void> {
  const principal = await authenticate(request);
  request.principal = principal;
  request.user = principal?.user;
  request.tenant = principal?.tenant;
  if (isAllowed(principal, permission)) return;
  if (principal === undefined) throw new Problem("UNAUTHENTICATED", "This needs an account: sign in first.");
  await inScope(database, principal, (trx) =>
    audit(trx, {
      action: "request",
      outcome: "denied",
      detail: { method: request.method, route: request.routeOptions.url, permission },
    }),
  );
  throw new Problem("FORBIDDEN", sentences[permission]);
}

const sentences: Readonly<Record<Permission, string>> = {
  public: "This is for nobody.",
  user: "This is for accounts.",
  cashier: "This is for the staff of an organiser.",
  manager: "This is for managers of an organiser.",
  admin: "This is for admins of an organiser.",
  saas_admin: "This is for whoever runs the installation.",
};

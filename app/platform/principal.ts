// Who a request acts for, and what a route asks of them. Whoever answers requests finds out the one and enforces the other.
import type { FastifyRequest } from "fastify";
import { Problem } from "./problem.ts";

/** Roles in an organiser's staff; each may do what those before it may. */
export const tenantRoles = ["cashier", "manager", "admin"] as const;

export type TenantRole = (typeof tenantRoles)[number];

/** Somebody who has signed in. */
export interface Principal {
  /** Id of the account, a UUID. */
  readonly user: string;
  /** Organiser that it acts for at present, if it is on the staff of one. */
  readonly tenant: string | undefined;
  /** Role on that organiser's staff. */
  readonly role: TenantRole | undefined;
  /** Runs the whole installation, across tenants. */
  readonly saasAdmin: boolean;
  /** What the person is called. */
  readonly name: string;
  /** How it signed in: pages with a session's cookie, API clients with a bearer token. */
  readonly via: "session" | "bearer";
  /** Id of the session, or of the family of refresh tokens that the bearer token belongs to. */
  readonly credential: string;
  /** Id of the request that it makes; with it, a principal is the scope of a transaction. */
  readonly request: string;
}

/** A member of an organiser's staff. */
export type Staff = Principal & { readonly tenant: string; readonly role: TenantRole };

/**
 * What a route asks of whoever calls it. `public`: nothing, it only reads what everybody may see, or is a way in. `user`:
 * an account. A role: at least that one on the staff of the organiser acted for. `saas_admin`: whoever runs it all.
 */
export type Permission = "public" | "user" | TenantRole | "saas_admin";

declare module "fastify" {
  interface FastifyRequest {
    /** Undefined until somebody has signed in. */
    principal: Principal | undefined;
  }
  interface FastifyContextConfig {
    /** Each route declares one; a server with a route that does not is not built. */
    permission?: Permission;
    /** Nobody looks who calls: for what is asked for often and is the same for all. @default false */
    anonymous?: true;
  }
}

/** Whether a principal has what a route asks for. */
export function isAllowed(principal: Principal | undefined, permission: Permission): boolean {
  if (permission === "public") return true;
  if (principal === undefined) return false;
  if (permission === "user") return true;
  if (permission === "saas_admin") return principal.saasAdmin;
  return principal.tenant !== undefined && isAtLeast(principal.role, permission);
}

export function isAtLeast(role: TenantRole | undefined, least: TenantRole): boolean {
  return role !== undefined && tenantRoles.indexOf(role) >= tenantRoles.indexOf(least);
}

/** The account that signed in. @throws Problem if nobody has */
export function principalOf(request: Pick<FastifyRequest, "principal">): Principal {
  if (request.principal === undefined) throw new Problem("UNAUTHENTICATED", "This needs an account: sign in first.");
  return request.principal;
}

/** The member of staff that signed in. @throws Problem if the request acts for no organiser */
export function staffOf(request: Pick<FastifyRequest, "principal">): Staff {
  const principal = principalOf(request);
  const { tenant, role } = principal;
  if (tenant === undefined || role === undefined) {
    throw new Problem("FORBIDDEN", "This is for the staff of an organiser.");
  }
  return { ...principal, tenant, role };
}

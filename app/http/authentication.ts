// The two ways in: a bearer token for API clients, a session's cookie for pages.
import type { FastifyRequest } from "fastify";
import { principalOfSession, principalOfToken } from "../domains/accounts/principals.ts";
import { sessionCookie } from "../platform/cookies.ts";
import type { Environment } from "../platform/load-environment.ts";
import type { Database } from "../platform/postgres.ts";
import type { Principal } from "../platform/principal.ts";
import { Problem } from "../platform/problem.ts";
import type { Authenticate } from "./authorization.ts";

export function authenticateBy(deps: { database: Database; environment: Environment }): Authenticate {
  const cookie = sessionCookie(deps.environment);
  return async (request) => {
    if (request.headers.authorization !== undefined) return bearer(deps, request, request.headers.authorization);
    const token = cookie.read(request);
    // A session that is over is no fault of who comes back: a page that asks for an account leads to signing in.
    return token === undefined ? undefined : principalOfSession(deps.database, token, request.id);
  };
}

async function bearer(
  deps: { database: Database; environment: Environment },
  request: FastifyRequest,
  header: string,
): Promise<Principal> {
  const token = /^Bearer ([\w.-]+)$/i.exec(header)?.[1];
  if (token === undefined) throw new Problem("UNAUTHENTICATED", "Authorization must be a bearer token.");
  const principal = await principalOfToken(deps, token, request.id);
  if (principal === undefined) {
    throw new Problem("UNAUTHENTICATED", "The bearer token is not valid, or has expired.");
  }
  return principal;
}

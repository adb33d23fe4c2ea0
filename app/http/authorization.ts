// Who may write, until accounts exist: anybody in development and test; elsewhere the holder of a token that was signed
// with JWT_SECRET_KEY (HS256) for audience `arena`, with an expiry and the scope asked for.
import type { preHandlerAsyncHookHandler } from "fastify";
import { type Environment, isDeployed } from "../platform/load-environment.ts";
import { Problem } from "../platform/problem.ts";

export const tokenAudience = "arena";

/** A hook that lets through requests with `scope`. */
export function requireScope(environment: Environment, scope: string): preHandlerAsyncHookHandler {
  if (!isDeployed(environment)) return async () => {};
  const key = new TextEncoder().encode(environment.JWT_SECRET_KEY);
  return async (request) => {
    const token = /^Bearer ([\w.-]+)$/i.exec(request.headers.authorization ?? "")?.[1];
    if (token === undefined) throw new Problem("UNAUTHENTICATED", "This needs a bearer token.");
    const { errors, jwtVerify } = await import("jose");
    const { payload } = await jwtVerify(token, key, {
      algorithms: ["HS256"],
      audience: tokenAudience,
      requiredClaims: ["exp", "sub"],
    }).catch((cause: unknown) => {
      if (!(cause instanceof errors.JOSEError)) throw cause;
      throw new Problem("UNAUTHENTICATED", "The bearer token is not valid, or has expired.", { cause });
    });
    const scopes = typeof payload.scope === "string" ? payload.scope.split(" ") : [];
    if (!scopes.includes(scope)) throw new Problem("FORBIDDEN", `The bearer token lacks the scope ${scope}.`);
    request.user = payload.sub;
  };
}

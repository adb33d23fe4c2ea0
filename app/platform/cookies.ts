// The app's cookies: the session's, and the one that forms are bound to before there is a session.
import { parseCookie, stringifySetCookie } from "cookie";
import type { FastifyReply, FastifyRequest } from "fastify";
import { type Environment, isDeployed } from "./load-environment.ts";

/** Where cookies are safe: over HTTPS their names begin with `__Host-`, so that no subdomain can set them. */
export interface Cookie {
  read(request: FastifyRequest): string | undefined;
  /** @param seconds that browsers keep it; left out: until they are closed */
  write(reply: FastifyReply, value: string, seconds?: number): void;
  clear(reply: FastifyReply): void;
}

export function sessionCookie(environment: Environment): Cookie {
  return cookie(environment, "arena");
}

export function formCookie(environment: Environment): Cookie {
  return cookie(environment, "arena-form");
}

function cookie(environment: Environment, base: string): Cookie {
  const secure = isDeployed(environment);
  const name = secure ? `__Host-${base}` : base;
  // Lax: a link from elsewhere finds people signed in; what changes something needs a token besides.
  const set = (reply: FastifyReply, value: string, maxAge?: number) =>
    void reply.header(
      "set-cookie",
      stringifySetCookie({ name, value, maxAge, path: "/", httpOnly: true, sameSite: "lax", secure }),
    );
  return {
    read: ({ headers }) => (headers.cookie === undefined ? undefined : parseCookie(headers.cookie)[name]),
    write: set,
    clear: (reply) => set(reply, "", 0),
  };
}

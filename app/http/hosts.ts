// Answers only to the host names of ALLOWED_HOSTS, so that nobody can have links made with a name of theirs.
import type { FastifyInstance } from "fastify";
import { Problem } from "../platform/problem.ts";

/** @param exempt paths that load balancers probe by IP address */
export function checkHosts(app: FastifyInstance, allowed: readonly string[], exempt: ReadonlySet<string>): void {
  app.addHook("onRequest", (request, _reply, done) => {
    const isAllowed = isAllowedHost(request.hostname, allowed) || exempt.has(request.routeOptions.url ?? "");
    done(isAllowed ? undefined : new Problem("HOST_NOT_ALLOWED", "This host name is not one of the app's."));
  });
}

/** An entry that starts with a dot stands for the domain and its subdomains. */
export function isAllowedHost(host: string, allowed: readonly string[]): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  return allowed.some(
    (entry) => name === entry || (entry.startsWith(".") && (name === entry.slice(1) || name.endsWith(entry))),
  );
}

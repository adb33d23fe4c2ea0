// Whether the internet asks a hosted zone at all: a certificate for a name in any other zone can never be proven.
import { resolveNs } from "node:dns/promises";

export type Resolve = (name: string) => Promise<readonly string[]>;

/** A name whose servers everybody can ask for who can ask for any. */
const known = "amazonaws.com";

/**
 * @param zone name of the zone, e.g. `example.com`
 * @param own name servers that Route 53 gave it; none in a plan, which asks nobody
 * @returns why no certificate can be issued and what to do, as a sentence; undefined if one can, or if this machine cannot ask
 */
export async function delegationFault(
  zone: string,
  own: readonly string[] | undefined,
  resolve: Resolve = resolveNs,
): Promise<string | undefined> {
  if (own === undefined || own.length === 0) return undefined;
  const servers = await resolve(zone).catch(async () => {
    // No such servers, or no way to ask: what everybody can find tells them apart.
    const canAsk = await resolve(known).then(
      () => true,
      () => false,
    );
    return canAsk ? [] : undefined;
  });
  if (servers === undefined || own.some((server) => servers.map(plain).includes(plain(server)))) return undefined;
  const instead = servers.length === 0 ? "to no zone" : `to ${servers.join(", ")}`;
  return `The internet is delegated ${instead} for ${zone}, and not to the hosted zone of this account, so no certificate can be issued: set the name servers ${own.join(", ")} where the domain is registered, or name another zone in environment.domain.zone.`;
}

function plain(server: string): string {
  return server.toLowerCase().replace(/\.$/, "");
}

// Finds out who a request acts for, from what it brought: one query, and the role as it is now, so that whoever is taken off
// a staff or signed out elsewhere is out at once.
import { sql } from "kysely";
import type { Environment } from "../../platform/load-environment.ts";
import type { Database } from "../../platform/postgres.ts";
import type { Principal, TenantRole } from "../../platform/principal.ts";
import { inScope } from "../../platform/scope.ts";
import { hashToken, readAccessToken } from "./tokens.ts";

interface Found {
  readonly credential: string;
  readonly user_id: string;
  readonly user_name: string;
  readonly saas_admin: boolean;
  readonly tenant_id: string | null;
  readonly role: TenantRole | null;
}

/** @param token of a session's cookie @returns undefined if the session is over, or never was */
export async function principalOfSession(
  database: Database,
  token: string,
  request: string,
): Promise<Principal | undefined> {
  const { rows } = await sql<Found & { readonly is_stale: boolean }>`
    select * from arena.principal_of_session(${hashToken(token)})`.execute(database.db);
  const [found] = rows;
  if (found === undefined) return undefined;
  if (found.is_stale) await touch(database, found);
  return toPrincipal(found, "session", request);
}

/** When a session was last seen, to the few minutes: not a write with each request. */
async function touch(database: Database, { credential, user_id }: Found): Promise<void> {
  await inScope(database, { user: user_id }, (trx) =>
    trx.updateTable("sessions").set({ seen_at: new Date() }).where("id", "=", credential).execute(),
  );
}

/** @param token an access token @returns undefined if it is none, over, or of a family that was signed out */
export async function principalOfToken(
  { database, environment }: { database: Database; environment: Environment },
  token: string,
  request: string,
): Promise<Principal | undefined> {
  const claims = await readAccessToken(environment, token);
  if (claims === undefined) return undefined;
  const { rows } = await sql<Found>`
    select * from arena.principal_of_family(${claims.user}::uuid, ${claims.family}::uuid, ${claims.tenant ?? null}::uuid)
  `.execute(database.db);
  return rows[0] && toPrincipal(rows[0], "bearer", request);
}

function toPrincipal(found: Found, via: Principal["via"], request: string): Principal {
  return {
    user: found.user_id,
    name: found.user_name,
    tenant: found.tenant_id ?? undefined,
    role: found.role ?? undefined,
    saasAdmin: found.saas_admin,
    via,
    credential: found.credential,
    request,
  };
}

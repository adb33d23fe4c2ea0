// Pairs of tokens for API clients. A refresh token is used once and gives the next pair; one that comes again was copied, and
// neither who copied it nor who was copied goes on with it.
import { v7 as uuid } from "uuid";
import { audit } from "../../platform/audit.ts";
import type { Environment } from "../../platform/load-environment.ts";
import type { Database, Trx } from "../../platform/postgres.ts";
import { Problem } from "../../platform/problem.ts";
import { inScope } from "../../platform/scope.ts";
import type { TokenPair } from "./schemas.ts";
import { firstOrganisation, type Origin } from "./sign-in.ts";
import { after, hashToken, lifetimes, newToken, now, signAccessToken } from "./tokens.ts";

interface Deps {
  readonly database: Database;
  readonly environment: Environment;
}

interface Family {
  readonly id: string;
  readonly user_id: string;
  readonly acts_for: string | null;
}

/** Starts a family for an account that has proved who it is. */
export async function startFamily({ database, environment }: Deps, user: string, origin: Origin): Promise<TokenPair> {
  const scope = { user, request: origin.request, identities: true } as const;
  return inScope(database, scope, async (trx) => {
    const family = { id: uuid(), user_id: user, acts_for: (await firstOrganisation(trx, user)) ?? null };
    await trx
      .insertInto("refresh_families")
      .values({ ...family, user_agent: origin.userAgent.slice(0, 300), expires_at: after(lifetimes.refresh) })
      .execute();
    await audit(trx, { action: "auth.login", entity: user, detail: { family: family.id } });
    return nextPair(trx, environment, family);
  });
}

/** The next pair. @throws Problem if the token is unknown, over or used: then the whole family ends */
export async function refresh({ database, environment }: Deps, token: string, { request }: Origin): Promise<TokenPair> {
  const pair = await inScope(database, { identities: true, request }, async (trx) => {
    const found = await lockFamily(trx, token);
    if (found === undefined) return undefined;
    if (found.used_at !== null) return endFamily(trx, found);
    await trx.updateTable("refresh_tokens").set({ used_at: now }).where("token_hash", "=", hashToken(token)).execute();
    await trx
      .updateTable("refresh_families")
      .set({ expires_at: after(lifetimes.refresh) })
      .where("id", "=", found.id)
      .execute();
    return nextPair(trx, environment, found);
  });
  // Thrown here and not in the transaction, which must commit that the family has ended.
  if (pair === undefined) throw new Problem("UNAUTHENTICATED", "The refresh token is not valid: sign in again.");
  return pair;
}

/** The family is locked: of two requests with one token, the second waits and sees that it is used. */
function lockFamily(trx: Trx, token: string): Promise<(Family & { used_at: string | null }) | undefined> {
  return trx
    .selectFrom("refresh_tokens")
    .innerJoin("refresh_families as family", "family.id", "refresh_tokens.family_id")
    .select(["family.id", "family.user_id", "family.acts_for", "refresh_tokens.used_at"])
    .where("refresh_tokens.token_hash", "=", hashToken(token))
    .where("family.revoked_at", "is", null)
    .where("family.expires_at", ">", now)
    .forUpdate()
    .executeTakeFirst();
}

async function endFamily(trx: Trx, { id, user_id }: Family): Promise<undefined> {
  await trx.updateTable("refresh_families").set({ revoked_at: now }).where("id", "=", id).execute();
  await audit(trx, { action: "auth.refresh_reuse", outcome: "denied", entity: user_id, detail: { family: id } });
}

async function nextPair(trx: Trx, environment: Environment, { id, user_id, acts_for }: Family): Promise<TokenPair> {
  const token = newToken();
  await trx
    .insertInto("refresh_tokens")
    .values({ token_hash: hashToken(token), family_id: id })
    .execute();
  const claims = { user: user_id, tenant: acts_for ?? undefined, family: id };
  return {
    access_token: await signAccessToken(environment, claims),
    token_type: "Bearer",
    expires_in: lifetimes.access,
    refresh_token: token,
    refresh_expires_in: lifetimes.refresh,
  };
}

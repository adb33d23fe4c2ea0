// Signing in: e-mail address and password, then a session or a pair of tokens. Who has no account, has not confirmed it or
// mistypes the password gets the same answer, after the same time.
import { v7 as uuid } from "uuid";
import { audit } from "../../platform/audit.ts";
import type { Database, Trx } from "../../platform/postgres.ts";
import type { Principal } from "../../platform/principal.ts";
import { Problem } from "../../platform/problem.ts";
import { inScope } from "../../platform/scope.ts";
import { organisationsOf } from "./organisations.ts";
import type { Credentials } from "./schemas.ts";
import { after, hashToken, lifetimes, newToken, now } from "./tokens.ts";

/** Where a sign-in comes from. */
export interface Origin {
  /** Id of the request. */
  readonly request: string;
  /** What the browser or client calls itself. */
  readonly userAgent: string;
}

const refusal = "E-mail address or password is wrong, or the address is not confirmed yet: see your mail.";

/** @returns the account's id @throws Problem in all other cases alike */
export async function checkCredentials(
  database: Database,
  { email, password }: Credentials,
  { request }: Origin,
): Promise<string> {
  const { verifyPassword } = await import("./passwords.ts");
  const found = await inScope(database, { identities: true }, (trx) =>
    trx
      .selectFrom("users")
      .select(["id", "password_hash", "email_verified_at"])
      .where("email", "=", email.toLowerCase())
      .executeTakeFirst(),
  );
  // No connection is held while this takes its time.
  const isRight = await verifyPassword(found?.password_hash, password);
  if (found !== undefined && isRight && found.email_verified_at !== null) return found.id;
  await inScope(database, { request }, (trx) =>
    audit(trx, { action: "auth.login", outcome: "denied", ...(found === undefined ? {} : { entity: found.id }) }),
  );
  throw new Problem("UNAUTHENTICATED", refusal);
}

/** Starts a session for a browser, with an id of its own whatever the browser came with. @returns the cookie's token */
export function startSession(database: Database, user: string, origin: Origin): Promise<string> {
  return inScope(database, { user, request: origin.request }, async (trx) => {
    const [id, token] = [uuid(), newToken()];
    await trx
      .insertInto("sessions")
      .values({
        id,
        token_hash: hashToken(token),
        user_id: user,
        acts_for: (await firstOrganisation(trx, user)) ?? null,
        user_agent: origin.userAgent.slice(0, 300),
        expires_at: after(lifetimes.session),
      })
      .execute();
    await audit(trx, { action: "auth.login", entity: user, detail: { session: id } });
    return token;
  });
}

/** Whom somebody acts for until they choose. */
export async function firstOrganisation(trx: Trx, user: string): Promise<string | undefined> {
  return (await organisationsOf(trx, user))[0]?.id;
}

/** Ends what somebody signed in with. */
export async function signOut(database: Database, { user, via, credential, request }: Principal): Promise<void> {
  await inScope(database, { user, request }, async (trx) => {
    await endCredential(trx, user, credential);
    await audit(trx, { action: "auth.logout", entity: user, detail: { via } });
  });
}

export interface SignedIn {
  readonly id: string;
  readonly kind: "browser" | "api";
  readonly user_agent: string;
  readonly created_at: string;
  readonly is_current: boolean;
}

/** Everything that keeps an account signed in, newest first. */
export function listSignedIn(database: Database, by: Principal): Promise<SignedIn[]> {
  return inScope(database, { user: by.user }, async (trx) => {
    const columns = ["id", "user_agent", "created_at"] as const;
    const sessions = await trx
      .selectFrom("sessions")
      .select(columns)
      .where("user_id", "=", by.user)
      .where("expires_at", ">", now)
      .execute();
    const families = await trx
      .selectFrom("refresh_families")
      .select(columns)
      .where("user_id", "=", by.user)
      .where("revoked_at", "is", null)
      .where("expires_at", ">", now)
      .execute();
    return [
      ...sessions.map((row) => ({ ...row, kind: "browser" as const, is_current: row.id === by.credential })),
      ...families.map((row) => ({ ...row, kind: "api" as const, is_current: row.id === by.credential })),
    ].toSorted((one, other) => other.created_at.localeCompare(one.created_at));
  });
}

/** Ends one of the account's sessions or families. @throws Problem if it has none of this id */
export async function revoke(database: Database, by: Principal, id: string): Promise<void> {
  await inScope(database, { user: by.user, request: by.request }, async (trx) => {
    if (!(await endCredential(trx, by.user, id))) throw new Problem("NOT_FOUND", "There is no such session.");
    await audit(trx, { action: "auth.revoke", entity: id });
  });
}

async function endCredential(trx: Trx, user: string, id: string): Promise<boolean> {
  const session = await trx.deleteFrom("sessions").where("id", "=", id).where("user_id", "=", user).executeTakeFirst();
  const family = await trx
    .updateTable("refresh_families")
    .set({ revoked_at: now })
    .where("id", "=", id)
    .where("user_id", "=", user)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return session.numDeletedRows + family.numUpdatedRows > 0n;
}

/** Ends all that keeps an account signed in, but one. */
export async function endOthers(trx: Trx, user: string, kept?: string): Promise<void> {
  const spared = kept ?? uuid();
  await trx.deleteFrom("sessions").where("user_id", "=", user).where("id", "!=", spared).execute();
  await trx
    .updateTable("refresh_families")
    .set({ revoked_at: now })
    .where("user_id", "=", user)
    .where("id", "!=", spared)
    .where("revoked_at", "is", null)
    .execute();
}

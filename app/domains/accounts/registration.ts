// Accounts come to be, prove their e-mail address, and get new passwords. Nothing here tells whether an address has an account:
// what differs goes to the address itself, by a job.
import { v7 as uuid } from "uuid";
import { audit } from "../../platform/audit.ts";
import type { Database, Trx } from "../../platform/postgres.ts";
import type { Principal } from "../../platform/principal.ts";
import { Problem } from "../../platform/problem.ts";
import { enqueue } from "../../platform/queue.ts";
import { inScope } from "../../platform/scope.ts";
import { accountMail } from "./mails.ts";
import { foundOrganisation } from "./organisations.ts";
import type { Registration } from "./schemas.ts";
import { endOthers } from "./sign-in.ts";
import type { TokenPurpose } from "./tables.ts";
import { hashToken, now } from "./tokens.ts";

/** What a request says of itself: its id, and the address that links in mails begin with. */
export interface Asking {
  readonly request: string;
  /** As in https://arena.example.com */
  readonly site: string;
}

/** Makes the account, and its organiser if one is named. An address that has one already gets a mail that says so. */
export async function register(database: Database, given: Registration, { request, site }: Asking): Promise<void> {
  const { assertStrong, hashPassword } = await import("./passwords.ts");
  await assertStrong(given.password, [given.name, given.email]);
  const password = await hashPassword(given.password);
  const [id, email] = [uuid(), given.email.toLowerCase()];
  await inScope(database, { identities: true, user: id, request }, async (trx) => {
    const created = await trx
      .insertInto("users")
      .values({ id, email, name: given.name.trim(), password_hash: password })
      .onConflict((conflict) => conflict.column("email").doNothing())
      .executeTakeFirst();
    const isNew = created.numInsertedOrUpdatedRows === 1n;
    if (isNew && given.organisation !== undefined) await foundOrganisation(trx, given.organisation.trim(), id);
    await audit(trx, { action: "auth.register", outcome: isNew ? "done" : "denied", ...(isNew ? { entity: id } : {}) });
    await enqueue(trx, accountMail, { kind: isNew ? "verify" : "taken", email, site });
  });
}

/** Mails a link, if the address has an account that it is for. */
export async function requestMail(
  database: Database,
  kind: "verify" | "reset",
  email: string,
  { request, site }: Asking,
): Promise<void> {
  await inScope(database, { request }, (trx) => enqueue(trx, accountMail, { kind, email: email.toLowerCase(), site }));
}

/** @throws Problem if the link is over, or was used */
export async function verifyEmail(database: Database, token: string, { request }: Asking): Promise<void> {
  await inScope(database, { identities: true, request }, async (trx) => {
    const user = await redeem(trx, token, "verify_email");
    await trx.updateTable("users").set({ email_verified_at: now }).where("id", "=", user).execute();
    await audit(trx, { action: "auth.verify_email", entity: user });
  });
}

/** Sets a password by a mailed link, which proves the address too, and ends all that was signed in. */
export async function resetPassword(
  database: Database,
  { token, password }: { readonly token: string; readonly password: string },
  { request }: Asking,
): Promise<void> {
  const { assertStrong, hashPassword } = await import("./passwords.ts");
  const owner = await inScope(database, { identities: true }, (trx) => ownerOf(trx, token));
  if (owner !== undefined) await assertStrong(password, [owner.name, owner.email]);
  const password_hash = await hashPassword(password);
  await inScope(database, { identities: true, request }, async (trx) => {
    const user = await redeem(trx, token, "reset_password");
    await trx
      .updateTable("users")
      .set((row) => ({
        password_hash,
        email_verified_at: row.fn.coalesce("email_verified_at", now),
      }))
      .where("id", "=", user)
      .execute();
    await trx.deleteFrom("single_use_tokens").where("user_id", "=", user).execute();
    await endOthers(trx, user);
    await audit(trx, { action: "auth.reset_password", entity: user });
  });
}

/** Ends all else that is signed in. @throws Problem if the current password is another */
export async function changePassword(
  database: Database,
  by: Principal,
  given: { readonly current_password: string; readonly password: string },
): Promise<void> {
  const { assertStrong, hashPassword, verifyPassword } = await import("./passwords.ts");
  const scope = { user: by.user, request: by.request, identities: true } as const;
  const account = await inScope(database, scope, (trx) =>
    trx
      .selectFrom("users")
      .select(["name", "email", "password_hash"])
      .where("id", "=", by.user)
      .executeTakeFirstOrThrow(),
  );
  if (!(await verifyPassword(account.password_hash, given.current_password))) {
    await inScope(database, scope, (trx) => audit(trx, { action: "auth.change_password", outcome: "denied" }));
    const message = "is not right";
    throw new Problem("VALIDATION_FAILED", `current_password ${message}`, { fields: { current_password: message } });
  }
  await assertStrong(given.password, [account.name, account.email]);
  const password_hash = await hashPassword(given.password);
  await inScope(database, scope, async (trx) => {
    await trx.updateTable("users").set({ password_hash }).where("id", "=", by.user).execute();
    await trx.deleteFrom("single_use_tokens").where("user_id", "=", by.user).execute();
    await endOthers(trx, by.user, by.credential);
    await audit(trx, { action: "auth.change_password", entity: by.user });
  });
}

/** Uses a token up: deleted in one statement, so that of two that bring it one gets it. @returns the account */
async function redeem(trx: Trx, token: string, purpose: TokenPurpose): Promise<string> {
  const used = await trx
    .deleteFrom("single_use_tokens")
    .where("token_hash", "=", hashToken(token))
    .where("purpose", "=", purpose)
    .where("expires_at", ">", now)
    .returning("user_id")
    .executeTakeFirst();
  if (used !== undefined) return used.user_id;
  const message = "is over, or was used: ask for another one";
  throw new Problem("VALIDATION_FAILED", `token ${message}`, { fields: { token: message } });
}

function ownerOf(trx: Trx, token: string): Promise<{ name: string; email: string } | undefined> {
  return trx
    .selectFrom("single_use_tokens")
    .innerJoin("users", "users.id", "single_use_tokens.user_id")
    .select(["users.name", "users.email"])
    .where("token_hash", "=", hashToken(token))
    .executeTakeFirst();
}

// Accounts come to be, prove their e-mail address, and get new passwords. Nothing here tells whether an address has an account:
// what differs goes to the address itself, by a job. Whoever types an address may be somebody else than who reads its mail: what
// was typed counts for who proves the address only if they know the password that was typed with it.
import { v7 as uuid } from "uuid";
import { audit } from "../../platform/audit.ts";
import type { Database, Trx } from "../../platform/postgres.ts";
import type { Principal } from "../../platform/principal.ts";
import { Problem } from "../../platform/problem.ts";
import { enqueue } from "../../platform/queue.ts";
import { inScope, setScope } from "../../platform/scope.ts";
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

/**
 * Makes the account. Until its address is proven, a later registration takes the place of an earlier one, whose link is void. An
 * address that is proven keeps its account, and gets a mail that says so.
 */
export async function register(database: Database, given: Registration, { request, site }: Asking): Promise<void> {
  const { assertStrong, hashPassword } = await import("./passwords.ts");
  await assertStrong(given.password, [given.name, given.email]);
  const password_hash = await hashPassword(given.password);
  const email = given.email.toLowerCase();
  const typed = { name: given.name.trim(), password_hash, organisation: given.organisation?.trim() ?? null };
  await inScope(database, { identities: true, request }, async (trx) => {
    const account = await trx
      .insertInto("users")
      .values({ id: uuid(), email, ...typed })
      .onConflict((conflict) =>
        conflict.column("email").doUpdateSet(typed).where("users.email_verified_at", "is", null),
      )
      .returning("id")
      .executeTakeFirst();
    // As many statements for an address that is taken as for one that is free: the time tells nothing either.
    const id = account?.id ?? uuid();
    const links = trx.deleteFrom("single_use_tokens").where("purpose", "=", "verify_email");
    await links.where("user_id", "=", id).execute();
    await setScope(trx, { identities: true, user: id, request });
    const done = account === undefined ? ({ outcome: "denied" } as const) : { entity: id };
    await audit(trx, { action: "auth.register", ...done });
    await enqueue(trx, accountMail, { kind: account === undefined ? "taken" : "verify", email, site });
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

/**
 * Proves an address by a mailed link, and that whoever follows it has registered, by their password; founds the organiser that
 * the registration names.
 * @returns the account's id @throws Problem if the link is over or was used, or if the password is another
 */
export async function verifyEmail(
  database: Database,
  { token, password }: { readonly token: string; readonly password: string },
  { request }: Asking,
): Promise<string> {
  const { verifyPassword } = await import("./passwords.ts");
  const account = await inScope(database, { identities: true }, (trx) => ownerOf(trx, token, "verify_email"));
  if (account === undefined) throw isOver();
  if (!(await verifyPassword(account.password_hash, password))) {
    const denied = { action: "auth.verify_email", outcome: "denied", entity: account.id } as const;
    await inScope(database, { request }, (trx) => audit(trx, denied));
    throw isAnother();
  }
  return inScope(database, { identities: true, request }, async (trx) => {
    const user = await redeem(trx, token, "verify_email");
    const proven = await trx
      .updateTable("users")
      .set({ email_verified_at: now, organisation: null })
      .where("id", "=", user)
      // The one that was checked: another registration may have come in between.
      .where("password_hash", "=", account.password_hash)
      .returning("id")
      .executeTakeFirst();
    if (proven === undefined) throw isAnother();
    if (account.organisation !== null) await foundOrganisation(trx, account.organisation, user);
    await audit(trx, { action: "auth.verify_email", entity: user });
    return user;
  });
}

/**
 * Sets a password by a mailed link, which proves the address too, and ends all that was signed in. An organiser that waits for
 * the proof is not founded: a stranger may have named it.
 */
export async function resetPassword(
  database: Database,
  { token, password }: { readonly token: string; readonly password: string },
  { request }: Asking,
): Promise<void> {
  const { assertStrong, hashPassword } = await import("./passwords.ts");
  const owner = await inScope(database, { identities: true }, (trx) => ownerOf(trx, token, "reset_password"));
  if (owner !== undefined) await assertStrong(password, [owner.name, owner.email]);
  const password_hash = await hashPassword(password);
  await inScope(database, { identities: true, request }, async (trx) => {
    const user = await redeem(trx, token, "reset_password");
    await trx
      .updateTable("users")
      .set((row) => ({
        password_hash,
        email_verified_at: row.fn.coalesce("email_verified_at", now),
        organisation: null,
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
  throw isOver();
}

function ownerOf(trx: Trx, token: string, purpose: TokenPurpose) {
  return trx
    .selectFrom("single_use_tokens")
    .innerJoin("users", "users.id", "single_use_tokens.user_id")
    .select(["users.id", "users.name", "users.email", "users.password_hash", "users.organisation"])
    .where("token_hash", "=", hashToken(token))
    .where("purpose", "=", purpose)
    .where("expires_at", ">", now)
    .executeTakeFirst();
}

function isOver(): Problem {
  const message = "is over, or was used: ask for another one";
  return new Problem("VALIDATION_FAILED", `token ${message}`, { fields: { token: message } });
}

function isAnother(): Problem {
  const message = "is not the one that this address was registered with last: if it was not you, set a new one";
  return new Problem("VALIDATION_FAILED", `password ${message}`, { fields: { password: message } });
}

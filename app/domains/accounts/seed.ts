// Accounts that nobody registers: the first admins, and those of the demo data.
import { v7 as uuid } from "uuid";
import { audit } from "../../platform/audit.ts";
import type { Database, Trx } from "../../platform/postgres.ts";
import type { TenantRole } from "../../platform/principal.ts";
import { Problem } from "../../platform/problem.ts";
import { inScope, setScope } from "../../platform/scope.ts";
import { foundOrganisation } from "./organisations.ts";
import { endOthers } from "./sign-in.ts";
import { after, hashToken, lifetimes, newToken } from "./tokens.ts";

/** Whom to make an admin, and of what. */
export interface NewAdmin {
  readonly email: string;
  readonly name: string;
  /** The whole installation, an organiser that there is (its id), or a new one (its name). */
  readonly of: "installation" | { readonly id: string } | { readonly name: string };
  /** Left out: set by the link that is returned. */
  readonly password?: string;
}

/**
 * Makes the account, or raises one that there is, whose password stays unless one is given; but of one whose address nobody has
 * proven nothing stays: a stranger may have registered it. @returns a token to set a password with
 */
export async function createAdmin(database: Database, admin: NewAdmin): Promise<string | undefined> {
  const { assertStrong, hashPassword } = await import("./passwords.ts");
  if (admin.password !== undefined) await assertStrong(admin.password, [admin.name, admin.email]);
  const password_hash = admin.password === undefined ? undefined : await hashPassword(admin.password);
  return inScope(database, { identities: true }, async (trx) => {
    const user = await ensureUser(trx, admin, password_hash);
    const tenant = await raise(trx, user, admin.of);
    const token = password_hash === undefined ? newToken() : undefined;
    if (token !== undefined) await replaceResetToken(trx, user, token);
    await setScope(trx, { identities: true, tenant });
    await audit(trx, { action: "account.create_admin", entity: user, detail: { of: tenant ?? "installation" } });
    return token;
  });
}

async function ensureUser(trx: Trx, { email, name }: NewAdmin, password_hash: string | undefined): Promise<string> {
  const address = email.toLowerCase();
  await trx
    .insertInto("users")
    .values({ id: uuid(), email: address, name, password_hash: null })
    .onConflict((conflict) => conflict.column("email").doNothing())
    .execute();
  // Locks the row too: a registration that comes now finds the address proven.
  const unproven = await trx
    .updateTable("users")
    .set({ name, password_hash: null, organisation: null, email_verified_at: new Date() })
    .where("email", "=", address)
    .where("email_verified_at", "is", null)
    .returning("id")
    .executeTakeFirst();
  if (unproven !== undefined) {
    await trx.deleteFrom("single_use_tokens").where("user_id", "=", unproven.id).execute();
    await endOthers(trx, unproven.id);
  }
  const { id } = await trx
    .updateTable("users")
    .set((row) => ({ password_hash: password_hash ?? row.ref("password_hash") }))
    .where("email", "=", address)
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}

/** @returns the organiser, if it is one's admin */
async function raise(trx: Trx, user: string, of: NewAdmin["of"]): Promise<string | undefined> {
  if (of === "installation") {
    await trx.updateTable("users").set({ saas_admin: true }).where("id", "=", user).execute();
    return undefined;
  }
  if ("name" in of) return foundOrganisation(trx, of.name, user);
  const found = await trx.selectFrom("tenants").select("id").where("id", "=", of.id).executeTakeFirst();
  if (found === undefined) throw new Problem("NOT_FOUND", `There is no organiser ${of.id}.`);
  await ensureMember(trx, of.id, user, "admin");
  return of.id;
}

function ensureMember(trx: Trx, tenant_id: string, user_id: string, role: TenantRole): Promise<unknown> {
  return trx
    .insertInto("memberships")
    .values({ tenant_id, user_id, role })
    .onConflict((conflict) => conflict.columns(["tenant_id", "user_id"]).doUpdateSet({ role }))
    .execute();
}

async function replaceResetToken(trx: Trx, user_id: string, token: string): Promise<void> {
  const purpose = "reset_password";
  await trx.deleteFrom("single_use_tokens").where("user_id", "=", user_id).where("purpose", "=", purpose).execute();
  await trx
    .insertInto("single_use_tokens")
    .values({ token_hash: hashToken(token), user_id, purpose, expires_at: after(lifetimes.reset_password) })
    .execute();
}

/** What all accounts of the demo data sign in with; they have no password where real users are. */
export const demoPassword = "harbour lights at noon";

/** Accounts of the demo data, by what they are. Their ids never change. */
export const demoPeople = {
  admin: { id: "01900000-0000-7000-8000-0000000000a1", email: "admin@arena.example", name: "Alma Admin" },
  manager: { id: "01900000-0000-7000-8000-0000000000a2", email: "manager@arena.example", name: "Max Manager" },
  cashier: { id: "01900000-0000-7000-8000-0000000000a3", email: "cashier@arena.example", name: "Carla Cashier" },
  player: { id: "01900000-0000-7000-8000-0000000000a4", email: "player@arena.example", name: "Piet Player" },
  captain: { id: "01900000-0000-7000-8000-0000000000a5", email: "captain@arena.example", name: "Kim Captain" },
  saas_admin: { id: "01900000-0000-7000-8000-0000000000a6", email: "saas@arena.example", name: "Sam Superadmin" },
} as const;

/** Adds those that are missing, the staff among them to `tenant`. @returns how many were added */
export async function ensureDemoPeople(database: Database, tenant: string, withPassword: boolean): Promise<number> {
  const { hashPassword } = await import("./passwords.ts");
  const password_hash = withPassword ? await hashPassword(demoPassword) : null;
  return inScope(database, { identities: true }, async (trx) => {
    let added = 0;
    for (const [role, person] of Object.entries(demoPeople)) {
      const values = { ...person, password_hash, email_verified_at: new Date(), saas_admin: role === "saas_admin" };
      const { numInsertedOrUpdatedRows } = await trx
        .insertInto("users")
        .values(values)
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      if (numInsertedOrUpdatedRows !== 1n) continue;
      added += 1;
      if (role === "admin" || role === "manager" || role === "cashier")
        await ensureMember(trx, tenant, person.id, role);
    }
    return added;
  });
}

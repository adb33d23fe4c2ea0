// An organiser's staff: who is on it, who is asked to join, in which role. An organiser always has an admin.
import { v7 as uuid } from "uuid";
import { audit } from "../../platform/audit.ts";
import type { Database, Trx } from "../../platform/postgres.ts";
import type { Principal, Staff, TenantRole } from "../../platform/principal.ts";
import { Problem } from "../../platform/problem.ts";
import { enqueue } from "../../platform/queue.ts";
import { inScope, setScope } from "../../platform/scope.ts";
import { accountMail } from "./mails.ts";
import { after, hashToken, lifetimes, now } from "./tokens.ts";

export interface Member {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: TenantRole;
  readonly created_at: string;
}

export function listMembers(database: Database, by: Staff): Promise<Member[]> {
  return inScope(database, by, (trx) =>
    trx
      .selectFrom("memberships")
      .innerJoin("users", "users.id", "memberships.user_id")
      .select(["users.id", "users.name", "users.email", "memberships.role", "memberships.created_at"])
      .where("memberships.tenant_id", "=", by.tenant)
      .orderBy("users.name")
      .orderBy("users.id")
      .execute(),
  );
}

/** @throws Problem if there is no such member, or no other admin */
export async function changeRole(database: Database, by: Staff, user: string, role: TenantRole): Promise<void> {
  await inScope(database, by, async (trx) => {
    const before = await lockMember(trx, by.tenant, user);
    if (before === "admin" && role !== "admin") await assertOtherAdmin(trx, by.tenant, user);
    await membership(trx.updateTable("memberships").set({ role }), by.tenant, user).execute();
    await audit(trx, { action: "staff.change_role", entity: user, detail: { from: before, to: role } });
  });
}

/** Takes somebody off the staff; they are out with their next request. @throws as `changeRole` */
export async function removeMember(database: Database, by: Staff, user: string): Promise<void> {
  await inScope(database, by, async (trx) => {
    const role = await lockMember(trx, by.tenant, user);
    if (role === "admin") await assertOtherAdmin(trx, by.tenant, user);
    await membership(trx.deleteFrom("memberships"), by.tenant, user).execute();
    await audit(trx, { action: "staff.remove", entity: user, detail: { role } });
  });
}

function membership<Query extends { where(column: "tenant_id" | "user_id", is: "=", value: string): Query }>(
  query: Query,
  tenant: string,
  user: string,
): Query {
  return query.where("tenant_id", "=", tenant).where("user_id", "=", user);
}

/** Locks the organiser, so that of two admins who take each other off, one stays. */
async function lockMember(trx: Trx, tenant: string, user: string): Promise<TenantRole> {
  await trx.selectFrom("tenants").select("id").where("id", "=", tenant).forNoKeyUpdate().execute();
  const found = await trx
    .selectFrom("memberships")
    .select("role")
    .where("tenant_id", "=", tenant)
    .where("user_id", "=", user)
    .executeTakeFirst();
  if (found === undefined) throw new Problem("NOT_FOUND", "There is no such member of staff.");
  return found.role;
}

async function assertOtherAdmin(trx: Trx, tenant: string, user: string): Promise<void> {
  const other = await trx
    .selectFrom("memberships")
    .select("user_id")
    .where("tenant_id", "=", tenant)
    .where("role", "=", "admin")
    .where("user_id", "!=", user)
    .executeTakeFirst();
  if (other === undefined) throw new Problem("CONFLICT", "This is the last admin: make somebody else one first.");
}

export interface Invitation {
  readonly id: string;
  readonly email: string;
  readonly role: TenantRole;
  readonly created_at: string;
  readonly expires_at: string;
}

const invitationColumns = ["id", "email", "role", "created_at", "expires_at"] as const;

/** Asks somebody by mail. Asked again, the last mail counts. */
export function invite(
  database: Database,
  by: Staff,
  { email, role }: { readonly email: string; readonly role: TenantRole },
  site: string,
): Promise<Invitation> {
  return inScope(database, by, async (trx) => {
    const expires_at = after(lifetimes.invitation);
    const values = { id: uuid(), tenant_id: by.tenant, email: email.toLowerCase(), role, expires_at };
    const invitation = await trx
      .insertInto("invitations")
      .values({ ...values, token_hash: null })
      .onConflict((conflict) =>
        conflict.columns(["tenant_id", "email"]).doUpdateSet({ role, expires_at, token_hash: null }),
      )
      .returning(invitationColumns)
      .executeTakeFirstOrThrow();
    await audit(trx, { action: "staff.invite", entity: invitation.id, detail: { role } });
    await enqueue(trx, accountMail, { kind: "invitation", tenant: by.tenant, invitation: invitation.id, site });
    return invitation;
  });
}

export function listInvitations(database: Database, by: Staff): Promise<Invitation[]> {
  return inScope(database, by, (trx) =>
    trx.selectFrom("invitations").select(invitationColumns).where("tenant_id", "=", by.tenant).orderBy("id").execute(),
  );
}

/** @throws Problem if there is none of this id */
export async function withdraw(database: Database, by: Staff, invitation: string): Promise<void> {
  await inScope(database, by, async (trx) => {
    const { numDeletedRows } = await trx
      .deleteFrom("invitations")
      .where("tenant_id", "=", by.tenant)
      .where("id", "=", invitation)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw new Problem("NOT_FOUND", "There is no such invitation.");
    await audit(trx, { action: "staff.withdraw_invitation", entity: invitation });
  });
}

/** Joins a staff by an invitation to the account's own address. @returns the organiser @throws Problem for any other */
export function acceptInvitation(database: Database, by: Principal, token: string): Promise<string> {
  return inScope(database, { user: by.user, request: by.request, identities: true }, async (trx) => {
    const used = await trx
      .deleteFrom("invitations")
      .using("users")
      .whereRef("users.email", "=", "invitations.email")
      .where("users.id", "=", by.user)
      .where("invitations.token_hash", "=", hashToken(token))
      .where("invitations.expires_at", ">", now)
      .returning(["invitations.tenant_id", "invitations.role"])
      .executeTakeFirst();
    if (used === undefined) {
      const message = "is over, was used, or is for another address";
      throw new Problem("VALIDATION_FAILED", `token ${message}`, { fields: { token: message } });
    }
    const { tenant_id, role } = used;
    await setScope(trx, { user: by.user, request: by.request, tenant: tenant_id });
    // Who is on the staff already stays in the role that an admin gave since.
    await trx
      .insertInto("memberships")
      .values({ tenant_id, user_id: by.user, role })
      .onConflict((conflict) => conflict.columns(["tenant_id", "user_id"]).doNothing())
      .execute();
    await audit(trx, { action: "staff.join", entity: tenant_id, detail: { role } });
    return tenant_id;
  });
}

// Organisers and who is on their staff, as the person concerned sees it.
import { v7 as uuid } from "uuid";
import { audit } from "../../platform/audit.ts";
import type { Database, Trx } from "../../platform/postgres.ts";
import type { Principal, TenantRole } from "../../platform/principal.ts";
import { Problem } from "../../platform/problem.ts";
import { inScope, setScope } from "../../platform/scope.ts";

export interface Organisation {
  readonly id: string;
  readonly name: string;
  readonly role: TenantRole;
}

/** Oldest membership first. The scope is the account's own. */
export function organisationsOf(trx: Trx, user: string): Promise<Organisation[]> {
  return trx
    .selectFrom("memberships")
    .innerJoin("tenants", "tenants.id", "memberships.tenant_id")
    .select(["tenants.id", "tenants.name", "memberships.role"])
    .where("memberships.user_id", "=", user)
    .orderBy("memberships.created_at")
    .orderBy("tenants.id")
    .execute();
}

/** A new organiser with its first admin; the scope sees identities. */
export async function foundOrganisation(trx: Trx, name: string, user: string): Promise<string> {
  const id = uuid();
  await trx.insertInto("tenants").values({ id, name }).execute();
  await trx.insertInto("memberships").values({ tenant_id: id, user_id: user, role: "admin" }).execute();
  return id;
}

/** Founds one for somebody who has signed in. */
export function createOrganisation(database: Database, by: Principal, name: string): Promise<Organisation> {
  const scope = { user: by.user, request: by.request, identities: true } as const;
  return inScope(database, scope, async (trx) => {
    const id = await foundOrganisation(trx, name, by.user);
    await setScope(trx, { ...scope, tenant: id });
    await audit(trx, { action: "organisation.create", entity: id });
    return { id, name, role: "admin" };
  });
}

/**
 * Makes what somebody signed in with act for another organiser, or for none. One that they are not on the staff of is as good
 * as one that there is not.
 */
export async function actFor(database: Database, by: Principal, organisation: string | null): Promise<void> {
  await inScope(database, { user: by.user, request: by.request }, async (trx) => {
    if (organisation !== null && !(await mayActFor(trx, by, organisation))) {
      throw new Problem("NOT_FOUND", "There is no such organiser.");
    }
    const table = by.via === "session" ? "sessions" : "refresh_families";
    await trx
      .updateTable(table)
      .set({ acts_for: organisation })
      .where("id", "=", by.credential)
      .where("user_id", "=", by.user)
      .execute();
    if (by.saasAdmin) await audit(trx, { action: "organisation.act_for", entity: organisation ?? "none" });
  });
}

async function mayActFor(trx: Trx, by: Principal, organisation: string): Promise<boolean> {
  const found = by.saasAdmin
    ? trx.selectFrom("tenants").select("id").where("id", "=", organisation)
    : trx
        .selectFrom("memberships")
        .select("tenant_id")
        .where("tenant_id", "=", organisation)
        .where("user_id", "=", by.user);
  return (await found.executeTakeFirst()) !== undefined;
}

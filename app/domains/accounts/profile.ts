// An account as its owner sees it.
import { audit } from "../../platform/audit.ts";
import type { Database } from "../../platform/postgres.ts";
import type { Principal } from "../../platform/principal.ts";
import { inScope } from "../../platform/scope.ts";
import { organisationsOf } from "./organisations.ts";
import type { Account } from "./schemas.ts";

export function readAccount(database: Database, { user, tenant }: Principal): Promise<Account> {
  return inScope(database, { user }, async (trx) => {
    const found = await trx
      .selectFrom("users")
      .select(["id", "email", "name", "saas_admin"])
      .where("id", "=", user)
      .executeTakeFirstOrThrow();
    return { ...found, organisation: tenant ?? null, organisations: await organisationsOf(trx, user) };
  });
}

/** Changes what people may change of themselves, which is their name. */
export async function rename(database: Database, { user, request }: Principal, name: string): Promise<void> {
  await inScope(database, { user, request, identities: true }, async (trx) => {
    await trx.updateTable("users").set({ name: name.trim() }).where("id", "=", user).execute();
    await audit(trx, { action: "account.rename", entity: user });
  });
}

// Keeps a row from being changed between reading and writing it.
import { sql } from "kysely";
import type { Trx } from "../../platform/postgres.ts";
import type { Actor } from "./acting.ts";

/** Until the transaction ends, nobody else changes this one: what is read of it from now on is what is changed. */
export async function hold(
  trx: Trx,
  { tenant }: Pick<Actor, "tenant">,
  table: "products" | "customers" | "outlets",
  id: string,
): Promise<void> {
  await sql`select from ${sql.table(table)} where tenant_id = ${tenant} and id = ${id} for no key update`.execute(trx);
}

// Outlets: the places that sell.
import { sql } from "kysely";
import Type, { type Static } from "typebox";
import { v7 as uuid } from "uuid";
import { audit } from "../../platform/audit.ts";
import type { Trx } from "../../platform/postgres.ts";
import type { Actor } from "./acting.ts";
import { type ListQuery, listQuery, type Page, pageOf, type SortKeys } from "./paging.ts";
import { conflict, explaining, invalid, notFound } from "./refusals.ts";
import { Currency, Id, Line, strict, Time } from "./schemas.ts";

const values = {
  code: Type.String({ pattern: "^[A-Z0-9]{1,8}$", maxLength: 8, description: "Stands before receipt numbers" }),
  name: Line(120),
  address: Type.String({ maxLength: 300 }),
  currency: Currency,
  time_zone: Type.String({ maxLength: 64, description: "IANA name: what a day is here", examples: ["Europe/Lisbon"] }),
  allows_negative_stock: Type.Boolean({ description: "Sells what the stock says is not there" }),
  is_active: Type.Boolean(),
};

export const Outlet = Type.Object({ id: Id, ...values, created_at: Time });
export const NewOutlet = Type.Object(
  {
    code: values.code,
    name: values.name,
    currency: values.currency,
    address: Type.Optional(values.address),
    time_zone: Type.Optional(values.time_zone),
    allows_negative_stock: Type.Optional(values.allows_negative_stock),
  },
  strict,
);
export const OutletChanges = Type.Partial(
  Type.Object(
    {
      name: values.name,
      address: values.address,
      time_zone: values.time_zone,
      allows_negative_stock: values.allows_negative_stock,
      is_active: values.is_active,
    },
    strict,
  ),
  { ...strict, minProperties: 1, examples: [{ name: "Harbour shop" }] },
);
const sorts = {
  code: { column: sql`code`, type: "text" },
  created_at: { column: sql`created_at`, type: "moment" },
} as const satisfies SortKeys;
export const OutletQuery = listQuery(sorts, "code", { is_active: Type.Optional(Type.Boolean()) });

export type Outlet = Static<typeof Outlet>;
export type NewOutlet = Static<typeof NewOutlet>;
export type OutletChanges = Static<typeof OutletChanges>;

const columns = [
  "id",
  "code",
  "name",
  "address",
  "currency",
  "time_zone",
  "allows_negative_stock",
  "is_active",
  "created_at",
] as const;

export async function listOutlets(
  trx: Trx,
  { tenant }: Actor,
  query: ListQuery & { readonly is_active?: boolean | undefined },
): Promise<Page<Outlet>> {
  let select = trx.selectFrom("outlets").select(columns).where("tenant_id", "=", tenant);
  if (query.is_active !== undefined) select = select.where("is_active", "=", query.is_active);
  return pageOf(select, query, sorts, "code", sql`id`);
}

export async function findOutlet(trx: Trx, { tenant }: Actor, id: string): Promise<Outlet> {
  const row = await trx
    .selectFrom("outlets")
    .select(columns)
    .where("tenant_id", "=", tenant)
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined) throw notFound("outlet");
  return row;
}

const refusals = explaining({
  outlets_tenant_id_code_key: conflict("code", "is another outlet's"),
  stock_is_not_negative: conflict("allows_negative_stock", "stays: some of the stock is below zero, adjust that first"),
});

export async function createOutlet(trx: Trx, { tenant }: Actor, outlet: NewOutlet): Promise<Outlet> {
  await assertTimeZone(trx, outlet.time_zone);
  const row = await trx
    .insertInto("outlets")
    .values({ ...outlet, id: uuid(), tenant_id: tenant })
    .returning(columns)
    .executeTakeFirstOrThrow()
    .catch(refusals);
  await audit(trx, { action: "outlet.create", entity: row.id, detail: { code: row.code } });
  return row;
}

export async function changeOutlet(trx: Trx, { tenant }: Actor, id: string, changes: OutletChanges): Promise<Outlet> {
  await assertTimeZone(trx, changes.time_zone);
  const row = await trx
    .updateTable("outlets")
    .set(changes)
    .where("tenant_id", "=", tenant)
    .where("id", "=", id)
    .returning(columns)
    .executeTakeFirst()
    .catch(refusals);
  if (row === undefined) throw notFound("outlet");
  await audit(trx, { action: "outlet.change", entity: id, detail: changes });
  return row;
}

/**
 * IANA's names, today's and former ones alike: what PostgreSQL, which reckons days in it, and this process, which prints
 * receipts, both know. PostgreSQL's list has no offsets (+01:00) and no rules (EST5EDT,M3.2.0), and one spelling of each.
 */
async function assertTimeZone(trx: Trx, name: string | undefined): Promise<void> {
  if (name === undefined) return;
  const known = await sql`select from pg_timezone_names where name = ${name}`.execute(trx);
  if (known.rows.length === 0 || !isKnownHere(name)) {
    throw invalid("time_zone", "is no time zone, such as Europe/Lisbon or UTC");
  }
}

function isKnownHere(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en-GB", { timeZone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

// Customers: who they are, and what credit they have.
import { sql } from "kysely";
import Type, { type Static } from "typebox";
import { v7 as uuid } from "uuid";
import { audit } from "../../platform/audit.ts";
import type { Trx } from "../../platform/postgres.ts";
import { isAtLeast } from "../../platform/principal.ts";
import { Problem } from "../../platform/problem.ts";
import type { Actor } from "./acting.ts";
import { type ListQuery, listQuery, type Page, pageOf, type SortKeys } from "./paging.ts";
import { conflict, explaining, notFound } from "./refusals.ts";
import { Amount, Currency, Id, Line, Nullable, strict, Time } from "./schemas.ts";

const contact = {
  name: Line(120),
  email: Nullable(Type.String({ format: "email", maxLength: 254 })),
  phone: Nullable(Type.String({ pattern: "^[0-9 +()./-]{3,40}$", maxLength: 40 })),
};
const credit = {
  credit_limit: Amount,
  is_credit_blocked: Type.Boolean(),
};
export const Balance = Type.Integer({ description: "What they owe; below zero, what the shop owes them" });

export const Customer = Type.Object({
  id: Id,
  ...contact,
  currency: Currency,
  ...credit,
  balance: Balance,
  created_at: Time,
});
export const NewCustomer = Type.Object(
  {
    name: contact.name,
    email: Type.Optional(contact.email),
    phone: Type.Optional(contact.phone),
    currency: Currency,
    credit_limit: Type.Optional(Amount),
  },
  strict,
);
export const CustomerChanges = Type.Partial(Type.Object({ ...contact, ...credit }, strict), {
  ...strict,
  minProperties: 1,
  examples: [{ phone: "+351 21 000 0000" }],
});
const sorts = {
  name: { column: sql`lower(name)`, type: "text" },
  balance: { column: sql`balance`, type: "bigint" },
  created_at: { column: sql`created_at`, type: "moment" },
} as const satisfies SortKeys;
export const CustomerQuery = listQuery(sorts, "name", {
  q: Type.Optional(
    Type.String({ minLength: 1, maxLength: 80, description: "Part of the name, mail address or phone" }),
  ),
  owing: Type.Optional(Type.Boolean({ description: "Only who owes something" })),
});

export type Customer = Static<typeof Customer>;
export type NewCustomer = Static<typeof NewCustomer>;
export type CustomerChanges = Static<typeof CustomerChanges>;

const columns = [
  "id",
  "name",
  "email",
  "phone",
  "currency",
  "credit_limit",
  "is_credit_blocked",
  "balance",
  "created_at",
] as const;

type Row = Omit<Customer, "credit_limit" | "balance"> & { credit_limit: string; balance: string };

function toCustomer(row: Row): Customer {
  return { ...row, credit_limit: Number(row.credit_limit), balance: Number(row.balance) };
}

export interface CustomerFilters extends ListQuery {
  readonly q?: string | undefined;
  readonly owing?: boolean | undefined;
  /** Only who has an account in it. @default all */
  readonly currency?: Customer["currency"] | undefined;
}

export async function listCustomers(trx: Trx, { tenant }: Actor, query: CustomerFilters): Promise<Page<Customer>> {
  let select = trx.selectFrom("customers").select(columns).where("tenant_id", "=", tenant);
  if (query.q !== undefined) {
    const part = `%${query.q.replace(/[\\%_]/g, "\\$&")}%`;
    select = select.where(sql<boolean>`(name ilike ${part} or email ilike ${part} or phone ilike ${part})`);
  }
  if (query.currency !== undefined) select = select.where("currency", "=", query.currency);
  if (query.owing !== undefined) select = select.where(sql<boolean>`(balance > 0) = ${query.owing}`);
  const { items, next } = await pageOf(select, query, sorts, "name", sql`id`);
  return { items: items.map(toCustomer), next };
}

export async function findCustomer(trx: Trx, { tenant }: Actor, id: string): Promise<Customer> {
  const row = await trx
    .selectFrom("customers")
    .select(columns)
    .where("tenant_id", "=", tenant)
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined) throw notFound("customer");
  return toCustomer(row);
}

/** Cashiers write down who somebody is; what credit they get is a manager's decision. */
function assertMayDecideCredit(
  actor: Actor,
  values: { readonly credit_limit?: number; is_credit_blocked?: boolean },
): void {
  const decides = (values.credit_limit ?? 0) > 0 || values.is_credit_blocked !== undefined;
  if (decides && !isAtLeast(actor.role, "manager")) {
    throw new Problem("FORBIDDEN", "What credit a customer has is for managers to decide.");
  }
}

export async function createCustomer(trx: Trx, actor: Actor, customer: NewCustomer): Promise<Customer> {
  assertMayDecideCredit(actor, customer);
  const row = await trx
    .insertInto("customers")
    .values({ email: null, phone: null, credit_limit: 0, ...customer, id: uuid(), tenant_id: actor.tenant, balance: 0 })
    .returning(columns)
    .executeTakeFirstOrThrow();
  await audit(trx, { action: "customer.create", entity: row.id, detail: { credit_limit: Number(row.credit_limit) } });
  return toCustomer(row);
}

const refusals = explaining({
  balance_within_limit: conflict("credit_limit", "is less than what they owe: block their credit instead"),
});

export async function changeCustomer(trx: Trx, actor: Actor, id: string, changes: CustomerChanges): Promise<Customer> {
  // Any limit, also a lower one, is a manager's.
  assertMayDecideCredit(actor, { ...changes, credit_limit: changes.credit_limit === undefined ? 0 : 1 });
  const row = await trx
    .updateTable("customers")
    .set(changes)
    .where("tenant_id", "=", actor.tenant)
    .where("id", "=", id)
    .returning(columns)
    .executeTakeFirst()
    .catch(refusals);
  if (row === undefined) throw notFound("customer");
  const { credit_limit, is_credit_blocked } = changes;
  await audit(trx, { action: "customer.change", entity: id, detail: { credit_limit, is_credit_blocked } });
  return toCustomer(row);
}

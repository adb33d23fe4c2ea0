// Customers: who they are, what credit they have, their ledger and statements.
import { sql } from "kysely";
import Type, { type Static } from "typebox";
import { v7 as uuid } from "uuid";
import { audit } from "../../platform/audit.ts";
import type { Trx } from "../../platform/postgres.ts";
import { isAtLeast } from "../../platform/principal.ts";
import { Problem } from "../../platform/problem.ts";
import type { Actor } from "./acting.ts";
import { lockCustomer } from "./credit.ts";
import { type ListQuery, listQuery, type Page, pageOf, type SortKeys } from "./paging.ts";
import { conflict, explaining, invalid, notFound } from "./refusals.ts";
import { Amount, Currency, Day, Id, Line, Nullable, strict, Time } from "./schemas.ts";
import { creditMethods } from "./tables.ts";

const contact = {
  name: Line(120),
  email: Nullable(Type.String({ format: "email", maxLength: 254 })),
  phone: Nullable(Type.String({ pattern: "^[0-9 +()./-]{3,40}$", maxLength: 40 })),
};
const credit = {
  credit_limit: Amount,
  is_credit_blocked: Type.Boolean(),
};
const Balance = Type.Integer({ description: "What they owe; below zero, what the shop owes them" });

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

export const LedgerEntry = Type.Object({
  id: Id,
  kind: Type.Enum(["charge", "payment", "void"]),
  amount: Type.Integer({ description: "Above zero: they owe more" }),
  balance: Balance,
  method: Nullable(Type.Enum([...creditMethods])),
  sale_id: Nullable(Id),
  note: Nullable(Type.String()),
  created_at: Time,
});
const ledgerSorts = { created_at: { column: sql`created_at`, type: "moment" } } as const satisfies SortKeys;
export const LedgerQuery = listQuery(ledgerSorts, "-created_at", {});
export const NewPayment = Type.Object(
  {
    amount: Type.Integer({ minimum: 1, maximum: 1_000_000_000_000, description: "Minor units of the currency" }),
    method: Type.Enum([...creditMethods]),
    note: Type.Optional(Line(300)),
  },
  strict,
);
export const PaymentResult = Type.Object({ id: Id, balance: Balance });
export const StatementQuery = Type.Object(
  {
    from: Type.Optional(Type.String({ format: "date", maxLength: 10, description: "30 days before `to` if left out" })),
    to: Type.Optional(Type.String({ format: "date", maxLength: 10, description: "Today if left out" })),
  },
  strict,
);
export const Statement = Type.Object({
  customer: Customer,
  from: Day,
  to: Day,
  opening_balance: Balance,
  closing_balance: Balance,
  charged: Type.Integer(),
  paid: Type.Integer(),
  entries: Type.Array(LedgerEntry),
});

export type Customer = Static<typeof Customer>;
export type NewCustomer = Static<typeof NewCustomer>;
export type CustomerChanges = Static<typeof CustomerChanges>;
export type LedgerEntry = Static<typeof LedgerEntry>;
export type Statement = Static<typeof Statement>;

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
}

export async function listCustomers(trx: Trx, { tenant }: Actor, query: CustomerFilters): Promise<Page<Customer>> {
  let select = trx.selectFrom("customers").select(columns).where("tenant_id", "=", tenant);
  if (query.q !== undefined) {
    const part = `%${query.q.replace(/[\\%_]/g, "\\$&")}%`;
    select = select.where(sql<boolean>`(name ilike ${part} or email ilike ${part} or phone ilike ${part})`);
  }
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

const entryColumns = ["id", "kind", "amount", "balance", "method", "sale_id", "note", "created_at"] as const;

type EntryRow = Omit<LedgerEntry, "amount" | "balance"> & { amount: string; balance: string };

function toEntry(row: EntryRow): LedgerEntry {
  return { ...row, amount: Number(row.amount), balance: Number(row.balance) };
}

/** Newest first. @throws Problem if there is no such customer */
export async function listLedger(trx: Trx, actor: Actor, id: string, query: ListQuery): Promise<Page<LedgerEntry>> {
  await findCustomer(trx, actor, id);
  const select = trx
    .selectFrom("credit_entries")
    .select(entryColumns)
    .where("tenant_id", "=", actor.tenant)
    .where("customer_id", "=", id);
  const { items, next } = await pageOf(select, query, ledgerSorts, "-created_at", sql`id`);
  return { items: items.map(toEntry), next };
}

/** More would be no statement that anybody reads. */
const longestStatement = 1_000;

/** What happened from one day to another (UTC, both included), oldest first, with the balance before and after. */
export async function statementOf(
  trx: Trx,
  actor: Actor,
  id: string,
  { to = dayOf(Date.now()), from = dayOf(Date.parse(to) - 30 * 86_400_000) }: Static<typeof StatementQuery>,
): Promise<Statement> {
  if (from > to) throw invalid("to", "is before from");
  await lockCustomer(trx, actor, id);
  const customer = await findCustomer(trx, actor, id);
  const rows = await trx
    .selectFrom("credit_entries")
    .select(entryColumns)
    .where("tenant_id", "=", actor.tenant)
    .where("customer_id", "=", id)
    .where(sql<boolean>`created_at >= ${from}::date and created_at < ${to}::date + 1`)
    .orderBy("created_at")
    .orderBy("id")
    .limit(longestStatement + 1)
    .execute();
  if (rows.length > longestStatement)
    throw conflict("from", `is too early: a statement has at most ${longestStatement} entries`);
  const entries = rows.map(toEntry);
  const later = await sumSince(trx, actor, id, to);
  const closing = customer.balance - later;
  const moved = entries.reduce((all, { amount }) => all + amount, 0);
  return {
    customer,
    from,
    to,
    opening_balance: closing - moved,
    closing_balance: closing,
    charged: entries.filter(({ kind }) => kind === "charge").reduce((all, { amount }) => all + amount, 0),
    paid: -entries.filter(({ kind }) => kind === "payment").reduce((all, { amount }) => all + amount, 0),
    entries,
  };
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

async function sumSince(trx: Trx, { tenant }: Actor, customer: string, day: string): Promise<number> {
  const { amount } = await trx
    .selectFrom("credit_entries")
    .select(sql<string>`coalesce(sum(amount), 0)`.as("amount"))
    .where("tenant_id", "=", tenant)
    .where("customer_id", "=", customer)
    .where(sql<boolean>`created_at >= ${day}::date + 1`)
    .executeTakeFirstOrThrow();
  return Number(amount);
}

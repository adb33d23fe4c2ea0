// The ledger of a customer's credit, and statements of it.
import { sql } from "kysely";
import Type, { type Static } from "typebox";
import type { Trx } from "../../platform/postgres.ts";
import type { Actor } from "./acting.ts";
import { lockCustomer } from "./credit.ts";
import { Balance, Customer, findCustomer } from "./customers.ts";
import { type ListQuery, listQuery, type Page, pageOf, type SortKeys } from "./paging.ts";
import { conflict, invalid } from "./refusals.ts";
import { Day, Id, Line, Nullable, strict, Time } from "./schemas.ts";
import { creditMethods } from "./tables.ts";

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

export type LedgerEntry = Static<typeof LedgerEntry>;
export type Statement = Static<typeof Statement>;

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
  { to = dayBefore(new Date().toISOString(), 0), from = dayBefore(to, 30) }: Static<typeof StatementQuery>,
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

/** The first that there is: PostgreSQL knows no year 0. */
const firstDay = Date.parse("0001-01-01");

/** The day so many days before another, or the first that there is. */
export function dayBefore(day: string, days: number): string {
  return new Date(Math.max(firstDay, Date.parse(day) - days * 86_400_000)).toISOString().slice(0, 10);
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

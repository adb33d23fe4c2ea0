// Customers' credit: every change of a balance is an entry of the ledger, and goes through here.
import { sql } from "kysely";
import { v7 as uuid } from "uuid";
import { audit } from "../../platform/audit.ts";
import type { Trx } from "../../platform/postgres.ts";
import { Problem } from "../../platform/problem.ts";
import type { Actor } from "./acting.ts";
import { invalid, notFound } from "./refusals.ts";
import type { CreditMethod } from "./tables.ts";

/** A customer, locked until the transaction ends. */
export interface LockedCustomer {
  readonly id: string;
  readonly currency: string;
  readonly limit: number;
  readonly balance: number;
  readonly isBlocked: boolean;
}

/** @throws Problem if there is none */
export async function lockCustomer(trx: Trx, { tenant }: Pick<Actor, "tenant">, id: string): Promise<LockedCustomer> {
  const row = await trx
    .selectFrom("customers")
    .select(["id", "currency", "credit_limit", "balance", "is_credit_blocked"])
    .where("tenant_id", "=", tenant)
    .where("id", "=", id)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (row === undefined) throw notFound("customer");
  const { currency, is_credit_blocked: isBlocked } = row;
  return { id, currency, limit: Number(row.credit_limit), balance: Number(row.balance), isBlocked };
}

/** How much of a sale on credit is still owed: what the shop owes the customer pays for it first. @throws Problem if refused */
export function creditFor(customer: LockedCustomer, amount: number, currency: string): { readonly due: number } {
  if (customer.currency !== currency)
    throw invalid("customer_id", `has an account in ${customer.currency}, not ${currency}`);
  if (customer.isBlocked) throw refused("The customer's credit is blocked.");
  const balance = customer.balance + amount;
  if (balance > customer.limit) {
    const left = Math.max(0, customer.limit - customer.balance);
    throw refused(`The customer's credit has room for ${left} ${currency} (minor units), not ${amount}.`);
  }
  return { due: Math.min(amount, Math.max(0, balance)) };
}

function refused(message: string): Problem {
  return new Problem("CONFLICT", message, { fields: { credit: message } });
}

export interface Entry {
  readonly kind: "charge" | "payment" | "void";
  readonly amount: number;
  readonly method?: CreditMethod;
  readonly sale?: string;
  readonly note?: string | undefined;
  /** When, for demo data. @default now */
  readonly at?: string | undefined;
}

/** Writes the entry and the new balance. */
export async function enter(trx: Trx, actor: Actor, customer: LockedCustomer, entry: Entry) {
  const { kind, amount, method, sale, note, at } = entry;
  const balance = customer.balance + amount;
  await trx
    .updateTable("customers")
    .set({ balance })
    .where("tenant_id", "=", actor.tenant)
    .where("id", "=", customer.id)
    .execute();
  const id = uuid();
  await trx
    .insertInto("credit_entries")
    .values({
      id,
      tenant_id: actor.tenant,
      customer_id: customer.id,
      kind,
      amount,
      balance,
      method: method ?? null,
      sale_id: sale ?? null,
      note: note ?? null,
      account_id: actor.user,
      ...(at === undefined ? {} : { created_at: at }),
    })
    .execute();
  return { id, balance };
}

/** Uses `amount` to pay what is due, oldest sale first. */
export async function payDues(trx: Trx, { tenant }: Actor, customer: string, amount: number): Promise<void> {
  await sql`with owed as (
      select id, sum(due) over (order by id) - due as before from sales
      where tenant_id = ${tenant} and customer_id = ${customer} and due > 0)
    update sales set due = due - least(due, ${amount}::bigint - owed.before)
    from owed where owed.id = sales.id and owed.before < ${amount}::bigint`.execute(trx);
}

/** @throws Problem if it is more than what is owed: that would be a mistake in typing */
export async function takePayment(
  trx: Trx,
  actor: Actor,
  customerId: string,
  payment: { readonly amount: number; readonly method: CreditMethod; readonly note?: string | undefined; at?: string },
) {
  const customer = await lockCustomer(trx, actor, customerId);
  if (payment.amount > customer.balance) {
    throw invalid("amount", `is more than the ${Math.max(0, customer.balance)} that the customer owes`);
  }
  await payDues(trx, actor, customerId, payment.amount);
  const entry = await enter(trx, actor, customer, { ...payment, kind: "payment", amount: -payment.amount });
  await audit(trx, {
    action: "customer.payment",
    entity: customerId,
    detail: { amount: payment.amount, method: payment.method },
  });
  return entry;
}

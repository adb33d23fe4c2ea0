// Undoes what a sale did to stock and credit. Its record stays, with who voided it, when and why.
import { sql } from "kysely";
import { audit } from "../../platform/audit.ts";
import type { Trx } from "../../platform/postgres.ts";
import type { Actor } from "./acting.ts";
import { enter, type LockedCustomer, lockCustomer, payDues } from "./credit.ts";
import { conflict, notFound } from "./refusals.ts";
import { changeStock } from "./stock-changes.ts";

/** @throws Problem if there is no such sale, or it is voided already */
export async function voidSale(trx: Trx, actor: Actor, id: string, reason: string): Promise<void> {
  const { customer_id } = await findSale(trx, actor, id);
  // The customer before the sale, as payments lock them: a sale's customer never changes.
  const customer = customer_id === null ? undefined : await lockCustomer(trx, actor, customer_id);
  const sale = await lockSale(trx, actor, id);
  if (sale.status === "voided") throw conflict("status", "is voided already");
  await trx
    .updateTable("sales")
    .set({ status: "voided", due: 0, voided_at: sql<string>`now()`, voided_by: actor.user, void_reason: reason })
    .where("tenant_id", "=", actor.tenant)
    .where("id", "=", id)
    .execute();
  if (customer !== undefined) await takeBackCredit(trx, actor, id, customer, Number(sale.due));
  await putBackStock(trx, actor, id, reason);
  await audit(trx, { action: "sale.void", entity: id, detail: { reason } });
}

async function findSale(trx: Trx, { tenant }: Actor, id: string) {
  const sale = await trx
    .selectFrom("sales")
    .select("customer_id")
    .where("tenant_id", "=", tenant)
    .where("id", "=", id)
    .executeTakeFirst();
  if (sale === undefined) throw notFound("sale");
  return sale;
}

async function lockSale(trx: Trx, { tenant }: Actor, id: string) {
  return trx
    .selectFrom("sales")
    .select(["status", "due"])
    .where("tenant_id", "=", tenant)
    .where("id", "=", id)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
}

/** What was paid of it already pays for the customer's other sales; if nothing is due, the shop owes it. */
async function takeBackCredit(trx: Trx, actor: Actor, sale: string, customer: LockedCustomer, due: number) {
  const { onCredit } = await trx
    .selectFrom("sale_payments")
    .select((eb) => eb.fn.coalesce(eb.fn.sum<string>("amount"), sql<string>`0`).as("onCredit"))
    .where("tenant_id", "=", actor.tenant)
    .where("sale_id", "=", sale)
    .where("kind", "=", "credit")
    .executeTakeFirstOrThrow();
  const amount = Number(onCredit);
  if (amount === 0) return;
  await payDues(trx, actor, customer.id, amount - due);
  await enter(trx, actor, customer, { kind: "void", amount: -amount, sale });
}

async function putBackStock(trx: Trx, actor: Actor, sale: string, reason: string): Promise<void> {
  const taken = await trx
    .selectFrom("stock_movements as taken")
    .innerJoin("products as product", "product.id", "taken.product_id")
    .select(["taken.outlet_id as outlet", "taken.product_id as product", "taken.quantity", "product.name"])
    .where("taken.tenant_id", "=", actor.tenant)
    .where("taken.sale_id", "=", sale)
    .where("taken.kind", "=", "sale")
    .execute();
  const changes = taken.map((movement) => ({ ...movement, quantity: -movement.quantity }));
  await changeStock(trx, actor, changes, { kind: "void", sale, reason });
}

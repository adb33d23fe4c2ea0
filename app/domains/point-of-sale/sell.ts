// Makes a sale: credit, stock, receipt number, lines and payments change together or not at all.
import { v7 as uuid } from "uuid";
import { audit } from "../../platform/audit.ts";
import type { Currency } from "../../platform/money.ts";
import type { Trx } from "../../platform/postgres.ts";
import type { Actor } from "./acting.ts";
import { creditFor, enter, lockCustomer } from "./credit.ts";
import { conflict, invalid } from "./refusals.ts";
import { type Settlement, settle, type Tender } from "./settlement.ts";
import { changeStock } from "./stock-changes.ts";
import { type Discount, type LineItem, type Totals, totalsOf } from "./totals.ts";

/** What is asked for; prices are the shop's, never the client's. */
export interface SaleRequest {
  readonly outlet_id: string;
  readonly lines: readonly RequestedLine[];
  readonly discount?: Discount | undefined;
  readonly payments: readonly Tender[];
  readonly customer_id?: string | undefined;
  readonly note?: string | undefined;
  /** The total that the customer was told; another one is refused. */
  readonly expected_total?: number | undefined;
}

export interface RequestedLine {
  readonly product_id: string;
  readonly quantity: number;
  readonly discount?: number | undefined;
}

/** A sale on its way into the tables. */
interface Draft {
  readonly id: string;
  readonly outlet: string;
  readonly currency: Currency;
  readonly asked: SaleRequest;
  readonly totals: Totals<SoldItem>;
  readonly settlement: Settlement;
  /** When, for demo data; else now. */
  readonly at: string | undefined;
}

interface SoldItem extends LineItem {
  readonly product: SoldProduct;
}

interface SoldProduct {
  readonly id: string;
  readonly name: string;
  readonly code: string;
  readonly price: number;
  readonly tax_rate: number;
  readonly tracks_stock: boolean;
}

/** What the schema takes as the sum of one sale, before discounts; far below what numbers hold exactly. */
const mostSold = 9_000_000_000_000;

/** @returns the sale's id. @throws Problem if anything stands against it; nothing has changed then */
export async function sell(trx: Trx, actor: Actor, asked: SaleRequest, at?: string): Promise<string> {
  const draft = await draftOf(trx, actor, asked, at);
  const due = await charge(trx, actor, draft);
  await takeStock(trx, actor, draft);
  await insertSale(trx, actor, draft, due, await nextNumber(trx, actor, draft.outlet));
  await insertLines(trx, actor, draft);
  await insertPayments(trx, actor, draft);
  const { id, totals, currency } = draft;
  await audit(trx, { action: "sale.create", entity: id, detail: { total: totals.total, currency } });
  return id;
}

async function draftOf(trx: Trx, actor: Actor, asked: SaleRequest, at: string | undefined): Promise<Draft> {
  const { id: outlet, currency } = await openOutlet(trx, actor, asked.outlet_id);
  const products = await productsOf(trx, actor, asked.lines, currency);
  const items = asked.lines.map(({ product_id, quantity, discount }, index) => {
    const product = products.get(product_id);
    if (product === undefined) throw invalid(`lines.${index}.product_id`, `is no product that is sold in ${currency}`);
    return { product, quantity, discount, unitPrice: product.price, taxRate: product.tax_rate };
  });
  const totals = totalsOf(items, currency, asked.discount);
  if (totals.subtotal > mostSold) throw invalid("lines", `come to more than ${mostSold} minor units: sell them apart`);
  if (asked.expected_total !== undefined && asked.expected_total !== totals.total) {
    const message = `is ${asked.expected_total}, but the sale comes to ${totals.total}: look at it again`;
    throw conflict("expected_total", message);
  }
  const settlement = settle(totals.total, asked.payments);
  return { id: uuid(), outlet, currency, asked, totals, settlement, at };
}

async function openOutlet(trx: Trx, { tenant }: Actor, id: string) {
  const outlet = await trx
    .selectFrom("outlets")
    .select(["id", "currency", "is_active"])
    .where("tenant_id", "=", tenant)
    .where("id", "=", id)
    .executeTakeFirst();
  if (outlet === undefined) throw invalid("outlet_id", "is no outlet of yours");
  if (!outlet.is_active) throw conflict("outlet_id", "is an outlet that is closed");
  return outlet;
}

async function productsOf(trx: Trx, { tenant }: Actor, lines: readonly RequestedLine[], currency: Currency) {
  const rows = await trx
    .selectFrom("products")
    .select(["id", "name", "code", "price", "tax_rate", "tracks_stock"])
    .where("tenant_id", "=", tenant)
    .where("is_active", "=", true)
    .where("currency", "=", currency)
    .where("id", "in", [...new Set(lines.map(({ product_id }) => product_id))])
    .execute();
  return new Map<string, SoldProduct>(rows.map((row) => [row.id, row]));
}

/** Puts on the customer's account what is not paid now; returns how much of it they owe. */
async function charge(trx: Trx, actor: Actor, { asked, settlement, currency, id, at }: Draft): Promise<number> {
  const { onCredit } = settlement;
  if (asked.customer_id === undefined) {
    if (onCredit > 0) throw invalid("customer_id", "is missing: only customers buy on credit");
    return 0;
  }
  const customer = await lockCustomer(trx, actor, asked.customer_id);
  if (onCredit === 0) return 0;
  const { due } = creditFor(customer, onCredit, currency);
  await enter(trx, actor, customer, { kind: "charge", amount: onCredit, sale: id, at });
  return due;
}

async function takeStock(trx: Trx, actor: Actor, { id, outlet, totals, at }: Draft): Promise<void> {
  const changes = totals.lines
    .filter(({ item }) => item.product.tracks_stock)
    .map(({ item }) => ({ outlet, product: item.product.id, name: item.product.name, quantity: -item.quantity }));
  await changeStock(trx, actor, changes, { kind: "sale", sale: id, at });
}

/** Last of all that is locked: from here to the commit, the outlet's other sales wait. */
async function nextNumber(trx: Trx, { tenant }: Actor, outlet: string): Promise<number> {
  const { last_number } = await trx
    .updateTable("outlets")
    .set((eb) => ({ last_number: eb("last_number", "+", 1) }))
    .where("tenant_id", "=", tenant)
    .where("id", "=", outlet)
    .returning("last_number")
    .executeTakeFirstOrThrow();
  return last_number;
}

async function insertSale(trx: Trx, actor: Actor, draft: Draft, due: number, number: number): Promise<void> {
  const { subtotal, discount, tax, total } = draft.totals;
  await trx
    .insertInto("sales")
    .values({
      id: draft.id,
      tenant_id: actor.tenant,
      outlet_id: draft.outlet,
      number,
      customer_id: draft.asked.customer_id ?? null,
      account_id: actor.user,
      currency: draft.currency,
      subtotal,
      discount,
      tax,
      total,
      due,
      note: draft.asked.note ?? null,
      ...(draft.at === undefined ? {} : { created_at: draft.at }),
    })
    .execute();
}

async function insertLines(trx: Trx, { tenant }: Actor, { id, totals }: Draft): Promise<void> {
  const rows = totals.lines.map(({ item: { product, quantity }, ...sums }, position) => {
    const { id: product_id, name, code, price: unit_price, tax_rate } = product;
    const what = { product_id, name, code, quantity, unit_price, tax_rate };
    return { tenant_id: tenant, sale_id: id, position, ...what, ...sums };
  });
  await trx.insertInto("sale_lines").values(rows).execute();
}

async function insertPayments(trx: Trx, { tenant }: Actor, { id, settlement }: Draft): Promise<void> {
  if (settlement.payments.length === 0) return;
  const rows = settlement.payments.map((payment, position) => ({
    tenant_id: tenant,
    sale_id: id,
    position,
    ...payment,
  }));
  await trx.insertInto("sale_payments").values(rows).execute();
}

// What a sale comes to. Amounts are whole minor units; prices include tax.
//
// Rules: a line is unit price × quantity less its own discount. A discount on the whole sale is spread over the lines in
// proportion to them; what rounding down leaves goes, a unit each, to the lines that lost the largest fractions, so that
// the lines add up to the total. The tax in a line is total × rate ÷ (100 % + rate), rounded half up, line by line.
import { allocate, includedTax, percentage } from "../../platform/money.ts";
import { Problem } from "../../platform/problem.ts";
import { moneyOf } from "./amounts.ts";

export interface LineItem {
  readonly unitPrice: number;
  readonly quantity: number;
  /** Minor units off this line. */
  readonly discount?: number | undefined;
  /** Hundredths of a per cent. */
  readonly taxRate: number;
}

/** Off the whole sale: minor units, or hundredths of a per cent. */
export type Discount = { readonly amount: number } | { readonly percent: number };

export interface LineTotals<Item extends LineItem = LineItem> {
  readonly item: Item;
  /** The line's own discount and its share of the sale's. */
  readonly discount: number;
  readonly total: number;
  readonly tax: number;
}

export interface Totals<Item extends LineItem = LineItem> {
  /** In the order of the items. */
  readonly lines: readonly LineTotals<Item>[];
  readonly subtotal: number;
  readonly discount: number;
  readonly tax: number;
  readonly total: number;
}

/** @throws Problem if a discount is larger than what it is taken off */
export function totalsOf<Item extends LineItem>(
  items: readonly Item[],
  currency: string,
  discount?: Discount,
): Totals<Item> {
  const nets = items.map((item, index) => ({ item, net: netOf(item, index) }));
  const off = discountOn(sum(nets.map(({ net }) => net)), currency, discount);
  const lines = spread(off, nets, currency).map(({ item, net, share }) => {
    const total = net - share;
    const tax = includedTax(moneyOf(total, currency), item.taxRate).amount;
    return { item, discount: item.unitPrice * item.quantity - total, total, tax };
  });
  const total = sum(lines.map((line) => line.total));
  const taken = sum(lines.map((line) => line.discount));
  return { lines, subtotal: total + taken, discount: taken, tax: sum(lines.map((line) => line.tax)), total };
}

function netOf(item: LineItem, index: number): number {
  const gross = item.unitPrice * item.quantity;
  const off = item.discount ?? 0;
  if (off > gross) refuse(`lines.${index}.discount`, "is more than the line comes to");
  return gross - off;
}

function discountOn(net: number, currency: string, discount: Discount | undefined): number {
  if (discount === undefined) return 0;
  if ("percent" in discount) return percentage(moneyOf(net, currency), discount.percent).amount;
  if (discount.amount > net) refuse("discount", "is more than the sale comes to");
  return discount.amount;
}

function refuse(field: string, message: string): never {
  throw new Problem("VALIDATION_FAILED", `${field} ${message}`, { fields: { [field]: message } });
}

/** `amount` over lines, in proportion to their nets; at most the sum of these. */
function spread<Line extends { readonly net: number }>(amount: number, lines: readonly Line[], currency: string) {
  if (amount === 0) return lines.map((line) => ({ ...line, share: 0 }));
  const shares = allocate(moneyOf(amount, currency), lines, ({ net }) => net);
  return shares.map(({ item, share }) => ({ ...item, share: share.amount }));
}

export function sum(amounts: readonly number[]): number {
  return amounts.reduce((all, amount) => all + amount, 0);
}

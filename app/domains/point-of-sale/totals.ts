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

export interface LineTotals {
  /** The line's own discount and its share of the sale's. */
  readonly discount: number;
  readonly total: number;
  readonly tax: number;
}

export interface Totals {
  readonly lines: readonly LineTotals[];
  readonly subtotal: number;
  readonly discount: number;
  readonly tax: number;
  readonly total: number;
}

/** @throws Problem if a discount is larger than what it is taken off */
export function totalsOf(items: readonly LineItem[], currency: string, discount?: Discount): Totals {
  const nets = items.map(netOf);
  const net = sum(nets);
  const shares = spread(discountOn(net, currency, discount), nets, currency);
  const lines = items.map((item, index) => {
    const total = (nets[index] ?? 0) - (shares[index] ?? 0);
    const tax = includedTax(moneyOf(total, currency), item.taxRate).amount;
    return { discount: item.unitPrice * item.quantity - total, total, tax };
  });
  const total = sum(lines.map((line) => line.total));
  const off = sum(lines.map((line) => line.discount));
  return { lines, subtotal: total + off, discount: off, tax: sum(lines.map((line) => line.tax)), total };
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

/** `amount` over `weights`, in proportion to them; at most their sum. */
function spread(amount: number, weights: readonly number[], currency: string): readonly number[] {
  if (amount === 0) return weights.map(() => 0);
  return allocate(moneyOf(amount, currency), weights).map((share) => share.amount);
}

export function sum(amounts: readonly number[]): number {
  return amounts.reduce((all, amount) => all + amount, 0);
}

// Amounts of the shop's tables, beside a column with their currency, as people and programs write them.
import {
  type Currency,
  currencies,
  decimal,
  formatMoney,
  type Money,
  money,
  parseMoney,
} from "../../platform/money.ts";

/** @throws RangeError for a currency that the schema does not let in */
export function moneyOf(amount: number, currency: string): Money {
  return money(amount, currencyOf(currency));
}

function currencyOf(code: string): Currency {
  const known = currencies.find((one) => one === code);
  if (known === undefined) throw new RangeError(`${code} is no currency of Arena's.`);
  return known;
}

/** Digits behind the point: 2 for EUR, 0 for JPY. */
export function digitsOf(currency: string): number {
  return decimalText(0, currency).split(".")[1]?.length ?? 0;
}

/** For people: €12.50. */
export function formatAmount(amount: number, currency: string): string {
  return formatMoney(moneyOf(amount, currency));
}

/** For programs and forms: 12.50. */
export function decimalText(amount: number, currency: string): string {
  return decimal(moneyOf(amount, currency));
}

/** What somebody typed, 12.50 or 12,5 or 12, as minor units; undefined if it is no amount of this currency. */
export function parseAmount(text: string, currency: string): number | undefined {
  return parseMoney(text, currencyOf(currency))?.amount;
}

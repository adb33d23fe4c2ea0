// Money: whole minor units (cents) with their currency. Nothing here computes with fractions. Rounding, everywhere: half
// away from zero, as people do on paper: 0.5 cents is 1, -0.5 cents is -1. What is split among several never loses a cent.
import Type, { type Static } from "typebox";

/** ISO 4217 codes of the currencies that Arena takes, with the digits of their minor unit. */
const minorDigits = { AUD: 2, CAD: 2, CHF: 2, CZK: 2, DKK: 2, EUR: 2, GBP: 2, JPY: 0, NOK: 2, PLN: 2, SEK: 2, USD: 2 };

export type Currency = keyof typeof minorDigits;

export const currencies = Object.keys(minorDigits) as readonly Currency[];

/** Largest amount of one item, such as a fee or a price, in minor units; what is summed up may be larger. */
export const mostMinorUnits = 1_000_000_000;

export const CurrencyCode = Type.Enum([...currencies], { description: "ISO 4217" });

/** An amount as clients see it. */
export const Money = Type.Object({
  amount: Type.Integer({ description: "In minor units: 1250 is 12.50 EUR" }),
  currency: CurrencyCode,
});

export type Money = Readonly<Static<typeof Money>>;

/** @throws RangeError unless `amount` is a whole number that computers hold exactly */
export function money(amount: number, currency: Currency): Money {
  if (!Number.isSafeInteger(amount)) throw new RangeError(`${amount} is no amount in minor units.`);
  // No negative zero: it prints as -0.
  return { amount: amount === 0 ? 0 : amount, currency };
}

export function add(one: Money, other: Money): Money {
  return money(one.amount + sameCurrency(one, other).amount, one.currency);
}

export function subtract(one: Money, other: Money): Money {
  return money(one.amount - sameCurrency(one, other).amount, one.currency);
}

export function sum(amounts: readonly Money[], currency: Currency): Money {
  return amounts.reduce(add, money(0, currency));
}

/** `amount` times a whole number of pieces. */
export function times(amount: Money, pieces: number): Money {
  return money(amount.amount * pieces, amount.currency);
}

/**
 * A part of an amount, rounded half away from zero.
 * @param basisPoints hundredths of a percent: 750 is 7.5 %
 */
export function percentage(of: Money, basisPoints: number): Money {
  return money(divideRounded(BigInt(of.amount) * BigInt(basisPoints), 10_000n), of.currency);
}

/** The part of a gross amount that is tax at `basisPoints` on top of the net, rounded half away from zero. */
export function includedTax(gross: Money, basisPoints: number): Money {
  const rate = BigInt(basisPoints);
  return money(divideRounded(BigInt(gross.amount) * rate, 10_000n + rate), gross.currency);
}

/**
 * Splits an amount among items by their weights so that the shares add up to it: each is rounded towards zero, and what is
 * left goes, unit by unit, to those that lost most; of equals, to the first.
 * @returns each item with its share, in their order @throws RangeError for no weights, negative ones or only zeros
 */
export function allocate<Item>(
  amount: Money,
  items: readonly Item[],
  weightOf: (item: Item) => number,
): readonly { readonly item: Item; readonly share: Money }[] {
  const weights = items.map((item) => ({ item, weight: BigInt(weightOf(item)) }));
  const total = weights.reduce((all, { weight }) => all + weight, 0n);
  if (total <= 0n || weights.some(({ weight }) => weight < 0n))
    throw new RangeError("Weights must be 0 or more, and not all 0.");
  const whole = BigInt(amount.amount);
  const parts = weights.map(({ item, weight }, index) => ({
    item,
    index,
    part: (whole * weight) / total,
    lost: magnitude((whole * weight) % total),
  }));
  let left = whole - parts.reduce((all, { part }) => all + part, 0n);
  const unit = left < 0n ? -1n : 1n;
  for (const entry of parts.toSorted((a, b) => (a.lost === b.lost ? a.index - b.index : a.lost > b.lost ? -1 : 1))) {
    if (left === 0n) break;
    entry.part += unit;
    left -= unit;
  }
  return parts.map(({ item, part }) => ({ item, share: money(Number(part), amount.currency) }));
}

/** As people read it: €12.50, -£3.00, ¥500. */
export function formatMoney(amount: Money): string {
  const format = new Intl.NumberFormat("en-GB", { style: "currency", currency: amount.currency });
  return format.format(decimal(amount) as `${number}`);
}

/** As a number without its currency, exact: 12.50, -3.00, 500. What people type in forms has this form. */
export function decimal({ amount, currency }: Money): string {
  const digits = minorDigits[currency];
  const text = String(Math.abs(amount)).padStart(digits + 1, "0");
  const value = digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
  return amount < 0 ? `-${value}` : value;
}

/** Reads what people type: 12, 12.5 or 12,50. Undefined if it is no amount from 0 to the most, or finer than the currency. */
export function parseMoney(text: string, currency: Currency): Money | undefined {
  const found = /^(\d{1,12})(?:[.,](\d+))?$/.exec(text.trim());
  const digits = minorDigits[currency];
  const [, whole = "", part = ""] = found ?? [];
  if (found === null || part.length > digits) return undefined;
  const amount = Number(`${whole}${part.padEnd(digits, "0")}`);
  return amount <= mostMinorUnits ? money(amount, currency) : undefined;
}

/** Amounts of several currencies are never added: there is no rate here. */
function sameCurrency(one: Money, other: Money): Money {
  if (one.currency !== other.currency) throw new RangeError(`${other.currency} cannot be added to ${one.currency}.`);
  return other;
}

function divideRounded(numerator: bigint, denominator: bigint): number {
  const rounded = (2n * magnitude(numerator) + denominator) / (2n * denominator);
  return Number(numerator < 0n ? -rounded : rounded);
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

// What a tournament takes in. Pure, in minor units (platform/money.ts): what teams have paid, less what was given back; the part
// of it that goes into prizes, rounded half away from zero; the rest is the organiser's.
import { type Currency, type Money, money, percentage, subtract } from "../../platform/money.ts";

/** Sums over a tournament's teams and payments. */
export interface Takings {
  readonly currency: Currency;
  readonly paid: number;
  readonly refunded: number;
  /** What teams with a place owe. */
  readonly due: number;
  /** Part of the net that goes into prizes, in hundredths of a percent. */
  readonly prize_share: number;
}

export interface Summary {
  readonly paid: Money;
  readonly refunded: Money;
  readonly net: Money;
  readonly outstanding: Money;
  readonly prizes: Money;
  readonly organiser: Money;
}

export function summarize({ currency, paid, refunded, due, prize_share }: Takings): Summary {
  const net = subtract(money(paid, currency), money(refunded, currency));
  const prizes = percentage(net, prize_share);
  return {
    paid: money(paid, currency),
    refunded: money(refunded, currency),
    net,
    outstanding: money(due, currency),
    prizes,
    organiser: subtract(net, prizes),
  };
}

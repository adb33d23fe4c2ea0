// How a sale is paid: what each payment counts for, the change, and what goes on the customer's account.
import { Problem } from "../../platform/problem.ts";
import type { PaymentKind } from "./tables.ts";
import { sum } from "./totals.ts";

/** What the cashier takes. */
export interface Tender {
  readonly kind: PaymentKind;
  /** Minor units handed over. */
  readonly amount: number;
  readonly reference?: string | undefined;
}

export interface Settlement {
  /** In the order of the tenders; `amount` is what counts towards the sale. */
  readonly payments: readonly { kind: PaymentKind; amount: number; tendered: number; reference: string | null }[];
  readonly change: number;
  readonly onCredit: number;
}

/** Payments come to the total exactly; only cash may be more, which comes back. @throws Problem if they do not */
export function settle(total: number, tenders: readonly Tender[]): Settlement {
  for (const kind of ["cash", "credit"] as const) {
    if (tenders.filter((tender) => tender.kind === kind).length > 1) refuse(`may have ${kind} once only`);
  }
  const change = sum(tenders.map((tender) => tender.amount)) - total;
  if (change < 0) refuse(`come to ${-change} less than the total of ${total}`);
  const cash = tenders.find((tender) => tender.kind === "cash")?.amount ?? 0;
  if (change > cash) refuse(`come to ${change} more than the total of ${total}: only cash can be given back`);
  const payments = tenders.map(({ kind, amount, reference }) => ({
    kind,
    amount: kind === "cash" ? amount - change : amount,
    tendered: amount,
    reference: reference ?? null,
  }));
  const onCredit = sum(payments.filter(({ kind }) => kind === "credit").map(({ amount }) => amount));
  return { payments, change, onCredit };
}

function refuse(message: string): never {
  throw new Problem("VALIDATION_FAILED", `payments ${message}`, { fields: { payments: message } });
}

// Receipts: what a sale says on paper and in a mail.
import { audit } from "../../platform/audit.ts";
import { mail } from "../../platform/mail.ts";
import type { Trx } from "../../platform/postgres.ts";
import { enqueue } from "../../platform/queue.ts";
import type { Actor } from "./acting.ts";
import { formatAmount } from "./amounts.ts";
import { findOutlet, type Outlet } from "./outlets.ts";
import { findSale, type Sale } from "./sales.ts";

type Pair = readonly [label: string, amount: string];

export interface Receipt {
  /** By the outlet's clock. */
  readonly time: string;
  readonly lines: readonly { readonly what: string; readonly detail: string; readonly total: string }[];
  readonly sums: readonly Pair[];
  readonly total: Pair;
  readonly payments: readonly Pair[];
}

const payments = { cash: "Cash", card: "Card", credit: "On account" } as const;

export function receiptOf(sale: Sale, { time_zone }: Pick<Outlet, "time_zone">): Receipt {
  const money = (amount: number) => formatAmount(amount, sale.currency);
  const clock = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: time_zone });
  const discount: Pair[] = sale.discount > 0 ? [["Discount", money(-sale.discount)]] : [];
  const change: Pair[] = sale.change > 0 ? [["Change", money(sale.change)]] : [];
  return {
    time: clock.format(new Date(sale.created_at)),
    lines: sale.lines.map(({ name, quantity, unit_price }) => ({
      what: name,
      detail: `${quantity} × ${money(unit_price)}`,
      total: money(quantity * unit_price),
    })),
    sums: [...discount, ["Tax included", money(sale.tax)]],
    total: ["Total", money(sale.total)],
    payments: [...sale.payments.map(({ kind, tendered }): Pair => [payments[kind], money(tendered)]), ...change],
  };
}

/** Queues the mail. @throws Problem if there is no such sale */
export async function sendReceipt(trx: Trx, actor: Actor, id: string, to: string): Promise<void> {
  const sale = await findSale(trx, actor, id);
  const outlet = await findOutlet(trx, actor, sale.outlet_id);
  await enqueue(trx, mail, { to, subject: `Receipt ${sale.receipt}, ${outlet.name}`, text: receiptText(sale, outlet) });
  await audit(trx, { action: "sale.mail-receipt", entity: id });
}

function receiptText(sale: Sale, outlet: Outlet): string {
  const { time, lines, sums, total, payments } = receiptOf(sale, outlet);
  const pairs = (all: readonly Pair[]) => all.map(([label, amount]) => `${label}: ${amount}`);
  const head = [outlet.name, outlet.address, `Receipt ${sale.receipt}, ${time}`].filter((line) => line !== "");
  const voided = sale.status === "voided" ? ["", "This sale was voided."] : [];
  const goods = lines.map(({ what, detail, total: sum }) => `${what}, ${detail}: ${sum}`);
  return [...head, ...voided, "", ...goods, "", ...pairs([...sums, total, ...payments]), ""].join("\n");
}

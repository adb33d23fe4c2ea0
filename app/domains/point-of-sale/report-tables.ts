// Reports as tables of texts and numbers, for CSV and PDF alike. Amounts are decimals beside their currency.
import { sql } from "kysely";
import type { Trx } from "../../platform/postgres.ts";
import type { Actor } from "./acting.ts";
import { decimalText } from "./amounts.ts";
import { inPeriod, inventoryReport, salesReport } from "./reports.ts";
import type { ExportReport, Period } from "./tables.ts";

/** A number with as many digits as its currency has, such as 12.50. */
export interface Decimal {
  readonly decimal: string;
}

export type Cell = string | number | Decimal;

export function isNumber(cell: Cell): cell is number | Decimal {
  return typeof cell !== "string";
}

/** As it is written: nobody typed what a number says. */
export function textOf(cell: Cell): string {
  return typeof cell === "object" ? cell.decimal : String(cell);
}

/** Part of a table: all parts have the same heading. */
export interface Table {
  readonly heading: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

type Owner = Pick<Actor, "tenant">;

const money = (amount: number, currency: string): Decimal => ({ decimal: decimalText(amount, currency) });

/** The report's rows in parts, so that a long one is never held as rows all at once. */
export function tablesOf(trx: Trx, owner: Owner, report: ExportReport, period: Period): AsyncIterable<Table> {
  return { sales: saleTables, sales_summary: summaryTables, inventory: inventoryTables }[report](trx, owner, period);
}

async function* summaryTables(trx: Trx, owner: Owner, period: Period): AsyncGenerator<Table> {
  const { rows } = await salesReport(trx, owner, period, "day");
  yield {
    heading: ["Day", "Sales", "Items", "Discount", "Tax", "Total", "Currency"],
    rows: rows.map(({ label, sales, quantity, discount, tax, total, currency }) => [
      label,
      sales,
      quantity,
      money(discount, currency),
      money(tax, currency),
      money(total, currency),
      currency,
    ]),
  };
}

async function* inventoryTables(trx: Trx, owner: Owner, period: Period): AsyncGenerator<Table> {
  const { rows } = await inventoryReport(trx, owner, period);
  yield {
    heading: ["Outlet", "Code", "Product", "Quantity", "Low at", "Low", "Value", "Currency"],
    rows: rows.map((row) => [
      row.outlet,
      row.code,
      row.product,
      row.quantity,
      row.low_stock,
      row.is_low ? "yes" : "no",
      money(row.value, row.currency),
      row.currency,
    ]),
  };
}

const saleHeading = [
  "Receipt",
  "Time",
  "Outlet",
  "Cashier",
  "Customer",
  "Status",
  "Payment",
  "Discount",
  "Tax",
  "Total",
  "Currency",
];
const batch = 1_000;

interface SaleRow {
  readonly id: string;
  readonly cells: readonly string[];
  readonly discount: string;
  readonly tax: string;
  readonly total: string;
  readonly currency: string;
}

/** Every sale, voided ones too, oldest first. */
async function* saleTables(trx: Trx, { tenant }: Owner, period: Period): AsyncGenerator<Table> {
  let after = "00000000-0000-0000-0000-000000000000";
  for (;;) {
    const { rows } = await sql<SaleRow>`
      select sale.id, sale.discount, sale.tax, sale.total, sale.currency,
        array[outlet.code || '-' || sale.number, to_char(sale.created_at at time zone outlet.time_zone, 'YYYY-MM-DD HH24:MI:SS'),
          outlet.name, coalesce(cashier.name, 'Former staff'), coalesce(customer.name, ''), sale.status, sale.payment_status] as cells
      from sales sale join outlets outlet on outlet.id = sale.outlet_id
      left join users cashier on cashier.id = sale.account_id
      left join customers customer on customer.id = sale.customer_id
      where ${inPeriod(tenant, period)} and sale.id > ${after} order by sale.id limit ${batch}`.execute(trx);
    yield {
      heading: saleHeading,
      rows: rows.map(({ cells, discount, tax, total, currency }) => [
        ...cells,
        ...[discount, tax, total].map((amount) => money(Number(amount), currency)),
        currency,
      ]),
    };
    const last = rows.at(-1);
    if (rows.length < batch || last === undefined) return;
    after = last.id;
  }
}

// Reports: what was sold, and what is in stock. Voided sales count as not made, and are counted as such. A day is the outlet's.
import { type RawBuilder, sql } from "kysely";
import Type, { type Static } from "typebox";
import type { Trx } from "../../platform/postgres.ts";
import type { Actor } from "./acting.ts";
import { invalid } from "./refusals.ts";
import { Currency, Day, Id, strict } from "./schemas.ts";
import type { Period } from "./tables.ts";

export const groupings = ["day", "outlet", "cashier", "product", "payment"] as const;
export type Grouping = (typeof groupings)[number];

const period = { from: Day, to: Day, outlet: Type.Optional(Id) };
export const PeriodSchema = Type.Object(period, strict);
export const SalesReportQuery = Type.Object(
  { ...period, group_by: Type.Enum([...groupings], { default: "day" }) },
  strict,
);
const Sums = {
  currency: Currency,
  sales: Type.Integer(),
  total: Type.Integer(),
  tax: Type.Integer(),
  discount: Type.Integer(),
};
export const SalesReport = Type.Object({
  from: Day,
  to: Day,
  group_by: Type.Enum([...groupings]),
  totals: Type.Array(Type.Object({ ...Sums, voided: Type.Integer({ description: "Sales that were voided" }) })),
  rows: Type.Array(Type.Object({ key: Type.String(), label: Type.String(), quantity: Type.Integer(), ...Sums })),
});
export const InventoryQuery = Type.Object({ outlet: Type.Optional(Id) }, strict);
export const InventoryReport = Type.Object({
  totals: Type.Array(
    Type.Object({ currency: Currency, quantity: Type.Integer(), value: Type.Integer(), low: Type.Integer() }),
  ),
  rows: Type.Array(
    Type.Object({
      outlet_id: Id,
      outlet: Type.String(),
      product_id: Id,
      code: Type.String(),
      product: Type.String(),
      quantity: Type.Integer(),
      low_stock: Type.Integer(),
      is_low: Type.Boolean(),
      value: Type.Integer({ description: "At cost" }),
      currency: Currency,
    }),
  ),
});

export type SalesReport = Static<typeof SalesReport>;
export type InventoryReport = Static<typeof InventoryReport>;

/** Days that one report covers, and rows that it has; more is for a CSV export of sales. */
const longest = { days: 366, rows: 5_000 };

/** @throws Problem for a period that ends before it begins, or is too long */
export function assertPeriod({ from, to }: Pick<Period, "from" | "to">): void {
  const days = (Date.parse(to) - Date.parse(from)) / 86_400_000;
  if (days < 0) throw invalid("to", "is before from");
  if (days >= longest.days) throw invalid("to", `is too far from from: a report covers up to ${longest.days} days`);
}

/** Sales of a period. The bounds by UTC let an index be used; the day by the outlet's clock decides. */
export function inPeriod(tenant: string, { from, to, outlet }: Period): RawBuilder<boolean> {
  const only = outlet === undefined ? sql`` : sql`and sale.outlet_id = ${outlet}`;
  return sql<boolean>`sale.tenant_id = ${tenant} ${only}
    and sale.created_at >= ${from}::date - interval '1 day' and sale.created_at < ${to}::date + interval '2 days'
    and (sale.created_at at time zone outlet.time_zone)::date between ${from}::date and ${to}::date`;
}

/** Key, label and what is counted, for each grouping. */
const groups: Readonly<
  Record<Grouping, { key: RawBuilder<unknown>; label: RawBuilder<unknown>; from?: "lines" | "payments" }>
> = {
  day: {
    key: sql`(sale.created_at at time zone outlet.time_zone)::date::text`,
    label: sql`(sale.created_at at time zone outlet.time_zone)::date::text`,
  },
  outlet: { key: sql`outlet.id::text`, label: sql`outlet.name` },
  cashier: { key: sql`sale.account_id::text`, label: sql`coalesce(cashier.name, 'Former staff')` },
  product: { key: sql`line.product_id::text`, label: sql`product.name`, from: "lines" },
  payment: { key: sql`payment.kind`, label: sql`initcap(payment.kind)`, from: "payments" },
};

const sources = {
  sales: {
    join: sql`cross join lateral (select sum(quantity) as quantity from sale_lines where sale_id = sale.id) items`,
    sums: sql`sum(items.quantity)::float8 as quantity, sum(sale.total)::float8 as total, sum(sale.tax)::float8 as tax,
      sum(sale.discount)::float8 as discount`,
  },
  lines: {
    join: sql`join sale_lines line on line.sale_id = sale.id join products product on product.id = line.product_id`,
    sums: sql`sum(line.quantity)::float8 as quantity, sum(line.total)::float8 as total, sum(line.tax)::float8 as tax,
      sum(line.discount)::float8 as discount`,
  },
  // Tax and discount belong to goods, not to how they are paid.
  payments: {
    join: sql`join sale_payments payment on payment.sale_id = sale.id`,
    sums: sql`count(*)::float8 as quantity, sum(payment.amount)::float8 as total, 0::float8 as tax, 0::float8 as discount`,
  },
};

export async function salesReport(
  trx: Trx,
  { tenant }: Pick<Actor, "tenant">,
  period: Period,
  groupBy: Grouping,
): Promise<SalesReport> {
  assertPeriod(period);
  const { key, label, from = "sales" } = groups[groupBy];
  const { join, sums } = sources[from];
  const { rows } = await sql<SalesReport["rows"][number]>`
    select ${key} as key, ${label} as label, sale.currency, count(distinct sale.id)::int as sales, ${sums}
    from sales sale join outlets outlet on outlet.id = sale.outlet_id
    left join users cashier on cashier.id = sale.account_id ${join}
    where ${inPeriod(tenant, period)} and sale.status = 'completed'
    group by 1, 2, 3 order by ${groupBy === "day" ? sql`1, 3` : sql`total desc, 2, 1`} limit ${longest.rows}`.execute(
    trx,
  );
  const { rows: totals } = await sql<SalesReport["totals"][number]>`
    select sale.currency, count(*) filter (where sale.status = 'completed')::int as sales,
      count(*) filter (where sale.status = 'voided')::int as voided,
      coalesce(sum(sale.total) filter (where sale.status = 'completed'), 0)::float8 as total,
      coalesce(sum(sale.tax) filter (where sale.status = 'completed'), 0)::float8 as tax,
      coalesce(sum(sale.discount) filter (where sale.status = 'completed'), 0)::float8 as discount
    from sales sale join outlets outlet on outlet.id = sale.outlet_id
    where ${inPeriod(tenant, period)} group by 1 order by 1`.execute(trx);
  return { from: period.from, to: period.to, group_by: groupBy, totals, rows };
}

/** Low stock first. */
export async function inventoryReport(
  trx: Trx,
  { tenant }: Pick<Actor, "tenant">,
  { outlet }: { readonly outlet?: string | undefined },
): Promise<InventoryReport> {
  const only = outlet === undefined ? sql`` : sql`and level.outlet_id = ${outlet}`;
  const { rows } = await sql<InventoryReport["rows"][number]>`
    select level.outlet_id, outlet.name as outlet, level.product_id, product.code, product.name as product, level.quantity,
      product.low_stock, level.quantity <= product.low_stock as is_low,
      (level.quantity::bigint * product.cost)::float8 as value, product.currency
    from stock_levels level join products product on product.id = level.product_id
    join outlets outlet on outlet.id = level.outlet_id
    where level.tenant_id = ${tenant} and product.is_active ${only}
    order by is_low desc, outlet.name, product.name, level.product_id limit ${longest.rows}`.execute(trx);
  const { rows: totals } = await sql<InventoryReport["totals"][number]>`
    select product.currency, sum(level.quantity)::float8 as quantity,
      sum(level.quantity::bigint * product.cost)::float8 as value,
      count(*) filter (where level.quantity <= product.low_stock)::int as low
    from stock_levels level join products product on product.id = level.product_id
    where level.tenant_id = ${tenant} and product.is_active ${only} group by 1 order by 1`.execute(trx);
  return { totals, rows };
}

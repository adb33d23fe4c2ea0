// Sales as people see them: lists, and a sale with its lines and payments.
import { sql } from "kysely";
import { jsonArrayFrom } from "kysely/helpers/postgres";
import Type, { type Static } from "typebox";
import type { Trx } from "../../platform/postgres.ts";
import type { Actor } from "./acting.ts";
import { type ListQuery, listQuery, type Page, pageOf, type SortKeys } from "./paging.ts";
import { notFound } from "./refusals.ts";
import { Amount, Currency, Day, Id, Line, Nullable, Quantity, strict, Time } from "./schemas.ts";
import { paymentKinds, paymentStatuses, saleStatuses } from "./tables.ts";

const summary = {
  id: Id,
  receipt: Type.String({ description: "Outlet's code and number", examples: ["MAIN-42"] }),
  outlet_id: Id,
  customer_id: Nullable(Id),
  customer: Nullable(Type.String()),
  account_id: Id,
  cashier: Type.String(),
  currency: Currency,
  status: Type.Enum([...saleStatuses]),
  payment_status: Type.Enum([...paymentStatuses]),
  subtotal: Amount,
  discount: Amount,
  tax: Amount,
  total: Amount,
  due: Type.Integer({ description: "Bought on credit and not paid yet" }),
  created_at: Time,
};
export const SaleSummary = Type.Object(summary);
export const Sale = Type.Object({
  ...summary,
  change: Amount,
  note: Nullable(Type.String()),
  voided_at: Nullable(Time),
  voided_by: Nullable(Id),
  void_reason: Nullable(Type.String()),
  lines: Type.Array(
    Type.Object({
      product_id: Id,
      code: Type.String(),
      name: Type.String(),
      quantity: Type.Integer(),
      unit_price: Type.Integer(),
      tax_rate: Type.Integer(),
      discount: Type.Integer(),
      total: Type.Integer(),
      tax: Type.Integer(),
    }),
  ),
  payments: Type.Array(
    Type.Object({
      kind: Type.Enum([...paymentKinds]),
      amount: Type.Integer({ description: "What counts towards the sale" }),
      tendered: Type.Integer({ description: "What was handed over" }),
      reference: Nullable(Type.String()),
    }),
  ),
});

export const NewSale = Type.Object(
  {
    outlet_id: Id,
    lines: Type.Array(Type.Object({ product_id: Id, quantity: Quantity, discount: Type.Optional(Amount) }, strict), {
      minItems: 1,
      maxItems: 100,
    }),
    discount: Type.Optional(
      Type.Union([
        Type.Object({ amount: Amount }, strict),
        Type.Object(
          { percent: Type.Integer({ minimum: 0, maximum: 10_000, description: "Hundredths of a per cent" }) },
          strict,
        ),
      ]),
    ),
    payments: Type.Array(
      Type.Object(
        {
          kind: Type.Enum([...paymentKinds]),
          amount: Type.Integer({ minimum: 1, maximum: 1_000_000_000_000, description: "Minor units handed over" }),
          reference: Type.Optional(Line(60)),
        },
        strict,
      ),
      { maxItems: 5, description: "Come to the total; only cash may be more, which is given back" },
    ),
    customer_id: Type.Optional(Id),
    note: Type.Optional(Line(300)),
    expected_total: Type.Optional(Amount),
  },
  {
    ...strict,
    examples: [
      {
        outlet_id: "01900000-0000-7000-8000-000000000001",
        lines: [{ product_id: "01900000-0000-7000-8000-000000000002", quantity: 2 }],
        discount: { percent: 1000 },
        payments: [{ kind: "cash", amount: 5000 }],
      },
    ],
  },
);
const sorts = {
  created_at: { column: sql`sale.created_at`, type: "moment" },
  total: { column: sql`sale.total`, type: "bigint" },
} as const satisfies SortKeys;
export const SaleQuery = listQuery(sorts, "-created_at", {
  outlet_id: Type.Optional(Id),
  customer_id: Type.Optional(Id),
  account_id: Type.Optional(Id),
  status: Type.Optional(Type.Enum([...saleStatuses])),
  payment_status: Type.Optional(Type.Enum([...paymentStatuses])),
  from: Type.Optional(Day),
  to: Type.Optional(Day),
});
export const VoidReason = Type.Object({ reason: Line(300) }, strict);

export type SaleSummary = Static<typeof SaleSummary>;
export type Sale = Static<typeof Sale>;
export type SaleFilters = ListQuery & Partial<Omit<Static<typeof SaleQuery>, keyof ListQuery>>;

/** One query for a whole list, names and all. */
function summaries(trx: Trx, tenant: string) {
  return trx
    .selectFrom("sales as sale")
    .innerJoin("outlets as outlet", "outlet.id", "sale.outlet_id")
    .leftJoin("customers as customer", "customer.id", "sale.customer_id")
    .leftJoin("users as cashier", "cashier.id", "sale.account_id")
    .select([
      "sale.id",
      sql<string>`outlet.code || '-' || sale.number`.as("receipt"),
      "sale.outlet_id",
      "sale.customer_id",
      "customer.name as customer",
      "sale.account_id",
      // Names of who is on the staff no more are not for the organiser to see.
      sql<string>`coalesce(cashier.name, 'Former staff')`.as("cashier"),
      "sale.currency",
      "sale.status",
      "sale.payment_status",
      "sale.subtotal",
      "sale.discount",
      "sale.tax",
      "sale.total",
      "sale.due",
      "sale.created_at",
    ])
    .where("sale.tenant_id", "=", tenant);
}

type Amounts = "subtotal" | "discount" | "tax" | "total" | "due";
type SummaryRow = Omit<SaleSummary, Amounts> & Record<Amounts, string>;

function toSummary(row: SummaryRow): SaleSummary {
  const { subtotal, discount, tax, total, due } = row;
  const amounts = { subtotal, discount, tax, total, due };
  return {
    ...row,
    ...(Object.fromEntries(Object.entries(amounts).map(([key, text]) => [key, Number(text)])) as Record<
      Amounts,
      number
    >),
  };
}

export async function listSales(trx: Trx, { tenant }: Actor, query: SaleFilters): Promise<Page<SaleSummary>> {
  let select = summaries(trx, tenant);
  for (const column of ["outlet_id", "customer_id", "account_id", "status", "payment_status"] as const) {
    const value = query[column];
    if (value !== undefined) select = select.where(`sale.${column}`, "=", value);
  }
  if (query.from !== undefined) {
    select = select.where(
      sql<boolean>`sale.created_at >= ${query.from}::date::timestamp at time zone outlet.time_zone`,
    );
  }
  if (query.to !== undefined) {
    select = select.where(
      sql<boolean>`sale.created_at < (${query.to}::date + 1)::timestamp at time zone outlet.time_zone`,
    );
  }
  const { items, next } = await pageOf(select, query, sorts, "-created_at", sql`sale.id`);
  return { items: items.map(toSummary), next };
}

/** With lines and payments, in one query. @throws Problem if there is none */
export async function findSale(trx: Trx, { tenant }: Actor, id: string): Promise<Sale> {
  const row = await summaries(trx, tenant)
    .where("sale.id", "=", id)
    .select((eb) => [
      "sale.note",
      "sale.voided_at",
      "sale.voided_by",
      "sale.void_reason",
      jsonArrayFrom(
        eb
          .selectFrom("sale_lines as line")
          .select(["line.product_id", "line.code", "line.name", "line.quantity", "line.unit_price", "line.tax_rate"])
          .select(["line.discount", "line.total", "line.tax"])
          .whereRef("line.sale_id", "=", "sale.id")
          .orderBy("position"),
      ).as("lines"),
      jsonArrayFrom(
        eb
          .selectFrom("sale_payments as payment")
          .select(["payment.kind", "payment.amount", "payment.tendered", "payment.reference"])
          .whereRef("payment.sale_id", "=", "sale.id")
          .orderBy("position"),
      ).as("payments"),
    ])
    .executeTakeFirst();
  if (row === undefined) throw notFound("sale");
  // In JSON, 64-bit integers are numbers already: `Number` only tells the types so.
  const lines = row.lines.map((line) => ({
    ...line,
    discount: Number(line.discount),
    total: Number(line.total),
    tax: Number(line.tax),
  }));
  const payments = row.payments.map((payment) => ({
    ...payment,
    amount: Number(payment.amount),
    tendered: Number(payment.tendered),
  }));
  const change = payments.reduce((all, { tendered, amount }) => all + tendered - amount, 0);
  return { ...row, ...toSummary(row), lines, payments, change };
}

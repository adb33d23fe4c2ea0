// Reports in the browser: sales of a period by what one likes, the stock's value, and both as files.
import type { FastifyReply, FastifyRequest } from "fastify";
import { html } from "ghtml";
import Type, { type Static } from "typebox";
import { formatAmount } from "../../domains/point-of-sale/amounts.ts";
import { linkTo } from "../../domains/point-of-sale/export-file.ts";
import * as exports from "../../domains/point-of-sale/exports.ts";
import {
  type Grouping,
  groupings,
  type InventoryReport,
  inventoryReport,
  type SalesReport,
  salesReport,
} from "../../domains/point-of-sale/reports.ts";
import { Day } from "../../domains/point-of-sale/schemas.ts";
import { Problem } from "../../platform/problem.ts";
import { attempt, csrfField, type Field, field, type Refusal, summary } from "../forms.ts";
import {
  address,
  asActor,
  dayFromNow,
  leave,
  type Pages,
  type ShopPages,
  sendShop,
  table,
  text,
  time,
} from "./shop.ts";

const place = "/shop/reports/";
const Query = Type.Object({
  from: Type.Optional(Day),
  to: Type.Optional(Day),
  by: Type.Enum([...groupings], { default: "day" }),
  said: Type.Optional(Type.String({ maxLength: 20 })),
});
const Params = Type.Object({ id: Type.String({ format: "uuid", maxLength: 36 }) });
const { report, format, from, to } = exports.NewExport.properties;
const Order = Type.Object({ report, format, from, to });

export const reportPages: Pages = (app, shop) => {
  const config = { permission: "manager" } as const;
  app.get<{ Querystring: Static<typeof Query> }>(place, { config, schema: { querystring: Query } }, (request, reply) =>
    show(request, reply, shop, request.query),
  );
  app.post<{ Body: Static<typeof Order> }>(
    `${place}exports/`,
    { config: { ...config, flag: "exports" }, schema: { body: Order }, attachValidation: true },
    async (request, reply) => {
      const state = await attempt(request, async () => {
        const { report, format, from, to } = request.body;
        await asActor(shop, request, (trx, actor) => exports.orderExport(trx, actor, { report, format, from, to }));
      });
      return state === undefined ? leave(reply, place, "ordered") : show(request, reply, shop, { by: "day" }, state);
    },
  );
  app.get<{ Params: Static<typeof Params> }>(
    `${place}exports/:id/`,
    { config, schema: { params: Params } },
    async (request, reply) => {
      const found = await asActor(shop, request, async (trx, actor) => {
        const file = await exports.findExport(trx, actor, request.params.id);
        return { file, tenant: actor.tenant };
      });
      const url = await linkTo(shop.storage, found.tenant, found.file);
      if (url === null) throw new Problem("CONFLICT", "The file is not made yet: try again in a moment.");
      return reply.redirect(url, 302);
    },
  );
};

async function show(
  request: FastifyRequest,
  reply: FastifyReply,
  shop: ShopPages,
  query: { readonly from?: string; readonly to?: string; readonly by: Grouping },
  state?: Refusal,
): Promise<FastifyReply> {
  const period = { from: query.from ?? dayFromNow(-30), to: query.to ?? dayFromNow(0) };
  const { sales, inventory, files, problem } = await asActor(shop, request, async (trx, actor) => ({
    ...(await attemptReport(() => salesReport(trx, actor, period, query.by))),
    inventory: await inventoryReport(trx, actor, {}),
    files: (await exports.listExports(trx, actor, { limit: 10 })).items,
  }));
  const refusal = state ?? problem;
  if (refusal !== undefined) void reply.code(refusal.status);
  const main = html`<h1>Reports</h1>
    <section aria-labelledby="sales"><h2 id="sales">Sales</h2>!${periodForm(period, query.by)}!${grouping(period, query.by)}!${salesPart(sales)}</section>
    <section aria-labelledby="inventory"><h2 id="inventory">Inventory</h2>!${inventoryPart(inventory)}</section>
    <section aria-labelledby="exports"><h2 id="exports">Files</h2>!${ordering(reply, period, state)}!${fileTable(files)}</section>`;
  return sendShop(reply, shop, { title: "Reports", place, main, problem: problem?.message });
}

/** A period that makes no sense is said on the page. */
async function attemptReport(work: () => Promise<SalesReport>): Promise<{ sales?: SalesReport; problem?: Problem }> {
  try {
    return { sales: await work() };
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500) throw error;
    return { problem: error };
  }
}

function periodForm({ from, to }: { readonly from: string; readonly to: string }, by: Grouping): string {
  const day = (name: string, label: string, value: string) =>
    html`<div class="field"><label for="${name}">${label}</label><input id="${name}" name="${name}" type="date" value="${value}" required></div>`;
  return html`<form class="row" method="get" action="${place}"><input type="hidden" name="by" value="${by}">
    !${day("from", "From", from)}!${day("to", "To", to)}<button class="plain">Show</button></form>`;
}

const labels: Readonly<Record<Grouping, string>> = {
  day: "By day",
  outlet: "By outlet",
  cashier: "By cashier",
  product: "By product",
  payment: "By payment",
};

const headings: Readonly<Record<Grouping, string>> = {
  day: "Day",
  outlet: "Outlet",
  cashier: "Cashier",
  product: "Product",
  payment: "Payment",
};

function grouping(period: { readonly from: string; readonly to: string }, current: Grouping): string {
  const links = groupings.map(
    (by) =>
      html`<a href="${address(place, { ...period, by })}" !${by === current ? 'aria-current="page"' : ""}>${labels[by]}</a>`,
  );
  return html`<nav class="filters" aria-label="Group sales">!${links}</nav>`;
}

function salesPart(sales: SalesReport | undefined): string {
  if (sales === undefined) return "";
  const figures = sales.totals.map(({ currency, total, tax, sales: count, voided }) => {
    const all = [
      ["Total", formatAmount(total, currency)],
      ["Sales", String(count)],
      ["Tax in it", formatAmount(tax, currency)],
      ["Voided", String(voided)],
    ];
    return html`<dl class="figures">!${all.map(([label, value]) => html`<div><dt>${label ?? ""}</dt><dd>${value ?? ""}</dd></div>`)}</dl>`;
  });
  const highest = Math.max(1, ...sales.rows.map(({ total }) => total));
  const rows = sales.rows.map(({ label, sales: count, quantity, total, currency }) => [
    text(label),
    text(count),
    text(quantity),
    html`<meter min="0" max="${highest}" value="${total}" aria-hidden="true"></meter>${formatAmount(total, currency)}`,
  ]);
  const columns = [
    { label: headings[sales.group_by] },
    { label: "Sales", number: true },
    { label: "Items", number: true },
    { label: "Total", number: true },
  ];
  return html`!${figures}!${table("Sales", columns, rows, "Nothing was sold in this period.")}`;
}

/** On the page; the file has all. */
const shownRows = 30;

function inventoryPart({ totals, rows }: InventoryReport): string {
  const figures = totals.map(({ currency, quantity, value, low }) => {
    const all = [
      ["Value at cost", formatAmount(value, currency)],
      ["Pieces", String(quantity)],
      ["Low", String(low)],
    ];
    return html`<dl class="figures">!${all.map(([label, amount]) => html`<div><dt>${label ?? ""}</dt><dd>${amount ?? ""}</dd></div>`)}</dl>`;
  });
  const low = rows.filter(({ is_low }) => is_low);
  const cells = low
    .slice(0, shownRows)
    .map(({ product, outlet, quantity, low_stock }) => [text(product), text(outlet), text(quantity), text(low_stock)]);
  const columns = [
    { label: "Low product" },
    { label: "Outlet" },
    { label: "Stock", number: true },
    { label: "Low from", number: true },
  ];
  return html`!${figures}!${table("Low stock", columns, cells, "No product is low.")}`;
}

function ordering(
  reply: FastifyReply,
  period: { readonly from: string; readonly to: string },
  state: Refusal | undefined,
): string {
  const reports: Field = {
    name: "report",
    label: "Report",
    type: "select",
    options: [
      ["sales", "All sales"],
      ["sales_summary", "Sales by day"],
      ["inventory", "Inventory"],
    ],
  };
  const days: Field[] = [
    { name: "from", label: "From", type: "date", value: period.from },
    { name: "to", label: "To", type: "date", value: period.to },
  ];
  const fields = [reports, ...days];
  return html`<form class="form" method="post" action="${place}exports/">!${csrfField(reply)}!${summary(fields, state ?? {})}
    <div class="row">!${fields.map((one) => field(one, state))}</div>
    <div class="row"><button name="format" value="csv">Make a CSV file</button><button name="format" value="pdf" class="plain">Make a PDF</button></div>
  </form>`;
}

const reportNames = { sales: "All sales", sales_summary: "Sales by day", inventory: "Inventory" } as const;
const states = { queued: "Being made", failed: "Failed, tried again", done: "" } as const;

function fileTable(files: readonly exports.Export[]): string {
  const rows = files.map((file) => [
    text(reportNames[file.report]),
    text(file.report === "inventory" ? "–" : `${file.from} to ${file.to}`),
    time(file.created_at),
    file.status === "done"
      ? html`<a href="${place}exports/${file.id}/">Download ${file.format.toUpperCase()}<span class="unseen"> of ${reportNames[file.report]}</span></a>`
      : text(states[file.status]),
  ]);
  return table(
    "Files",
    [{ label: "Report" }, { label: "Period" }, { label: "Asked for" }, { label: "File" }],
    rows,
    "No files yet.",
  );
}

// Sales in the browser: the list, and a sale as a receipt that prints, is mailed, and is voided by managers.
import type { FastifyReply, FastifyRequest } from "fastify";
import { html } from "ghtml";
import Type, { type Static } from "typebox";
import { formatAmount } from "../../domains/point-of-sale/amounts.ts";
import { findCustomer } from "../../domains/point-of-sale/customers.ts";
import { findOutlet } from "../../domains/point-of-sale/outlets.ts";
import { receiptOf, sendReceipt } from "../../domains/point-of-sale/receipts.ts";
import { findSale, listSales, type Sale, SaleQuery, type SaleSummary } from "../../domains/point-of-sale/sales.ts";
import { paymentStatuses } from "../../domains/point-of-sale/tables.ts";
import { voidSale } from "../../domains/point-of-sale/void-sale.ts";
import { attempt, form, type Refusal } from "../forms.ts";
import {
  address,
  asActor,
  leave,
  link,
  mayManage,
  type Pages,
  pager,
  type ShopPages,
  sendShop,
  table,
  text,
  time,
} from "./shop.ts";

const place = "/shop/sales/";
const Query = Type.Object({ ...SaleQuery.properties, said: Type.Optional(Type.String({ maxLength: 20 })) });
const Params = Type.Object({ id: Type.String({ format: "uuid", maxLength: 36 }) });
const Said = Type.Object({ said: Type.Optional(Type.String({ maxLength: 20 })) });
const Reason = Type.Object({ reason: Type.String({ minLength: 1, maxLength: 300, pattern: "\\S" }) });
const Mail = Type.Object({ email: Type.String({ format: "email", maxLength: 254 }) });

type Id = Static<typeof Params>;

export const salePages: Pages = (app, shop) => {
  const cashier = { permission: "cashier" } as const;
  app.get<{ Querystring: Static<typeof Query> }>(
    place,
    { config: cashier, schema: { querystring: Query } },
    async (request, reply) => {
      const { said: _, ...query } = request.query;
      const page = await asActor(shop, request, (trx, actor) => listSales(trx, actor, query));
      return sendShop(reply, shop, { title: "Sales", place, main: list(page.items, page.next, query) });
    },
  );

  app.get<{ Params: Id }>(
    `${place}:id/`,
    { config: cashier, schema: { params: Params, querystring: Said } },
    (request, reply) => show(request, reply, shop),
  );

  app.post<{ Params: Id; Body: Static<typeof Reason> }>(
    `${place}:id/void/`,
    { config: { permission: "manager" }, schema: { params: Params, body: Reason }, attachValidation: true },
    async (request, reply) => {
      const state = await attempt(request, async () => {
        await asActor(shop, request, (trx, actor) => voidSale(trx, actor, request.params.id, request.body.reason));
      });
      return state === undefined
        ? leave(reply, `${place}${request.params.id}/`, "voided")
        : show(request, reply, shop, { void: state });
    },
  );

  app.post<{ Params: Id; Body: Static<typeof Mail> }>(
    `${place}:id/mail/`,
    { config: cashier, schema: { params: Params, body: Mail }, attachValidation: true },
    async (request, reply) => {
      const state = await attempt(request, async () => {
        await asActor(shop, request, (trx, actor) => sendReceipt(trx, actor, request.params.id, request.body.email));
      });
      return state === undefined
        ? leave(reply, `${place}${request.params.id}/`, "mailed")
        : show(request, reply, shop, { mail: state });
    },
  );
};

export const paymentLabels: Readonly<Record<SaleSummary["payment_status"], string>> = {
  paid: "Paid",
  partly_paid: "Partly paid",
  unpaid: "On account",
  voided: "Voided",
};

function list(sales: readonly SaleSummary[], next: string | null, query: Static<typeof SaleQuery>): string {
  const filters = [undefined, ...paymentStatuses].map(
    (status) =>
      html`<a href="${address(place, { payment_status: status })}" !${status === query.payment_status ? 'aria-current="page"' : ""}>${status === undefined ? "All" : paymentLabels[status]}</a>`,
  );
  return html`<h1>Sales</h1>
    <nav class="filters" aria-label="Filter by payment">!${filters}</nav>
    !${saleTable(sales)}!${pager(place, query, next)}`;
}

export function saleTable(sales: readonly SaleSummary[]): string {
  return table(
    "Sales",
    [
      { label: "Receipt" },
      { label: "Time" },
      { label: "Cashier" },
      { label: "Customer" },
      { label: "Payment" },
      { label: "Total", number: true },
    ],
    sales.map((sale) => [
      link(`${place}${sale.id}/`, sale.receipt),
      time(sale.created_at),
      text(sale.cashier),
      text(sale.customer ?? "–"),
      html`<span class="badge ${sale.payment_status}">${paymentLabels[sale.payment_status]}</span>`,
      text(formatAmount(sale.total, sale.currency)),
    ]),
    "No sales here yet.",
  );
}

async function show(
  request: FastifyRequest<{ Params: Id }>,
  reply: FastifyReply,
  shop: ShopPages,
  states: { readonly void?: Refusal; readonly mail?: Refusal } = {},
): Promise<FastifyReply> {
  const { sale, outlet, email } = await asActor(shop, request, async (trx, actor) => {
    const sale = await findSale(trx, actor, request.params.id);
    const customer = sale.customer_id === null ? undefined : await findCustomer(trx, actor, sale.customer_id);
    return { sale, outlet: await findOutlet(trx, actor, sale.outlet_id), email: customer?.email ?? "" };
  });
  const refusal = states.void ?? states.mail;
  if (refusal !== undefined) void reply.code(refusal.status);
  const isNew = (request.query as { said?: string }).said === "sold";
  const main = html`<div class="receipt-page">
    <article class="receipt" aria-labelledby="receipt">!${receipt(sale, outlet)}</article>
    <div class="beside">
      !${isNew && sale.change > 0 ? html`<p class="change-due">Change <strong>${formatAmount(sale.change, sale.currency)}</strong></p>` : ""}
      <p class="row"><a class="button" href="/shop/sell/" !${isNew ? "autofocus" : ""}>Next sale</a>
        <button class="plain" type="button" data-print hidden>Print</button></p>
      <h2>Mail the receipt</h2>
      !${form(reply, { action: `${place}${sale.id}/mail/`, submit: "Send", fields: [{ name: "email", label: "E-mail address", type: "email", value: email, autocomplete: "off" }] }, states.mail)}
      !${mayManage(request) && sale.status === "completed" ? voiding(reply, sale, states.void) : ""}
    </div>
  </div>`;
  return sendShop(reply, shop, { title: `Receipt ${sale.receipt}`, place, main });
}

function voiding(reply: FastifyReply, { id }: Sale, state: Refusal | undefined): string {
  const fields = [{ name: "reason", label: "Reason", attributes: { maxlength: 300 }, autocomplete: "off" }];
  return html`<details class="aside" !${state === undefined ? "" : "open"}><summary>Void this sale</summary>
    <p class="quiet">Stock and credit go back to what they were. The record stays.</p>
    !${form(reply, { action: `${place}${id}/void/`, submit: "Void the sale", fields }, state)}</details>`;
}

function receipt(
  sale: Sale,
  outlet: { readonly name: string; readonly address: string; readonly time_zone: string },
): string {
  const shown = receiptOf(sale, outlet);
  const row = ([label, amount]: readonly [string, string], strong = false) =>
    html`<div !${strong ? 'class="strong"' : ""}><dt>${label}</dt><dd>${amount}</dd></div>`;
  return html`<header><h1 id="receipt">${outlet.name}</h1>
      !${outlet.address === "" ? "" : html`<p>${outlet.address}</p>`}
      <p>Receipt ${sale.receipt}</p><p><time datetime="${sale.created_at}">${shown.time}</time> · ${sale.cashier}</p>
      !${sale.customer === null ? "" : html`<p>Customer: ${sale.customer}</p>`}</header>
    !${sale.status === "voided" ? html`<p class="void" role="note">Voided: ${sale.void_reason ?? ""}</p>` : ""}
    <ul class="bought">!${shown.lines.map(({ what, detail, total }) => html`<li><span>${what}<small>${detail}</small></span><span>${total}</span></li>`)}</ul>
    <dl class="sums">!${shown.sums.map((pair) => row(pair))}!${row(shown.total, true)}!${shown.payments.map((pair) => row(pair))}</dl>`;
}

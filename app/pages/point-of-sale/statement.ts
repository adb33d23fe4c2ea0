// A customer's statement: a period of their account on one page, to read and to print; the periods are its pages.
import type { FastifyReply, FastifyRequest } from "fastify";
import { html } from "ghtml";
import Type, { type Static } from "typebox";
import { formatAmount } from "../../domains/point-of-sale/amounts.ts";
import { findCustomer } from "../../domains/point-of-sale/customers.ts";
import { dayBefore, type Statement, StatementQuery, statementOf } from "../../domains/point-of-sale/ledger.ts";
import { attempt } from "../forms.ts";
import { ledgerTable } from "./customer-view.ts";
import { address, asActor, dayFromNow, link, type Pages, type ShopPages, sendShop } from "./shop.ts";

const place = "/shop/customers/";
const Params = Type.Object({ id: Type.String({ format: "uuid", maxLength: 36 }) });

interface Asked {
  Params: Static<typeof Params>;
  Querystring: Static<typeof StatementQuery>;
}

export const statementPage: Pages = (app, shop) => {
  app.get<Asked>(
    `${place}:id/statement/`,
    { config: { permission: "cashier" }, schema: { params: Params, querystring: StatementQuery } },
    (request, reply) => show(request, reply, shop),
  );
};

async function show(request: FastifyRequest<Asked>, reply: FastifyReply, shop: ShopPages): Promise<FastifyReply> {
  const { id } = request.params;
  const { to = dayFromNow(0), from = dayBefore(to, 30) } = request.query;
  const customer = await asActor(shop, request, (trx, actor) => findCustomer(trx, actor, id));
  let statement: Statement | undefined;
  const refusal = await attempt(request, async () => {
    statement = await asActor(shop, request, (trx, actor) => statementOf(trx, actor, id, { from, to }));
  });
  if (refusal !== undefined) void reply.code(refusal.status);
  const main = html`<p class="unprinted">!${link(`${place}${id}/`, customer.name)}</p>
    <h1>Statement of ${customer.name}</h1>
    !${periodForm(id, from, to)}
    !${statement === undefined ? "" : whole(statement)}`;
  const problem = refusal?.sentence;
  return sendShop(reply, shop, { title: `Statement of ${customer.name}`, place, main, problem });
}

function periodForm(id: string, from: string, to: string): string {
  const day = (name: string, label: string, value: string) =>
    html`<div class="field"><label for="${name}">${label}</label><input id="${name}" name="${name}" type="date" value="${value}" required></div>`;
  return html`<form class="row unprinted" method="get" action="${place}${id}/statement/">
    !${day("from", "From", from)}!${day("to", "To", to)}<button class="plain">Show</button>
    <button class="plain" type="button" data-print hidden>Print</button></form>`;
}

const dayFormat = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" });

function whole(statement: Statement): string {
  const { customer, from, to, opening_balance, closing_balance, charged, paid, entries } = statement;
  const day = (iso: string) => html`<time datetime="${iso}">${dayFormat.format(new Date(iso))}</time>`;
  const figure = (label: string, amount: number) =>
    html`<div><dt>${label}</dt><dd>${formatAmount(amount, customer.currency)}</dd></div>`;
  return html`<p>!${day(from)} to !${day(to)}, by UTC.</p>
    <dl class="figures">!${figure("Owed before", opening_balance)}!${figure("Bought on account", charged)}
      !${figure("Paid", paid)}!${figure("Owed after", closing_balance)}</dl>
    !${ledgerTable(entries, customer, "Nothing happened in this time.")}
    !${neighbours(statement)}`;
}

/** The periods of the same length before and after. */
function neighbours({ customer, from, to }: Statement): string {
  const days = (Date.parse(to) - Date.parse(from)) / dayMs;
  const path = `${place}${customer.id}/statement/`;
  const before = { from: dayBefore(from, days + 1), to: dayBefore(from, 1) };
  const after = { from: dayBefore(to, -1), to: dayBefore(to, -days - 1) };
  const later = to < dayFromNow(0) ? html`<a rel="next" href="${address(path, after)}">Later</a>` : "";
  return html`<nav class="pager unprinted" aria-label="Periods"><a rel="prev" href="${address(path, before)}">Earlier</a>!${later}</nav>`;
}

const dayMs = 86_400_000;

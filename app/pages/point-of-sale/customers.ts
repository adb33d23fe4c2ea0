// Customers in the browser: who they are, what they owe, what they pay.
import type { FastifyReply, FastifyRequest } from "fastify";
import { html } from "ghtml";
import Type, { type Static } from "typebox";
import { formatAmount, parseAmount } from "../../domains/point-of-sale/amounts.ts";
import { takePayment } from "../../domains/point-of-sale/credit.ts";
import * as customers from "../../domains/point-of-sale/customers.ts";
import { hold } from "../../domains/point-of-sale/holding.ts";
import { listLedger } from "../../domains/point-of-sale/ledger.ts";
import { listOutlets } from "../../domains/point-of-sale/outlets.ts";
import { invalid } from "../../domains/point-of-sale/refusals.ts";
import { listSales } from "../../domains/point-of-sale/sales.ts";
import { creditMethods } from "../../domains/point-of-sale/tables.ts";
import { once } from "../../platform/idempotency.ts";
import { CurrencyCode } from "../../platform/money.ts";
import { changesIn, editForm, onlyChanged, Shown } from "../edits.ts";
import { attempt, form, type Refusal } from "../forms.ts";
import { fieldsOf, ledgerTable, list, paying } from "./customer-view.ts";
import { saleTable } from "./sales.ts";
import { asActor, leave, mayManage, type Pages, pager, type ShopPages, sendShop } from "./shop.ts";

const place = "/shop/customers/";
const Query = Type.Object({
  cursor: Type.Optional(Type.String({ maxLength: 1024 })),
  q: Type.Optional(Type.String({ maxLength: 80 })),
  owing: Type.Optional(Type.Boolean()),
  said: Type.Optional(Type.String({ maxLength: 20 })),
});
const Params = Type.Object({ id: Type.String({ format: "uuid", maxLength: 36 }) });
const Said = Type.Object({ said: Query.properties.said, cursor: Query.properties.cursor });
const Values = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 120, pattern: "\\S" }),
  email: Type.String({ pattern: "^([^@\\s]+@[^@\\s]+\\.[^@\\s]+)?$", maxLength: 254 }),
  phone: Type.String({ pattern: "^([0-9 +()./-]{3,40})?$", maxLength: 40 }),
  currency: Type.Optional(CurrencyCode),
  credit_limit: Type.Optional(Type.String({ maxLength: 20 })),
  blocked: Type.Optional(Type.Enum(["yes", "no"])),
});
const Key = Type.String({ format: "uuid", maxLength: 36 });
const New = Type.Object({ ...Values.properties, key: Key });
const Changes = Type.Object({ ...Values.properties, shown: Shown });
const Payment = Type.Object({
  key: Key,
  amount: Type.String({ minLength: 1, maxLength: 20 }),
  method: Type.Enum([...creditMethods]),
  note: Type.String({ maxLength: 300, default: "" }),
});

type Id = Static<typeof Params>;
type Values = Static<typeof Values>;
type New = Static<typeof New>;
type Changes = Static<typeof Changes>;

export const customerPages: Pages = (app, shop) => {
  const config = { permission: "cashier" } as const;
  app.get<{ Querystring: Static<typeof Query> }>(
    place,
    { config, schema: { querystring: Query } },
    async (request, reply) => {
      const { cursor, q = "", owing } = request.query;
      const filters = { cursor, owing, ...(q === "" ? {} : { q }) };
      const page = await asActor(shop, request, (trx, actor) =>
        customers.listCustomers(trx, actor, { limit: 50, ...filters }),
      );
      return sendShop(reply, shop, { title: "Customers", place, main: list(page.items, page.next, request.query) });
    },
  );
  app.get(`${place}new/`, { config }, (request, reply) => showNew(request, reply, shop));
  app.post<{ Body: New }>(
    `${place}new/`,
    { config, schema: { body: New }, attachValidation: true },
    async (request, reply) => {
      const state = await attempt(request, () => create(request, shop));
      return state === undefined ? leave(reply, place, "saved") : showNew(request, reply, shop, state);
    },
  );
  app.get<{ Params: Id }>(`${place}:id/`, { config, schema: { params: Params, querystring: Said } }, (request, reply) =>
    show(request, reply, shop),
  );
  app.post<{ Params: Id; Body: Changes }>(
    `${place}:id/`,
    { config, schema: { params: Params, body: Changes }, attachValidation: true },
    async (request, reply) => {
      const { id } = request.params;
      const state = await attempt(request, () => change(request, shop));
      return state === undefined
        ? leave(reply, `${place}${id}/`, "saved")
        : show(request, reply, shop, { values: state });
    },
  );
  app.post<{ Params: Id; Body: Static<typeof Payment> }>(
    `${place}:id/payments/`,
    { config, schema: { params: Params, body: Payment }, attachValidation: true },
    async (request, reply) => {
      const { id } = request.params;
      const state = await attempt(request, () => pay(request, shop));
      return state === undefined
        ? leave(reply, `${place}${id}/`, "paid")
        : show(request, reply, shop, { payment: state });
    },
  );
};

/** Sent twice, it is one customer: there may be two of one name. */
async function create(request: FastifyRequest<{ Body: New }>, shop: ShopPages): Promise<void> {
  const { key, currency = "EUR" } = request.body;
  const values = { ...valuesOf(request.body), currency, ...limitOf(request.body, currency) };
  await asActor(shop, request, (trx, actor) =>
    once(trx, actor, { operation: "customer", key, body: values, isForm: true }, () =>
      customers.createCustomer(trx, actor, values),
    ),
  );
}

/** Whoever may decide on credit, the domain knows. */
async function change(request: FastifyRequest<{ Params: Id; Body: Changes }>, shop: ShopPages): Promise<void> {
  const { id } = request.params;
  await asActor(shop, request, async (trx, actor) => {
    await hold(trx, actor, "customers", id);
    const customer = await customers.findCustomer(trx, actor, id);
    const changed = changesIn(fieldsOf(customer, [], true), request.body);
    const credit = { ...limitOf(request.body, customer.currency), is_credit_blocked: request.body.blocked === "yes" };
    const values = { ...valuesOf(request.body), ...credit };
    const changes = onlyChanged(values, changed, { is_credit_blocked: "blocked" });
    if (Object.keys(changes).length > 0) await customers.changeCustomer(trx, actor, id, changes);
  });
}

/** Sent twice, it is one payment. */
async function pay(
  request: FastifyRequest<{ Params: Id; Body: Static<typeof Payment> }>,
  shop: ShopPages,
): Promise<void> {
  const { key, amount: typed, method, note } = request.body;
  const { id } = request.params;
  await asActor(shop, request, async (trx, actor) => {
    const { currency } = await customers.findCustomer(trx, actor, id);
    const amount = amountOf("amount", typed, currency);
    if (amount === 0) throw invalid("amount", "must be more than nothing");
    const payment = { amount, method, ...(note.trim() === "" ? {} : { note: note.trim() }) };
    return once(trx, actor, { operation: "payment", key, body: { id, ...payment }, isForm: true }, () =>
      takePayment(trx, actor, id, payment),
    );
  });
}

function valuesOf({ name, email, phone }: Values) {
  return { name, email: email === "" ? null : email, phone: phone === "" ? null : phone };
}

function limitOf({ credit_limit }: Values, currency: string): { readonly credit_limit?: number } {
  return credit_limit === undefined ? {} : { credit_limit: amountOf("credit_limit", credit_limit, currency) };
}

function amountOf(field: string, typed: string, currency: string): number {
  const amount = typed.trim() === "" ? 0 : parseAmount(typed, currency);
  if (amount === undefined) throw invalid(field, "must be an amount such as 12.50");
  return amount;
}

async function showNew(request: FastifyRequest, reply: FastifyReply, shop: ShopPages, state?: Refusal) {
  const outlets = (await asActor(shop, request, (trx, actor) => listOutlets(trx, actor, { limit: 100 }))).items;
  const found = [...new Set(outlets.map(({ currency }) => currency))];
  if (state !== undefined) void reply.code(state.status);
  const fields = fieldsOf(undefined, found.length === 0 ? ["EUR"] : found, mayManage(request));
  const hidden = { key: crypto.randomUUID() };
  const main = html`<h1>New customer</h1>!${form(reply, { action: `${place}new/`, fields, hidden, submit: "Save" }, state)}`;
  return sendShop(reply, shop, { title: "New customer", place, main });
}

async function show(
  request: FastifyRequest<{ Params: Id }>,
  reply: FastifyReply,
  shop: ShopPages,
  states: { readonly values?: Refusal; readonly payment?: Refusal } = {},
) {
  const { id } = request.params;
  const query = request.query as Static<typeof Said>;
  const { customer, ledger, sales } = await asActor(shop, request, async (trx, actor) => ({
    customer: await customers.findCustomer(trx, actor, id),
    ledger: await listLedger(trx, actor, id, { limit: 20, cursor: query.cursor }),
    sales: (await listSales(trx, actor, { limit: 10, customer_id: id })).items,
  }));
  const refusal = states.values ?? states.payment;
  if (refusal !== undefined) void reply.code(refusal.status);
  const money = (amount: number) => formatAmount(amount, customer.currency);
  const figure = (label: string, value: string) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`;
  const main = html`<h1>${customer.name}</h1>
    <p class="quiet">${[customer.email, customer.phone].filter((part) => part !== null).join(" · ")}</p>
    <dl class="figures">!${figure("Owes", money(customer.balance))}!${figure("Credit limit", money(customer.credit_limit))}
      !${figure("Credit", customer.is_credit_blocked ? "Blocked" : money(Math.max(0, customer.credit_limit - customer.balance)))}</dl>
    !${customer.balance > 0 || states.payment !== undefined ? paying(reply, customer, states.payment) : ""}
    <details class="aside" !${states.values === undefined ? "" : "open"}><summary>Change the customer</summary>
      !${editForm(reply, { action: `${place}${id}/`, fields: fieldsOf(customer, [], mayManage(request)), submit: "Save" }, states.values)}</details>
    <div class="title-row"><h2>Account</h2><a href="${place}${id}/statement/">Statement to print</a></div>!${ledgerTable(ledger.items, customer)}!${pager(`${place}${id}/`, query, ledger.next)}
    <h2>Latest sales</h2>!${saleTable(sales)}`;
  return sendShop(reply, shop, { title: customer.name, place, main });
}

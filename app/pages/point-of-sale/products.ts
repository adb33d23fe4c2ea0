// Products in the browser: the list, and for managers the forms that add and change them.
import type { FastifyReply, FastifyRequest } from "fastify";
import { html } from "ghtml";
import Type, { type Static } from "typebox";
import { decimalText, formatAmount, parseAmount } from "../../domains/point-of-sale/amounts.ts";
import { listOutlets } from "../../domains/point-of-sale/outlets.ts";
import * as products from "../../domains/point-of-sale/products.ts";
import { invalid } from "../../domains/point-of-sale/refusals.ts";
import { CurrencyCode } from "../../platform/money.ts";
import { attempt, type Field, form, type Refusal } from "../forms.ts";
import { asActor, leave, link, mayManage, type Pages, pager, type ShopPages, sendShop, table, text } from "./shop.ts";

const place = "/shop/products/";
const Query = Type.Object({
  cursor: Type.Optional(Type.String({ maxLength: 1024 })),
  q: Type.Optional(Type.String({ maxLength: 80 })),
  said: Type.Optional(Type.String({ maxLength: 20 })),
});
const Params = Type.Object({ id: Type.String({ format: "uuid", maxLength: 36 }) });
const short = (maxLength: number) => Type.String({ maxLength, default: "" });
const Values = Type.Object({
  code: Type.String({ pattern: "^[A-Za-z0-9._-]{1,32}$", maxLength: 32 }),
  barcode: Type.String({ pattern: "^([0-9A-Za-z-]{4,48})?$", maxLength: 48 }),
  name: Type.String({ minLength: 1, maxLength: 120, pattern: "\\S" }),
  category: short(80),
  price: Type.String({ minLength: 1, maxLength: 20 }),
  cost: short(20),
  currency: CurrencyCode,
  tax: Type.Number({ minimum: 0, maximum: 100, multipleOf: 0.01 }),
  low_stock: Type.Integer({ minimum: 0, maximum: 1_000_000 }),
  is_active: Type.Optional(Type.Enum(["yes", "no"])),
});
type Values = Static<typeof Values>;

export const productPages: Pages = (app, shop) => {
  app.get<{ Querystring: Static<typeof Query> }>(
    place,
    { config: { permission: "cashier" }, schema: { querystring: Query } },
    async (request, reply) => {
      const { cursor, q = "" } = request.query;
      const filters = q === "" ? {} : { q };
      const page = await asActor(shop, request, (trx, actor) =>
        products.listProducts(trx, actor, { limit: 50, cursor, ...filters }),
      );
      return sendShop(reply, shop, { title: "Products", place, main: list(page, request.query, mayManage(request)) });
    },
  );
  app.get(`${place}new/`, { config: { permission: "manager" } }, (request, reply) => show(request, reply, shop));
  app.post<{ Body: Values }>(
    `${place}new/`,
    { config: { permission: "manager" }, schema: { body: Values }, attachValidation: true },
    async (request, reply) => {
      const state = await attempt(request, () => save(request, shop));
      return state === undefined ? leave(reply, place, "saved") : show(request, reply, shop, undefined, state);
    },
  );
  app.get<{ Params: Static<typeof Params> }>(
    `${place}:id/`,
    { config: { permission: "manager" }, schema: { params: Params } },
    async (request, reply) => {
      const product = await asActor(shop, request, (trx, actor) => products.findProduct(trx, actor, request.params.id));
      return show(request, reply, shop, product);
    },
  );
  app.post<{ Params: Static<typeof Params>; Body: Values }>(
    `${place}:id/`,
    { config: { permission: "manager" }, schema: { params: Params, body: Values }, attachValidation: true },
    async (request, reply) => {
      const { id } = request.params;
      const product = await asActor(shop, request, (trx, actor) => products.findProduct(trx, actor, id));
      const state = await attempt(request, () => save(request, shop, id));
      return state === undefined ? leave(reply, place, "saved") : show(request, reply, shop, product, state);
    },
  );
};

/** A category is made by naming it. */
async function save(request: FastifyRequest<{ Body: Values }>, shop: ShopPages, id?: string): Promise<void> {
  const { category, tax, price, cost, currency, code, is_active, barcode, ...rest } = request.body;
  const values = {
    ...rest,
    barcode: barcode === "" ? null : barcode,
    price: amountOf("price", price, currency),
    cost: amountOf("cost", cost, currency),
    tax_rate: Math.round(tax * 100),
  };
  await asActor(shop, request, async (trx, actor) => {
    const category_id = await products.categoryByName(trx, actor, category.trim());
    if (id === undefined) await products.createProduct(trx, actor, { ...values, category_id, code, currency });
    else await products.changeProduct(trx, actor, id, { ...values, category_id, is_active: is_active !== "no" });
  });
}

function amountOf(field: string, typed: string, currency: string): number {
  const amount = typed.trim() === "" ? 0 : parseAmount(typed, currency);
  if (amount === undefined || amount > 100_000_000) throw invalid(field, `must be an amount such as 12.50`);
  return amount;
}

function list(
  { items, next }: { readonly items: readonly products.Product[]; readonly next: string | null },
  query: Static<typeof Query>,
  manages: boolean,
): string {
  const rows = items.map((product) => [
    manages ? link(`${place}${product.id}/`, product.name) : text(product.name),
    text(product.code),
    text(product.barcode ?? "–"),
    product.is_active ? html`<span class="badge paid">Sold</span>` : html`<span class="badge voided">Not sold</span>`,
    text(formatAmount(product.price, product.currency)),
  ]);
  const columns = [
    { label: "Name" },
    { label: "Code" },
    { label: "Barcode" },
    { label: "State" },
    { label: "Price", number: true },
  ];
  return html`<div class="title-row"><h1>Products</h1>!${manages ? html`<a class="button" href="${place}new/">Add a product</a>` : ""}</div>
    !${searchForm(place, query.q ?? "", "Name, code or barcode")}
    !${table("Products", columns, rows, "No products here.")}!${pager(place, query, next)}`;
}

export function searchForm(action: string, q: string, label: string): string {
  return html`<form class="row" method="get" action="${action}" role="search">
    <div class="field"><label for="q">${label}</label><input id="q" name="q" type="search" value="${q}" maxlength="80"></div>
    <button class="plain">Find</button></form>`;
}

async function show(
  request: FastifyRequest,
  reply: FastifyReply,
  shop: ShopPages,
  product?: products.Product,
  state?: Refusal,
): Promise<FastifyReply> {
  const { categories, currencies } = await asActor(shop, request, async (trx, actor) => ({
    categories: (await products.listCategories(trx, actor, { limit: 100 })).items,
    currencies: [...new Set((await listOutlets(trx, actor, { limit: 100 })).items.map(({ currency }) => currency))],
  }));
  if (state !== undefined) void reply.code(state.status);
  const category = categories.find(({ id }) => id === product?.category_id)?.name ?? "";
  const options = categories.map(({ name }) => html`<option value="${name}"></option>`);
  const action = product === undefined ? `${place}new/` : `${place}${product.id}/`;
  const title = product?.name ?? "New product";
  const fields = fieldsOf(product, category, currencies);
  const extra = html`<datalist id="categories">!${options}</datalist>`;
  const main = html`<h1>${title}</h1>!${form(reply, { action, fields, submit: "Save", extra }, state)}`;
  return sendShop(reply, shop, { title, place, main });
}

function fieldsOf(product: products.Product | undefined, category: string, currencies: readonly string[]): Field[] {
  const currency = product?.currency ?? currencies[0] ?? "EUR";
  const offered = product === undefined ? [...new Set([...currencies, currency])] : [currency];
  const amount = { maxlength: 20, inputmode: "decimal" };
  const fixed = { readonly: product !== undefined };
  const active: Field = {
    name: "is_active",
    label: "Is it sold?",
    type: "select",
    options: [
      ["yes", "Yes"],
      ["no", "No"],
    ],
    value: product?.is_active === false ? "no" : "yes",
  };
  return [
    { name: "name", label: "Name", value: product?.name ?? "", attributes: { maxlength: 120 } },
    {
      name: "code",
      label: "Code",
      hint: "Typed at the till: letters, digits, dots and dashes",
      value: product?.code ?? "",
      attributes: { maxlength: 32, ...fixed },
    },
    {
      name: "barcode",
      label: "Barcode",
      required: false,
      value: product?.barcode ?? "",
      attributes: { maxlength: 48 },
    },
    {
      name: "category",
      label: "Category",
      required: false,
      value: category,
      attributes: { maxlength: 80, list: "categories" },
    },
    {
      name: "currency",
      label: "Currency",
      type: "select",
      options: offered.map((name) => [name, name] as const),
      value: currency,
    },
    {
      name: "price",
      label: "Price, tax included",
      value: product === undefined ? "" : decimalText(product.price, currency),
      attributes: amount,
    },
    {
      name: "cost",
      label: "Cost",
      hint: "What one costs the shop",
      required: false,
      value: product === undefined ? "" : decimalText(product.cost, currency),
      attributes: amount,
    },
    {
      name: "tax",
      label: "Tax in per cent",
      type: "number",
      value: String((product?.tax_rate ?? 0) / 100),
      attributes: { min: 0, max: 100, step: 0.01 },
    },
    {
      name: "low_stock",
      label: "Low from",
      hint: "At this stock or below it, it is listed as low",
      type: "number",
      value: String(product?.low_stock ?? 0),
      attributes: { min: 0, max: 1_000_000 },
    },
    ...(product === undefined ? [] : [active]),
  ];
}

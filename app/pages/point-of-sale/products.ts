// Products in the browser: the list, and for managers the forms that add and change them.
import type { FastifyReply, FastifyRequest } from "fastify";
import { html } from "ghtml";
import Type, { type Static } from "typebox";
import { parseAmount } from "../../domains/point-of-sale/amounts.ts";
import { hold } from "../../domains/point-of-sale/holding.ts";
import { listOutlets } from "../../domains/point-of-sale/outlets.ts";
import * as products from "../../domains/point-of-sale/products.ts";
import { invalid } from "../../domains/point-of-sale/refusals.ts";
import { CurrencyCode } from "../../platform/money.ts";
import { changesIn, editForm, onlyChanged, Shown } from "../edits.ts";
import { attempt, form, type Refusal } from "../forms.ts";
import { fieldsOf, list } from "./product-view.ts";
import { asActor, leave, mayManage, type Pages, type ShopPages, sendShop } from "./shop.ts";

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
const Changes = Type.Object({ ...Values.properties, shown: Shown });
type Id = Static<typeof Params>;
type Values = Static<typeof Values>;
type Changes = Static<typeof Changes>;

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
      const state = await attempt(request, () => create(request, shop));
      return state === undefined ? leave(reply, place, "saved") : show(request, reply, shop, undefined, state);
    },
  );
  app.get<{ Params: Id }>(
    `${place}:id/`,
    { config: { permission: "manager" }, schema: { params: Params } },
    (request, reply) => show(request, reply, shop, request.params.id),
  );
  app.post<{ Params: Id; Body: Changes }>(
    `${place}:id/`,
    { config: { permission: "manager" }, schema: { params: Params, body: Changes }, attachValidation: true },
    async (request, reply) => {
      const { id } = request.params;
      const state = await attempt(request, () => change(request, shop, id));
      return state === undefined ? leave(reply, place, "saved") : show(request, reply, shop, id, state);
    },
  );
};

function valuesOf({ name, barcode, price, cost, tax, low_stock }: Values, currency: string) {
  return {
    name,
    barcode: barcode === "" ? null : barcode,
    price: amountOf("price", price, currency),
    cost: amountOf("cost", cost, currency),
    tax_rate: Math.round(tax * 100),
    low_stock,
  };
}

/** A category is made by naming it. */
async function create(request: FastifyRequest<{ Body: Values }>, shop: ShopPages): Promise<void> {
  const { code, currency, category } = request.body;
  const values = { ...valuesOf(request.body, currency), code, currency };
  await asActor(shop, request, async (trx, actor) => {
    const category_id = await products.categoryByName(trx, actor, category.trim());
    await products.createProduct(trx, actor, { ...values, category_id });
  });
}

/** Code and currency stay. */
async function change(request: FastifyRequest<{ Body: Changes }>, shop: ShopPages, id: string): Promise<void> {
  const { body } = request;
  await asActor(shop, request, async (trx, actor) => {
    await hold(trx, actor, "products", id);
    const product = await products.findProduct(trx, actor, id);
    const before = await products.categoryName(trx, actor, product.category_id);
    const changed = changesIn(fieldsOf(product, before, []), body);
    const values = { ...valuesOf(body, product.currency), is_active: body.is_active !== "no" };
    const changes = {
      ...onlyChanged(values, changed, { tax_rate: "tax" }),
      ...(changed.has("category")
        ? { category_id: await products.categoryByName(trx, actor, body.category.trim()) }
        : {}),
    };
    if (Object.keys(changes).length > 0) await products.changeProduct(trx, actor, id, changes);
  });
}

function amountOf(field: string, typed: string, currency: string): number {
  const amount = typed.trim() === "" ? 0 : parseAmount(typed, currency);
  if (amount === undefined || amount > 100_000_000) throw invalid(field, `must be an amount such as 12.50`);
  return amount;
}

async function show(
  request: FastifyRequest,
  reply: FastifyReply,
  shop: ShopPages,
  id?: string,
  state?: Refusal,
): Promise<FastifyReply> {
  const seen = await asActor(shop, request, async (trx, actor) => {
    const product = id === undefined ? undefined : await products.findProduct(trx, actor, id);
    return {
      product,
      category: await products.categoryName(trx, actor, product?.category_id ?? null),
      categories: (await products.listCategories(trx, actor, { limit: 100 })).items,
      currencies: [...new Set((await listOutlets(trx, actor, { limit: 100 })).items.map(({ currency }) => currency))],
    };
  });
  if (state !== undefined) void reply.code(state.status);
  const { product, category, categories, currencies } = seen;
  // There may be more of them than are offered: any other is typed, as a new one is.
  const offered = new Set([...(category === "" ? [] : [category]), ...categories.map(({ name }) => name)]);
  const options = [...offered].map((name) => html`<option value="${name}"></option>`);
  const title = product?.name ?? "New product";
  const fields = fieldsOf(product, category, currencies);
  const extra = html`<datalist id="categories">!${options}</datalist>`;
  const asked = {
    action: product === undefined ? `${place}new/` : `${place}${product.id}/`,
    fields,
    submit: "Save",
    extra,
  };
  const main = html`<h1>${title}</h1>!${product === undefined ? form(reply, asked, state) : editForm(reply, asked, state)}`;
  return sendShop(reply, shop, { title, place, main });
}

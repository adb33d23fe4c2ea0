// Stock in the browser: levels, what happened to each, and for managers receipts, counts and transfers.
import type { FastifyReply, FastifyRequest } from "fastify";
import { html } from "ghtml";
import Type, { type Static } from "typebox";
import { listOutlets, type Outlet } from "../../domains/point-of-sale/outlets.ts";
import { findProduct, listProducts } from "../../domains/point-of-sale/products.ts";
import {
  listMovements,
  listStock,
  type Movement,
  moveStock,
  type NewMovement,
} from "../../domains/point-of-sale/stock.ts";
import { attempt, type Field, form, type Refusal } from "../forms.ts";
import { searchForm } from "./products.ts";
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

const place = "/shop/stock/";
const Id = Type.String({ format: "uuid", maxLength: 36 });
const Query = Type.Object({
  cursor: Type.Optional(Type.String({ maxLength: 1024 })),
  q: Type.Optional(Type.String({ maxLength: 80 })),
  low: Type.Optional(Type.Boolean()),
  said: Type.Optional(Type.String({ maxLength: 20 })),
});
const Params = Type.Object({ id: Id });
const Page = Type.Object({ cursor: Query.properties.cursor, said: Query.properties.said });
const Change = Type.Object({
  kind: Type.Enum(["receipt", "adjustment", "transfer"]),
  outlet_id: Id,
  to_outlet_id: Type.Optional(Type.Union([Type.Literal(""), Id])),
  quantity: Type.Integer({ minimum: 0, maximum: 1_000_000 }),
  reason: Type.String({ maxLength: 300, default: "" }),
});
type Change = Static<typeof Change>;

export const stockPages: Pages = (app, shop) => {
  const manager = { permission: "manager" } as const;
  app.get<{ Querystring: Static<typeof Query> }>(
    place,
    { config: { permission: "cashier" }, schema: { querystring: Query } },
    async (request, reply) => {
      const { cursor, q = "", low } = request.query;
      const filters = { cursor, low, ...(q === "" ? {} : { q }) };
      const { stock, products } = await asActor(shop, request, async (trx, actor) => ({
        stock: await listStock(trx, actor, { limit: 50, ...filters }),
        products: mayManage(request) ? (await listProducts(trx, actor, { limit: 100, is_active: true })).items : [],
      }));
      const main = list(stock, request.query, mayManage(request), products);
      return sendShop(reply, shop, { title: "Stock", place, main });
    },
  );

  app.get<{ Querystring: { product_id?: string } }>(
    `${place}product/`,
    { config: manager, schema: { querystring: Type.Object({ product_id: Id }) } },
    (request, reply) => leave(reply, `${place}${request.query.product_id}/`),
  );
  app.get<{ Params: { id: string } }>(
    `${place}:id/`,
    { config: { permission: "cashier" }, schema: { params: Params, querystring: Page } },
    (request, reply) => show(request, reply, shop),
  );
  app.post<{ Params: { id: string }; Body: Change }>(
    `${place}:id/`,
    { config: manager, schema: { params: Params, body: Change }, attachValidation: true },
    async (request, reply) => {
      const state = await attempt(request, async () => {
        await asActor(shop, request, (trx, actor) =>
          moveStock(trx, actor, movementOf(request.params.id, request.body)),
        );
      });
      return state === undefined
        ? leave(reply, `${place}${request.params.id}/`, "stocked")
        : show(request, reply, shop, state);
    },
  );
};

/** A transfer without an outlet to go to, or of nothing, is refused where all of them are. */
function movementOf(product_id: string, { kind, outlet_id, to_outlet_id, quantity, reason }: Change): NewMovement {
  const place = { outlet_id, product_id };
  const why = reason.trim() === "" ? undefined : reason.trim();
  if (kind === "adjustment") return { kind, ...place, counted: quantity, reason: why ?? "Counted" };
  const some = Math.max(1, quantity);
  if (kind === "receipt") return { kind, ...place, quantity: some, reason: why };
  return { kind, ...place, quantity: some, to_outlet_id: to_outlet_id || outlet_id, reason: why };
}

type Levels = Awaited<ReturnType<typeof listStock>>;

function list(
  { items, next }: Levels,
  query: Static<typeof Query>,
  manages: boolean,
  products: readonly { id: string; name: string }[],
): string {
  const rows = items.map((level) => [
    link(`${place}${level.product_id}/`, level.product),
    text(level.code),
    text(level.outlet),
    level.is_low ? html`<span class="badge unpaid">Low</span>` : html`<span class="badge paid">Fine</span>`,
    text(level.quantity),
  ]);
  const columns = [
    { label: "Product" },
    { label: "Code" },
    { label: "Outlet" },
    { label: "State" },
    { label: "Stock", number: true },
  ];
  const filter = (label: string, low?: true) =>
    html`<a href="${address(place, { low })}" !${low === query.low ? 'aria-current="page"' : ""}>${label}</a>`;
  return html`<div class="title-row"><h1>Stock</h1>!${manages ? html`<a class="button" href="${place}list/">Enter a list</a>` : ""}</div>
    <nav class="filters" aria-label="Filter by level">!${filter("All")}!${filter("Low", true)}</nav>
    !${searchForm(place, query.q ?? "", "Name or code of a product")}
    !${table("Stock levels", columns, rows, "No stock here.")}!${pager(place, query, next)}
    !${manages && products.length > 0 ? chooser(products) : ""}`;
}

/** Products that have never had stock are in no list of levels. */
function chooser(products: readonly { id: string; name: string }[]): string {
  const options = products.map(({ id, name }) => html`<option value="${id}">${name}</option>`);
  return html`<form class="row" method="get" action="${place}product/">
    <div class="field"><label for="product">Take in, count or transfer</label><select id="product" name="product_id">!${options}</select></div>
    <button class="plain">Choose</button></form>`;
}

async function show(
  request: FastifyRequest<{ Params: { id: string } }>,
  reply: FastifyReply,
  shop: ShopPages,
  state?: Refusal,
) {
  const { id } = request.params;
  const query = request.query as Static<typeof Page>;
  const seen = await asActor(shop, request, async (trx, actor) => ({
    product: await findProduct(trx, actor, id),
    levels: (await listStock(trx, actor, { limit: 100, product_id: id })).items,
    outlets: (await listOutlets(trx, actor, { limit: 100 })).items,
    movements: await listMovements(trx, actor, { limit: 20, cursor: query.cursor, product_id: id }),
  }));
  if (state !== undefined) void reply.code(state.status);
  const { product, levels, outlets, movements } = seen;
  const figures = levels.map(({ outlet, quantity }) => html`<div><dt>${outlet}</dt><dd>${quantity}</dd></div>`);
  const main = html`<h1>${product.name}</h1>
    <p class="quiet">${product.code}!${product.tracks_stock ? "" : " · has no stock"}</p>
    !${figures.length === 0 ? html`<p>There is none yet.</p>` : html`<dl class="figures">!${figures}</dl>`}
    !${mayManage(request) && product.tracks_stock ? changing(reply, id, outlets, state) : ""}
    <h2>Movements</h2>!${movementTable(movements.items, outlets)}!${pager(`${place}${id}/`, query, movements.next)}`;
  return sendShop(reply, shop, { title: `Stock of ${product.name}`, place, main });
}

function changing(reply: FastifyReply, id: string, outlets: readonly Outlet[], state: Refusal | undefined): string {
  const options = outlets.map(({ id: outlet, name }) => [outlet, name] as const);
  const to: Field = {
    name: "to_outlet_id",
    label: "To, for a transfer",
    type: "select",
    required: false,
    options: [["", "–"], ...options],
  };
  const fields: Field[] = [
    {
      name: "kind",
      label: "What happened",
      type: "select",
      options: [
        ["receipt", "Goods came in"],
        ["adjustment", "Counted: there are this many"],
        ...(outlets.length > 1 ? ([["transfer", "Goes to another outlet"]] as const) : []),
      ],
    },
    { name: "outlet_id", label: "Outlet", type: "select", options },
    ...(outlets.length > 1 ? [to] : []),
    {
      name: "quantity",
      label: "How many",
      type: "number",
      attributes: { min: 0, max: 1_000_000, inputmode: "numeric" },
    },
    { name: "reason", label: "Reason", required: false, attributes: { maxlength: 300 } },
  ];
  return html`<details class="aside" !${state === undefined ? "" : "open"}><summary>Change the stock</summary>
    !${form(reply, { action: `${place}${id}/`, fields, submit: "Enter" }, state)}</details>`;
}

const kinds: Readonly<Record<Movement["kind"], string>> = {
  receipt: "Came in",
  sale: "Sold",
  void: "Sale voided",
  adjustment: "Adjusted",
  transfer: "Transferred",
};

function movementTable(movements: readonly Movement[], outlets: readonly Outlet[]): string {
  const rows = movements.map((one) => [
    time(one.created_at),
    one.sale_id === null ? text(kinds[one.kind]) : link(`/shop/sales/${one.sale_id}/`, kinds[one.kind]),
    text(outlets.find(({ id }) => id === one.outlet_id)?.name ?? ""),
    text(one.reason ?? "–"),
    text(one.quantity > 0 ? `+${one.quantity}` : one.quantity),
    text(one.balance),
  ]);
  const columns = [
    { label: "Time" },
    { label: "What" },
    { label: "Outlet" },
    { label: "Reason" },
    { label: "Change", number: true },
    { label: "Then", number: true },
  ];
  return table("Movements", columns, rows, "Nothing has happened yet.");
}

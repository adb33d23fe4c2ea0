// Stock in the browser: levels, what happened to each, and for managers receipts, counts and transfers.
import type { FastifyReply, FastifyRequest } from "fastify";
import { html } from "ghtml";
import Type, { type Static } from "typebox";
import { listOutlets } from "../../domains/point-of-sale/outlets.ts";
import { findProduct, listProducts } from "../../domains/point-of-sale/products.ts";
import { listMovements, listStock, moveStock, type NewMovement } from "../../domains/point-of-sale/stock.ts";
import { once } from "../../platform/idempotency.ts";
import { attempt, type Refusal } from "../forms.ts";
import { asActor, leave, mayManage, type Pages, pager, type ShopPages, sendShop } from "./shop.ts";
import { changing, list, movementTable } from "./stock-view.ts";

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
  key: Id,
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
      const search = q === "" ? {} : { q };
      const { stock, products } = await asActor(shop, request, async (trx, actor) => ({
        stock: await listStock(trx, actor, { limit: 50, cursor, low, ...search }),
        products: mayManage(request)
          ? await listProducts(trx, actor, { limit: 100, is_active: true, ...search })
          : undefined,
      }));
      const main = list(stock, request.query, products);
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
      const state = await attempt(request, () => move(request, shop));
      return state === undefined
        ? leave(reply, `${place}${request.params.id}/`, "stocked")
        : show(request, reply, shop, state);
    },
  );
};

/** Sent twice, it is one movement: to the API, too, by the same key. */
async function move(request: FastifyRequest<{ Params: { id: string }; Body: Change }>, shop: ShopPages): Promise<void> {
  const body = movementOf(request.params.id, request.body);
  const asked = { operation: "stock-movement", key: request.body.key, body, isForm: true };
  await asActor(shop, request, (trx, actor) => once(trx, actor, asked, () => moveStock(trx, actor, body)));
}

/** A transfer without an outlet to go to, or of nothing, is refused where all of them are. */
function movementOf(product_id: string, { kind, outlet_id, to_outlet_id, quantity, reason }: Change): NewMovement {
  const place = { outlet_id, product_id };
  const why = reason.trim() === "" ? undefined : reason.trim();
  if (kind === "adjustment") return { kind, ...place, counted: quantity, reason: why ?? "Counted" };
  const some = Math.max(1, quantity);
  if (kind === "receipt") return { kind, ...place, quantity: some, reason: why };
  return { kind, ...place, quantity: some, to_outlet_id: to_outlet_id || outlet_id, reason: why };
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

// A list of what came in or was counted, entered by managers as CSV.
import type { FastifyReply, FastifyRequest } from "fastify";
import { html } from "ghtml";
import Type, { type Static } from "typebox";
import { assertOutlet, itemsOfCsv, takeFeed } from "../../domains/point-of-sale/feeds.ts";
import { listOutlets } from "../../domains/point-of-sale/outlets.ts";
import { feedKinds } from "../../domains/point-of-sale/tables.ts";
import { attempt, type Field, form, type Refusal } from "../forms.ts";
import { asActor, leave, type Pages, type ShopPages, sendShop } from "./shop.ts";

const place = "/shop/stock/";
const address = `${place}list/`;
const config = { permission: "manager" } as const;
const Id = Type.String({ format: "uuid", maxLength: 36 });
const FeedForm = Type.Object({
  outlet_id: Id,
  feed_id: Type.String({ pattern: "^[A-Za-z0-9._:-]{1,100}$", maxLength: 100 }),
  kind: Type.Enum([...feedKinds]),
  csv: Type.String({ minLength: 1, maxLength: 60_000 }),
});

export const stockListPages: Pages = (app, shop) => {
  app.get(address, { config }, (request, reply) => showFeed(request, reply, shop));
  app.post<{ Body: Static<typeof FeedForm> }>(
    address,
    { config, schema: { body: FeedForm }, attachValidation: true },
    async (request, reply) => {
      const state = await attempt(request, async () => {
        const { csv, ...feed } = request.body;
        const items = await itemsOfCsv(csv);
        await asActor(shop, request, async (trx, actor) => {
          await assertOutlet(trx, actor, feed.outlet_id);
          await takeFeed(trx, actor, { ...feed, items });
        });
      });
      return state === undefined ? leave(reply, place, "feed") : showFeed(request, reply, shop, state);
    },
  );
};

async function showFeed(request: FastifyRequest, reply: FastifyReply, shop: ShopPages, state?: Refusal) {
  const outlets = (await asActor(shop, request, (trx, actor) => listOutlets(trx, actor, { limit: 100 }))).items;
  if (state !== undefined) void reply.code(state.status);
  const fields: Field[] = [
    { name: "outlet_id", label: "Outlet", type: "select", options: outlets.map(({ id, name }) => [id, name] as const) },
    {
      name: "kind",
      label: "What the list says",
      type: "select",
      options: [
        ["count", "How many there are"],
        ["receipt", "How many came in"],
      ],
    },
    {
      name: "feed_id",
      label: "Name of the list",
      hint: "Such as the delivery note's number: the same list is entered once",
      attributes: { maxlength: 100 },
    },
    {
      name: "csv",
      label: "The list",
      type: "textarea",
      hint: "CSV with the heading code,quantity and a line for each product",
      attributes: { rows: 10, maxlength: 60_000 },
    },
  ];
  const main = html`<h1>Enter a list of stock</h1>!${form(reply, { action: address, fields, submit: "Enter" }, state)}`;
  return sendShop(reply, shop, { title: "Enter a list of stock", place, main });
}

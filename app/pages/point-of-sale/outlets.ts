// Outlets in the browser, for admins: open, change, close.
import type { FastifyReply, FastifyRequest } from "fastify";
import { html } from "ghtml";
import Type, { type Static } from "typebox";
import { hold } from "../../domains/point-of-sale/holding.ts";
import {
  changeOutlet,
  createOutlet,
  findOutlet,
  listOutlets,
  type Outlet,
} from "../../domains/point-of-sale/outlets.ts";
import { CurrencyCode, currencies } from "../../platform/money.ts";
import { changesIn, editForm, onlyChanged, Shown } from "../edits.ts";
import { attempt, type Field, form, type Refusal } from "../forms.ts";
import { asActor, leave, link, type Pages, type ShopPages, sendShop, table, text } from "./shop.ts";

const place = "/shop/outlets/";
const Params = Type.Object({ id: Type.String({ format: "uuid", maxLength: 36 }) });
const Said = Type.Object({ said: Type.Optional(Type.String({ maxLength: 20 })) });
const choice = Type.Enum(["yes", "no"]);
const common = {
  name: Type.String({ minLength: 1, maxLength: 120, pattern: "\\S" }),
  address: Type.String({ maxLength: 300 }),
  time_zone: Type.String({ minLength: 1, maxLength: 64 }),
  negative: choice,
};
const New = Type.Object({
  code: Type.String({ pattern: "^[A-Z0-9]{1,8}$", maxLength: 8 }),
  currency: CurrencyCode,
  ...common,
});
const Changes = Type.Object({ ...common, open: choice, shown: Shown });
type Id = Static<typeof Params>;
type Changes = Static<typeof Changes>;

export const outletPages: Pages = (app, shop) => {
  const config = { permission: "admin" } as const;
  app.get(place, { config, schema: { querystring: Said } }, (request, reply) => showAll(request, reply, shop));
  app.post<{ Body: Static<typeof New> }>(
    place,
    { config, schema: { body: New }, attachValidation: true },
    async (request, reply) => {
      const state = await attempt(request, async () => {
        const { negative, ...values } = request.body;
        const outlet = { ...values, allows_negative_stock: negative === "yes" };
        await asActor(shop, request, (trx, actor) => createOutlet(trx, actor, outlet));
      });
      return state === undefined ? leave(reply, place, "saved") : showAll(request, reply, shop, state);
    },
  );
  app.get<{ Params: Id }>(`${place}:id/`, { config, schema: { params: Params } }, (request, reply) =>
    showOne(request, reply, shop),
  );
  app.post<{ Params: Id; Body: Changes }>(
    `${place}:id/`,
    { config, schema: { params: Params, body: Changes }, attachValidation: true },
    async (request, reply) => {
      const state = await attempt(request, () => change(request, shop));
      return state === undefined ? leave(reply, place, "saved") : showOne(request, reply, shop, state);
    },
  );
};

async function change(request: FastifyRequest<{ Params: Id; Body: Changes }>, shop: ShopPages): Promise<void> {
  const { id } = request.params;
  const { negative, open, shown: _, ...rest } = request.body;
  const values = { ...rest, allows_negative_stock: negative === "yes", is_active: open === "yes" };
  await asActor(shop, request, async (trx, actor) => {
    await hold(trx, actor, "outlets", id);
    const changed = changesIn(fieldsOf(await findOutlet(trx, actor, id)), request.body);
    const changes = onlyChanged(values, changed, { allows_negative_stock: "negative", is_active: "open" });
    if (Object.keys(changes).length > 0) await changeOutlet(trx, actor, id, changes);
  });
}

async function showAll(request: FastifyRequest, reply: FastifyReply, shop: ShopPages, state?: Refusal) {
  const outlets = (await asActor(shop, request, (trx, actor) => listOutlets(trx, actor, { limit: 100 }))).items;
  if (state !== undefined) void reply.code(state.status);
  const rows = outlets.map(({ id, name, code, currency, time_zone, is_active }) => [
    link(`${place}${id}/`, name),
    text(code),
    text(currency),
    text(time_zone),
    is_active ? html`<span class="badge paid">Open</span>` : html`<span class="badge voided">Closed</span>`,
  ]);
  const columns = [
    { label: "Name" },
    { label: "Code" },
    { label: "Currency" },
    { label: "Time zone" },
    { label: "State" },
  ];
  const fields: Field[] = [
    ...commonFields(),
    {
      name: "code",
      label: "Code",
      hint: "Stands before receipt numbers: capital letters and digits, 8 at most",
      attributes: { maxlength: 8, pattern: "[A-Z0-9]{1,8}" },
    },
    {
      name: "currency",
      label: "Currency",
      hint: "It stays as it is",
      type: "select",
      value: "EUR",
      options: currencies.map((code) => [code, code] as const),
    },
  ];
  const main = html`<h1>Outlets</h1>!${table("Outlets", columns, rows, "There is no outlet yet.")}
    <details class="aside" !${state === undefined && outlets.length > 0 ? "" : "open"}><summary>Open an outlet</summary>
      !${form(reply, { action: place, fields, submit: "Open" }, state)}</details>`;
  return sendShop(reply, shop, { title: "Outlets", place, main });
}

function commonFields(outlet?: Outlet): Field[] {
  const options = [
    ["no", "No"],
    ["yes", "Yes"],
  ] as const;
  return [
    { name: "name", label: "Name", value: outlet?.name ?? "", attributes: { maxlength: 120 } },
    {
      name: "address",
      label: "Address",
      required: false,
      value: outlet?.address ?? "",
      attributes: { maxlength: 300 },
    },
    {
      name: "time_zone",
      label: "Time zone",
      hint: "Such as Europe/Lisbon",
      value: outlet?.time_zone ?? "UTC",
      attributes: { maxlength: 64 },
    },
    {
      name: "negative",
      label: "Sell what the stock says is not there?",
      type: "select",
      options,
      value: outlet?.allows_negative_stock ? "yes" : "no",
    },
  ];
}

function fieldsOf(outlet: Outlet): Field[] {
  const open: Field = {
    name: "open",
    label: "Is it open?",
    type: "select",
    options: [
      ["yes", "Yes"],
      ["no", "No"],
    ],
    value: outlet.is_active ? "yes" : "no",
  };
  return [...commonFields(outlet), open];
}

async function showOne(request: FastifyRequest<{ Params: Id }>, reply: FastifyReply, shop: ShopPages, state?: Refusal) {
  const { id } = request.params;
  const outlet = await asActor(shop, request, (trx, actor) => findOutlet(trx, actor, id));
  if (state !== undefined) void reply.code(state.status);
  const edit = { action: `${place}${id}/`, fields: fieldsOf(outlet), submit: "Save" };
  const main = html`<h1>${outlet.name}</h1>!${editForm(reply, edit, state)}`;
  return sendShop(reply, shop, { title: outlet.name, place, main });
}

// Forms of the shop that arrive twice, as from two clicks or a page that is loaded again: they count once.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Actor, cookieFor, sendForm } from "../actors.ts";
import { formIn, saidIn } from "../forms.ts";
import { startApp, type TestApp } from "../harness.ts";
import { faultsOf, openShop, type Shop } from "./shop.ts";

let arena: TestApp;
let shop: Shop;
let manager: Actor;
let kiosk: string;
beforeAll(async () => {
  arena = await startApp();
  shop = await openShop(arena, { stock: 20 });
  manager = shop.people.manager;
  const outlet = { code: "KIOSK", name: "Kiosk", currency: "EUR" };
  const { headers } = shop.people.admin;
  const made = await arena.app.inject({
    method: "POST",
    url: "/api/v1/outlets/",
    headers: { ...headers },
    payload: outlet,
  });
  kiosk = made.json().id;
});
afterAll(async () => {
  expect(await faultsOf(arena)).toEqual([]);
  await arena.close();
});

async function open(action: string): Promise<Record<string, string>> {
  const { cookie } = await cookieFor(arena, manager);
  return formIn((await arena.app.inject({ url: action, headers: { cookie, accept: "text/html" } })).body, action);
}

const send = (action: string, fields: Record<string, string>) => sendForm(arena, manager, action, fields);

async function levels(product: string | undefined) {
  const { rows } = await arena.owner.query(
    "select outlet_id, quantity from arena.stock_levels where product_id = $1 order by outlet_id <> $2::uuid",
    [product, shop.outlet],
  );
  return rows.map(({ quantity }) => quantity);
}

test.each([
  ["goods that came in", { kind: "receipt", quantity: "10" }, [30]],
  ["a transfer", { kind: "transfer", quantity: "5" }, [15, 5]],
  ["a count", { kind: "adjustment", quantity: "7" }, [7]],
] as const)("%s: one movement, also when both come at once", async (what, fields, after) => {
  const product = shop.products[["receipt", "transfer", "adjustment"].indexOf(fields.kind)];
  const action = `/shop/stock/${product}/`;
  const form = { ...(await open(action)), outlet_id: shop.outlet, to_outlet_id: kiosk, ...fields, reason: what };
  const answers = await Promise.all([send(action, form), send(action, form), send(action, form)]);
  for (const { status, location } of answers) expect([status, location]).toEqual([303, `${action}?said=stocked`]);
  expect(await levels(product)).toEqual(after);
  // The page has a new form by then, for the next delivery.
  if (fields.kind !== "receipt") return;
  expect((await send(action, { ...form, key: (await open(action)).key ?? "" })).status).toBe(303);
  expect(await levels(product)).toEqual([40]);
});

test("a form that comes again with something else in it is refused in words of people, and goes through then", async () => {
  const action = `/shop/stock/${shop.products[1]}/`;
  const form = { ...(await open(action)), kind: "receipt", outlet_id: shop.outlet, quantity: "1" };
  expect((await send(action, form)).status).toBe(303);
  const [before = 0] = await levels(shop.products[1]);
  const other = await send(action, { ...form, quantity: "2" });
  expect([other.status, saidIn(other.body)]).toEqual([
    409,
    ["This form was taken before, with something else in it: look whether that was meant, or send this one, too."],
  ]);
  expect(await levels(shop.products[1])).toEqual([before, 5]);
  expect((await send(action, { ...formIn(other.body, action), quantity: "2" })).status).toBe(303);
  expect(await levels(shop.products[1])).toEqual([before + 2, 5]);
});

test("a form that was refused can be mended: nothing of it counts before", async () => {
  const action = `/shop/stock/${shop.products[2]}/`;
  const [before = 0] = await levels(shop.products[2]);
  const form = {
    ...(await open(action)),
    kind: "transfer",
    outlet_id: shop.outlet,
    quantity: "900",
    to_outlet_id: kiosk,
  };
  const refused = await send(action, form);
  expect(refused.status).toBe(409);
  const mended = { ...formIn(refused.body, action), quantity: "2" };
  for (let times = 0; times < 2; times += 1) expect((await send(action, mended)).status).toBe(303);
  expect(await levels(shop.products[2])).toEqual([before - 2, 2]);
});

test("without a key nothing is moved", async () => {
  const { key: _, ...form } = { ...(await open(`/shop/stock/${shop.products[0]}/`)), quantity: "3" } as Record<
    string,
    string
  >;
  const before = await levels(shop.products[0]);
  expect((await send(`/shop/stock/${shop.products[0]}/`, form)).status).toBe(400);
  expect(await levels(shop.products[0])).toEqual(before);
});

test("a new customer is one, though the form comes twice", async () => {
  const action = "/shop/customers/new/";
  const form = { ...(await open(action)), name: "Rui" };
  for (let times = 0; times < 2; times += 1) expect((await send(action, form)).status).toBe(303);
  expect((await send(action, { ...(await open(action)), name: "Rui" })).status).toBe(303);
  const { rows } = await arena.owner.query("select count(*)::int as n from arena.customers where name = 'Rui'");
  expect(rows).toEqual([{ n: 2 }]);
});

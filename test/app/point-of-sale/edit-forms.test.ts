// Edit forms of the shop that two people have open at once: what one of them saves, the other does not undo.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Actor, cookieFor, sendForm } from "../actors.ts";
import { formIn, hintIn, saidIn } from "../forms.ts";
import { startApp, type TestApp } from "../harness.ts";
import { openShop, type Shop } from "./shop.ts";

let arena: TestApp;
let shop: Shop;
let admin: Actor;
beforeAll(async () => {
  arena = await startApp();
  shop = await openShop(arena, { products: 4 });
  admin = shop.people.admin;
});
afterAll(() => arena.close());

async function open(action: string, who: Actor = admin): Promise<Record<string, string>> {
  const { cookie } = await cookieFor(arena, who);
  return formIn((await arena.app.inject({ url: action, headers: { cookie, accept: "text/html" } })).body, action);
}

const save = (action: string, fields: Record<string, string>, who: Actor = admin) =>
  sendForm(arena, who, action, fields);

async function api(method: "GET" | "PATCH", path: string, payload?: object) {
  const url = `/api/v1${path}`;
  const answer = await arena.app.inject({ method, url, headers: { ...admin.headers }, ...(payload && { payload }) });
  expect(answer.statusCode).toBe(200);
  return answer.json();
}

/** Each form: a field that one person types in, what another changes meanwhile, and that field in the form. */
const forms = [
  {
    what: "a product",
    path: () => `/products/${shop.products[0]}/`,
    mine: { name: "Renamed" },
    theirs: { price: 1200, tax_rate: 1300, is_active: false },
    clash: { form: { price: "11.00" }, theirs: { price: 1300 }, name: "price", stored: "13.00", kept: 1100 },
    said: "“Price, tax included”",
  },
  {
    what: "a customer",
    path: () => `/customers/${shop.customer}/`,
    mine: { phone: "+351 21 000" },
    theirs: { is_credit_blocked: true, credit_limit: 0 },
    clash: {
      form: { credit_limit: "20.00" },
      theirs: { credit_limit: 5_000 },
      name: "credit_limit",
      stored: "50.00",
      kept: 2_000,
    },
    said: "“Credit limit”",
  },
  {
    what: "an outlet",
    path: () => `/outlets/${shop.outlet}/`,
    mine: { address: "Pier 3" },
    theirs: { allows_negative_stock: true, time_zone: "Europe/Lisbon" },
    clash: {
      form: { name: "Harbour" },
      theirs: { name: "Old town" },
      name: "name",
      stored: "Old town",
      kept: "Harbour",
    },
    said: "“Name”",
  },
] as const;

describe.each(forms)("the form of $what", ({ path, mine, theirs, clash, said }) => {
  test("writes what was changed in it, and leaves what somebody else has changed meanwhile", async () => {
    const action = `/shop${path()}`;
    const fields = await open(action);
    await api("PATCH", path(), theirs);
    expect((await save(action, { ...fields, ...mine })).status).toBe(303);
    expect(await api("GET", path())).toMatchObject({ ...mine, ...theirs });
    // Nothing was changed: nothing is written.
    const audited = async () =>
      (await arena.owner.query("select count(*)::int as n from arena.audit_log where action like '%.change'")).rows;
    const before = await audited();
    expect((await save(action, await open(action))).status).toBe(303);
    expect(await audited()).toEqual(before);
  });

  test("comes back where both have changed the same, with both; saved again it is as the second wants it", async () => {
    const action = `/shop${path()}`;
    const fields = await open(action);
    await api("PATCH", path(), clash.theirs);
    const answer = await save(action, { ...fields, ...clash.form });
    expect(answer.status).toBe(409);
    expect(saidIn(answer.body)).toEqual([
      `Somebody else has changed ${said} meanwhile: what is stored now stands beside what you typed, which replaces it when you save again.`,
      expect.stringMatching(/has been changed by somebody else meanwhile$/),
    ]);
    expect(hintIn(answer.body, clash.name)).toBe(`Stored now: ${clash.stored}`);
    expect(await api("GET", path())).toMatchObject(clash.theirs);
    const again = formIn(answer.body, action);
    expect(again).toMatchObject(clash.form);
    // Sent twice, it is no change of somebody else's.
    for (let times = 0; times < 2; times += 1) expect((await save(action, again)).status).toBe(303);
    expect((await api("GET", path()))[clash.name]).toBe(clash.kept);
  });
});

test("a form that is refused for something else still knows what it showed", async () => {
  const action = `/shop/products/${shop.products[1]}/`;
  const path = `/products/${shop.products[1]}/`;
  const fields = await open(action);
  const wrong = await save(action, { ...fields, price: "lots" });
  expect(wrong.status).toBe(400);
  await api("PATCH", path, { name: "Theirs", price: 900 });
  // What was not touched is as it is stored when the form comes back once more; what was, is told of.
  const refused = await save(action, { ...formIn(wrong.body, action), cost: "none" });
  expect(refused.status).toBe(409);
  expect(saidIn(refused.body)[0]).toContain("“Price, tax included” meanwhile");
  const again = formIn(refused.body, action);
  expect(again).toMatchObject({ name: "Theirs", price: "lots", cost: "none" });
  expect((await save(action, { ...again, price: "9.50", cost: "3" })).status).toBe(303);
  expect(await api("GET", path)).toMatchObject({ name: "Theirs", price: 950, cost: 300 });
});

test("what somebody else has emptied is said to be empty", async () => {
  const action = `/shop/outlets/${shop.outlet}/`;
  await api("PATCH", `/outlets/${shop.outlet}/`, { address: "Pier 1" });
  const fields = await open(action);
  await api("PATCH", `/outlets/${shop.outlet}/`, { address: "" });
  expect(hintIn((await save(action, { ...fields, address: "Pier 2" })).body, "address")).toBe("Stored now: nothing");
});

test("two who save the same product at once do not overwrite each other unseen", async () => {
  const action = `/shop/products/${shop.products[2]}/`;
  const fields = await open(action);
  const sent = ["1.00", "2.00", "3.00", "4.00"].map((price) => save(action, { ...fields, price }));
  const statuses = (await Promise.all(sent)).map(({ status }) => status);
  expect(statuses.toSorted()).toEqual([303, 409, 409, 409]);
});

test("a cashier's form writes who a customer is, and nothing of their credit", async () => {
  const action = `/shop/customers/${shop.customer}/`;
  const { cashier } = shop.people;
  const fields = await open(action, cashier);
  expect(Object.keys(fields).toSorted()).toEqual(["email", "name", "phone", "shown"]);
  await api("PATCH", `/customers/${shop.customer}/`, { is_credit_blocked: true, credit_limit: 700 });
  expect((await save(action, { ...fields, name: "Ana" }, cashier)).status).toBe(303);
  const forged = await save(action, { ...(await open(action, admin)), blocked: "no" }, cashier);
  expect(forged.status).toBe(403);
  expect(await api("GET", `/customers/${shop.customer}/`)).toMatchObject({
    name: "Ana",
    is_credit_blocked: true,
    credit_limit: 700,
  });
});

test("a category that was renamed meanwhile is not made anew", async () => {
  const action = `/shop/products/${shop.products[3]}/`;
  expect((await save(action, { ...(await open(action)), category: "Gifts" })).status).toBe(303);
  const fields = await open(action);
  expect(fields.category).toBe("Gifts");
  await arena.owner.query("update arena.product_categories set name = 'Presents' where name = 'Gifts'");
  expect((await save(action, { ...fields, name: "Mug" })).status).toBe(303);
  const { rows } = await arena.owner.query("select name from arena.product_categories");
  expect(rows).toEqual([{ name: "Presents" }]);
  expect((await open(action)).category).toBe("Presents");
});

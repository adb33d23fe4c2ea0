// A shop with more customers, products and categories than a page lists: each of them is found, and none is lost.
import { v7 as uuid } from "uuid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Actor, cookieFor, sendForm } from "../actors.ts";
import { formIn } from "../forms.ts";
import { startApp, type TestApp } from "../harness.ts";
import { openShop, type Shop } from "./shop.ts";

let arena: TestApp;
let shop: Shop;
let cashier: Actor;
let manager: Actor;
beforeAll(async () => {
  arena = await startApp();
  shop = await openShop(arena, { products: 2 });
  cashier = shop.people.cashier;
  manager = shop.people.manager;
  // By name they stand before the customers and products in euros, all of them.
  await insert("customers", "name, currency, credit_limit, balance", "'A dollar ' || n, 'USD', 0, 0", 120);
  await insert(
    "customers",
    "name, email, currency, credit_limit, balance",
    "'Guest ' || to_char(n, 'FM000'), n || '@example.org', 'EUR', 1000, 0",
    120,
  );
  await insert("products", "code, name, price, currency", "'USD-' || n, 'A product in dollars ' || n, 100, 'USD'", 120);
  await insert("product_categories", "name", "'Category ' || to_char(n, 'FM000')", 120);
});
afterAll(() => arena.close());

/** @param values of each row, in SQL; `n` counts from 1 */
async function insert(table: string, columns: string, values: string, count: number): Promise<void> {
  await arena.owner.query(
    `insert into arena.${table} (id, tenant_id, ${columns})
     select gen_random_uuid(), $1, ${values} from generate_series(1, ${count}) n`,
    [shop.tenant],
  );
}

async function get(path: string, who: Actor = cashier) {
  const { cookie } = await cookieFor(arena, who);
  const answer = await arena.app.inject({ url: `/shop${path}`, headers: { cookie, accept: "text/html" } });
  expect(answer.statusCode).toBe(200);
  return answer.body;
}

const send = (path: string, fields: Record<string, string>, who: Actor = cashier) =>
  sendForm(arena, who, `/shop${path}`, fields);

const names = (body: string, select: string) => {
  const [, options = ""] = new RegExp(`<select id="${select}"[^>]*>(.*?)</select>`, "s").exec(body) ?? [];
  return [...options.matchAll(/<option [^>]*>([^<(]*)/g)].map(([, name = ""]) => name.trim());
};

describe("the till", () => {
  const find = async (who: string) => names(await get(`/sell/?${new URLSearchParams({ who })}`), "customer");

  beforeAll(async () => {
    await get("/sell/");
    expect((await send("/sell/add/", { code: "P0" })).status).toBe(303);
  });

  test("offers customers of its currency, as many as a page has room for, and says that there are more", async () => {
    const body = await get("/sell/");
    const offered = names(body, "customer");
    expect(offered.slice(0, 3)).toEqual(["None", "A customer", "Guest 001"]);
    expect(offered).toHaveLength(51);
    expect(body).toContain("The first 50 by name");
    // Nothing was looked for: the part stays closed.
    expect(body).not.toMatch(/<details class="aside" open><summary>Customer/);
  });

  test("finds any of them by a part of name or mail address, without scripts", async () => {
    const body = await get("/sell/?who=guest+119");
    expect(names(body, "customer")).toEqual(["None", "Guest 119"]);
    expect(body).toMatch(/<details class="aside" open><summary>Customer/);
    expect(body).not.toContain("The first 50 by name");
    expect(body).toContain('name="who" type="search" value="guest 119"');
    expect(await find("118@example.org")).toEqual(["None", "Guest 118"]);
    expect(await find("dollar")).toEqual(["None"]);
    expect(await get("/sell/?who=dollar")).toContain("No customer with an account in EUR is found by dollar.");
    expect(await find("100%")).toEqual(["None"]);
  });

  test("keeps the one who was chosen, whatever is looked for", async () => {
    const [id = ""] = /value="[0-9a-f-]{36}"(?= ?>Guest 120)/.exec(await get("/sell/?who=Guest+120")) ?? [];
    const customer_id = /[0-9a-f-]{36}/.exec(id)?.[0] ?? "";
    expect((await send("/sell/customer/", { customer_id })).status).toBe(303);
    for (const path of ["/sell/", "/sell/?who=guest+003", "/sell/?who=nobody"]) {
      const body = await get(path);
      expect(formIn(body, "/shop/sell/customer/"), path).toMatchObject({ customer_id });
      expect(names(body, "customer")).toContain("Guest 120");
    }
    expect(await find("guest 003")).toEqual(["None", "Guest 120", "Guest 003"]);
    const body = await get("/sell/?who=guest+120");
    expect(names(body, "customer")).toEqual(["None", "Guest 120"]);
    expect(body).toContain("On account</button>");
  });

  test("finds products of its currency, however many there are in others", async () => {
    const body = await get("/sell/?q=product");
    expect([...body.matchAll(/class="pick"><span>([^<]*)/g)].map(([, name]) => name)).toEqual([
      "Product 0",
      "Product 1",
    ]);
    // One that fits is added at once.
    expect((await send("/sell/add/", { code: "product 1" })).location).toBe("/shop/sell/");
  });

  test("asks for customers only where they are chosen", async () => {
    await send("/sell/clear/", {});
    expect(await get("/sell/?who=guest")).not.toContain("Guest");
  });
});

describe("the stock", () => {
  test("offers any product to take in, by the search of the page", async () => {
    const body = await get("/stock/", manager);
    expect(names(body, "product")).toHaveLength(100);
    expect(body).toContain("The first 100 by name");
    const found = await get("/stock/?q=product+1", manager);
    expect(names(found, "product")).toEqual(["Product 1"]);
    expect(found).not.toContain("The first 100 by name");
    expect(await get("/stock/?q=nothing+like+it", manager)).not.toContain('id="product"');
  });
});

describe("a product", () => {
  test("keeps its category, however many there are before it", async () => {
    const path = `/products/${shop.products[0]}/`;
    expect(
      (await send(path, { ...formIn(await get(path, manager), `/shop${path}`), category: "Category 120" }, manager))
        .status,
    ).toBe(303);
    const body = await get(path, manager);
    const form = formIn(body, `/shop${path}`);
    expect(form.category).toBe("Category 120");
    expect(body).toContain('<option value="Category 120">');
    expect((await send(path, { ...form, price: "10.50" }, manager)).status).toBe(303);
    expect(formIn(await get(path, manager), `/shop${path}`)).toMatchObject({
      category: "Category 120",
      price: "10.50",
    });
  });
});

test("a customer of another currency whom the cart has, as one from a page of before, is shown too", async () => {
  const other = uuid();
  await arena.owner.query(
    "insert into arena.customers (id, tenant_id, name, currency, credit_limit, balance) values ($1, $2, 'Yen', 'JPY', 0, 0)",
    [other, shop.tenant],
  );
  await send("/sell/add/", { code: "P0" });
  await send("/sell/customer/", { customer_id: other });
  expect(formIn(await get("/sell/"), "/shop/sell/customer/")).toMatchObject({ customer_id: other });
});

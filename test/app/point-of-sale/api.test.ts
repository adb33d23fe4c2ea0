import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { act } from "../../../app/domains/point-of-sale/acting.ts";
import { changeStock } from "../../../app/domains/point-of-sale/stock-changes.ts";
import type { TenantRole } from "../../../app/platform/principal.ts";
import { startApp, type TestApp } from "../harness.ts";
import { faultsOf, nobody, openShop, type Shop } from "./shop.ts";

let arena: TestApp;
let shop: Shop;
beforeAll(async () => {
  arena = await startApp();
  shop = await openShop(arena);
});
afterAll(async () => {
  expect(await faultsOf(arena)).toEqual([]);
  await arena.close();
});

type Method = "GET" | "POST" | "PATCH" | "PUT";

/** Asks the API as somebody of the shop. */
async function ask(
  role: TenantRole,
  method: Method,
  path: string,
  payload?: unknown,
  headers: Record<string, string> = {},
  at = shop,
) {
  const response = await arena.app.inject({
    method,
    url: `/api/v1${path}`,
    ...(payload === undefined ? {} : { payload: payload as object }),
    headers: { ...at.people[role].headers, ...headers },
  });
  return { status: response.statusCode, body: response.json(), headers: response.headers };
}

const product = (index: number) => shop.products[index] ?? "";

function sale(changes: Record<string, unknown> = {}) {
  const lines = [{ product_id: product(0), quantity: 2 }];
  return { outlet_id: shop.outlet, lines, payments: [{ kind: "cash", amount: 2000 }], ...changes };
}

const levelOf = async (id: string) =>
  (await ask("cashier", "GET", `/stock/?product_id=${id}`)).body.items[0].quantity as number;

describe("catalogue", () => {
  test("an admin opens and closes outlets; a code is one outlet's", async () => {
    const body = { code: "PIER", name: "Pier", currency: "EUR", time_zone: "Europe/Lisbon" };
    const { status, body: outlet, headers } = await ask("admin", "POST", "/outlets/", body);
    expect([status, headers.location]).toEqual([201, `/api/v1/outlets/${outlet.id}/`]);
    expect((await ask("admin", "POST", "/outlets/", body)).body).toMatchObject({
      code: "CONFLICT",
      fields: { code: "is another outlet's" },
    });
    expect(
      (await ask("admin", "POST", "/outlets/", { ...body, code: "X", time_zone: "Mars/Base" })).body.fields,
    ).toHaveProperty("time_zone");
    const closed = await ask("admin", "PATCH", `/outlets/${outlet.id}/`, { is_active: false });
    expect(closed.body).toMatchObject({ is_active: false, time_zone: "Europe/Lisbon" });
    expect((await ask("cashier", "POST", "/sales/", sale({ outlet_id: outlet.id }))).body.fields).toEqual({
      outlet_id: "is an outlet that is closed",
    });
    const open = await ask("cashier", "GET", "/outlets/?is_active=true");
    expect(open.body.items.map(({ code }: { code: string }) => code)).toEqual(["MAIN"]);
  });

  test("stock below zero stays allowed while some is", async () => {
    const other = await openShop(arena, { products: 1, stock: 1, allowsNegativeStock: true });
    const [id = ""] = other.products;
    const body = {
      outlet_id: other.outlet,
      lines: [{ product_id: id, quantity: 3 }],
      payments: [{ kind: "card", amount: 3000 }],
    };
    expect((await ask("cashier", "POST", "/sales/", body, {}, other)).status).toBe(201);
    const path = `/outlets/${other.outlet}/`;
    expect((await ask("admin", "PATCH", path, { allows_negative_stock: false }, {}, other)).body).toMatchObject({
      code: "CONFLICT",
    });
    const count = { kind: "adjustment", outlet_id: other.outlet, product_id: id, counted: 5, reason: "Counted" };
    expect((await ask("manager", "POST", "/stock-movements/", count, {}, other)).body).toMatchObject({
      quantity: 7,
      level: 5,
    });
    expect((await ask("admin", "PATCH", path, { allows_negative_stock: false }, {}, other)).status).toBe(200);
  });

  test("categories and products; a code or a barcode finds one, part of a name several", async () => {
    const category = (await ask("manager", "POST", "/categories/", { name: "Shirts" })).body;
    expect((await ask("manager", "POST", "/categories/", { name: "shirts" })).status).toBe(409);
    expect((await ask("manager", "PATCH", `/categories/${category.id}/`, { name: "Tops" })).body.name).toBe("Tops");
    expect((await ask("cashier", "GET", "/categories/")).body.items).toHaveLength(1);
    const values = {
      code: "TEE-M",
      name: "Tee, medium",
      price: 1990,
      currency: "EUR",
      barcode: "5601234567890",
      category_id: category.id,
    };
    const made = await ask("manager", "POST", "/products/", values);
    expect(made.body).toMatchObject({ ...values, tax_rate: 0, tracks_stock: true, is_active: true });
    expect(
      (await ask("manager", "POST", "/products/", { ...values, code: "tee-m", barcode: null })).body.fields,
    ).toHaveProperty("code");
    expect((await ask("manager", "POST", "/products/", { ...values, code: "TEE-L" })).body.fields).toHaveProperty(
      "barcode",
    );
    expect(
      (await ask("manager", "POST", "/products/", { ...values, code: "TEE-L", barcode: null, category_id: nobody }))
        .body.fields,
    ).toHaveProperty("category_id");
    const found = async (query: string) =>
      (await ask("cashier", "GET", `/products/?${query}`)).body.items.map(({ code }: { code: string }) => code);
    expect(await found("code=tee-m")).toEqual(["TEE-M"]);
    expect(await found("code=5601234567890")).toEqual(["TEE-M"]);
    expect(await found("q=prod")).toEqual(["P0", "P1", "P2"]);
    expect(await found("q=%25")).toEqual([]);
    expect(await found(`category_id=${category.id}&is_active=true`)).toEqual(["TEE-M"]);
    expect((await ask("manager", "PATCH", `/products/${made.body.id}/`, { price: 2490 })).body.price).toBe(2490);
    expect((await ask("cashier", "GET", `/products/${made.body.id}/`)).body.price).toBe(2490);
  });

  test.each([
    ["/outlets/", "outlet"],
    ["/products/", "product"],
    ["/sales/", "sale"],
    ["/customers/", "customer"],
  ])("there is no %s that there is not", async (path, what) => {
    expect((await ask("cashier", "GET", `${path}${nobody}/`)).body).toMatchObject({
      status: 404,
      error: `There is no such ${what}.`,
    });
  });
});

describe("lists", () => {
  test("come in pages, in any order that they offer, and every row once", async () => {
    for (const sort of ["price", "-price", "name", "-code", "created_at"]) {
      const codes: string[] = [];
      let cursor = "";
      do {
        const { body } = await ask("cashier", "GET", `/products/?limit=2&sort=${sort}${cursor}`);
        codes.push(...body.items.map(({ code }: { code: string }) => code));
        cursor = body.next === null ? "" : `&cursor=${body.next}`;
      } while (cursor !== "");
      expect(new Set(codes).size).toBe(codes.length);
      expect(codes.filter((code) => code.startsWith("P"))).toEqual(
        sort.startsWith("-") ? ["P2", "P1", "P0"] : ["P0", "P1", "P2"],
      );
    }
  });

  test("stock, too, comes one by one, though its rows have no id of their own", async () => {
    const { body: whole } = await ask("cashier", "GET", "/stock/?limit=100");
    expect(whole.items.length).toBeGreaterThan(2);
    const [found, seen]: [unknown[], unknown[]] = [[], whole.items];
    let cursor = "";
    do {
      const { body } = await ask("cashier", "GET", `/stock/?limit=1${cursor}`);
      found.push(...body.items);
      cursor = body.next === null ? "" : `&cursor=${body.next}`;
    } while (cursor !== "");
    expect(found).toEqual(seen);
  });

  test("a cursor is taken by the list and in the order that gave it", async () => {
    const { next } = (await ask("cashier", "GET", "/products/?limit=1&sort=price")).body;
    for (const query of [
      `sort=name&cursor=${next}`,
      "cursor=nonsense",
      "cursor=WyIwIiwiMCIsIjAiXQ",
      `sort=price&cursor=${next}x`,
      "sort=secret",
    ]) {
      expect((await ask("cashier", "GET", `/products/?${query}`)).body.code).toBe("VALIDATION_FAILED");
    }
    const forged = Buffer.from(JSON.stringify(["price", "1; drop table", nobody])).toString("base64url");
    expect((await ask("cashier", "GET", `/products/?sort=price&cursor=${forged}`)).status).toBe(400);
    const time = Buffer.from(JSON.stringify(["created_at", "yesterday", nobody])).toString("base64url");
    expect((await ask("cashier", "GET", `/products/?sort=created_at&cursor=${time}`)).status).toBe(400);
  });

  test("take as many queries for many rows as for few", async () => {
    for (let index = 0; index < 12; index += 1)
      await ask("cashier", "POST", "/sales/", sale({ customer_id: shop.customer }));
    const paths = [
      "/sales/",
      "/products/",
      "/stock/",
      "/stock-movements/",
      "/customers/",
      "/outlets/",
      "/attendance/",
      "/exports/",
      `/customers/${shop.customer}/ledger/`,
    ];
    for (const path of paths) {
      const counts = [];
      for (const limit of [1, 50]) counts.push(await queriesOf(() => ask("manager", "GET", `${path}?limit=${limit}`)));
      expect({ path, counts }).toEqual({ path, counts: [counts[0], counts[0]] });
    }
  });
});

/** Statements that PostgreSQL was sent meanwhile. */
async function queriesOf(work: () => Promise<{ status: number }>): Promise<number> {
  const { pool } = arena.database;
  const client = await pool.connect();
  client.release();
  let count = 0;
  const { prototype } = client.constructor as { prototype: { query: (...args: unknown[]) => unknown } };
  const original = prototype.query;
  prototype.query = function (...args) {
    count += 1;
    return original.apply(this, args);
  };
  try {
    expect((await work()).status).toBe(200);
  } finally {
    prototype.query = original;
  }
  return count;
}

describe("sales", () => {
  test("take stock, count change, and show what was sold by whom", async () => {
    const before = await levelOf(product(0));
    const { status, body, headers } = await ask(
      "cashier",
      "POST",
      "/sales/",
      sale({ payments: [{ kind: "cash", amount: 5000 }], note: "Gift" }),
    );
    expect([status, headers.location]).toEqual([201, `/api/v1/sales/${body.id}/`]);
    expect(body).toMatchObject({
      receipt: expect.stringMatching(/^MAIN-\d+$/),
      cashier: "The cashier",
      payment_status: "paid",
      subtotal: 2000,
      total: 2000,
      tax: 333,
      change: 3000,
      due: 0,
      note: "Gift",
      lines: [
        {
          code: "P0",
          name: "Product 0",
          quantity: 2,
          unit_price: 1000,
          tax_rate: 2000,
          discount: 0,
          total: 2000,
          tax: 333,
        },
      ],
      payments: [{ kind: "cash", amount: 2000, tendered: 5000, reference: null }],
    });
    expect(await levelOf(product(0))).toBe(before - 2);
    expect((await ask("cashier", "GET", `/sales/${body.id}/`)).body).toEqual(body);
  });

  test.each([
    [
      "too much stock",
      { lines: [{ product_id: "P1", quantity: 999 }], payments: [{ kind: "card", amount: 999 * 1100 }] },
      409,
      "stock",
    ],
    ["a product that is not there", { lines: [{ product_id: nobody, quantity: 1 }] }, 400, "lines.0.product_id"],
    ["an outlet that is not there", { outlet_id: nobody }, 400, "outlet_id"],
    ["too little money", { payments: [{ kind: "cash", amount: 1999 }] }, 400, "payments"],
    ["another total than was said", { expected_total: 1900 }, 409, "expected_total"],
    ["credit for nobody", { payments: [{ kind: "credit", amount: 2000 }] }, 400, "customer_id"],
    ["too much off", { discount: { amount: 2001 } }, 400, "discount"],
    ["a customer who is not there", { customer_id: nobody }, 404, undefined],
    [
      "a price of the client's",
      { lines: [{ product_id: "P1", quantity: 1, unit_price: 1 }] },
      400,
      "lines.0.unit_price",
    ],
    ["nothing", { lines: [] }, 400, "lines"],
    ["half a piece", { lines: [{ product_id: "P1", quantity: 0.5 }] }, 400, "lines.0.quantity"],
  ])("%s is refused, and nothing changes", async (_name, changes, status, field) => {
    const body = JSON.parse(JSON.stringify(sale(changes)).replace("P1", product(1)));
    const before = await levelOf(product(1));
    const answer = await ask("cashier", "POST", "/sales/", body);
    expect(answer.status).toBe(status);
    if (field !== undefined) expect(answer.body.fields).toHaveProperty([field]);
    expect(await levelOf(product(1))).toBe(before);
  });

  test("a request that comes again with its key gets the same answer; with another body it is refused", async () => {
    const key = { "idempotency-key": "till-7-0001" };
    const first = await ask("cashier", "POST", "/sales/", sale(), key);
    const reordered = { payments: sale().payments, lines: sale().lines, outlet_id: shop.outlet };
    const again = await ask("cashier", "POST", "/sales/", reordered, key);
    expect(again.body).toEqual(first.body);
    expect([first.headers["idempotency-replayed"], again.headers["idempotency-replayed"]]).toEqual([undefined, "true"]);
    expect((await ask("cashier", "POST", "/sales/", sale({ note: "Another" }), key)).status).toBe(409);
    // Somebody else's key is another key, and a key of a request that was refused is free.
    expect((await ask("manager", "POST", "/sales/", sale(), key)).body.id).not.toBe(first.body.id);
    const free = { "idempotency-key": "till-7-0002" };
    expect((await ask("cashier", "POST", "/sales/", sale({ payments: [] }), free)).status).toBe(400);
    expect((await ask("cashier", "POST", "/sales/", sale(), free)).status).toBe(201);
  });

  test("discounts, a product twice, and a product without stock", async () => {
    const service = (
      await ask("manager", "POST", "/products/", {
        code: "WRAP",
        name: "Wrapping",
        price: 150,
        currency: "EUR",
        tracks_stock: false,
      })
    ).body;
    const lines = [
      { product_id: product(0), quantity: 1, discount: 100 },
      { product_id: product(0), quantity: 2 },
      { product_id: service.id, quantity: 1 },
    ];
    const before = await levelOf(product(0));
    const { body } = await ask(
      "cashier",
      "POST",
      "/sales/",
      sale({ lines, discount: { percent: 1000 }, payments: [{ kind: "card", amount: 2745, reference: "0042" }] }),
    );
    expect(body).toMatchObject({ subtotal: 3150, discount: 405, total: 2745 });
    expect(await levelOf(product(0))).toBe(before - 3);
    const inactive = await ask("manager", "PATCH", `/products/${service.id}/`, { is_active: false });
    expect(inactive.body.is_active).toBe(false);
    expect(
      (await ask("cashier", "POST", "/sales/", sale({ lines: [{ product_id: service.id, quantity: 1 }] }))).status,
    ).toBe(400);
  });

  test("a manager voids: stock is back, the record stays; once only", async () => {
    const before = await levelOf(product(2));
    const made = (
      await ask(
        "cashier",
        "POST",
        "/sales/",
        sale({ lines: [{ product_id: product(2), quantity: 4 }], payments: [{ kind: "card", amount: 4800 }] }),
      )
    ).body;
    expect((await ask("cashier", "POST", `/sales/${made.id}/void/`, { reason: "Mistake" })).status).toBe(403);
    const voided = await ask("manager", "POST", `/sales/${made.id}/void/`, { reason: "Mistake" });
    expect(voided.body).toMatchObject({
      status: "voided",
      payment_status: "voided",
      total: 4800,
      void_reason: "Mistake",
      voided_by: shop.people.manager.user,
    });
    expect(await levelOf(product(2))).toBe(before);
    expect((await ask("manager", "POST", `/sales/${made.id}/void/`, { reason: "Again" })).status).toBe(409);
    expect((await ask("manager", "POST", `/sales/${nobody}/void/`, { reason: "None" })).status).toBe(404);
    const kinds = (await ask("cashier", "GET", `/stock-movements/?product_id=${product(2)}`)).body.items.map(
      ({ kind }: { kind: string }) => kind,
    );
    expect(kinds.slice(0, 2)).toEqual(["void", "sale"]);
  });

  test("are filtered by what and when", async () => {
    const total = async (query: string) =>
      (await ask("cashier", "GET", `/sales/?limit=100&${query}`)).body.items.length;
    const all = await total("");
    const today = new Date().toISOString().slice(0, 10);
    expect(await total("status=voided")).toBe(1);
    expect(await total("payment_status=paid")).toBe(all - 1);
    expect(await total(`outlet_id=${shop.outlet}&from=${today}&to=${today}&sort=-total`)).toBe(all);
    expect(await total("to=2020-01-01")).toBe(0);
    expect(await total(`account_id=${shop.people.manager.user}`)).toBe(1);
  });
});

describe("customers with credit", () => {
  test("owe what they bought, pay the oldest first, and are owed what is voided", async () => {
    const made = (
      await ask("manager", "POST", "/customers/", {
        name: "Ana",
        currency: "EUR",
        credit_limit: 5000,
        email: "ana@example.com",
      })
    ).body;
    const customer = `/customers/${made.id}/`;
    const credit = { customer_id: made.id, payments: [{ kind: "credit", amount: 2000 }] };
    const first = (await ask("cashier", "POST", "/sales/", sale(credit))).body;
    const second = (await ask("cashier", "POST", "/sales/", sale(credit))).body;
    expect([first.payment_status, first.due]).toEqual(["unpaid", 2000]);
    expect((await ask("cashier", "POST", "/sales/", sale(credit))).body).toMatchObject({
      status: 409,
      fields: { credit: expect.any(String) },
    });

    const key = { "idempotency-key": "p-1" };
    const pay = (amount: number, headers = {}) =>
      ask("cashier", "POST", `${customer}payments/`, { amount, method: "cash" }, headers);
    const paid = await pay(2500, key);
    expect([paid.status, paid.body.balance]).toEqual([201, 1500]);
    expect((await pay(2500, key)).body).toEqual(paid.body);
    expect((await pay(1501)).body.fields).toHaveProperty("amount");
    const states = async () =>
      Promise.all(
        [first, second].map(async ({ id }) => (await ask("cashier", "GET", `/sales/${id}/`)).body.payment_status),
      );
    expect(await states()).toEqual(["paid", "partly_paid"]);

    // What was paid of the first pays for the second; the rest is owed to the customer, and pays for the next.
    await ask("manager", "POST", `/sales/${first.id}/void/`, { reason: "Returned" });
    expect(await states()).toEqual(["voided", "paid"]);
    expect((await ask("cashier", "GET", customer)).body.balance).toBe(-500);
    const third = (await ask("cashier", "POST", "/sales/", sale(credit))).body;
    expect([third.due, third.payment_status]).toEqual([1500, "partly_paid"]);

    const ledger = (await ask("cashier", "GET", `${customer}ledger/`)).body.items;
    expect(
      ledger.map(({ kind, amount, balance }: { kind: string; amount: number; balance: number }) => [
        kind,
        amount,
        balance,
      ]),
    ).toEqual([
      ["charge", 2000, 1500],
      ["void", -2000, -500],
      ["payment", -2500, 1500],
      ["charge", 2000, 4000],
      ["charge", 2000, 2000],
    ]);
    const statement = (await ask("cashier", "GET", `${customer}statement/`)).body;
    expect(statement).toMatchObject({ opening_balance: 0, closing_balance: 1500, charged: 6000, paid: 2500 });
    const earlier = (await ask("cashier", "GET", `${customer}statement/?from=2020-01-01&to=2020-02-01`)).body;
    expect(earlier).toMatchObject({ opening_balance: 0, closing_balance: 0, entries: [] });
    expect((await ask("cashier", "GET", "/customers/?owing=true&sort=-balance&q=an")).body.items[0].id).toBe(made.id);
  });

  test("get credit from managers only, and never less than they owe", async () => {
    expect(
      (await ask("cashier", "POST", "/customers/", { name: "Rui", currency: "EUR", credit_limit: 1 })).status,
    ).toBe(403);
    const { id } = (await ask("cashier", "POST", "/customers/", { name: "Rui", currency: "EUR" })).body;
    expect((await ask("cashier", "PATCH", `/customers/${id}/`, { phone: "+351 1" })).status).toBe(200);
    expect((await ask("cashier", "PATCH", `/customers/${id}/`, { credit_limit: 0 })).status).toBe(403);
    expect((await ask("cashier", "PATCH", `/customers/${id}/`, { is_credit_blocked: true })).status).toBe(403);
    await ask("manager", "PATCH", `/customers/${id}/`, { credit_limit: 3000 });
    const credit = { customer_id: id, payments: [{ kind: "credit", amount: 2000 }] };
    expect((await ask("cashier", "POST", "/sales/", sale(credit))).status).toBe(201);
    expect((await ask("manager", "PATCH", `/customers/${id}/`, { credit_limit: 1999 })).body.fields).toHaveProperty(
      "credit_limit",
    );
    await ask("manager", "PATCH", `/customers/${id}/`, { credit_limit: 9000, is_credit_blocked: true });
    expect((await ask("cashier", "POST", "/sales/", sale(credit))).body.error).toBe(
      "The customer's credit is blocked.",
    );
  });

  test("have an account in one currency", async () => {
    const { id } = (await ask("manager", "POST", "/customers/", { name: "Kei", currency: "JPY", credit_limit: 9000 }))
      .body;
    const answer = await ask(
      "cashier",
      "POST",
      "/sales/",
      sale({ customer_id: id, payments: [{ kind: "credit", amount: 2000 }] }),
    );
    expect(answer.body.fields).toEqual({ customer_id: "has an account in JPY, not EUR" });
  });
});

describe("stock by hand", () => {
  test("comes in, is corrected, goes to another outlet; each with its key once", async () => {
    const [from, id] = [shop.outlet, product(1)];
    const to = (await ask("admin", "POST", "/outlets/", { code: "BACK", name: "Back room", currency: "EUR" })).body.id;
    const before = await levelOf(id);
    const move = (body: object, headers = {}) =>
      ask("manager", "POST", "/stock-movements/", { outlet_id: from, product_id: id, ...body }, headers);
    const key = { "idempotency-key": "delivery-1" };
    expect((await move({ kind: "receipt", quantity: 5 }, key)).body).toMatchObject({ quantity: 5, level: before + 5 });
    expect((await move({ kind: "receipt", quantity: 5 }, key)).headers["idempotency-replayed"]).toBe("true");
    expect((await move({ kind: "transfer", quantity: 3, to_outlet_id: to })).body.level).toBe(before + 2);
    expect((await move({ kind: "adjustment", counted: 40, reason: "Counted" })).body.level).toBe(40);
    expect((await move({ kind: "adjustment", counted: 40, reason: "Counted" })).body.quantity).toBe(0);
    expect((await move({ kind: "transfer", quantity: 41, to_outlet_id: to })).body.fields).toHaveProperty("stock");
    expect((await move({ kind: "transfer", quantity: 1, to_outlet_id: from })).body.fields).toHaveProperty(
      "to_outlet_id",
    );
    expect((await move({ kind: "receipt", quantity: 1, outlet_id: nobody })).body.fields).toHaveProperty("outlet_id");
    expect((await move({ kind: "receipt", quantity: 1, product_id: nobody })).body.fields).toHaveProperty("product_id");
    const there = (await ask("cashier", "GET", `/stock/?outlet_id=${to}`)).body.items;
    expect(there).toMatchObject([{ product_id: id, quantity: 3, is_low: true }]);
    expect((await ask("cashier", "GET", "/stock/?low=true&q=product&sort=-quantity")).body.items).toHaveLength(1);
    const transfers = (await ask("cashier", "GET", `/stock-movements/?kind=transfer&outlet_id=${to}`)).body.items;
    expect(transfers).toMatchObject([{ quantity: 3, balance: 3 }]);
  });
});

test("stock is of things and places that there are, and never more than anybody holds", async () => {
  const { manager, outlet } = shop;
  const change = (place: { outlet: string; product: string }) =>
    act(arena.database, manager, (trx) =>
      changeStock(trx, manager, [{ ...place, quantity: 1, name: "It" }], { kind: "receipt" }),
    );
  await expect(change({ outlet: nobody, product: product(0) })).rejects.toThrow("There is no such outlet or product.");
  const { id } = (await ask("manager", "POST", "/products/", { code: "NUT", name: "Nut", price: 1, currency: "EUR" }))
    .body;
  const move = (body: object) =>
    ask("manager", "POST", "/stock-movements/", { outlet_id: outlet, product_id: id, ...body });
  expect((await move({ kind: "adjustment", counted: 1_000_000_000, reason: "Counted" })).body.level).toBe(
    1_000_000_000,
  );
  expect((await move({ kind: "receipt", quantity: 1 })).body.error).toBe("Nut: stock is held up to 1000000000.");
  // Nothing changes, and nothing is written down.
  await act(arena.database, manager, (trx) => changeStock(trx, manager, [], { kind: "receipt" }));
  expect((await ask("cashier", "GET", `/stock-movements/?product_id=${id}`)).body.items).toHaveLength(1);
});

describe("staff", () => {
  test("clocks in once and out once; a cashier sees their own shifts, a manager all", async () => {
    expect((await ask("cashier", "POST", "/attendance/clock-out/", {})).status).toBe(409);
    const shift = await ask("cashier", "POST", "/attendance/clock-in/", { outlet_id: shop.outlet });
    expect(shift.body).toMatchObject({ name: "The cashier", clocked_out_at: null, minutes: null });
    expect((await ask("cashier", "POST", "/attendance/clock-in/", {})).body.error).toContain("clocked in already");
    expect((await ask("manager", "POST", "/attendance/clock-in/", { outlet_id: nobody })).status).toBe(400);
    await ask("manager", "POST", "/attendance/clock-in/", {});
    const seen = async (role: TenantRole, query = "") =>
      (await ask(role, "GET", `/attendance/?${query}`)).body.items.length;
    expect([
      await seen("cashier"),
      await seen("manager"),
      await seen("manager", `account_id=${shop.people.cashier.user}`),
    ]).toEqual([1, 2, 1]);
    expect((await ask("cashier", "POST", "/attendance/clock-out/", {})).body.minutes).toBe(0);
    expect([await seen("manager", "open=true"), await seen("manager", "open=false")]).toEqual([1, 1]);
  });

  test("activity counts sales, voids, refusals of each", async () => {
    const today = new Date().toISOString().slice(0, 10);
    const { items } = (await ask("manager", "GET", `/staff-activity/?from=${today}&to=${today}`)).body;
    expect(items.map(({ name }: { name: string }) => name)).toEqual(["The admin", "The cashier", "The manager"]);
    const [, cashier] = items;
    expect(cashier).toMatchObject({ role: "cashier", currency: "EUR" });
    expect(cashier.sales).toBeGreaterThan(10);
    expect([cashier.voided, cashier.denied > 0, cashier.actions > cashier.sales]).toEqual([2, true, true]);
    const one = await ask(
      "manager",
      "GET",
      `/staff-activity/?from=${today}&to=${today}&account_id=${shop.people.admin.user}`,
    );
    expect(one.body.items).toHaveLength(1);
    expect((await ask("manager", "GET", `/staff-activity/?from=${today}&to=2020-01-01`)).body.fields).toEqual({
      to: "is before from",
    });
  });
});

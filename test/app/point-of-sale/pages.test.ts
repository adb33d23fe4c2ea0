// Pages of the shop without a browser: what forms do when they are sent twice, too late, or with something wrong.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TenantRole } from "../../../app/platform/principal.ts";
import { cookieFor } from "../actors.ts";
import { formIn } from "../forms.ts";
import { startApp, type TestApp } from "../harness.ts";
import { faultsOf, nobody, openShop, type Shop } from "./shop.ts";

let arena: TestApp;
let shop: Shop;
const signedIn = new Map<TenantRole, { cookie: string; csrf: string }>();
beforeAll(async () => {
  arena = await startApp();
  shop = await openShop(arena, { stock: 20, creditLimit: 2_000 });
  for (const role of ["cashier", "manager", "admin"] as const)
    signedIn.set(role, await cookieFor(arena, shop.people[role]));
});
afterAll(async () => {
  expect(await faultsOf(arena)).toEqual([]);
  await arena.close();
});

async function get(path: string, role: TenantRole = "cashier") {
  const response = await arena.app.inject({
    url: `/shop${path}`,
    headers: { cookie: signedIn.get(role)?.cookie ?? "", accept: "text/html" },
  });
  return { status: response.statusCode, body: response.body, location: response.headers.location };
}

async function post(path: string, fields: Record<string, string>, role: TenantRole = "cashier") {
  const { cookie = "", csrf = "" } = signedIn.get(role) ?? {};
  const response = await arena.app.inject({
    method: "POST",
    url: `/shop${path}`,
    headers: { cookie, "content-type": "application/x-www-form-urlencoded" },
    payload: new URLSearchParams({ ...fields, _csrf: csrf }).toString(),
  });
  return { status: response.statusCode, body: response.body, location: response.headers.location };
}

const alertOf = (body: string) => /role="alert"[^>]*>([^<]*)</.exec(body)?.[1];
const cartIn = (body: string) => /name="cart" value="([^"]+)"/.exec(body)?.[1] ?? "";

/** Puts something into the cart; returns the cart's id. */
async function fill(code: string, quantity = "1"): Promise<string> {
  expect(await post("/sell/add/", { code, quantity })).toMatchObject({ status: 303, location: "/shop/sell/" });
  return cartIn((await get("/sell/")).body);
}

const pay = (cart: string, total: number, fields: Record<string, string>) =>
  post("/sell/pay/", {
    cart,
    total: String(total),
    cash: "",
    split_cash: "",
    split_card: "",
    split_credit: "",
    ...fields,
  });

test("a cart that is paid twice is one sale, also when the second comes late and says something else", async () => {
  await get("/sell/");
  const cart = await fill("P0", "2");
  const first = await pay(cart, 2000, { how: "cash", cash: "20" });
  expect(first.location).toMatch(/^\/shop\/sales\/[0-9a-f-]+\/\?said=sold$/);
  expect((await pay(cart, 2000, { how: "cash", cash: "20" })).location).toBe(first.location);
  await get("/sell/");
  expect((await pay(cart, 2000, { how: "card" })).location).toBe(first.location);
  const { rows } = await arena.owner.query("select count(*)::int as n from arena.sales where tenant_id = $1", [
    shop.tenant,
  ]);
  expect(rows).toEqual([{ n: 1 }]);
});

test("what is handed over is refused in words of people, and the cart stays", async () => {
  const cart = await fill("P1");
  const refusal = async (fields: Record<string, string>, total = 1100) => {
    const { status, body } = await pay(cart, total, fields);
    expect(cartIn(body)).toBe(cart);
    return [status, alertOf(body)];
  };
  expect(await refusal({ how: "cash", cash: "10" })).toEqual([400, "What was handed over does not come to the total."]);
  expect(await refusal({ how: "cash", cash: "ten" })).toEqual([400, "Cash must be an amount such as 12.50"]);
  expect(await refusal({ how: "credit" })).toEqual([400, "Choose the customer whose credit it is."]);
  expect(await refusal({ how: "card" }, 1000)).toEqual([
    409,
    "A price has changed in this moment: look at the total again.",
  ]);
  await post("/sell/customer/", { customer_id: shop.customer });
  await post("/sell/line/", { product_id: shop.products[1] ?? "", quantity: "3" });
  expect(await refusal({ how: "credit" }, 3300)).toEqual([
    409,
    "The customer&#39;s credit does not have room for this, or is blocked.",
  ]);
  await post("/sell/line/", { product_id: shop.products[1] ?? "", quantity: "25" });
  expect((await refusal({ how: "card" }, 27_500))[1]).toContain("Too little stock of Product 1");
  await post("/sell/line/", { product_id: shop.products[1] ?? "", quantity: "2" });
  const split = await pay(cart, 2200, { how: "split", split_cash: "5", split_card: "7", split_credit: "10" });
  const receipt = (await get((split.location ?? "").replace("/shop", ""))).body;
  expect(receipt).toMatch(/Cash<\/dt><dd>€5\.00.*Card<\/dt><dd>€7\.00.*On account<\/dt><dd>€10\.00/s);
});

test("steps on a cart that make no sense are said on the till", async () => {
  await fill("P2");
  const refusal = async (path: string, fields: Record<string, string>) =>
    alertOf((await post(`/sell/${path}/`, fields)).body);
  expect(await refusal("discount", { discount: "99" })).toBe("Discount is more than the sale comes to");
  expect(await refusal("discount", { discount: "-1" })).toBe("Discount must be an amount such as 12.50");
  expect(await refusal("customer", { customer_id: nobody })).toBe("Customer is no customer of yours");
  expect(await refusal("outlet", { outlet_id: nobody })).toBe("Outlet is no outlet of yours that is open");
  expect(await refusal("add", { code: "zzz" })).toBe("Nothing is sold here by the code or name zzz.");
  expect((await post("/sell/add/", { code: " " })).location).toBe("/shop/sell/");
  expect((await post("/sell/add/", { code: "product" })).location).toBe("/shop/sell/?q=product");
  expect((await get("/sell/?q=zzz")).body).toContain("Nothing is sold here by the code or name zzz.");
  // With everything off, nothing is to be paid.
  await post("/sell/discount/", { discount: "12" });
  const cart = cartIn((await get("/sell/")).body);
  expect((await pay(cart, 0, { how: "cash" })).status).toBe(303);
  await get("/sell/");
  await fill("P2");
  await post("/sell/clear/", {});
  expect((await get("/sell/")).body).toContain("Nothing in the cart.");
});

test("a cart is nobody else's, and needs an outlet", async () => {
  const cart = await fill("P0");
  const { cookie, csrf } = signedIn.get("manager") ?? { cookie: "", csrf: "" };
  const response = await arena.app.inject({
    method: "POST",
    url: "/shop/sell/pay/",
    headers: { cookie, "content-type": "application/x-www-form-urlencoded" },
    payload: new URLSearchParams({ _csrf: csrf, cart, total: "1000", how: "card" }).toString(),
  });
  expect([response.statusCode, alertOf(response.body)]).toEqual([409, "Cart has nothing in it any more: begin again"]);
  await arena.owner.query("delete from arena.carts where tenant_id = $1", [shop.tenant]);
  expect(alertOf((await post("/sell/clear/", {}, "admin")).body)).toBe("Choose an outlet first.");
});

test("forms with something wrong come back with what was typed", async () => {
  const [product] = shop.products;
  const refused = async (path: string, fields: Record<string, string>, role: TenantRole = "admin") => {
    const { status, body } = await post(path, fields, role);
    return [status, [...body.matchAll(/class="error"[^>]*>([^<]*)</g)].map(([, message]) => message)];
  };
  const stock = { key: nobody, kind: "transfer", outlet_id: shop.outlet, to_outlet_id: "", quantity: "1", reason: "" };
  expect((await post(`/stock/${product}/`, stock, "manager")).body).toContain(
    "to_outlet_id is the outlet that it comes from",
  );
  const ana = { key: nobody, name: "Ana", email: "ana", phone: "", currency: "EUR" };
  expect(await refused("/customers/new/", ana)).toEqual([400, ["E-mail is not of the form that it must have"]]);
  const customer = `/customers/${shop.customer}/`;
  const shown = formIn((await get(customer, "admin")).body, `/shop${customer}`);
  expect(await refused(customer, { ...shown, credit_limit: "lots" })).toEqual([
    400,
    ["Credit limit must be an amount such as 12.50"],
  ]);
  const payment = { key: nobody, amount: "0", method: "cash", note: "" };
  expect(await refused(`/customers/${shop.customer}/payments/`, payment)).toEqual([
    400,
    ["Amount must be more than nothing"],
  ]);
  expect(await refused(`/customers/${shop.customer}/payments/`, { ...payment, amount: "500" })).toEqual([
    400,
    ["Amount is more than the 1000 that the customer owes"],
  ]);
  expect(
    await refused("/outlets/", {
      name: "X",
      address: "",
      time_zone: "UTC",
      negative: "no",
      code: "MAIN",
      currency: "EUR",
    }),
  ).toEqual([409, ["Code is another outlet&#39;s"]]);
  expect(
    await refused("/stock/list/", { outlet_id: shop.outlet, kind: "count", feed_id: "x", csv: "code,quantity\n" }),
  ).toEqual([400, []]);
  expect(
    (
      await post(
        "/reports/exports/",
        { report: "sales", format: "csv", from: "2026-02-01", to: "2026-01-01" },
        "manager",
      )
    ).status,
  ).toBe(400);
  expect(alertOf((await get("/reports/?from=2026-02-01&to=2026-01-01", "manager")).body)).toBe("to is before from");
  expect(alertOf((await post("/staff/clock-out/", {})).body)).toBe("attendance is not open: you are not clocked in");
});

test("a statement shows a period of a customer's account, with what was owed before and then", async () => {
  const as = (role: TenantRole, method: "POST" | "GET", url: string, payload?: object) =>
    arena.app.inject({
      method,
      url: `/api/v1${url}`,
      headers: { ...shop.people[role].headers },
      ...(payload && { payload }),
    });
  const made = await as("manager", "POST", "/customers/", { name: "Ana <b>", currency: "EUR", credit_limit: 9_000 });
  const { id } = made.json();
  const sale = {
    outlet_id: shop.outlet,
    customer_id: id,
    lines: [{ product_id: shop.products[0], quantity: 2 }],
    payments: [{ kind: "credit", amount: 2_000 }],
  };
  for (const _ of [1, 2]) expect((await as("cashier", "POST", "/sales/", sale)).statusCode).toBe(201);
  expect(
    (await as("cashier", "POST", `/customers/${id}/payments/`, { amount: 1_500, method: "card" })).statusCode,
  ).toBe(201);
  await arena.owner.query(
    `with ordered as (select id, row_number() over (order by id) as n from arena.credit_entries where customer_id = $1)
     update arena.credit_entries entry set created_at = (array['2026-01-31 23:30', '2026-02-01 09:00', '2026-02-28 23:59']::timestamptz[])[n]
     from ordered where ordered.id = entry.id`,
    [id],
  );
  const page = `/customers/${id}/statement/`;
  const { status, body } = await get(`${page}?from=2026-02-01&to=2026-02-28`);
  expect(status).toBe(200);
  expect(body).toContain("Statement of Ana &#60;b&#62;");
  const figures = [...body.matchAll(/<dt>([^<]*)<\/dt><dd>([^<]*)</g)].map(([, label, amount]) => `${label} ${amount}`);
  expect(figures).toEqual(["Owed before €20.00", "Bought on account €20.00", "Paid €15.00", "Owed after €25.00"]);
  const cells = [...body.matchAll(/<td role="cell" data-label="(?:What|Amount|Owes then)"[^>]*>(.*?)<\/td>/gs)];
  expect(cells.map(([, cell = ""]) => cell.replaceAll(/<[^>]*>/g, ""))).toEqual([
    ...["Bought on account", "€20.00", "€40.00"],
    ...["Payment", "-€15.00", "€25.00"],
  ]);
  // The period before and the one after are as long.
  const neighbours = [...body.matchAll(/rel="(prev|next)" href="[^?]*\?from&#61;([\d-]*)&#38;to&#61;([\d-]*)"/g)];
  expect(neighbours.map(([, ...parts]) => parts.join(" "))).toEqual([
    "prev 2026-01-04 2026-01-31",
    "next 2026-03-01 2026-03-28",
  ]);
  expect((await get(page)).body).toContain("Nothing happened in this time.");
  expect((await get(page)).body).not.toContain('rel="next"');
  const wrong = await get(`${page}?from=2026-03-01&to=2026-02-01`);
  expect([wrong.status, alertOf(wrong.body)]).toEqual([400, "to is before from"]);
  expect((await get(`${page}?from=yesterday`)).status).toBe(400);
  expect((await get(`/customers/${nobody}/statement/`)).status).toBe(404);
  expect((await get(`/customers/${id}/`)).body).toContain(`href="/shop/customers/${id}/statement/"`);
});

test("an export that is not made yet has no file to go to", async () => {
  const today = new Date().toISOString().slice(0, 10);
  expect(
    (await post("/reports/exports/", { report: "inventory", format: "pdf", from: today, to: today }, "manager"))
      .location,
  ).toBe("/shop/reports/?said=ordered");
  const { rows } = await arena.owner.query("select id from arena.exports where tenant_id = $1", [shop.tenant]);
  const { status, body } = await get(`/reports/exports/${rows[0].id}/`, "manager");
  expect([status, body]).toEqual([409, expect.stringContaining("The file is not made yet")]);
});

test("pages show each role what it may do", async () => {
  const menu = async (role: TenantRole) =>
    /aria-label="Shop">(.*?)<\/nav>/s.exec((await get("/sell/", role)).body)?.[1]?.match(/>[A-Z]\w+</g)?.length;
  expect([await menu("cashier"), await menu("manager"), await menu("admin")]).toEqual([6, 7, 8]);
  expect((await get("/reports/")).status).toBe(403);
  expect((await get("/sales/?said=%3Cscript%3E")).body).not.toContain('role="status"');
  expect((await get("/")).location).toBe("/shop/sell/");
  const filters = (await get("/sales/?payment_status=partly_paid&limit=1")).body;
  expect(filters).toContain('aria-current="page">Partly paid</a>');
});

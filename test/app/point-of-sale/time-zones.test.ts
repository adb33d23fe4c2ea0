// Which names of time zones an outlet takes, and that all that is made of its days and times works in them.
import { afterAll, beforeAll, expect, test } from "vitest";
import { cookieFor, sendForm } from "../actors.ts";
import { startApp, type TestApp } from "../harness.ts";
import { openShop, type Shop } from "./shop.ts";

let arena: TestApp;
let shop: Shop;
beforeAll(async () => {
  arena = await startApp();
  shop = await openShop(arena);
});
afterAll(() => arena.close());

const call = (method: "GET" | "POST" | "PATCH", url: string, payload?: object) =>
  arena.app.inject({
    method,
    url: `/api/v1/${url}`,
    headers: shop.people.admin.headers,
    ...(payload === undefined ? {} : { payload }),
  });
const change = (time_zone: string) => call("PATCH", `outlets/${shop.outlet}/`, { time_zone });

test.each([
  // Today's names, of which some engines know only the former ones, and former ones.
  "Asia/Kolkata",
  "Asia/Calcutta",
  "Europe/Kyiv",
  "Europe/Kiev",
  "America/Argentina/Buenos_Aires",
  "Asia/Ho_Chi_Minh",
  "Asia/Kathmandu",
  "Pacific/Kanton",
  "America/Nuuk",
  "Etc/UTC",
  "Etc/GMT+5",
  "UTC",
])("%s is one", async (time_zone) => {
  const code = time_zone.replaceAll(/[^A-Z]/g, "").slice(0, 3) + String(Math.random()).slice(2, 7);
  const opened = await call("POST", "outlets/", { code, name: "Abroad", currency: "EUR", time_zone });
  expect([opened.statusCode, opened.json().time_zone]).toEqual([201, time_zone]);
  const changed = await change(time_zone);
  expect([changed.statusCode, changed.json().time_zone]).toEqual([200, time_zone]);
  const lines = [{ product_id: shop.products[0], quantity: 1 }];
  const payments = [{ kind: "card", amount: 1_000 }];
  const sold = await call("POST", "sales/", { outlet_id: shop.outlet, lines, payments });
  expect(sold.statusCode).toBe(201);
  const { rows } = await arena.owner.query(
    "select (created_at at time zone $2)::date::text as day from arena.sales where id = $1",
    [sold.json().id, time_zone],
  );
  const { day } = rows[0];
  const report = (await call("GET", `reports/sales/?from=${day}&to=${day}`)).json();
  expect(report.rows.map(({ key }: { key: string }) => key)).toEqual([day]);
  const { cookie } = await cookieFor(arena, shop.people.admin);
  const receipt = { url: `/shop/sales/${sold.json().id}/`, headers: { cookie, accept: "text/html" } };
  expect((await arena.app.inject(receipt)).statusCode).toBe(200);
});

test("every name that was taken before still is", async () => {
  const names = Intl.supportedValuesOf("timeZone");
  const { rows } = await arena.owner.query("select name from pg_timezone_names where name = any ($1)", [names]);
  expect(rows.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
});

test.each([
  "+01:00",
  "-0500",
  "UTC+1",
  "FOO5",
  "EST5EDT,M3.2.0,M11.1.0",
  "<+03>-3",
  "europe/lisbon",
  "Europe/Nowhere",
  "posix/Europe/Lisbon",
  "localtime",
  "Factory",
  "Etc/Unknown",
  "../../etc/passwd",
  "",
])("%j is none", async (time_zone) => {
  const refused = [
    await change(time_zone),
    await call("POST", "outlets/", { code: "NONE", name: "Nowhere", currency: "EUR", time_zone }),
  ];
  for (const { statusCode, body } of refused) {
    expect([statusCode, JSON.parse(body).fields]).toEqual([
      400,
      { time_zone: "is no time zone, such as Europe/Lisbon or UTC" },
    ]);
  }
});

test("on the page too", async () => {
  const common = { name: "Abroad", address: "", negative: "no", currency: "EUR" };
  const send = (code: string, time_zone: string) =>
    sendForm(arena, shop.people.admin, "/shop/outlets/", { ...common, code, time_zone });
  expect((await send("PAGE1", "Asia/Kolkata")).status).toBe(303);
  const refused = await send("PAGE2", "+05:30");
  expect([refused.status, refused.body.includes("Time zone is no time zone, such as Europe/Lisbon")]).toEqual([
    400,
    true,
  ]);
});

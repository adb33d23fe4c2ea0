// Feeds, exports and clean-up as the worker runs them, on the real queue.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { act } from "../../../app/domains/point-of-sale/acting.ts";
import { createCustomer } from "../../../app/domains/point-of-sale/customers.ts";
import { loadDemoShop } from "../../../app/domains/point-of-sale/demo.ts";
import { cleanUpShops, makeExport } from "../../../app/domains/point-of-sale/export-job.ts";
import { applyFeed } from "../../../app/domains/point-of-sale/feed-job.ts";
import { pointOfSaleJobs } from "../../../app/domains/point-of-sale/jobs.ts";
import { toPdf } from "../../../app/domains/point-of-sale/pdf.ts";
import { createProduct } from "../../../app/domains/point-of-sale/products.ts";
import { sellOnce } from "../../../app/domains/point-of-sale/selling.ts";
import type { JobContext } from "../../../app/platform/queue.ts";
import { type QueueWorker, startWorker } from "../../../app/platform/queue-worker.ts";
import { openStorage, type Storage } from "../../../app/platform/storage.ts";
import { newTenant } from "../actors.ts";
import { eventually, quiet, startApp, type TestApp } from "../harness.ts";
import { faultsOf, nobody, openShop, type Shop } from "./shop.ts";

let arena: TestApp;
let shop: Shop;
let folder: string;
let storage: Storage;
let worker: QueueWorker;
const mailer = { send: () => Promise.reject(new Error("no mail is sent here")), close: () => {} };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "arena-files-"));
  arena = await startApp({ MEDIA_STORE: folder });
  storage = openStorage(arena.environment);
  shop = await openShop(arena);
  const jobs = pointOfSaleJobs;
  worker = await startWorker({ database: arena.database, logger: quiet, mailer, storage, jobs, stopTimeout: 5 });
});
afterAll(async () => {
  await worker.stop();
  expect(await faultsOf(arena)).toEqual([]);
  await arena.close();
  await rm(folder, { recursive: true });
});

const context = (): JobContext => ({
  database: arena.database,
  logger: quiet,
  mailer,
  storage,
  key: "a-job",
  signal: new AbortController().signal,
});

async function ask(method: "GET" | "POST" | "PUT", path: string, payload?: unknown, type = "application/json") {
  const headers = { ...shop.people.manager.headers, ...(payload === undefined ? {} : { "content-type": type }) };
  const body = typeof payload === "string" ? payload : payload === undefined ? undefined : JSON.stringify(payload);
  const response = await arena.app.inject({
    method,
    url: `/api/v1${path}`,
    ...(body === undefined ? {} : { payload: body }),
    headers,
  });
  return { status: response.statusCode, body: response.json() };
}

const levels = async () => {
  const { items } = (await ask("GET", `/stock/?outlet_id=${shop.outlet}`)).body;
  return Object.fromEntries(items.map(({ code, quantity }: { code: string; quantity: number }) => [code, quantity]));
};

/** Asks until it is done. */
async function done(path: string) {
  await eventually(async () => (await ask("GET", path)).body.status === "done", `${path} is done`);
  return (await ask("GET", path)).body;
}

describe("feeds of stock", () => {
  test("are counted once, whoever sends them how often; codes that are not known are named", async () => {
    await act(arena.database, shop.manager, (trx) =>
      createProduct(trx, shop.manager, {
        code: "WRAP",
        name: "Wrapping",
        price: 1,
        currency: "EUR",
        tracks_stock: false,
      }),
    );
    const feed = {
      outlet_id: shop.outlet,
      feed_id: "count-1",
      kind: "count",
      items: [
        { code: "p0", quantity: 30 },
        { code: "4000000001", quantity: 12 },
        { code: "P1", quantity: 3 },
        { code: "NONE", quantity: 1 },
        { code: "WRAP", quantity: 1 },
      ],
    };
    const taken = await Promise.all([1, 2, 3].map(() => ask("POST", "/stock-feeds/", feed)));
    expect(new Set(taken.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
    const path = `/stock-feeds/${taken[0]?.body.id}/`;
    expect(await done(path)).toMatchObject({
      received: 5,
      applied: 2,
      unknown_codes: ["NONE"],
      refused_codes: ["WRAP"],
    });
    expect(await levels()).toEqual({ P0: 30, P1: 15, P2: 100 });
    // Again after it was done, and the job itself again.
    await ask("POST", "/stock-feeds/", feed);
    await applyFeed.run({ tenant: shop.tenant, feed: taken[0]?.body.id, user: shop.manager.user }, context());
    expect(await levels()).toEqual({ P0: 30, P1: 15, P2: 100 });
    const nothing = { ...feed, feed_id: "count-2", items: [{ code: "NONE", quantity: 1 }] };
    const { id } = (await ask("POST", "/stock-feeds/", nothing)).body;
    expect(await done(`/stock-feeds/${id}/`)).toMatchObject({ applied: 0, unknown_codes: ["NONE"] });
    expect(await levels()).toEqual({ P0: 30, P1: 15, P2: 100 });
    const other = await ask("POST", "/stock-feeds/", { ...feed, items: feed.items.slice(1) });
    expect(other.body).toMatchObject({ status: 409, fields: { feed_id: "was used for another feed before" } });
    expect((await ask("POST", "/stock-feeds/", { ...feed, outlet_id: nobody })).status).toBe(400);
    expect((await ask("GET", `/stock-feeds/${nobody}/`)).status).toBe(404);
  });

  test("come as CSV too", async () => {
    const put = (id: string, csv: string) =>
      ask("PUT", `/stock-feeds/?outlet_id=${shop.outlet}&kind=receipt&feed_id=${id}`, csv, "text/csv");
    const { status, body } = await put("delivery-1", '\ufeffcode,quantity\r\n"P2",5\r\nP0, 2\r\n');
    expect(status).toBe(202);
    expect(await done(`/stock-feeds/${body.id}/`)).toMatchObject({ applied: 2, unknown_codes: [] });
    expect(await levels()).toEqual({ P0: 32, P1: 15, P2: 105 });
    const fault = async (csv: string) => Object.entries((await put("broken", csv)).body.fields ?? { csv: true })[0];
    expect(await fault("code,quantity\nP0,some\n")).toEqual(["line 2", "has no quantity from 0 to 1000000"]);
    expect(await fault("code,quantity\n,1\n")).toEqual(["line 2", "has no code of up to 48 characters"]);
    expect(await fault("code,quantity\n")).toEqual(["body", "must have 1 to 5000 lines below its heading"]);
    expect((await put("broken", 'code,quantity\n"P0,1\n')).body.error).toMatch(/^The CSV cannot be read/);
    expect((await ask("POST", "/stock-feeds/", "code,quantity\n", "text/csv")).status).toBe(415);
  });
});

describe("exports", () => {
  const today = new Date().toISOString().slice(0, 10);
  const order = (changes = {}) =>
    ask("POST", "/exports/", { report: "sales", format: "csv", from: today, to: today, ...changes });

  test("are made by a job, and fetched by a link without an account; formulas are texts", async () => {
    const evil = '=HYPERLINK("https://example.com";"x")';
    const customer = await act(arena.database, shop.manager, (trx) =>
      createCustomer(trx, shop.manager, { name: evil, currency: "EUR" }),
    );
    const lines = [{ product_id: shop.products[0] ?? "", quantity: 2 }];
    const sale = {
      outlet_id: shop.outlet,
      lines,
      customer_id: customer.id,
      discount: { amount: 50 },
      payments: [{ kind: "cash", amount: 2000 } as const],
    };
    for (let index = 0; index < 3; index += 1) await sellOnce(arena.database, shop.cashier, sale, undefined);

    const { status, body } = await order();
    expect([status, body.status]).toEqual([202, "queued"]);
    const made = await done(`/exports/${body.id}/`);
    expect(made).toMatchObject({ rows: 3, error: null });
    const file = await arena.app.inject({ url: new URL(made.url, "http://localhost").pathname });
    expect(file.headers).toMatchObject({
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": expect.stringContaining(`sales-${today}.csv`),
    });
    expect(file.body.length).toBe(made.size);
    const rows = parse(file.body, { columns: true }) as Record<string, string>[];
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatchObject({
      Receipt: "MAIN-1",
      Cashier: "The cashier",
      Customer: `'${evil}`,
      Discount: "0.50",
      Total: "19.50",
      Currency: "EUR",
    });
    // A job that runs again finds it done.
    await makeExport.run({ tenant: shop.tenant, id: body.id }, context());
    expect((await ask("GET", "/exports/?report=sales")).body.items).toHaveLength(1);
  });

  test.each([
    ["sales_summary", "csv", "Day,Sales,Items,Discount,Tax,Total,Currency\r\n"],
    ["inventory", "csv", "Outlet,Code,Product,Quantity,Low at,Low,Value,Currency\r\n"],
    ["sales", "pdf", "%PDF-"],
    ["inventory", "pdf", "%PDF-"],
  ])("%s as %s", async (report, format, start) => {
    const { body } = await order({ report, format, outlet: shop.outlet });
    const made = await done(`/exports/${body.id}/`);
    const file = await arena.app.inject({ url: new URL(made.url, "http://localhost").pathname });
    expect(file.body.slice(0, start.length)).toBe(start);
    expect(file.rawPayload.length).toBe(made.size);
  });

  test("a PDF has as many pages as its rows need", async () => {
    const pages = async (count: number) => {
      const rows = Array.from({ length: count }, (_, index) => [`Line ${index} \u4e16`, index, { decimal: "1.00" }]);
      const file = await toPdf({ title: "Sales", subtitle: "Today", table: { heading: ["A", "B", "C"], rows } });
      return file.toString("latin1").match(/\/Type \/Page\b(?!s)/g)?.length;
    };
    expect([await pages(0), await pages(20), await pages(70)]).toEqual([1, 1, 3]);
  });

  test("that make no sense are refused", async () => {
    expect((await order({ from: "2027-01-01", to: "2026-01-01" })).body.fields).toEqual({ to: "is before from" });
    expect((await order({ from: "2020-01-01" })).body.fields).toHaveProperty("to");
    expect((await order({ outlet: nobody })).body.fields).toHaveProperty("outlet_id");
    expect((await order({ report: "secrets" })).status).toBe(400);
  });

  test("that cannot be kept say so, and have no link", async () => {
    const { rows } = await arena.owner.query(
      `insert into arena.exports (id, tenant_id, account_id, report, format, parameters)
       values (gen_random_uuid(), $1, $2, 'inventory', 'csv', '{"from":"2026-01-01","to":"2026-01-02"}') returning id`,
      [shop.tenant, shop.manager.user],
    );
    const broken = { ...context(), storage: { ...storage, put: () => Promise.reject(new Error("the disk is full")) } };
    const payload = { tenant: shop.tenant, id: rows[0].id };
    await expect(makeExport.run(payload, broken)).rejects.toThrow("the disk is full");
    expect((await ask("GET", `/exports/${payload.id}/`)).body).toMatchObject({ status: "failed", url: null });
    await makeExport.run(payload, context());
    expect((await ask("GET", `/exports/${payload.id}/`)).body).toMatchObject({ status: "done", error: null });
  });

  test("and their files go after a week, with keys and carts that are old", async () => {
    const files = async () =>
      (await readdir(folder, { recursive: true })).filter((name) => /\.(csv|pdf)$/.test(name)).length;
    const before = await files();
    expect(before).toBeGreaterThan(4);
    await arena.owner.query(`
      update arena.exports set created_at = now() - interval '8 days' where report = 'inventory';
      insert into arena.idempotency_keys (tenant_id, account_id, operation, key, fingerprint, created_at)
        values ('${shop.tenant}', '${nobody}', 'sale', 'old', '', now() - interval '8 days'), ('${shop.tenant}', '${nobody}', 'sale', 'new', '', now());
      insert into arena.carts (id, tenant_id, outlet_id, account_id, discount, updated_at)
        values (gen_random_uuid(), '${shop.tenant}', '${shop.outlet}', '${nobody}', 0, now() - interval '15 days')`);
    await cleanUpShops.run({}, context());
    expect(await files()).toBe(before - 3);
    const count = async (table: string) =>
      (await arena.owner.query(`select count(*)::int as n from arena.${table}`)).rows[0].n;
    expect([await count("exports"), await count("idempotency_keys"), await count("carts")]).toEqual([3, 1, 0]);
    const stopped = { ...context(), signal: AbortSignal.abort() };
    await expect(cleanUpShops.run({}, stopped)).rejects.toThrow("the worker stops");
  });
});

describe("reports", () => {
  const today = new Date().toISOString().slice(0, 10);

  test("sum up sales by anything, without voided ones; groups add up to the total", async () => {
    const { body: all } = await ask("GET", `/sales/?status=completed`);
    await ask("POST", `/sales/${all.items[0].id}/void/`, { reason: "Testing" });
    for (const group of ["day", "outlet", "cashier", "product", "payment"]) {
      const { body } = await ask("GET", `/reports/sales/?from=${today}&to=${today}&group_by=${group}`);
      expect(body.totals).toEqual([{ currency: "EUR", sales: 2, voided: 1, total: 3900, tax: 650, discount: 100 }]);
      expect(body.rows).toHaveLength(1);
      expect(body.rows[0]).toMatchObject({ sales: 2, total: 3900, quantity: group === "payment" ? 2 : 4 });
    }
    const { body } = await ask("GET", `/reports/sales/?from=2020-01-01&to=2020-01-31&outlet=${shop.outlet}`);
    expect([body.group_by, body.totals, body.rows]).toEqual(["day", [], []]);
    expect((await ask("GET", "/reports/sales/?from=2020-01-01&to=2026-01-31")).status).toBe(400);
  });

  test("a day is the outlet's", async () => {
    await arena.owner.query("update arena.outlets set time_zone = 'Pacific/Kiritimati' where id = $1", [shop.outlet]);
    await arena.owner.query("update arena.sales set created_at = '2026-03-01T12:00:00Z' where outlet_id = $1", [
      shop.outlet,
    ]);
    const days = async (day: string) => (await ask("GET", `/reports/sales/?from=${day}&to=${day}`)).body.rows.length;
    expect([await days("2026-03-01"), await days("2026-03-02")]).toEqual([0, 1]);
  });

  test("value the stock and name what is low", async () => {
    await arena.owner.query("update arena.products set low_stock = 15 where tenant_id = $1", [shop.tenant]);
    const { body } = await ask("GET", `/reports/inventory/?outlet=${shop.outlet}`);
    expect(body.rows.map(({ code, is_low }: { code: string; is_low: boolean }) => [code, is_low])).toEqual([
      ["P1", true],
      ["P0", false],
      ["P2", false],
    ]);
    const quantity = body.rows.reduce((sum: number, row: { quantity: number }) => sum + row.quantity, 0);
    expect(body.totals).toEqual([{ currency: "EUR", quantity, value: quantity * 400, low: 1 }]);
  });
});

test("the demo's shop is one that staff could have made, and is made once", async () => {
  const tenant = await newTenant(arena, "Demo");
  const staff = { tenant, manager: shop.manager.user, cashiers: [shop.cashier.user] };
  const made = await loadDemoShop(arena.database, staff);
  expect(made).toBeGreaterThan(60);
  expect(await loadDemoShop(arena.database, staff)).toBe(0);
  const { rows } = await arena.owner.query(
    `select count(*)::int as sales, count(distinct created_at::date)::int as days, count(*) filter (where status = 'voided')::int as voided
     from arena.sales where tenant_id = $1`,
    [tenant],
  );
  expect(rows).toEqual([{ sales: made, days: 28, voided: 2 }]);
});

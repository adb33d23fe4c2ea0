// What every request is held to, whatever its schema says: days and moments that there are, texts that can be kept; and what
// links to pages carry for others.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { faultsOfTexts } from "../../../app/http/texts.ts";
import { cookieFor, sendForm } from "../actors.ts";
import { newTournament, startApp, type TestApp } from "../harness.ts";
import { openShop, type Shop } from "../point-of-sale/shop.ts";

let arena: TestApp;
let shop: Shop;
beforeAll(async () => {
  arena = await startApp();
  shop = await openShop(arena);
});
afterAll(() => arena.close());

const get = (url: string) => arena.app.inject({ url, headers: shop.people.admin.headers });
const post = (url: string, payload: object | string) =>
  arena.app.inject({
    method: "POST",
    url,
    headers: { ...shop.people.admin.headers, "content-type": "application/json" },
    payload,
  });
const page = async (url: string) => {
  const { cookie } = await cookieFor(arena, shop.people.admin);
  return arena.app.inject({ url, headers: { cookie, accept: "text/html" } });
};

/** All that takes a day. */
const takers = [
  (day: string) => get(`/api/v1/sales/?from=${day}`),
  (day: string) => get(`/api/v1/sales/?to=${day}`),
  (day: string) => get(`/api/v1/reports/sales/?from=${day}&to=${day}`),
  (day: string) => get(`/api/v1/staff-activity/?from=${day}&to=${day}`),
  (day: string) => get(`/api/v1/customers/${shop.customer}/statement/?to=${day}`),
  (day: string) => get(`/api/v1/customers/${shop.customer}/statement/?from=${day}&to=9999-12-31`),
  (day: string) => post("/api/v1/exports/", { report: "sales", format: "csv", from: day, to: day }),
  (day: string) => page(`/shop/reports/?from=${day}&to=${day}`),
  (day: string) => page(`/shop/customers/${shop.customer}/statement/?to=${day}`),
  (day: string) => page(`/shop/customers/${shop.customer}/statement/?from=${day}&to=${day}`),
];

describe("days and moments", () => {
  test.each(["0000-01-01", "0000-12-31", "2023-02-29", "1900-02-29", "2026-04-31", "10000-01-01"])(
    "%s is none: refused, as what is wrong with its field",
    async (day) => {
      for (const ask of takers) {
        const { statusCode, body, headers } = await ask(day);
        expect([statusCode, String(ask)]).toEqual([400, String(ask)]);
        if (headers["content-type"]?.toString().includes("json")) {
          const { code, fields } = JSON.parse(body);
          expect(code).toBe("VALIDATION_FAILED");
          expect(fields[Object.keys(fields)[0] ?? ""]).toMatch(/^must /);
          expect(["from", "to"]).toContain(Object.keys(fields)[0]);
        }
      }
    },
  );

  test.each(["0001-01-01", "0001-01-15", "9999-12-31", "2000-02-29", "2024-02-29"])("%s is one", async (day) => {
    for (const ask of takers) {
      const { statusCode } = await ask(day);
      expect([statusCode < 300, String(ask)]).toEqual([true, String(ask)]);
    }
  });

  test("a statement of the first days there are begins with the first", async () => {
    const statement = (await get(`/api/v1/customers/${shop.customer}/statement/?to=0001-01-15`)).json();
    expect([statement.from, statement.to]).toEqual(["0001-01-01", "0001-01-15"]);
  });

  test("a cursor that somebody made up of a moment in the year 0 is refused", async () => {
    const parts = ["starts", "0000-01-01T00:00:00Z", "01900000-0000-7000-8000-000000000001"];
    const cursor = Buffer.from(JSON.stringify(parts)).toString("base64url");
    expect((await get(`/api/v1/tournaments/?sort=starts&cursor=${cursor}`)).json().fields).toHaveProperty("cursor");
  });

  test("a moment of the year 0 is none, also where an offset makes it one", async () => {
    for (const starts_at of ["0000-05-01T10:00:00Z", "0001-01-01T00:30:00+01:00", "9999-12-31T23:30:00-01:00"]) {
      const answer = await post("/api/v1/tournaments/", newTournament("year-0", { starts_at }));
      expect(answer.json().fields).toHaveProperty("starts_at");
    }
  });
});

describe("texts that cannot be kept", () => {
  test.each([
    ["half of a character", "\\ud800", "holds half of a character (a lone surrogate): leave it out"],
    ["the other half", "\\udc00", "holds half of a character (a lone surrogate): leave it out"],
    ["U+0000", "\\u0000", "holds the character U+0000: leave it out"],
  ])("%s is refused, as what is wrong with its field", async (_what, written, message) => {
    const name = await post("/api/v1/categories/", `{"name":"a${written}"}`);
    expect([name.statusCode, name.json().fields, name.json().error]).toEqual([
      400,
      { name: message },
      `name ${message}`,
    ]);
    const below = await post("/api/v1/sales/", `{"lines":[{"product_id":"${written}"}]}`);
    expect(below.json().fields).toMatchObject({ "lines.0.product_id": message, outlet_id: "is missing" });
    const key = await post("/api/v1/categories/", `{"name":"a","b${written}":1}`);
    expect([key.statusCode, Object.values(key.json().fields)[0]]).toEqual([400, message]);
    // Where nothing but the text is wrong, and the audit log would keep it.
    const outlet = { method: "PATCH", url: `/api/v1/outlets/${shop.outlet}/` } as const;
    const headers = { ...shop.people.admin.headers, "content-type": "application/json" };
    const changed = await arena.app.inject({ ...outlet, headers, payload: `{"address":"${written}"}` });
    expect([changed.statusCode, changed.json().fields]).toEqual([400, { address: message }]);
  });

  test("in an address and in a form too; a whole character is taken", async () => {
    expect((await get("/api/v1/products/?q=a%00")).json().fields).toEqual({ q: expect.stringContaining("U+0000") });
    expect((await get("/api/v1/tournaments/a%00/")).json().fields).toEqual({ slug: expect.stringContaining("U+0000") });
    const form = await sendForm(arena, shop.people.admin, "/account/name/", { name: "A\0" });
    expect([form.status, form.body.includes("Your name holds the character U+0000")]).toEqual([400, true]);
    expect((await post("/api/v1/categories/", { name: "😀" })).json().name).toBe("😀");
    expect((await sendForm(arena, shop.people.admin, "/account/name/", { name: "Ada 😀" })).status).toBe(303);
  });

  test("nested as deep as a body can be, nothing breaks", async () => {
    const deep = `${"[".repeat(30_000)}"\\ud800"${"]".repeat(30_000)}`;
    expect((await post("/api/v1/categories/", deep)).statusCode).toBe(400);
  });

  test("are found wherever they stand, and nothing else is", () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.constantFrom("a", "\\", '"', "/", "~", "\0", "\ud800", "\udc00", "u0000"),
        fc.string({ unit: "binary", maxLength: 1 }),
      ),
      maxLength: 6,
    });
    const value = fc.letrec((tie) => ({
      any: fc.oneof({ maxDepth: 4 }, text, fc.integer(), fc.constant(null), tie("list"), tie("object")),
      list: fc.array(tie("any"), { maxLength: 4 }),
      object: fc.dictionary(text, tie("any"), { maxKeys: 4 }),
    })).any;
    fc.assert(
      fc.property(value, (given) => {
        // JSON writes exactly these as escapes of four digits that begin so.
        const isBad = /(?<!\\)(\\\\)*\\u(d[89a-f]|0000)/.test(JSON.stringify(given));
        const faults = faultsOfTexts(given);
        expect(faults.length > 0).toBe(isBad);
        expect(faults.every(({ instancePath }) => instancePath.isWellFormed())).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe("what links carry for others", () => {
  const open = (url: string) => arena.app.inject({ url, headers: { accept: "text/html" } });

  test("leaves public pages as they are", async () => {
    await post("/api/v1/tournaments/", newTournament("shared"));
    await post("/api/v1/tournaments/shared/transitions/", { move: "open_registration" });
    const token = "x".repeat(43);
    const pages = [
      "/tournaments/",
      "/tournaments/shared/",
      "/login/",
      "/register/",
      "/forgot-password/",
      `/reset-password/?token=${token}`,
      `/verify-email/?token=${token}`,
    ];
    for (const address of pages) {
      const tracked = `${address}${address.includes("?") ? "&" : "?"}utm_source=x&fbclid=a&fbclid=b&__proto__=c`;
      const [plain, with_] = [await open(address), await open(tracked)];
      expect([plain.statusCode, with_.statusCode, address]).toEqual([200, 200, address]);
      if (address.includes("token")) expect(with_.body).toContain(`value="${token}"`);
    }
    expect((await page(`/invitation/?token=${token}&utm_source=x`)).body).toContain(`value="${token}"`);
  });

  test("does not get in the way of pages of a list, and what a page does know is still checked", async () => {
    for (let number = 0; number < 21; number += 1) {
      await post("/api/v1/tournaments/", newTournament(`many-${number}`));
      await post(`/api/v1/tournaments/many-${number}/transitions/`, { move: "open_registration" });
    }
    const first = await open("/tournaments/?status=registration&utm_source=x");
    const [, written = ""] = /<a rel="next" href="([^"]+)"/.exec(first.body) ?? [];
    const next = written.replaceAll(/&#(\d+);/g, (_all, code: string) => String.fromCodePoint(Number(code)));
    expect(next).toMatch(/^\/tournaments\/\?status=registration&cursor=[\w-]+$/);
    const second = await open(`${next}&fbclid=a`);
    expect([second.statusCode, second.body.includes("many-0/")]).toEqual([200, true]);
    for (const wrong of ["status=nonsense", "cursor=nonsense", "limit=0"]) {
      expect((await open(`/tournaments/?${wrong}`)).statusCode).toBe(400);
    }
    expect((await open("/tournaments/shared/?round=none")).statusCode).toBe(400);
  });

  test("is refused by the API, which drops nothing in silence", async () => {
    expect((await get("/api/v1/tournaments/?utm_source=x")).json().fields).toEqual({ utm_source: "is not known here" });
  });
});

// Lists sorted by text are walked to their end by their own cursors, however long the texts are that they are sorted by.
import { afterAll, beforeAll, expect, test } from "vitest";
import { actor } from "../actors.ts";
import { newTournament, startApp, type TestApp } from "../harness.ts";
import { openShop, type Shop } from "../point-of-sale/shop.ts";

let arena: TestApp;
let shop: Shop;
beforeAll(async () => {
  arena = await startApp();
  shop = await openShop(arena, { products: 0 });
});
afterAll(() => arena.close());

const call = async (method: "GET" | "POST", url: string, payload?: object, { headers } = shop.people.admin) => {
  const body = payload === undefined ? {} : { payload };
  const answer = await arena.app.inject({ method, url: `/api/v1/${url}`, headers, ...body });
  expect([answer.statusCode < 300, answer.statusCode < 300 ? "" : answer.body]).toEqual([true, ""]);
  return answer.json();
};

/** As long as a text may be, of characters that need most room in a cursor where they are taken; no two are the same. */
const longest = (length: number, fill: string, number: number) => fill.repeat(length - 1) + number;
const emoji = "😀";
/** JSON writes it as \u0001. */
const control = "\u0001";

const lists: readonly [list: string, sorts: readonly string[], make: (number: number) => Promise<unknown>][] = [
  [
    "customers",
    ["name"],
    (number) => call("POST", "customers/", { name: longest(120, emoji, number), currency: "EUR" }),
  ],
  ["categories", ["name"], (number) => call("POST", "categories/", { name: longest(80, emoji, number) })],
  [
    "products",
    ["name", "code"],
    (number) =>
      call("POST", "products/", {
        name: longest(120, emoji, number),
        code: longest(32, "-", number),
        price: 1_000,
        currency: "EUR",
      }),
  ],
  [
    "stock",
    ["product"],
    async (number) => {
      const { items } = await call("GET", "products/?limit=100");
      const product_id = items[number].id;
      await call("POST", "stock-movements/", { kind: "receipt", outlet_id: shop.outlet, product_id, quantity: 1 });
    },
  ],
  [
    "tournaments",
    ["name"],
    (number) =>
      call("POST", "tournaments/", newTournament(`long-${number}`, { name: longest(120, control, number) })).then(() =>
        call("POST", `tournaments/long-${number}/transitions/`, { move: "open_registration" }),
      ),
  ],
  ["schedules", ["name"], async () => undefined],
  [
    "tournaments/long-0/teams",
    ["name"],
    async (number) =>
      call("POST", "tournaments/long-0/teams/", { name: longest(80, control, number) }, await actor(arena)),
  ],
];

test.each(lists)("%s", async (list, sorts, make) => {
  for (let number = 0; number < 3; number += 1) await make(number);
  for (const sort of sorts.flatMap((name) => [name, `-${name}`])) {
    const whole = (await call("GET", `${list}/?limit=100&sort=${sort}`)).items;
    expect(whole.length).toBeGreaterThanOrEqual(3);
    const walked: unknown[] = [];
    let cursor = "";
    do {
      const page = await call("GET", `${list}/?limit=1&sort=${sort}${cursor && `&cursor=${cursor}`}`);
      walked.push(...page.items);
      cursor = page.next ?? "";
    } while (cursor !== "");
    expect(walked).toEqual(whole);
  }
});

test("a longer one than any list gives out is refused", async () => {
  const answer = await arena.app.inject(`/api/v1/tournaments/?cursor=${"x".repeat(5_000)}`);
  expect([answer.statusCode, Object.keys(answer.json().fields)]).toEqual([400, ["cursor"]]);
});

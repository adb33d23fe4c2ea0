// Many writers at the same time on real PostgreSQL: nothing is lost, oversold or counted twice, and nobody sees a deadlock.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { act, withRetries } from "../../../app/domains/point-of-sale/acting.ts";
import { clockIn } from "../../../app/domains/point-of-sale/attendance.ts";
import { takePayment } from "../../../app/domains/point-of-sale/credit.ts";
import { explaining } from "../../../app/domains/point-of-sale/refusals.ts";
import type { SaleRequest } from "../../../app/domains/point-of-sale/sell.ts";
import { sellOnce } from "../../../app/domains/point-of-sale/selling.ts";
import { moveStock, type NewMovement } from "../../../app/domains/point-of-sale/stock.ts";
import { voidSale } from "../../../app/domains/point-of-sale/void-sale.ts";
import { Problem } from "../../../app/platform/problem.ts";
import { startApp, type TestApp } from "../harness.ts";
import { faultsOf, openShop, type Shop } from "./shop.ts";

let arena: TestApp;
beforeAll(async () => {
  arena = await startApp();
});
afterAll(() => arena.close());

/** What happened to each, where only refusals of ours may happen. */
async function outcomes(work: readonly Promise<unknown>[]): Promise<string[]> {
  const results = await Promise.allSettled(work);
  return results.map((result) => {
    if (result.status === "fulfilled") return "done";
    if (result.reason instanceof Problem && result.reason.status < 500) return result.reason.code;
    throw result.reason;
  });
}

const counted = (all: readonly string[], what: string) => all.filter((one) => one === what).length;

function cashSale({ outlet }: Shop, product: string, quantity: number, total: number): SaleRequest {
  return { outlet_id: outlet, lines: [{ product_id: product, quantity }], payments: [{ kind: "cash", amount: total }] };
}

describe("many at the same time", () => {
  test("the last pieces are sold once each", async () => {
    const shop = await openShop(arena, { products: 1, stock: 7 });
    const [product = ""] = shop.products;
    const results = await outcomes(
      Array.from({ length: 25 }, () =>
        sellOnce(arena.database, shop.cashier, cashSale(shop, product, 1, 1000), undefined),
      ),
    );
    expect([counted(results, "done"), counted(results, "CONFLICT")]).toEqual([7, 18]);
    expect(await faultsOf(arena)).toEqual([]);
  });

  test("credit never goes beyond its limit", async () => {
    const shop = await openShop(arena, { products: 1, stock: 100, creditLimit: 5_500 });
    const [product = ""] = shop.products;
    const sale: SaleRequest = {
      ...cashSale(shop, product, 1, 1000),
      customer_id: shop.customer,
      payments: [{ kind: "credit", amount: 1000 }],
    };
    const results = await outcomes(
      Array.from({ length: 20 }, () => sellOnce(arena.database, shop.cashier, sale, undefined)),
    );
    expect([counted(results, "done"), counted(results, "CONFLICT")]).toEqual([5, 15]);
    expect(await faultsOf(arena)).toEqual([]);
  });

  test("the same key is one sale, with one answer for all", async () => {
    const shop = await openShop(arena, { products: 1 });
    const [product = ""] = shop.products;
    const answers = await Promise.all(
      Array.from({ length: 15 }, () =>
        sellOnce(arena.database, shop.cashier, cashSale(shop, product, 2, 2000), "key-1"),
      ),
    );
    expect(new Set(answers.map(({ answer }) => JSON.stringify(answer))).size).toBe(1);
    expect(answers.filter(({ isRepeated }) => !isRepeated)).toHaveLength(1);
    const { rows } = await arena.owner.query("select count(*)::int as sales from arena.sales where outlet_id = $1", [
      shop.outlet,
    ]);
    expect(rows).toEqual([{ sales: 1 }]);
  });

  test("a sale is voided once, and nobody clocks in twice", async () => {
    const shop = await openShop(arena, { products: 1 });
    const [product = ""] = shop.products;
    const { answer } = await sellOnce(arena.database, shop.cashier, cashSale(shop, product, 2, 2000), undefined);
    const voids = Array.from({ length: 8 }, () =>
      act(arena.database, shop.manager, (trx) => voidSale(trx, shop.manager, answer.id, "A mistake")),
    );
    expect(counted(await outcomes(voids), "done")).toBe(1);
    const shifts = Array.from({ length: 8 }, () =>
      act(arena.database, shop.cashier, (trx) => clockIn(trx, shop.cashier)),
    );
    expect(counted(await outcomes(shifts), "done")).toBe(1);
    expect(await faultsOf(arena)).toEqual([]);
  });

  test("a movement by hand on products in opposite orders meets no deadlock", async () => {
    const shop = await openShop(arena, { products: 4, stock: 50 });
    const forth = shop.products.map((product_id) => ({ product_id, quantity: 1 }));
    const back = forth.toReversed();
    const total = 1000 + 1100 + 1200 + 1300;
    const results = await outcomes(
      Array.from({ length: 24 }, (_, index) =>
        sellOnce(
          arena.database,
          shop.cashier,
          { outlet_id: shop.outlet, lines: index % 2 ? forth : back, payments: [{ kind: "card", amount: total }] },
          undefined,
        ),
      ),
    );
    expect(counted(results, "done")).toBe(24);
  });
});

/** Anything that staff may do, in numbers that collide. */
type Step =
  | {
      readonly do: "sell";
      readonly lines: readonly [number, number][];
      readonly credit: boolean;
      readonly percent: number;
    }
  | { readonly do: "void"; readonly sale: number }
  | { readonly do: "pay"; readonly amount: number }
  | { readonly do: "receive" | "count" | "send"; readonly product: number; readonly quantity: number };

const product = fc.nat(2);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("sell" as const),
    lines: fc.array(fc.tuple(product, fc.integer({ min: 1, max: 4 })), { minLength: 1, maxLength: 4 }),
    credit: fc.boolean(),
    percent: fc.nat(5000),
  }),
  fc.record({ do: fc.constant("void" as const), sale: fc.nat(8) }),
  fc.record({ do: fc.constant("pay" as const), amount: fc.integer({ min: 1, max: 3000 }) }),
  fc.record({
    do: fc.constantFrom("receive" as const, "count" as const, "send" as const),
    product,
    quantity: fc.integer({ min: 1, max: 9 }),
  }),
);

describe("whatever is done at the same time", () => {
  test("stock is the sum of its movements, balances the sums of their ledgers", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 12, maxLength: 24 }),
        fc.boolean(),
        async (steps, allowsNegativeStock) => {
          const shop = await openShop(arena, { stock: 12, creditLimit: 8_000, allowsNegativeStock });
          const other = await secondOutlet(shop);
          const sold = await Promise.all(
            [0, 1, 2].map((index) =>
              attempt(shop, other, [], { do: "sell", lines: [[index, 1]], credit: true, percent: 0 }),
            ),
          );
          const sales = sold.filter((id) => id !== undefined);
          await outcomes(steps.map((one) => attempt(shop, other, sales, one)));
          expect(await faultsOf(arena)).toEqual([]);
        },
      ),
      { numRuns: 12 },
    );
  });
});

async function secondOutlet(shop: Shop): Promise<string> {
  const { createOutlet } = await import("../../../app/domains/point-of-sale/outlets.ts");
  const values = { code: "SIDE", name: "Side shop", currency: "EUR" } as const;
  return (await act(arena.database, shop.admin, (trx) => createOutlet(trx, shop.admin, values))).id;
}

/** @returns the id of the sale that was made, if one was */
async function attempt(shop: Shop, other: string, sales: readonly string[], one: Step): Promise<string | undefined> {
  const { manager, outlet, products, customer } = shop;
  if (one.do === "sell") return sellSome(shop, one);
  if (one.do === "void") {
    await act(arena.database, manager, (trx) =>
      voidSale(trx, manager, sales[one.sale % sales.length] ?? "", "Testing"),
    );
  } else if (one.do === "pay") {
    const payment = { amount: one.amount, method: "cash" } as const;
    await act(arena.database, manager, (trx) => takePayment(trx, manager, customer, payment));
  } else {
    const place = { outlet_id: outlet, product_id: products[one.product] ?? "" };
    const movements: Readonly<Record<typeof one.do, NewMovement>> = {
      receive: { kind: "receipt", ...place, quantity: one.quantity },
      count: { kind: "adjustment", ...place, counted: one.quantity, reason: "Counted" },
      send: { kind: "transfer", ...place, quantity: one.quantity, to_outlet_id: other },
    };
    await act(arena.database, manager, (trx) => moveStock(trx, manager, movements[one.do]));
  }
  return undefined;
}

async function sellSome(shop: Shop, { lines, credit, percent }: Step & { readonly do: "sell" }): Promise<string> {
  const prices = [1000, 1100, 1200];
  const gross = lines.reduce((all, [index, quantity]) => all + (prices[index] ?? 0) * quantity, 0);
  const total = gross - Math.floor((gross * percent * 2 + 10_000) / 20_000);
  const request: SaleRequest = {
    outlet_id: shop.outlet,
    lines: lines.map(([index, quantity]) => ({ product_id: shop.products[index] ?? "", quantity })),
    discount: { percent },
    customer_id: shop.customer,
    payments: [{ kind: credit ? "credit" : "card", amount: total }],
    expected_total: total,
  };
  return (await sellOnce(arena.database, shop.cashier, request, undefined)).answer.id;
}

describe("what PostgreSQL broke off", () => {
  const broken = (code: string) => Object.assign(new Error("broken off"), { code });

  test("is done again, up to six times", async () => {
    let calls = 0;
    const result = withRetries(async () => {
      calls += 1;
      if (calls < 6) throw broken(calls % 2 ? "40P01" : "40001");
      return calls;
    });
    expect(await result).toBe(6);
    await expect(withRetries(() => Promise.reject(broken("40P01")))).rejects.toThrow("broken off");
  });

  test.each([
    ["broken off", broken("23505")],
    ["without a code", new Error("without a code")],
    ["40P01", "40P01"],
  ])("another failure is not: %s", async (message, failure) => {
    let calls = 0;
    const result = withRetries(async () => {
      calls += 1;
      throw failure;
    });
    await expect(result).rejects.toThrow(message);
    expect(calls).toBe(1);
  });

  test("a broken constraint is said in words; what has none, or no words, is passed on", () => {
    const meaning = new Problem("CONFLICT", "It is taken.");
    const explain = explaining({ unique_name: meaning });
    const of = (constraint: unknown) => Object.assign(broken("23505"), { constraint });
    expect(() => explain(of("unique_name"))).toThrow(meaning);
    for (const failure of [of("another"), of(7), broken("23505")]) expect(() => explain(failure)).toThrow(failure);
  });
});

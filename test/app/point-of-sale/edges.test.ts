// What hardly ever happens at a till or in a stock room, and must not end in a wrong amount or an error of ours.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Actor, act } from "../../../app/domains/point-of-sale/acting.ts";
import {
  addToCart,
  type Cart,
  checkOut,
  findCart,
  openCart,
  setCustomer,
  setDiscount,
  setQuantity,
} from "../../../app/domains/point-of-sale/cart.ts";
import { statementOf } from "../../../app/domains/point-of-sale/ledger.ts";
import { createProduct, type NewProduct } from "../../../app/domains/point-of-sale/products.ts";
import { sendReceipt } from "../../../app/domains/point-of-sale/receipts.ts";
import type { SaleRequest } from "../../../app/domains/point-of-sale/sell.ts";
import { sellOnce } from "../../../app/domains/point-of-sale/selling.ts";
import { moveStock } from "../../../app/domains/point-of-sale/stock.ts";
import { voidSale } from "../../../app/domains/point-of-sale/void-sale.ts";
import type { Trx } from "../../../app/platform/postgres.ts";
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

/** Work of the shop's cashier, or of somebody else, in a transaction. */
function work<T>(does: (trx: Trx, actor: Actor) => Promise<T>, actor = shop.cashier): Promise<T> {
  return act(arena.database, actor, (trx) => does(trx, actor));
}

/** A new product of the shop's. */
async function newProduct(values: Pick<NewProduct, "code"> & Partial<NewProduct>): Promise<string> {
  const product = { name: values.code, price: 1_000, currency: "EUR", tracks_stock: false, ...values } as const;
  return (await work((trx, actor) => createProduct(trx, actor, product), shop.manager)).id;
}

/** The cashier's cart. */
async function cart(): Promise<Cart> {
  const found = await work(findCart);
  if (found === undefined) throw new Error("There is a cart.");
  return found;
}

const newCart = async () => {
  await work((trx, actor) => openCart(trx, actor, shop.outlet));
  return cart();
};

describe("a cart", () => {
  test("that is sold in another window takes nothing more, and says so", async () => {
    const [first = "", second = ""] = shop.products;
    const seen = await newCart();
    await work((trx, actor) => addToCart(trx, actor, seen, first, 1));
    await checkOut(arena.database, shop.cashier, seen.id, 1_000, { whole: "card" });
    const late: readonly ((trx: Trx, actor: Actor) => Promise<void>)[] = [
      (trx, actor) => addToCart(trx, actor, seen, second, 1),
      (trx, actor) => setQuantity(trx, actor, seen, first, 2),
      (trx, actor) => setQuantity(trx, actor, seen, first, 0),
      (trx, actor) => setCustomer(trx, actor, seen, shop.customer),
      (trx, actor) => setDiscount(trx, actor, { ...seen, totals: { ...seen.totals, subtotal: 9 } }, 5),
    ];
    for (const step of late) await expect(work(step)).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await cart()).toMatchObject({ lines: [], customer_id: null, discount: 0 });
    const empty = checkOut(arena.database, shop.cashier, (await cart()).id, 0, { whole: "cash" });
    await expect(empty).rejects.toMatchObject({ fields: { cart: expect.any(String) } });
  });

  test("is not sold without what another window puts in at the same moment: the total is looked at again", async () => {
    const [first = "", second = ""] = shop.products;
    const seen = await newCart();
    await work((trx, actor) => addToCart(trx, actor, seen, first, 1));
    let sold: Promise<unknown> | undefined;
    await work(async (trx, actor) => {
      await addToCart(trx, actor, seen, second, 1);
      sold = checkOut(arena.database, shop.cashier, seen.id, 1_000, { whole: "card" }).catch((error: unknown) => error);
      // It waits for this transaction, or has read the cart without the second product by now.
      await new Promise((resolve) => setTimeout(resolve, 100));
    });
    expect(await sold).toMatchObject({ code: "CONFLICT", fields: { expected_total: expect.any(String) } });
    expect((await cart()).lines).toHaveLength(2);
  });

  test("takes only what is sold at its outlet, on as many lines as a sale has", async () => {
    const seen = await newCart();
    const [first = ""] = shop.products;
    for (const product of [await newProduct({ code: "YEN", currency: "JPY" }), nobody]) {
      const added = work((trx, actor) => addToCart(trx, actor, seen, product, 1));
      await expect(added).rejects.toMatchObject({ fields: { code: "is no product that is sold in EUR" } });
    }
    for (let index = 0; index < 100; index += 1) {
      const product = await newProduct({ code: `LINE-${index}` });
      await work((trx, actor) => addToCart(trx, actor, seen, product, 1));
    }
    const full = await cart();
    const refused = work((trx, actor) => addToCart(trx, actor, full, first, 1));
    await expect(refused).rejects.toMatchObject({ fields: { code: expect.stringMatching(/100 lines at most/) } });
    const [line] = full.lines;
    await work((trx, actor) => addToCart(trx, actor, full, line?.product_id ?? "", 10_000));
    expect((await cart()).lines[0]?.quantity).toBe(10_000);
    await work((trx, actor) => setQuantity(trx, actor, full, line?.product_id ?? "", 0));
    expect((await cart()).lines).toHaveLength(99);
  });
});

test("stock of what has none is not moved", async () => {
  const product_id = await newProduct({ code: "SERVICE" });
  const moved = work((trx, actor) =>
    moveStock(trx, actor, { kind: "receipt", outlet_id: shop.outlet, product_id, quantity: 1 }),
  );
  await expect(moved).rejects.toMatchObject({ fields: { product_id: "is a product without stock" } });
});

test("a receipt by mail says what was taken off, handed over and given back, and that it was voided", async () => {
  const [product = ""] = shop.products;
  const sold = async (request: Pick<SaleRequest, "payments"> & Partial<SaleRequest>) => {
    const asked = { outlet_id: shop.outlet, lines: [{ product_id: product, quantity: 2 }], ...request };
    return (await sellOnce(arena.database, shop.cashier, asked, undefined)).answer.id;
  };
  const mailed = async (id: string) => {
    await work((trx, actor) => sendReceipt(trx, actor, id, "ada@example.com"));
    const { rows } = await arena.owner.query(
      "select payload from graphile_worker._private_jobs where task_id = (select id from graphile_worker._private_tasks where identifier = 'mail') order by id desc limit 1",
    );
    return rows[0].payload;
  };
  const cash = await sold({ discount: { percent: 1_000 }, payments: [{ kind: "cash", amount: 2_000 }] });
  const { to, subject, text } = await mailed(cash);
  expect([to, subject]).toEqual(["ada@example.com", expect.stringMatching(/^Receipt MAIN-\d+, Main shop$/)]);
  expect(text.split("\n").slice(2)).toEqual([
    "",
    "Product 0, 2 × €10.00: €20.00",
    "",
    "Discount: -€2.00",
    "Tax included: €3.00",
    "Total: €18.00",
    "Cash: €20.00",
    "Change: €2.00",
    "",
  ]);
  const card = await sold({ payments: [{ kind: "card", amount: 2_000 }] });
  await work((trx, actor) => voidSale(trx, actor, card, "Rung up twice"), shop.manager);
  const { text: voided } = await mailed(card);
  expect(voided).toContain("\nThis sale was voided.\n");
  expect(voided).not.toMatch(/Discount|Change/);
});

test("a sale comes to no more than the books hold", async () => {
  const product = await newProduct({ code: "GOLD", price: 100_000_000 });
  const lines = Array.from({ length: 10 }, () => ({ product_id: product, quantity: 10_000 }));
  const sold = sellOnce(
    arena.database,
    shop.cashier,
    { outlet_id: shop.outlet, lines, discount: { percent: 10_000 }, payments: [] },
    undefined,
  );
  await expect(sold).rejects.toMatchObject({ code: "VALIDATION_FAILED", fields: { lines: expect.any(String) } });
});

describe("a statement", () => {
  test("ends after it begins", async () => {
    const asked = work((trx, actor) =>
      statementOf(trx, actor, shop.customer, { from: "2026-05-02", to: "2026-05-01" }),
    );
    await expect(asked).rejects.toMatchObject({ fields: { to: "is before from" } });
  });

  test("is as long as somebody reads", async () => {
    const customer = (await openShop(arena)).customer;
    const { rows } = await arena.owner.query("select tenant_id from arena.customers where id = $1", [customer]);
    const actor = { ...shop.manager, tenant: rows[0].tenant_id };
    await arena.owner.query(
      `insert into arena.credit_entries (id, tenant_id, customer_id, kind, amount, balance, method, account_id)
       select gen_random_uuid(), $1, $2, 'payment', -1, -number, 'cash', $3 from generate_series(1, 1001) number`,
      [actor.tenant, customer, actor.user],
    );
    await arena.owner.query("update arena.customers set balance = -1001 where id = $1", [customer]);
    const read = () => work((trx) => statementOf(trx, actor, customer, {}), actor);
    await expect(read()).rejects.toMatchObject({ code: "CONFLICT", fields: { from: expect.any(String) } });
    await arena.owner.query("delete from arena.credit_entries where customer_id = $1 and balance = -1001", [customer]);
    await arena.owner.query("update arena.customers set balance = -1000 where id = $1", [customer]);
    expect(await read()).toMatchObject({ opening_balance: 0, closing_balance: -1_000, charged: 0, paid: 1_000 });
  });
});

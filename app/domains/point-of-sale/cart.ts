// Carts: what a cashier has rung up and not sold yet. Each cashier has one at most; its id is the key of its sale, so that a
// form sent twice sells once.
import { sql } from "kysely";
import { v7 as uuid } from "uuid";
import { once } from "../../platform/idempotency.ts";
import type { Currency } from "../../platform/money.ts";
import type { Database, Trx } from "../../platform/postgres.ts";
import type { Problem } from "../../platform/problem.ts";
import { type Actor, act } from "./acting.ts";
import { conflict, invalid } from "./refusals.ts";
import { sell } from "./sell.ts";
import type { Tender } from "./settlement.ts";
import { type Totals, totalsOf } from "./totals.ts";

export interface CartLine {
  readonly product_id: string;
  readonly code: string;
  readonly name: string;
  readonly price: number;
  readonly tax_rate: number;
  readonly quantity: number;
  /** At the cart's outlet; null for what has no stock. */
  readonly stock: number | null;
}

export interface Cart {
  readonly id: string;
  readonly outlet_id: string;
  readonly outlet: string;
  readonly currency: Currency;
  readonly customer_id: string | null;
  readonly discount: number;
  readonly lines: readonly CartLine[];
  readonly totals: Totals;
}

/** The actor's cart, if they have one. */
export async function findCart(trx: Trx, { tenant, user }: Actor): Promise<Cart | undefined> {
  const cart = await trx
    .selectFrom("carts as cart")
    .innerJoin("outlets as outlet", "outlet.id", "cart.outlet_id")
    .select([
      "cart.id",
      "cart.outlet_id",
      "outlet.name as outlet",
      "outlet.currency",
      "cart.customer_id",
      "cart.discount",
    ])
    .where("cart.tenant_id", "=", tenant)
    .where("cart.account_id", "=", user)
    .where("outlet.is_active", "=", true)
    .executeTakeFirst();
  if (cart === undefined) return undefined;
  const lines = await linesOf(trx, tenant, cart.id, cart.outlet_id);
  const items = lines.map(({ price, quantity, tax_rate }) => ({ unitPrice: price, quantity, taxRate: tax_rate }));
  const gross = items.reduce((all, { unitPrice, quantity }) => all + unitPrice * quantity, 0);
  // Lines may have gone since: a discount is never more than what is left.
  const discount = Math.min(Number(cart.discount), gross);
  return { ...cart, discount, lines, totals: totalsOf(items, cart.currency, { amount: discount }) };
}

async function linesOf(trx: Trx, tenant: string, cart: string, outlet: string): Promise<CartLine[]> {
  return trx
    .selectFrom("cart_lines as line")
    .innerJoin("products as product", "product.id", "line.product_id")
    .leftJoin("stock_levels as level", (join) =>
      join.onRef("level.product_id", "=", "line.product_id").on("level.outlet_id", "=", outlet),
    )
    .select(["line.product_id", "product.code", "product.name", "product.price", "product.tax_rate", "line.quantity"])
    .select(sql<number | null>`case when product.tracks_stock then coalesce(level.quantity, 0) end`.as("stock"))
    .where("line.tenant_id", "=", tenant)
    .where("line.cart_id", "=", cart)
    .orderBy("line.added_at")
    .execute();
}

/** A new cart at an outlet, in place of the one before. @throws Problem if it is no outlet that sells */
export async function openCart(trx: Trx, actor: Actor, outlet: string): Promise<void> {
  const found = await trx
    .selectFrom("outlets")
    .select("id")
    .where("tenant_id", "=", actor.tenant)
    .where("id", "=", outlet)
    .where("is_active", "=", true)
    .executeTakeFirst();
  if (found === undefined) throw invalid("outlet_id", "is no outlet of yours that is open");
  await dropCart(trx, actor);
  await trx
    .insertInto("carts")
    .values({
      id: uuid(),
      tenant_id: actor.tenant,
      account_id: actor.user,
      outlet_id: outlet,
      customer_id: null,
      discount: 0,
    })
    // Two windows that open at once share one.
    .onConflict((conflict) => conflict.columns(["tenant_id", "account_id"]).doNothing())
    .execute();
}

async function dropCart(trx: Trx, { tenant, user }: Actor): Promise<void> {
  await trx.deleteFrom("carts").where("tenant_id", "=", tenant).where("account_id", "=", user).execute();
}

/** Changes the cart, and keeps it from being sold meanwhile. @throws Problem if it has been sold, or begun anew */
async function holdCart(
  trx: Trx,
  { tenant, user }: Actor,
  id: string,
  changes: { readonly customer_id?: string | null; readonly discount?: number } = {},
): Promise<void> {
  const { numUpdatedRows } = await trx
    .updateTable("carts")
    .set({ ...changes, updated_at: sql<string>`now()` })
    .where("tenant_id", "=", tenant)
    .where("account_id", "=", user)
    .where("id", "=", id)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw emptyCart();
}

function emptyCart(): Problem {
  return conflict("cart", "has nothing in it any more: begin again");
}

/** Most pieces on a line, and lines on a sale. */
const most = { quantity: 10_000, lines: 100 };

/** @throws Problem if the product is not sold in the cart's currency, or the cart is full */
export async function addToCart(trx: Trx, actor: Actor, cart: Cart, product: string, quantity: number): Promise<void> {
  await holdCart(trx, actor, cart.id);
  const { tenant } = actor;
  const sold = await trx
    .selectFrom("products")
    .select("id")
    .where("tenant_id", "=", tenant)
    .where("id", "=", product)
    .where("is_active", "=", true)
    .where("currency", "=", cart.currency)
    .executeTakeFirst();
  if (sold === undefined) throw invalid("code", `is no product that is sold in ${cart.currency}`);
  const isNew = !cart.lines.some(({ product_id }) => product_id === product);
  if (isNew && cart.lines.length >= most.lines)
    throw conflict("code", `is one too many: a sale has ${most.lines} lines at most`);
  await trx
    .insertInto("cart_lines")
    .values({ tenant_id: tenant, cart_id: cart.id, product_id: product, quantity })
    .onConflict((conflict) =>
      conflict
        .columns(["cart_id", "product_id"])
        .doUpdateSet({ quantity: sql<number>`least(${most.quantity}, cart_lines.quantity + excluded.quantity)` }),
    )
    .execute();
}

/** 0 takes the line away. */
export async function setQuantity(
  trx: Trx,
  actor: Actor,
  cart: Cart,
  product: string,
  quantity: number,
): Promise<void> {
  await holdCart(trx, actor, cart.id);
  const { tenant } = actor;
  if (quantity === 0) {
    const line = trx.deleteFrom("cart_lines").where("tenant_id", "=", tenant).where("cart_id", "=", cart.id);
    await line.where("product_id", "=", product).execute();
    return;
  }
  await trx
    .updateTable("cart_lines")
    .set({ quantity })
    .where("tenant_id", "=", tenant)
    .where("cart_id", "=", cart.id)
    .where("product_id", "=", product)
    .execute();
}

/** @throws Problem if there is no such customer */
export async function setCustomer(trx: Trx, actor: Actor, cart: Cart, customer: string | null): Promise<void> {
  if (customer !== null) {
    const found = await trx
      .selectFrom("customers")
      .select("id")
      .where("tenant_id", "=", actor.tenant)
      .where("id", "=", customer)
      .executeTakeFirst();
    if (found === undefined) throw invalid("customer_id", "is no customer of yours");
  }
  await holdCart(trx, actor, cart.id, { customer_id: customer });
}

/** @throws Problem if it is more than the cart comes to */
export async function setDiscount(trx: Trx, actor: Actor, cart: Cart, discount: number): Promise<void> {
  if (discount > cart.totals.subtotal) throw invalid("discount", "is more than the sale comes to");
  await holdCart(trx, actor, cart.id, { discount });
}

/** How a cart is paid: in full in one way, or as the tenders say. */
export type Paying = { readonly whole: "card" | "credit" | "cash" } | { readonly tenders: readonly Tender[] };

/** Sells what is in the cart and begins a new one; sent again, it finds the sale. @returns the sale's id */
export async function checkOut(
  database: Pick<Database, "db">,
  actor: Actor,
  cartId: string,
  expectedTotal: number,
  paying: Paying,
): Promise<string> {
  const { answer } = await act(database, actor, (trx) =>
    once(trx, actor, { operation: "cart", key: cartId, body: cartId }, async () => {
      await holdCart(trx, actor, cartId);
      const cart = await findCart(trx, actor);
      if (cart === undefined || cart.lines.length === 0) throw emptyCart();
      const whole = { kind: "whole" in paying ? paying.whole : "cash", amount: cart.totals.total } as const;
      const payments = "tenders" in paying ? paying.tenders : cart.totals.total === 0 ? [] : [whole];
      const id = await sell(trx, actor, {
        outlet_id: cart.outlet_id,
        lines: cart.lines.map(({ product_id, quantity }) => ({ product_id, quantity })),
        discount: { amount: cart.discount },
        payments,
        customer_id: cart.customer_id ?? undefined,
        expected_total: expectedTotal,
      });
      // The next customer waits at the same till.
      await openCart(trx, actor, cart.outlet_id);
      return { id };
    }),
  );
  return answer.id;
}

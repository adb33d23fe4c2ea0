// The till: type or scan a code, take the money. Without scripts each step is a form and a page; the script saves the reloads.
import type { FastifyReply, FastifyRequest } from "fastify";
import Type, { type Static } from "typebox";
import { actorOf } from "../../domains/point-of-sale/acting.ts";
import { digitsOf, parseAmount } from "../../domains/point-of-sale/amounts.ts";
import * as carts from "../../domains/point-of-sale/cart.ts";
import { listOutlets, type Outlet } from "../../domains/point-of-sale/outlets.ts";
import { listProducts, type Product, productByCode } from "../../domains/point-of-sale/products.ts";
import { invalid } from "../../domains/point-of-sale/refusals.ts";
import type { Tender } from "../../domains/point-of-sale/settlement.ts";
import { paymentKinds } from "../../domains/point-of-sale/tables.ts";
import type { Trx } from "../../platform/postgres.ts";
import { Problem } from "../../platform/problem.ts";
import { asActor, leave, type Pages, type ShopPages, sendShop } from "./shop.ts";
import { type Till, till } from "./till.ts";
import { customersFor } from "./till-customer.ts";

const place = "/shop/sell/";
const Query = Type.Object({
  q: Type.Optional(Type.String({ maxLength: 80 })),
  who: Type.Optional(Type.String({ maxLength: 80, description: "Customer that is searched for" })),
  said: Type.Optional(Type.String({ maxLength: 20 })),
});
const Id = Type.String({ format: "uuid", maxLength: 36 });
const typedAmount = Type.String({ maxLength: 20, default: "" });
const Add = Type.Object({
  code: Type.String({ maxLength: 80 }),
  quantity: Type.Integer({ minimum: 1, maximum: 10_000, default: 1 }),
});
const Line = Type.Object({ product_id: Id, quantity: Type.Integer({ minimum: 0, maximum: 10_000 }) });
const Pay = Type.Object({
  cart: Id,
  total: Type.Integer({ minimum: 0 }),
  how: Type.Enum(["cash", "card", "credit", "split"]),
  cash: typedAmount,
  split_cash: typedAmount,
  split_card: typedAmount,
  split_credit: typedAmount,
});

export const sellPages: Pages = (app, shop) => {
  const config = { permission: "cashier" } as const;

  app.get<{ Querystring: Static<typeof Query> }>(place, { config, schema: { querystring: Query } }, (request, reply) =>
    show(request, reply, shop, request.query),
  );

  /** A step on the cart: back to the till when it is done, the till with a sentence when it is refused. */
  function step<T>(
    path: string,
    body: Type.TSchema,
    work: (trx: Trx, request: FastifyRequest<{ Body: T }>) => Promise<string | undefined>,
  ) {
    app.post<{ Body: T }>(`${place}${path}`, { config, schema: { body } }, async (request, reply) => {
      try {
        const query = await asActor(shop, request, (trx) => work(trx, request));
        return leave(reply, query === undefined ? place : `${place}?${new URLSearchParams({ q: query })}`);
      } catch (error) {
        return refuse(error, request, reply, shop);
      }
    });
  }

  step<{ outlet_id: string }>("outlet/", Type.Object({ outlet_id: Id }), async (trx, request) => {
    await carts.openCart(trx, actorOf(request), request.body.outlet_id);
    return undefined;
  });
  step<Static<typeof Add>>("add/", Add, (trx, request) => addByCode(trx, request, request.body));
  step<Static<typeof Line>>("line/", Line, async (trx, request) => {
    const { product_id, quantity } = request.body;
    await carts.setQuantity(trx, actorOf(request), await cartOf(trx, request), product_id, quantity);
    return undefined;
  });
  const Customer = Type.Object({ customer_id: Type.Union([Type.Literal(""), Id]) });
  step<Static<typeof Customer>>("customer/", Customer, async (trx, request) => {
    const { customer_id } = request.body;
    await carts.setCustomer(trx, actorOf(request), await cartOf(trx, request), customer_id === "" ? null : customer_id);
    return undefined;
  });
  step<{ discount: string }>("discount/", Type.Object({ discount: typedAmount }), async (trx, request) => {
    const cart = await cartOf(trx, request);
    await carts.setDiscount(trx, actorOf(request), cart, amountOf("discount", request.body.discount, cart.currency));
    return undefined;
  });
  step("clear/", Type.Object({}), async (trx, request) => {
    const { outlet_id } = await cartOf(trx, request);
    await carts.openCart(trx, actorOf(request), outlet_id);
    return undefined;
  });

  app.post<{ Body: Static<typeof Pay> }>(`${place}pay/`, { config, schema: { body: Pay } }, async (request, reply) => {
    try {
      const { cart, total } = request.body;
      const outlet = await asActor(shop, request, (trx, actor) => carts.findCart(trx, actor));
      const paying = payingOf(request.body, outlet?.currency);
      const sale = await carts.checkOut(shop.database, actorOf(request), cart, total, paying);
      return leave(reply, `/shop/sales/${sale}/`, "sold");
    } catch (error) {
      return refuse(error, request, reply, shop);
    }
  });
};

async function show(
  request: FastifyRequest,
  reply: FastifyReply,
  shop: ShopPages,
  { q = "", who = "" }: Static<typeof Query>,
  problem?: string,
) {
  const state = await asActor(shop, request, async (trx, actor): Promise<Till> => {
    const outlets = (await listOutlets(trx, actor, { limit: 100, is_active: true })).items;
    const cart = await openIfOne(trx, request, outlets);
    const found = q === "" || cart === undefined ? undefined : await search(trx, request, q, cart.currency);
    const isToPay = cart !== undefined && cart.lines.length > 0;
    const customers = isToPay ? await customersFor(trx, actor, cart, who.trim()) : undefined;
    return { outlets, cart, found, q, customers };
  });
  return sendShop(reply, shop, { title: "Sell", place, main: till(reply, state), problem });
}

/** Where there is one outlet, nobody has to choose it. */
async function openIfOne(
  trx: Trx,
  request: FastifyRequest,
  outlets: readonly Outlet[],
): Promise<carts.Cart | undefined> {
  const actor = actorOf(request);
  const cart = await carts.findCart(trx, actor);
  const [only] = outlets;
  if (cart !== undefined || only === undefined || outlets.length > 1) return cart;
  await carts.openCart(trx, actor, only.id);
  return carts.findCart(trx, actor);
}

async function search(
  trx: Trx,
  request: FastifyRequest,
  q: string,
  currency: carts.Cart["currency"],
): Promise<Product[]> {
  return (await listProducts(trx, actorOf(request), { q, currency, is_active: true, limit: 12 })).items;
}

async function cartOf(trx: Trx, request: FastifyRequest): Promise<carts.Cart> {
  const cart = await carts.findCart(trx, actorOf(request));
  if (cart === undefined) throw new Problem("CONFLICT", "Choose an outlet first.");
  return cart;
}

/** What a scanner sent goes into the cart; what fits one product too; what fits several is shown to choose from. */
async function addByCode(
  trx: Trx,
  request: FastifyRequest,
  { code, quantity }: Static<typeof Add>,
): Promise<string | undefined> {
  const cart = await cartOf(trx, request);
  const typed = code.trim();
  if (typed === "") return undefined;
  const exact = await productByCode(trx, actorOf(request), typed);
  const found = exact === undefined ? await search(trx, request, typed, cart.currency) : [exact];
  const [only] = found;
  if (only === undefined) throw new Problem("NOT_FOUND", `Nothing is sold here by the code or name ${typed}.`);
  if (found.length > 1) return typed;
  await carts.addToCart(trx, actorOf(request), cart, only.id, quantity);
  return undefined;
}

function payingOf(body: Static<typeof Pay>, currency: string | undefined): carts.Paying {
  // A cart that has gone is sold already: whatever is typed, the sale is found by its key.
  if (currency === undefined) return { whole: "cash" };
  if (body.how === "cash" && body.cash.trim() !== "") {
    return { tenders: [{ kind: "cash", amount: amountOf("cash", body.cash, currency) }] };
  }
  if (body.how !== "split") return { whole: body.how };
  const tenders = paymentKinds.map(
    (kind): Tender => ({ kind, amount: amountOf(kind, body[`split_${kind}`], currency) }),
  );
  return { tenders: tenders.filter(({ amount }) => amount > 0) };
}

/** Nothing typed is nothing. */
function amountOf(field: string, typed: string, currency: string): number {
  const amount = typed.trim() === "" ? 0 : parseAmount(typed, currency);
  if (amount === undefined) throw invalid(field, `must be an amount such as ${(12.5).toFixed(digitsOf(currency))}`);
  return amount;
}

async function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply, shop: ShopPages) {
  if (!(error instanceof Problem) || error.status >= 500) throw error;
  return show(request, reply.code(error.status), shop, {}, sentence(error));
}

/** Amounts in a refusal are minor units, for API clients; here people read them. */
function sentence({ message, fields }: Problem): string {
  if (fields?.payments !== undefined) return "What was handed over does not come to the total.";
  if (fields?.credit !== undefined) return "The customer's credit does not have room for this, or is blocked.";
  if (fields?.customer_id?.startsWith("is missing")) return "Choose the customer whose credit it is.";
  if (fields?.expected_total !== undefined) return "A price has changed in this moment: look at the total again.";
  const said = message.replace("_id ", " ");
  return said.slice(0, 1).toUpperCase() + said.slice(1);
}

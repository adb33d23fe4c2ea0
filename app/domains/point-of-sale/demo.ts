// A shop to look at: outlets, products, customers, and sales over some weeks, made as staff makes them.
import type { Database, Trx } from "../../platform/postgres.ts";
import { type Actor, act } from "./acting.ts";
import { takePayment } from "./credit.ts";
import { createCustomer } from "./customers.ts";
import { createOutlet, listOutlets } from "./outlets.ts";
import { categoryByName, createProduct, type Product } from "./products.ts";
import { type SaleRequest, sell } from "./sell.ts";
import { changeStock } from "./stock-changes.ts";
import type { PaymentKind } from "./tables.ts";
import { totalsOf } from "./totals.ts";
import { voidSale } from "./void-sale.ts";

/** Category, code, name, price and cost in cents, tax in hundredths of a per cent, stock that came in, low from. */
const products: readonly (readonly [string, string, string, number, number, number, number, number])[] = [
  ["Shirts", "TEE-S", "Club tee, small", 1990, 820, 2300, 60, 8],
  ["Shirts", "TEE-M", "Club tee, medium", 1990, 820, 2300, 90, 8],
  ["Shirts", "TEE-L", "Club tee, large", 1990, 820, 2300, 80, 8],
  ["Shirts", "HOOD-M", "Hooded sweater, medium", 4490, 2100, 2300, 40, 6],
  ["Shirts", "CAP", "Cap with anchor", 1490, 520, 2300, 70, 10],
  ["Gear", "BALL", "Match ball", 3490, 1700, 2300, 36, 12],
  ["Gear", "PADDLE", "Table tennis bat", 2490, 1150, 2300, 40, 6],
  ["Gear", "DICE", "Dice, set of seven", 790, 240, 2300, 90, 15],
  ["Gear", "SLEEVES", "Card sleeves, 100", 590, 190, 2300, 150, 40],
  ["Gear", "BAG", "Kit bag", 3290, 1500, 2300, 30, 8],
  ["Snacks", "WATER", "Water, half a litre", 120, 30, 1300, 400, 80],
  ["Snacks", "COFFEE", "Coffee", 150, 35, 1300, 500, 60],
  ["Snacks", "COLA", "Cola, a can", 190, 60, 2300, 300, 60],
  ["Snacks", "BAR", "Oat bar", 160, 55, 1300, 280, 50],
  ["Snacks", "TOAST", "Toasted sandwich", 420, 140, 1300, 160, 20],
  ["Snacks", "APPLE", "Apple", 60, 18, 600, 260, 40],
];

/** Name, e-mail, credit limit in cents. */
const customers: readonly (readonly [string, string, number])[] = [
  ["Harbour Chess Club", "club@harbour-chess.example", 50_000],
  ["Lighthouse Juniors", "office@lighthouse-juniors.example", 30_000],
  ["Marta Duarte", "marta@duarte.example", 0],
  ["Tiago Reis", "tiago@reis.example", 10_000],
];

const days = 28;

export interface DemoStaff {
  readonly tenant: string;
  /** Ids of accounts on the organiser's staff. */
  readonly manager: string;
  readonly cashiers: readonly string[];
}

/** @returns how many sales were made; 0 if the organiser has a shop already */
export async function loadDemoShop(database: Pick<Database, "db">, staff: DemoStaff): Promise<number> {
  const manager: Actor = { tenant: staff.tenant, user: staff.manager, role: "manager" };
  const sellers = staff.cashiers.map((user): Actor => ({ tenant: staff.tenant, user, role: "cashier" }));
  return act(database, manager, async (trx) => {
    if ((await listOutlets(trx, manager, { limit: 1 })).items.length > 0) return 0;
    const shop = await openShop(trx, manager);
    return sellSome(trx, manager, sellers.length === 0 ? [manager] : sellers, shop);
  });
}

interface Shop {
  readonly outlets: readonly string[];
  readonly products: readonly Product[];
  readonly customers: readonly string[];
}

async function openShop(trx: Trx, manager: Actor): Promise<Shop> {
  const place = { currency: "EUR", time_zone: "Europe/Lisbon" } as const;
  const main = await createOutlet(trx, manager, {
    ...place,
    code: "MAIN",
    name: "Harbour shop",
    address: "Pier 4, Harbour",
  });
  const kiosk = await createOutlet(trx, manager, {
    ...place,
    code: "HALL",
    name: "Kiosk in the hall",
    address: "Hall 2",
  });
  const outlets = [main.id, kiosk.id];
  const made: Product[] = [];
  for (const [category, code, name, price, cost, tax_rate, stock, low_stock] of products) {
    const category_id = await categoryByName(trx, manager, category);
    const barcode = `560${String(1_000_000_000 + made.length * 7_919)}`;
    const values = { code, name, price, cost, tax_rate, low_stock, category_id, barcode, currency: "EUR" } as const;
    const product = await createProduct(trx, manager, values);
    const received = outlets.map((outlet, index) => ({
      outlet,
      product: product.id,
      quantity: Math.ceil(stock / (index + 1)),
      name,
    }));
    await changeStock(trx, manager, received, { kind: "receipt", reason: "First delivery", at: momentOf(0, 8) });
    made.push(product);
  }
  const known: string[] = [];
  for (const [name, email, credit_limit] of customers) {
    known.push((await createCustomer(trx, manager, { name, email, credit_limit, currency: "EUR" })).id);
  }
  return { outlets, products: made, customers: known };
}

/** The moment of an hour of a day of the weeks. */
function momentOf(day: number, hour: number): string {
  const moment = new Date(Date.now() - (days - day) * 86_400_000);
  moment.setUTCHours(hour, (day * 17 + hour * 7) % 60, 0, 0);
  return moment.toISOString();
}

/** The same numbers each time, so that everybody looks at the same shop. */
function dice(): (sides: number) => number {
  let state = 7;
  return (sides) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * sides);
  };
}

async function sellSome(trx: Trx, manager: Actor, sellers: readonly Actor[], shop: Shop): Promise<number> {
  const roll = dice();
  const made: string[] = [];
  for (let day = 0; day < days; day += 1) {
    const weekend = new Date(momentOf(day, 12)).getUTCDay() % 6 === 0;
    const count = 2 + roll(3) + (weekend ? 3 : 0);
    for (let index = 0; index < count; index += 1) {
      const seller = sellers[roll(sellers.length)] ?? manager;
      made.push(await sell(trx, seller, randomSale(shop, roll), momentOf(day, 9 + index)));
    }
  }
  for (const index of [11, 47]) {
    const id = made[index];
    if (id !== undefined) await voidSale(trx, manager, id, "Rung up twice");
  }
  const [club] = shop.customers;
  if (club !== undefined) await payHalf(trx, manager, club);
  return made.length;
}

function randomSale(shop: Shop, roll: (sides: number) => number): SaleRequest {
  const picked = new Set(Array.from({ length: 1 + roll(4) }, () => roll(shop.products.length)));
  const bought = [...picked].flatMap((index) => shop.products[index] ?? []);
  const lines = bought.map((product) => ({ product, quantity: 1 + roll(product.price < 500 ? 3 : 1) }));
  const discount = roll(9) === 0 ? { percent: 1_000 } : undefined;
  const items = lines.map(({ product, quantity }) => ({
    unitPrice: product.price,
    quantity,
    taxRate: product.tax_rate,
  }));
  const { total } = totalsOf(items, "EUR", discount);
  const onCredit = roll(8) === 0 && total < 8_000;
  const customer = onCredit ? shop.customers[roll(2)] : roll(6) === 0 ? shop.customers[2 + roll(2)] : undefined;
  const kinds: readonly PaymentKind[] = ["card", "cash", "card"];
  const kind = onCredit ? "credit" : (kinds[roll(3)] ?? "cash");
  // Nobody has the exact coins.
  const amount = kind === "cash" ? Math.ceil(total / 500) * 500 : total;
  return {
    outlet_id: shop.outlets[roll(3) === 0 ? 1 : 0] ?? "",
    lines: lines.map(({ product, quantity }) => ({ product_id: product.id, quantity })),
    discount,
    payments: [{ kind, amount }],
    customer_id: customer,
  };
}

async function payHalf(trx: Trx, manager: Actor, customer: string): Promise<void> {
  const { balance } = await trx
    .selectFrom("customers")
    .select("balance")
    .where("tenant_id", "=", manager.tenant)
    .where("id", "=", customer)
    .executeTakeFirstOrThrow();
  const amount = Math.floor(Number(balance) / 2);
  if (amount > 0)
    await takePayment(trx, manager, customer, {
      amount,
      method: "transfer",
      note: "By bank",
      at: momentOf(days - 1, 20),
    });
}

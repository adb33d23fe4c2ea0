// A shop for tests: an organiser with staff, an outlet, products and a customer.
import { v7 as uuid } from "uuid";
import { type Actor, act } from "../../../app/domains/point-of-sale/acting.ts";
import { createCustomer } from "../../../app/domains/point-of-sale/customers.ts";
import { createOutlet } from "../../../app/domains/point-of-sale/outlets.ts";
import { createProduct } from "../../../app/domains/point-of-sale/products.ts";
import { moveStock } from "../../../app/domains/point-of-sale/stock.ts";
import type { TenantRole } from "../../../app/platform/principal.ts";
import { actor, newTenant, type Actor as Person } from "../actors.ts";
import type { TestApp } from "../harness.ts";

export interface Shop {
  readonly tenant: string;
  readonly people: Readonly<Record<TenantRole, Person>>;
  readonly manager: Actor;
  readonly cashier: Actor;
  readonly admin: Actor;
  readonly outlet: string;
  /** With a stock of `stock` each, at 1000, 1100, 1200 … minor units, 20 % tax; codes P0, P1 … */
  readonly products: readonly string[];
  readonly customer: string;
}

export interface ShopOptions {
  readonly products?: number;
  readonly stock?: number;
  readonly creditLimit?: number;
  readonly allowsNegativeStock?: boolean;
}

export async function openShop(arena: TestApp, options: ShopOptions = {}): Promise<Shop> {
  const { products: count = 3, stock = 100, creditLimit = 100_000, allowsNegativeStock = false } = options;
  const tenant = await newTenant(arena, "The shop");
  const person = (role: TenantRole) => actor(arena, { role, tenant, name: `The ${role}` });
  const people = { cashier: await person("cashier"), manager: await person("manager"), admin: await person("admin") };
  const as = (role: TenantRole): Actor => ({ tenant, user: people[role].user, role });
  const manager = as("manager");
  const made = await act(arena.database, manager, async (trx) => {
    const outlet = await createOutlet(trx, manager, {
      code: "MAIN",
      name: "Main shop",
      currency: "EUR",
      allows_negative_stock: allowsNegativeStock,
    });
    const products: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const product = await createProduct(trx, manager, {
        code: `P${index}`,
        barcode: `400000000${index}`,
        name: `Product ${index}`,
        price: 1000 + 100 * index,
        cost: 400,
        currency: "EUR",
        tax_rate: 2000,
        low_stock: 5,
      });
      products.push(product.id);
      const place = { outlet_id: outlet.id, product_id: product.id };
      if (stock > 0) await moveStock(trx, manager, { kind: "receipt", ...place, quantity: stock });
    }
    const customer = await createCustomer(trx, manager, {
      name: "A customer",
      currency: "EUR",
      credit_limit: creditLimit,
    });
    return { outlet: outlet.id, products, customer: customer.id };
  });
  return { tenant, people, manager, cashier: as("cashier"), admin: as("admin"), ...made };
}

/** Any id that is nobody's. */
export const nobody = uuid();

/** What must hold whatever happened: looked up past all policies. */
export async function faultsOf(arena: TestApp): Promise<readonly unknown[]> {
  const { rows } = await arena.owner.query(`
    select 'level' as what, level.product_id as id from arena.stock_levels level
      where level.quantity <> (select coalesce(sum(quantity), 0) from arena.stock_movements movement
        where movement.outlet_id = level.outlet_id and movement.product_id = level.product_id)
    union all select 'negative', level.product_id from arena.stock_levels level join arena.outlets on outlets.id = level.outlet_id
      where level.quantity < 0 and not outlets.allows_negative_stock
    union all select 'last balance', level.product_id from arena.stock_levels level where level.quantity <>
      (select balance from arena.stock_movements movement where movement.outlet_id = level.outlet_id
        and movement.product_id = level.product_id order by movement.id desc limit 1)
    union all select 'balance', customer.id from arena.customers customer
      where customer.balance <> (select coalesce(sum(amount), 0) from arena.credit_entries where customer_id = customer.id)
        or customer.balance > customer.credit_limit
    union all select 'due', customer.id from arena.customers customer
      where greatest(customer.balance, 0) <> (select coalesce(sum(due), 0) from arena.sales where customer_id = customer.id)
    union all select 'lines', sale.id from arena.sales sale where (sale.total, sale.tax, sale.discount) <>
      (select sum(total), sum(tax), sum(discount) from arena.sale_lines where sale_id = sale.id)
    union all select 'payments', sale.id from arena.sales sale
      where sale.total <> (select coalesce(sum(amount), 0) from arena.sale_payments where sale_id = sale.id)
    union all select 'sold', sale.id from arena.sales sale where sale.status = 'completed' and
      (select -sum(quantity) from arena.stock_movements where sale_id = sale.id) <>
      (select sum(quantity) from arena.sale_lines join arena.products on products.id = product_id and tracks_stock
        where sale_id = sale.id)
    union all select 'voided', sale.id from arena.sales sale where sale.status = 'voided' and
      (select sum(quantity) from arena.stock_movements where sale_id = sale.id) <> 0
    union all select 'numbers', outlet.id from arena.outlets outlet
      where outlet.last_number <> (select count(*) from arena.sales where outlet_id = outlet.id)`);
  return rows;
}

// Changes of stock: each is a movement, and the level is the sum of them. Every change of a level goes through here.
import { sql } from "kysely";
import { v7 as uuid } from "uuid";
import type { Trx } from "../../platform/postgres.ts";
import { Problem } from "../../platform/problem.ts";
import type { Actor } from "./acting.ts";
import type { MovementKind } from "./tables.ts";

export interface StockChange {
  readonly outlet: string;
  readonly product: string;
  /** How many more there are; below zero, how many fewer. */
  readonly quantity: number;
  /** What the product is called, for whoever is told that there is too little of it. */
  readonly name: string;
}

/** Why the stock changes. */
export interface Cause {
  readonly kind: MovementKind;
  readonly reason?: string | undefined;
  readonly sale?: string;
  readonly feed?: string;
  readonly transfer?: string;
  /** When, for demo data. @default now */
  readonly at?: string | undefined;
}

/** A level, locked until the transaction ends. */
export interface Level {
  readonly quantity: number;
  readonly allowsNegative: boolean;
}

export type Levels = ReadonlyMap<string, Level>;

export type Place = Pick<StockChange, "outlet" | "product">;

function keyOf({ outlet, product }: Place): string {
  return `${outlet} ${product}`;
}

/** @throws Problem if outlet or product are not there, or another organiser's */
export function levelAt(levels: Levels, place: Place): Level {
  const level = levels.get(keyOf(place));
  if (level === undefined) throw new Problem("NOT_FOUND", "There is no such outlet or product.");
  return level;
}

/** Locks levels in one order, so that no two transactions wait for each other; makes those that are not there yet. */
export async function lockLevels(
  trx: Trx,
  { tenant }: Pick<Actor, "tenant">,
  places: readonly Place[],
): Promise<Levels> {
  const wanted = sql<{ outlet_id: string; product_id: string }>`(
    select distinct * from unnest(${places.map(({ outlet }) => outlet)}::uuid[], ${places.map(({ product }) => product)}::uuid[])
      as place (outlet_id, product_id))`;
  await sql`insert into stock_levels (tenant_id, outlet_id, product_id, allows_negative_stock)
    select outlets.tenant_id, wanted.outlet_id, wanted.product_id, outlets.allows_negative_stock
    from ${wanted} wanted join outlets on outlets.id = wanted.outlet_id and outlets.tenant_id = ${tenant}
    where not exists (select from stock_levels level
      where level.outlet_id = wanted.outlet_id and level.product_id = wanted.product_id)
    order by wanted.outlet_id, wanted.product_id
    on conflict do nothing`.execute(trx);
  const { rows } = await sql<{ outlet: string; product: string; quantity: number; allows: boolean }>`
    select level.outlet_id as outlet, level.product_id as product, level.quantity, level.allows_negative_stock as allows
    from stock_levels level
    where level.tenant_id = ${tenant} and (level.outlet_id, level.product_id) in (select outlet_id, product_id from ${wanted} wanted)
    order by level.outlet_id, level.product_id
    for no key update`.execute(trx);
  return new Map(rows.map((row) => [keyOf(row), { quantity: row.quantity, allowsNegative: row.allows }]));
}

/** @throws Problem naming what there is too little of */
export async function changeStock(
  trx: Trx,
  actor: Pick<Actor, "tenant" | "user">,
  changes: readonly StockChange[],
  cause: Cause,
): Promise<void> {
  const merged = mergeChanges(changes).filter(({ quantity }) => quantity !== 0);
  if (merged.length === 0) return;
  const levels = await lockLevels(trx, actor, merged);
  const done = merged.map((change) => ({ ...change, balance: apply(levelAt(levels, change), change) }));
  await sql`update stock_levels set quantity = done.balance, updated_at = now()
    from unnest(${done.map(({ outlet }) => outlet)}::uuid[], ${done.map(({ product }) => product)}::uuid[],
      ${done.map(({ balance }) => balance)}::int[]) as done (outlet_id, product_id, balance)
    where stock_levels.outlet_id = done.outlet_id and stock_levels.product_id = done.product_id
      and stock_levels.tenant_id = ${actor.tenant}`.execute(trx);
  await recordMovements(trx, actor, done, cause);
}

/** One change per level, however many lines there are of it. */
export function mergeChanges(changes: readonly StockChange[]): StockChange[] {
  const merged = new Map<string, StockChange>();
  for (const change of changes) {
    const before = merged.get(keyOf(change))?.quantity ?? 0;
    merged.set(keyOf(change), { ...change, quantity: before + change.quantity });
  }
  return [...merged.values()];
}

/** More than anybody holds is a mistake in typing. */
const mostHeld = 1_000_000_000;

function apply(level: Level, { quantity, name }: StockChange): number {
  const balance = level.quantity + quantity;
  if (quantity < 0 && balance < 0 && !level.allowsNegative) {
    const message = `${name}: there are ${level.quantity}, not ${-quantity}`;
    throw new Problem("CONFLICT", `Too little stock of ${message}.`, { fields: { stock: message } });
  }
  if (Math.abs(balance) > mostHeld) throw new Problem("CONFLICT", `${name}: stock is held up to ${mostHeld}.`);
  return balance;
}

async function recordMovements(
  trx: Trx,
  actor: Pick<Actor, "tenant" | "user">,
  done: readonly (StockChange & { readonly balance: number })[],
  { kind, reason, sale, feed, transfer, at }: Cause,
): Promise<void> {
  const rows = done.map(({ outlet, product, quantity, balance }) => ({
    id: uuid(),
    tenant_id: actor.tenant,
    outlet_id: outlet,
    product_id: product,
    kind,
    quantity,
    balance,
    reason: reason ?? null,
    sale_id: sale ?? null,
    feed_id: feed ?? null,
    transfer_id: transfer ?? null,
    account_id: actor.user,
    ...(at === undefined ? {} : { created_at: at }),
  }));
  await trx.insertInto("stock_movements").values(rows).execute();
}

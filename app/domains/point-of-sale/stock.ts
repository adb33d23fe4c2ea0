// Stock as people see and change it: levels, movements, goods that come in, corrections, transfers.
import { sql } from "kysely";
import Type, { type Static } from "typebox";
import { v7 as uuid } from "uuid";
import { audit } from "../../platform/audit.ts";
import type { Trx } from "../../platform/postgres.ts";
import type { Actor } from "./acting.ts";
import { type ListQuery, listQuery, type Page, pageOf, type SortKeys } from "./paging.ts";
import { invalid } from "./refusals.ts";
import { Id, Line, Nullable, strict, Time } from "./schemas.ts";
import { type Cause, changeStock, levelAt, lockLevels } from "./stock-changes.ts";
import { movementKinds } from "./tables.ts";

export const StockLevel = Type.Object({
  outlet_id: Id,
  outlet: Type.String(),
  product_id: Id,
  product: Type.String(),
  code: Type.String(),
  quantity: Type.Integer(),
  low_stock: Type.Integer(),
  is_low: Type.Boolean(),
  updated_at: Time,
});
const levelSorts = {
  product: { column: sql`lower(product.name)`, type: "text" },
  quantity: { column: sql`level.quantity::bigint`, type: "bigint" },
} as const satisfies SortKeys;
export const StockQuery = listQuery(levelSorts, "product", {
  outlet_id: Type.Optional(Id),
  product_id: Type.Optional(Id),
  low: Type.Optional(Type.Boolean({ description: "Only what is low" })),
  q: Type.Optional(Type.String({ minLength: 1, maxLength: 80, description: "Part of the product's name or code" })),
});

export const Movement = Type.Object({
  id: Id,
  outlet_id: Id,
  product_id: Id,
  product: Type.String(),
  kind: Type.Enum([...movementKinds]),
  quantity: Type.Integer(),
  balance: Type.Integer({ description: "The level after it" }),
  reason: Nullable(Type.String()),
  sale_id: Nullable(Id),
  transfer_id: Nullable(Id),
  account_id: Id,
  created_at: Time,
});
const movementSorts = { created_at: { column: sql`movement.created_at`, type: "moment" } } as const satisfies SortKeys;
export const MovementQuery = listQuery(movementSorts, "-created_at", {
  outlet_id: Type.Optional(Id),
  product_id: Type.Optional(Id),
  kind: Type.Optional(Type.Enum([...movementKinds])),
});

const quantity = Type.Integer({ minimum: 1, maximum: 1_000_000 });
const place = { outlet_id: Id, product_id: Id, reason: Type.Optional(Line(300)) };
/** What staff does to stock by hand. An adjustment needs a reason. */
export const NewMovement = Type.Union([
  Type.Object({ kind: Type.Literal("receipt"), ...place, quantity }, strict),
  Type.Object(
    {
      kind: Type.Literal("adjustment"),
      ...place,
      reason: Line(300),
      counted: Type.Integer({ minimum: 0, maximum: 1_000_000_000, description: "How many there really are" }),
    },
    strict,
  ),
  Type.Object({ kind: Type.Literal("transfer"), ...place, quantity, to_outlet_id: Id }, strict),
]);

export type StockLevel = Static<typeof StockLevel>;
export type Movement = Static<typeof Movement>;
export type NewMovement = Static<typeof NewMovement>;

export interface StockFilters extends ListQuery {
  readonly outlet_id?: string | undefined;
  readonly product_id?: string | undefined;
  readonly low?: boolean | undefined;
  readonly q?: string | undefined;
}

/** Products that track their stock, at each outlet that has ever had any. */
export async function listStock(trx: Trx, { tenant }: Actor, query: StockFilters): Promise<Page<StockLevel>> {
  let select = trx
    .selectFrom("stock_levels as level")
    .innerJoin("products as product", "product.id", "level.product_id")
    .innerJoin("outlets as outlet", "outlet.id", "level.outlet_id")
    .select([
      "level.outlet_id",
      "outlet.name as outlet",
      "level.product_id",
      "product.name as product",
      "product.code",
      "level.quantity",
      "product.low_stock",
      sql<boolean>`level.quantity <= product.low_stock`.as("is_low"),
      "level.updated_at",
    ])
    .where("level.tenant_id", "=", tenant)
    .where("product.is_active", "=", true);
  const { outlet_id, product_id, low, q } = query;
  if (outlet_id !== undefined) select = select.where("level.outlet_id", "=", outlet_id);
  if (product_id !== undefined) select = select.where("level.product_id", "=", product_id);
  if (low !== undefined) select = select.where(sql<boolean>`(level.quantity <= product.low_stock) = ${low}`);
  if (q !== undefined) {
    const part = `%${q.replace(/[\\%_]/g, "\\$&")}%`;
    select = select.where(sql<boolean>`(product.name ilike ${part} or product.code ilike ${part})`);
  }
  // A level has no id of its own: both of its keys in one, so that the order is total.
  return pageOf(select, query, levelSorts, "product", sql`md5(level.outlet_id::text || level.product_id::text)::uuid`);
}

export interface MovementFilters extends ListQuery {
  readonly outlet_id?: string | undefined;
  readonly product_id?: string | undefined;
  readonly kind?: Movement["kind"] | undefined;
}

export async function listMovements(trx: Trx, { tenant }: Actor, query: MovementFilters): Promise<Page<Movement>> {
  let select = trx
    .selectFrom("stock_movements as movement")
    .innerJoin("products as product", "product.id", "movement.product_id")
    .select([
      "movement.id",
      "movement.outlet_id",
      "movement.product_id",
      "product.name as product",
      "movement.kind",
      "movement.quantity",
      "movement.balance",
      "movement.reason",
      "movement.sale_id",
      "movement.transfer_id",
      "movement.account_id",
      "movement.created_at",
    ])
    .where("movement.tenant_id", "=", tenant);
  const { outlet_id, product_id, kind } = query;
  if (outlet_id !== undefined) select = select.where("movement.outlet_id", "=", outlet_id);
  if (product_id !== undefined) select = select.where("movement.product_id", "=", product_id);
  if (kind !== undefined) select = select.where("movement.kind", "=", kind);
  return pageOf(select, query, movementSorts, "-created_at", sql`movement.id`);
}

/** What a movement by hand came to. */
export const MovementResult = Type.Object({
  outlet_id: Id,
  product_id: Id,
  quantity: Type.Integer({ description: "How the level changed; 0 if the count was right" }),
  level: Type.Integer({ description: "The level now" }),
});
export type MovementResult = Static<typeof MovementResult>;

/** @throws Problem if outlet or product are not there, or there is too little to transfer */
export async function moveStock(trx: Trx, actor: Actor, asked: NewMovement): Promise<MovementResult> {
  const name = await stockedName(trx, actor, asked);
  const { outlet_id: outlet, product_id: product, kind, reason } = asked;
  const transfer = kind === "transfer" ? uuid() : undefined;
  const quantity = await quantityOf(trx, actor, asked);
  const here = { outlet, product, name, quantity };
  const there = asked.kind === "transfer" ? [{ ...here, outlet: asked.to_outlet_id, quantity: asked.quantity }] : [];
  const cause: Cause = { kind, reason, ...(transfer === undefined ? {} : { transfer }) };
  await changeStock(trx, actor, [here, ...there], cause);
  await audit(trx, { action: `stock.${kind}`, entity: product, detail: { outlet, quantity, reason } });
  const level = levelAt(await lockLevels(trx, actor, [here]), here);
  return { outlet_id: outlet, product_id: product, quantity, level: level.quantity };
}

async function stockedName(trx: Trx, { tenant }: Actor, asked: NewMovement): Promise<string> {
  const outlets = asked.kind === "transfer" ? [asked.outlet_id, asked.to_outlet_id] : [asked.outlet_id];
  if (new Set(outlets).size < outlets.length) throw invalid("to_outlet_id", "is the outlet that it comes from");
  const { found } = await trx
    .selectFrom("outlets")
    .select((eb) => eb.fn.countAll<string>().as("found"))
    .where("tenant_id", "=", tenant)
    .where("id", "in", outlets)
    .executeTakeFirstOrThrow();
  if (Number(found) < outlets.length) throw invalid("outlet_id", "is no outlet of yours");
  const product = await trx
    .selectFrom("products")
    .select(["name", "tracks_stock"])
    .where("tenant_id", "=", tenant)
    .where("id", "=", asked.product_id)
    .executeTakeFirst();
  if (product === undefined) throw invalid("product_id", "is no product of yours");
  if (!product.tracks_stock) throw invalid("product_id", "is a product without stock");
  return product.name;
}

/** How many more the outlet has afterwards. */
async function quantityOf(trx: Trx, actor: Actor, asked: NewMovement): Promise<number> {
  if (asked.kind === "receipt") return asked.quantity;
  if (asked.kind === "transfer") return -asked.quantity;
  const place = { outlet: asked.outlet_id, product: asked.product_id };
  return asked.counted - levelAt(await lockLevels(trx, actor, [place]), place).quantity;
}

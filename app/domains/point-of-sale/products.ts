// Products and their categories: what outlets sell.
import { sql } from "kysely";
import Type, { type Static } from "typebox";
import { v7 as uuid } from "uuid";
import { audit } from "../../platform/audit.ts";
import type { Trx } from "../../platform/postgres.ts";
import type { Actor } from "./acting.ts";
import { type ListQuery, listQuery, type Page, pageOf, type SortKeys } from "./paging.ts";
import { conflict, explaining, invalid, notFound } from "./refusals.ts";
import { Currency, Id, Line, Nullable, Price, strict, Time } from "./schemas.ts";

const values = {
  category_id: Nullable(Id),
  code: Type.String({ pattern: "^[A-Za-z0-9._-]{1,32}$", maxLength: 32 }),
  barcode: Nullable(Type.String({ pattern: "^[0-9A-Za-z-]{4,48}$", maxLength: 48 })),
  name: Line(120),
  price: Price,
  tax_rate: Type.Integer({ minimum: 0, maximum: 10_000, description: "Hundredths of a per cent" }),
  cost: Type.Integer({ minimum: 0, maximum: 100_000_000, description: "What one costs the shop, in minor units" }),
  tracks_stock: Type.Boolean(),
  low_stock: Type.Integer({ minimum: 0, maximum: 1_000_000, description: "Stock is low from here on down" }),
  is_active: Type.Boolean(),
};

export const Product = Type.Object({ id: Id, ...values, currency: Currency, created_at: Time });
const optional = {
  category_id: Type.Optional(values.category_id),
  barcode: Type.Optional(values.barcode),
  tax_rate: Type.Optional(values.tax_rate),
  cost: Type.Optional(values.cost),
  low_stock: Type.Optional(values.low_stock),
};
export const NewProduct = Type.Object(
  {
    code: values.code,
    name: values.name,
    price: values.price,
    currency: Currency,
    tracks_stock: Type.Optional(values.tracks_stock),
    ...optional,
  },
  strict,
);
export const ProductChanges = Type.Object(
  {
    name: Type.Optional(values.name),
    price: Type.Optional(values.price),
    is_active: Type.Optional(values.is_active),
    ...optional,
  },
  { ...strict, minProperties: 1, examples: [{ price: 1290 }] },
);
const sorts = {
  name: { column: sql`lower(name)`, type: "text" },
  code: { column: sql`lower(code)`, type: "text" },
  price: { column: sql`price::bigint`, type: "bigint" },
  created_at: { column: sql`created_at`, type: "moment" },
} as const satisfies SortKeys;
export const ProductQuery = listQuery(sorts, "name", {
  q: Type.Optional(
    Type.String({ minLength: 1, maxLength: 80, description: "Part of the name or code, or a whole barcode" }),
  ),
  code: Type.Optional(Type.String({ minLength: 1, maxLength: 48, description: "A whole code or barcode" })),
  category_id: Type.Optional(Id),
  is_active: Type.Optional(Type.Boolean()),
});

export const Category = Type.Object({ id: Id, name: Type.String(), created_at: Time });
export const NewCategory = Type.Object({ name: Line(80) }, strict);
const categorySorts = {
  name: { column: sql`lower(name)`, type: "text" },
  created_at: { column: sql`created_at`, type: "moment" },
} as const satisfies SortKeys;
export const CategoryQuery = listQuery(categorySorts, "name", {});

export type Product = Static<typeof Product>;
export type NewProduct = Static<typeof NewProduct>;
export type ProductChanges = Static<typeof ProductChanges>;
export type ProductQuery = Static<typeof ProductQuery>;
export type Category = Static<typeof Category>;

const columns = [
  "id",
  "category_id",
  "code",
  "barcode",
  "name",
  "price",
  "currency",
  "tax_rate",
  "cost",
  "tracks_stock",
  "low_stock",
  "is_active",
  "created_at",
] as const;

/** Filters of a list of products. */
export interface ProductFilters extends ListQuery {
  readonly q?: string | undefined;
  readonly code?: string | undefined;
  readonly category_id?: string | undefined;
  readonly is_active?: boolean | undefined;
  /** Only what is priced in it. @default all */
  readonly currency?: Product["currency"] | undefined;
}

export async function listProducts(trx: Trx, { tenant }: Actor, query: ProductFilters): Promise<Page<Product>> {
  let select = trx.selectFrom("products").select(columns).where("tenant_id", "=", tenant);
  const { q, code, category_id, is_active, currency } = query;
  if (q !== undefined) select = select.where(matches(q));
  if (code !== undefined) select = select.where(sql<boolean>`(lower(code) = lower(${code}) or barcode = ${code})`);
  if (category_id !== undefined) select = select.where("category_id", "=", category_id);
  if (currency !== undefined) select = select.where("currency", "=", currency);
  if (is_active !== undefined) select = select.where("is_active", "=", is_active);
  return pageOf(select, query, sorts, "name", sql`id`);
}

function matches(q: string) {
  const part = `%${q.replace(/[\\%_]/g, "\\$&")}%`;
  return sql<boolean>`(name ilike ${part} or code ilike ${part} or barcode = ${q})`;
}

/** What a scanner read or a cashier typed in full: the shop's own code before a maker's barcode. */
export async function productByCode(trx: Trx, { tenant }: Actor, code: string): Promise<Product | undefined> {
  return trx
    .selectFrom("products")
    .select(columns)
    .where("tenant_id", "=", tenant)
    .where("is_active", "=", true)
    .where(sql<boolean>`(lower(code) = lower(${code}) or barcode = ${code})`)
    .orderBy(sql`lower(code) = lower(${code})`, "desc")
    .limit(1)
    .executeTakeFirst();
}

export async function findProduct(trx: Trx, { tenant }: Actor, id: string): Promise<Product> {
  const row = await trx
    .selectFrom("products")
    .select(columns)
    .where("tenant_id", "=", tenant)
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined) throw notFound("product");
  return row;
}

const refusals = explaining({
  products_by_code: conflict("code", "is another product's"),
  products_tenant_id_barcode_key: conflict("barcode", "is another product's"),
  products_tenant_id_category_id_fkey: invalid("category_id", "is no category of yours"),
});

export async function createProduct(trx: Trx, { tenant }: Actor, product: NewProduct): Promise<Product> {
  const row = await trx
    .insertInto("products")
    .values({ category_id: null, barcode: null, ...product, id: uuid(), tenant_id: tenant })
    .returning(columns)
    .executeTakeFirstOrThrow()
    .catch(refusals);
  await audit(trx, { action: "product.create", entity: row.id, detail: { code: row.code, price: row.price } });
  return row;
}

export async function changeProduct(
  trx: Trx,
  { tenant }: Actor,
  id: string,
  changes: ProductChanges,
): Promise<Product> {
  const row = await trx
    .updateTable("products")
    .set(changes)
    .where("tenant_id", "=", tenant)
    .where("id", "=", id)
    .returning(columns)
    .executeTakeFirst()
    .catch(refusals);
  if (row === undefined) throw notFound("product");
  await audit(trx, { action: "product.change", entity: id, detail: changes });
  return row;
}

export async function listCategories(trx: Trx, { tenant }: Actor, query: ListQuery): Promise<Page<Category>> {
  const select = trx
    .selectFrom("product_categories")
    .select(["id", "name", "created_at"])
    .where("tenant_id", "=", tenant);
  return pageOf(select, query, categorySorts, "name", sql`id`);
}

/** Empty for no category. */
export async function categoryName(trx: Trx, { tenant }: Actor, id: string | null): Promise<string> {
  if (id === null) return "";
  const row = await trx
    .selectFrom("product_categories")
    .select("name")
    .where("tenant_id", "=", tenant)
    .where("id", "=", id)
    .executeTakeFirst();
  return row?.name ?? "";
}

const categoryRefusals = explaining({ product_categories_by_name: conflict("name", "is another category's") });

export async function createCategory(trx: Trx, { tenant }: Actor, name: string): Promise<Category> {
  const row = await trx
    .insertInto("product_categories")
    .values({ id: uuid(), tenant_id: tenant, name })
    .returning(["id", "name", "created_at"])
    .executeTakeFirstOrThrow()
    .catch(categoryRefusals);
  await audit(trx, { action: "category.create", entity: row.id, detail: { name } });
  return row;
}

export async function renameCategory(trx: Trx, { tenant }: Actor, id: string, name: string): Promise<Category> {
  const row = await trx
    .updateTable("product_categories")
    .set({ name })
    .where("tenant_id", "=", tenant)
    .where("id", "=", id)
    .returning(["id", "name", "created_at"])
    .executeTakeFirst()
    .catch(categoryRefusals);
  if (row === undefined) throw notFound("category");
  await audit(trx, { action: "category.rename", entity: id, detail: { name } });
  return row;
}

/** The category of this name, made if it is not there; none for no name. */
export async function categoryByName(trx: Trx, actor: Actor, name: string): Promise<string | null> {
  if (name === "") return null;
  const found = await trx
    .selectFrom("product_categories")
    .select("id")
    .where("tenant_id", "=", actor.tenant)
    .where(sql<boolean>`lower(name) = lower(${name})`)
    .executeTakeFirst();
  return found?.id ?? (await createCategory(trx, actor, name)).id;
}

// Lists in pages: by any sort that the list offers, with the id to tell equals apart. A cursor says where the page before ended.
import { type RawBuilder, type SelectQueryBuilder, sql } from "kysely";
import { validate } from "uuid";
import { invalid } from "./refusals.ts";

export interface ListQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** One of the list's sorts, downwards with a minus before it. @default the list's first */
  readonly sort?: string | undefined;
}

export interface Page<T> {
  readonly items: T[];
  /** Cursor of the page that follows; null on the last. */
  readonly next: string | null;
}

/** What a list may be sorted by: SQL, never null, and the type that its text is read back as. */
export interface SortKey {
  readonly by: RawBuilder<unknown>;
  readonly type: "text" | "timestamptz" | "bigint";
}

export type SortKeys = Readonly<Record<string, SortKey>>;

interface Order extends SortKey {
  readonly name: string;
  readonly descending: boolean;
}

type Keyed = { readonly page_key: string; readonly page_id: string };

/** Fetches a page of `select`, whose rows `id` tells apart. @throws Problem for a cursor that this list never gave out */
export async function pageOf<DB, TB extends keyof DB, Row>(
  select: SelectQueryBuilder<DB, TB, Row>,
  query: ListQuery,
  keys: SortKeys,
  fallback: string,
  id: RawBuilder<unknown>,
): Promise<Page<Row>> {
  const order = orderOf(query.sort ?? fallback, keys);
  const direction = order.descending ? "desc" : "asc";
  let page = select
    .select([sql<string>`(${order.by})::text`.as("page_key"), sql<string>`(${id})::text`.as("page_id")])
    .orderBy(order.by, direction)
    .orderBy(id, direction)
    .limit(query.limit + 1);
  if (query.cursor !== undefined) {
    const [key, last] = decode(query.cursor, order);
    const comparison = sql.raw(order.descending ? "<" : ">");
    page = page.where(
      sql<boolean>`(${order.by}, ${id}) ${comparison} (${key}::text::${sql.raw(order.type)}, ${last}::text::uuid)`,
    );
  }
  const rows = (await page.execute()) as (Row & Keyed)[];
  const items = rows.slice(0, query.limit);
  const last = items.at(-1);
  const next = rows.length > items.length && last !== undefined ? encode(order, last) : null;
  return { items: items.map(({ page_key, page_id, ...item }) => item as unknown as Row), next };
}

function orderOf(sort: string, keys: SortKeys): Order {
  const descending = sort.startsWith("-");
  const key = keys[descending ? sort.slice(1) : sort];
  if (key === undefined)
    throw invalid("sort", `must be one of ${Object.keys(keys).join(", ")}, with - before it to go down`);
  return { ...key, name: sort, descending };
}

function encode({ name }: Order, { page_key, page_id }: Keyed): string {
  return Buffer.from(JSON.stringify([name, page_key, page_id])).toString("base64url");
}

function decode(cursor: string, order: Order): readonly [string, string] {
  const parts = parse(cursor);
  const [name, key, id] = parts;
  if (name === order.name && key !== undefined && fits(key, order.type) && id !== undefined && validate(id))
    return [key, id];
  throw invalid("cursor", "must be the value of `next` of a page of this list, in the same order");
}

function parse(cursor: string): readonly (string | undefined)[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    return Array.isArray(value) ? value.map((part) => (typeof part === "string" ? part : undefined)) : [];
  } catch {
    // Not one of ours: the caller says so.
    return [];
  }
}

function fits(key: string, type: SortKey["type"]): boolean {
  if (type === "bigint") return /^-?\d{1,18}$/.test(key);
  if (type === "timestamptz")
    return (
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00$/.test(key) &&
      !Number.isNaN(Date.parse(key.replace(" ", "T").replace("+00", "Z")))
    );
  return !key.includes("\0");
}

// Lists, alike everywhere: pages of `limit`, a `cursor` that leads to the next, `sort` by a name with - in front for
// descending, filters of each list's own. Pages are found by keyset, so that what comes and goes meanwhile moves nothing.
// `const Query = listQuery(sorts, "-created", filters)`, then `listPage(select, query, sorts)`.
import { type RawBuilder, type SelectQueryBuilder, sql } from "kysely";
import Type, { type Static, type TObject, type TProperties, type TSchema } from "typebox";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import type { Tables } from "./postgres.ts";
import { Problem } from "./problem.ts";

/** What a list may be sorted by. */
export interface SortKey {
  /** Column, with its table if there are several: tournaments.starts_at; or an expression. Never null. */
  readonly column: string | RawBuilder<unknown>;
  /** `id` for what tells the list's rows apart, a UUID; one of version 7 is the order of creation. `bigint` for what is one in SQL. */
  readonly type: "id" | "moment" | "text" | "integer" | "bigint";
}

/** By the names that clients use. One is of type `id`: it also decides among equals. */
export type SortKeys<Name extends string = string> = Readonly<Record<Name, SortKey>>;

/** What every list takes. */
export interface ListQuery {
  readonly limit: number;
  readonly cursor?: string;
  readonly sort: string;
}

export interface Page<T> {
  readonly items: T[];
  /** Cursor of the page that follows; null on the last. */
  readonly next: string | null;
}

/**
 * Characters of a cursor. It holds the sort's value as JSON in base64: a name has 120 characters at most, each up to 6 bytes
 * (an escape, or what becomes of one in lower case), and there is room for the sort's name and the id.
 */
export const longestCursor = 1_200;

/** Schema of a list's query. */
export function listQuery<Name extends string, Filters extends TProperties>(
  sorts: SortKeys<Name>,
  fallback: Name | `-${Name}`,
  filters: Filters,
) {
  const names = Object.keys(sorts) as Name[];
  const all = names.flatMap((name): (Name | `-${Name}`)[] => [name, `-${name}`]);
  return Type.Object(
    {
      limit: Type.Integer({ minimum: 1, maximum: 100, default: 20, description: "Most items on a page" }),
      cursor: Type.Optional(
        Type.String({ minLength: 1, maxLength: longestCursor, description: "`next` of the page before" }),
      ),
      sort: Type.Enum(all, { default: fallback, description: "- in front: descending" }),
      ...filters,
    },
    { additionalProperties: false },
  );
}

/** Schema of a page. */
export function pageOf<Item extends TSchema>(
  item: Item,
): TObject<{ items: ReturnType<typeof Type.Array<Item>>; next: typeof Next }> {
  return Type.Object({ items: Type.Array(item), next: Next });
}

const Next = Type.Union([Type.String(), Type.Null()], {
  description: "Cursor of the page that follows; null on the last",
});

/** A row with what its cursor is made of. */
export interface Keyed {
  readonly cursor_id: string;
  /** Left out in lists that are sorted by their id. */
  readonly cursor_value?: string | number;
}

/**
 * One page, by one query. Rows also hold what their cursor is made of, which a route's response schema leaves out.
 * @throws Problem if no page of this list, sorted like this, gave the cursor out
 */
export async function listPage<Joined extends Tables, Source extends keyof Joined, Row>(
  select: SelectQueryBuilder<Joined, Source, Row>,
  query: ListQuery,
  sorts: SortKeys,
): Promise<Page<Row>> {
  return toPage(await pageQuery(select, query, sorts).execute(), query);
}

/** The query of one page, for those who keep it; `toPage` makes the page of its rows. @throws Problem as `listPage` does */
export function pageQuery<Joined extends Tables, Source extends keyof Joined, Row>(
  select: SelectQueryBuilder<Joined, Source, Row>,
  query: ListQuery,
  sorts: SortKeys,
): SelectQueryBuilder<Joined, Source, Row & Keyed> {
  const descending = query.sort.startsWith("-");
  const name = descending ? query.sort.slice(1) : query.sort;
  const key = Object.hasOwn(sorts, name) ? sorts[name] : undefined;
  const id = Object.values(sorts).find(({ type }) => type === "id");
  if (key === undefined || id === undefined) throw new Error(`This list is not sorted by ${name}.`);
  const direction = descending ? "desc" : "asc";
  let page = select.select(sql<string>`${place(id)}`.as("cursor_id"));
  if (key !== id) {
    // Text: larger ones are no number of JavaScript's.
    const value = key.type === "bigint" ? sql<string>`(${place(key)})::text` : sql<string | number>`${place(key)}`;
    page = page.select(value.as("cursor_value")).orderBy(place(key), direction);
  }
  page = page.orderBy(place(id), direction).limit(query.limit + 1);
  if (query.cursor !== undefined) page = page.where(after(query.cursor, query.sort, key, id, descending));
  return page.$castTo<Row & Keyed>();
}

/** @param rows one more than the page holds, if there is a next */
export function toPage<Row extends Keyed>(rows: readonly Row[], query: ListQuery): Page<Row> {
  const items = rows.slice(0, query.limit);
  const last = items.at(-1);
  return { items, next: rows.length > items.length && last !== undefined ? cursorOf(last, query.sort) : null };
}

function place({ column }: SortKey): RawBuilder<unknown> {
  return typeof column === "string" ? sql.ref(column) : column;
}

function after(cursor: string, sort: string, key: SortKey, id: SortKey, descending: boolean) {
  const operator = descending ? sql`<` : sql`>`;
  if (key === id) return sql<boolean>`${place(id)} ${operator} ${decodeCursor(cursor)}`;
  const [value, lastId] = readCursor(cursor, sort, key.type);
  const type = { id: "uuid", moment: "timestamptz", text: "text", integer: "bigint", bigint: "bigint" }[key.type];
  return sql<boolean>`(${place(key)}, ${place(id)}) ${operator} (${value}::${sql.raw(type)}, ${lastId}::uuid)`;
}

function cursorOf({ cursor_id, cursor_value }: Keyed, sort: string): string {
  if (cursor_value === undefined) return encodeCursor(cursor_id);
  return Buffer.from(JSON.stringify([sort, cursor_value, cursor_id])).toString("base64url");
}

/** What PostgreSQL takes as one, of whatever version: some ids are made of a digest. */
const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function readCursor(cursor: string, sort: string, type: SortKey["type"]): readonly [string | number, string] {
  const parts = parsed(Buffer.from(cursor, "base64url").toString("utf8"));
  if (Array.isArray(parts) && parts.length === 3) {
    const [madeFor, value, id] = parts as readonly unknown[];
    if (madeFor === sort && isValue(value, type) && typeof id === "string" && uuidForm.test(id)) return [value, id];
  }
  const message = "must be the value of `next` of a page of this list, sorted alike";
  throw new Problem("VALIDATION_FAILED", `cursor ${message}`, { fields: { cursor: message } });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Not ours, like anything else that is no list of three.
    return undefined;
  }
}

/** What PostgreSQL would refuse must not get there: a made-up cursor is the client's fault and no failure of ours. */
function isValue(value: unknown, type: SortKey["type"]): value is string | number {
  if (type === "integer") return Number.isSafeInteger(value);
  if (type === "bigint") return typeof value === "string" && /^-?\d{1,18}$/.test(value);
  if (typeof value !== "string" || value.includes("\0") || !value.isWellFormed()) return false;
  return (
    type !== "moment" ||
    (/^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/.test(value) && !Number.isNaN(Date.parse(value)))
  );
}

/** What a list's query holds, for those who write one by hand. */
export type QueryOf<Schema extends TSchema> = Static<Schema>;

// Pages of a shop's lists: the app's own, whose callers may leave the order out, and whose ids are no sort.
import type { RawBuilder, SelectQueryBuilder } from "kysely";
import { listPage, type Page, type SortKeys } from "../../platform/list.ts";
import type { Tables } from "../../platform/postgres.ts";

export { listQuery, type Page, type SortKeys } from "../../platform/list.ts";

export interface ListQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** One of the list's sorts, downwards with a minus before it. @default the list's own */
  readonly sort?: string | undefined;
}

/** @param id what tells rows apart that the sort does not @throws Problem for a cursor that this list never gave out */
export function pageOf<Joined extends Tables, Source extends keyof Joined, Row>(
  select: SelectQueryBuilder<Joined, Source, Row>,
  { limit, cursor, sort }: ListQuery,
  sorts: SortKeys,
  fallback: string,
  id: RawBuilder<unknown>,
): Promise<Page<Row>> {
  const query = { limit, sort: sort ?? fallback, ...(cursor === undefined ? {} : { cursor }) };
  return listPage(select, query, { ...sorts, "": { column: id, type: "id" } });
}

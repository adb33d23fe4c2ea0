// Reads and writes tournaments.
import { v7 as uuid } from "uuid";
import { decodeCursor, encodeCursor } from "../../platform/cursor.ts";
import type { Database, Queries, Trx } from "../../platform/postgres.ts";
import { Problem } from "../../platform/problem.ts";
import { enqueue } from "../../platform/queue.ts";
import { announce } from "./announce.ts";
import type { NewTournament, Tournament, TournamentQuery, TournamentState } from "./schemas.ts";
import type { TournamentStatus } from "./tables.ts";

/** The organiser that everything belongs to until organisers sign up; the first migration makes it. */
export const houseTenant = "01900000-0000-7000-8000-000000000001";

const columns = ["slug", "name", "status", "starts_at", "capacity", "created_at"] as const;

export interface Page<T> {
  readonly items: T[];
  /** Cursor of the page that follows; null on the last. */
  readonly next: string | null;
}

/** Newest first. */
export async function listTournaments(db: Queries, query: TournamentQuery): Promise<Page<Tournament>> {
  let select = db
    .selectFrom("tournaments")
    .select(["id", ...columns])
    .orderBy("id", "desc")
    .limit(query.limit + 1);
  if (query.cursor !== undefined) select = select.where("id", "<", decodeCursor(query.cursor));
  if (query.status !== undefined) select = select.where("status", "=", query.status);
  const rows = await select.execute();
  const items = rows.slice(0, query.limit);
  const last = items.at(-1);
  return { items, next: rows.length > items.length && last ? encodeCursor(last.id) : null };
}

/** Tournament and its announcement commit together. @throws Problem if the slug is taken */
export async function createTournament(database: Database, values: NewTournament): Promise<Tournament> {
  return database.db.transaction().execute(async (trx) => {
    const created = await insertTournament(trx, values);
    if (created !== undefined) return created;
    const message = "is taken by another tournament";
    throw new Problem("CONFLICT", `slug ${message}`, { fields: { slug: message } });
  });
}

/** Undefined if the slug is taken. */
export async function insertTournament(
  trx: Trx,
  values: NewTournament & { readonly status?: TournamentStatus },
): Promise<Tournament | undefined> {
  const row = await trx
    .insertInto("tournaments")
    .values({ ...values, id: uuid(), tenant_id: houseTenant })
    .onConflict((conflict) => conflict.column("slug").doNothing())
    .returning(["id", ...columns])
    .executeTakeFirst();
  if (row === undefined) return undefined;
  await enqueue(trx, announce, { tournamentId: row.id });
  return row;
}

/** One row by a unique index: this is what clients poll. */
export async function findState(db: Queries, slug: string): Promise<TournamentState | undefined> {
  return db
    .selectFrom("tournaments")
    .select(["slug", "status", "capacity", "version"])
    .where("slug", "=", slug)
    .executeTakeFirst();
}

/** One line of news. */
export interface Activity {
  readonly tournament: string;
  readonly message: string;
  readonly created_at: string;
}

/** Newest first. */
export async function latestActivity(db: Queries, limit: number): Promise<readonly Activity[]> {
  return db
    .selectFrom("tournament_activity as activity")
    .innerJoin("tournaments", "tournaments.id", "activity.tournament_id")
    .select(["tournaments.name as tournament", "activity.message", "activity.created_at"])
    .orderBy("activity.id", "desc")
    .limit(limit)
    .execute();
}

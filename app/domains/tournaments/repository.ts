// Reads and writes tournaments.
import { type CompiledQuery, sql } from "kysely";
import { v7 as uuid } from "uuid";
import { audit } from "../../platform/audit.ts";
import { type Keyed, listPage, type Page, pageQuery, toPage } from "../../platform/list.ts";
import { money } from "../../platform/money.ts";
import type { Database, Queries, Trx } from "../../platform/postgres.ts";
import { Problem } from "../../platform/problem.ts";
import { inScope } from "../../platform/scope.ts";
import { findOwn, findReadable, organising, type StaffBy, type TournamentRow } from "./access.ts";
import { faultsOfChanges, faultsOfTimes, inUtc } from "./edits.ts";
import { moveUp } from "./places.ts";
import {
  type Capacity,
  type NewTournament,
  type Schedule,
  type Tournament,
  type TournamentChanges,
  type TournamentDetails,
  type TournamentQuery,
  type TournamentState,
  tournamentSorts,
} from "./schemas.ts";
import type { TournamentStatus } from "./tables.ts";

/** The organiser that the first migration makes; demo data belongs to it. */
export const houseTenant = "01900000-0000-7000-8000-000000000001";

/** Slugs that would be taken for other addresses. */
const reserved: ReadonlySet<string> = new Set(["api", "mine", "new"]);

const columns = ["slug", "name", "status", "starts_at", "capacity", "teams", "created_at"] as const;

/** What everybody may see: all that is published, without the archive unless it is asked for. */
function published(db: Queries, status: TournamentStatus | undefined) {
  const query = db.selectFrom("tournaments");
  return status === undefined
    ? query.where(sql<boolean>`status not in ('draft', 'archived')`)
    : query.where("status", "=", status).where("status", "<>", "draft");
}

const usualLimit = 20;
const firstPages = new Map<string, CompiledQuery<Tournament & Keyed>>();

/** First pages of the usual size are what is asked for most: to build their statement anew costs a tenth of a request. */
export async function listTournaments(db: Queries, query: TournamentQuery): Promise<Page<Tournament>> {
  const build = () => pageQuery(published(db, query.status).select(columns), query, tournamentSorts);
  if (query.cursor !== undefined || query.limit !== usualLimit) return toPage(await build().execute(), query);
  const name = `${query.sort} ${query.status}`;
  const statement = firstPages.get(name) ?? build().compile();
  firstPages.set(name, statement);
  return toPage((await db.executeQuery(statement)).rows, query);
}

export async function listSchedules(db: Queries, query: TournamentQuery): Promise<Page<Schedule>> {
  const select = published(db, query.status).select([
    "slug",
    "name",
    "status",
    "registration_closes_at",
    "check_in_opens_at",
    "starts_at",
    "ends_at",
    "venue",
  ]);
  return listPage(select, query, tournamentSorts);
}

export async function listCapacities(db: Queries, query: TournamentQuery): Promise<Page<Capacity>> {
  const select = published(db, query.status)
    .select(["slug", "name", "status", "capacity", "teams", "waiting"])
    .select(sql<number>`capacity - teams`.as("free"));
  return listPage(select, query, tournamentSorts);
}

/** All of an organiser's own, drafts and archive too. */
export async function listOwn(database: Database, by: StaffBy, query: TournamentQuery): Promise<Page<Tournament>> {
  return inScope(database, by, async (trx) => {
    const own = trx.selectFrom("tournaments").select(columns).where("tenant_id", "=", by.tenant);
    const { status } = query;
    return listPage(status === undefined ? own : own.where("status", "=", status), query, tournamentSorts);
  });
}

/** All about one. @throws Problem if there is none that `principal` may see */
export async function readTournament(
  db: Queries,
  principal: { readonly tenant: string | undefined } | undefined,
  slug: string,
): Promise<TournamentDetails & Pick<TournamentRow, "id" | "tenant_id">> {
  const row = await findReadable(db, principal, slug);
  const images = await db
    .selectFrom("tournament_images")
    .select(["id", sql<string>`'/' || key`.as("url"), "alt"])
    .where("tournament_id", "=", row.id)
    .orderBy("id")
    .execute();
  return { ...row, entry_fee: money(row.entry_fee, row.currency), images };
}

/** All about one of an organiser's own. @throws Problem if it has no such one */
export function readOwn(database: Database, by: StaffBy, slug: string): Promise<TournamentDetails> {
  return inScope(database, by, async (trx) => {
    await findOwn(trx, by.tenant, slug);
    return readTournament(trx, by, slug);
  });
}

/** @throws Problem if the slug is taken */
export async function createTournament(database: Database, by: StaffBy, values: NewTournament): Promise<Tournament> {
  const faults = faultsOfTimes(values);
  if (reserved.has(values.slug)) refuse({ slug: "is taken by Arena itself" }, "VALIDATION_FAILED");
  if (Object.keys(faults).length > 0) refuse(faults, "VALIDATION_FAILED");
  return inScope(database, by, async (trx) => {
    const created = await insertTournament(trx, by.tenant, inUtc(values));
    if (created === undefined) return refuse({ slug: "is taken by another tournament" }, "CONFLICT");
    await audit(trx, { action: "tournament.create", entity: created.id, detail: { slug: created.slug } });
    return created;
  });
}

/** Undefined if the slug is taken. */
export async function insertTournament(
  trx: Trx,
  tenant: string,
  values: NewTournament & { readonly status?: TournamentStatus },
): Promise<(Tournament & { readonly id: string }) | undefined> {
  return trx
    .insertInto("tournaments")
    .values({ ...values, id: uuid(), tenant_id: tenant })
    .onConflict((conflict) => conflict.column("slug").doNothing())
    .returning(["id", ...columns])
    .executeTakeFirst();
}

/**
 * Who waits moves up where there is room now.
 * @param asked changes, or what makes them out from how the tournament is now, which nobody else changes meanwhile
 * @throws Problem for what cannot be changed any more
 */
export async function editTournament(
  database: Database,
  by: StaffBy,
  slug: string,
  asked: TournamentChanges | ((current: Omit<TournamentDetails, "images">) => TournamentChanges),
): Promise<void> {
  await organising(database, by, slug, async (trx, tournament) => {
    const { entry_fee, currency } = tournament;
    const changes =
      typeof asked === "function" ? asked({ ...tournament, entry_fee: money(entry_fee, currency) }) : asked;
    if (Object.keys(changes).length === 0) return;
    const faults = faultsOfChanges(tournament, changes);
    if (Object.keys(faults).length > 0) refuse(faults, "CONFLICT");
    await trx
      .updateTable("tournaments")
      .set({ ...inUtc(changes), version: sql`version + 1` })
      .where("id", "=", tournament.id)
      .where("tenant_id", "=", by.tenant)
      .execute();
    if (changes.capacity !== undefined) await moveUp(trx, { ...tournament, capacity: changes.capacity }, by.site);
    const fields = Object.keys(changes);
    await audit(trx, { action: "tournament.edit", entity: tournament.id, detail: { fields } });
  });
}

/** Drafts only: what has been published is cancelled, for all to see. */
export async function deleteDraft(database: Database, by: StaffBy, slug: string): Promise<void> {
  await organising(database, by, slug, async (trx, { id, status }) => {
    if (status !== "draft") throw new Problem("CONFLICT", "Only a draft is deleted; this tournament is published.");
    await trx.deleteFrom("tournaments").where("id", "=", id).where("tenant_id", "=", by.tenant).execute();
    await audit(trx, { action: "tournament.delete", entity: id, detail: { slug } });
  });
}

function refuse(fields: Readonly<Record<string, string>>, code: "CONFLICT" | "VALIDATION_FAILED"): never {
  const [first = []] = Object.entries(fields);
  throw new Problem(code, first.join(" "), { fields });
}

/** One row by a unique index: this is what clients poll. */
export async function findState(db: Queries, slug: string): Promise<TournamentState | undefined> {
  return db
    .selectFrom("tournaments")
    .select(["slug", "status", "capacity", "teams", "waiting", "version"])
    .where("slug", "=", slug)
    .where("status", "<>", "draft")
    .executeTakeFirst();
}

/** One line of news. */
export interface Activity {
  readonly slug: string;
  readonly message: string;
  readonly created_at: string;
}

/** Newest first. */
export async function latestActivity(db: Queries, limit: number): Promise<readonly Activity[]> {
  return db
    .selectFrom("tournament_activity as activity")
    .innerJoin("tournaments", "tournaments.id", "activity.tournament_id")
    .select(["tournaments.slug", "activity.message", "activity.created_at"])
    .where("tournaments.status", "<>", "draft")
    .orderBy("activity.id", "desc")
    .limit(limit)
    .execute();
}

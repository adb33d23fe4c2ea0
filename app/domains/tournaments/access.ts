// How tournaments are reached. Whoever changes one, or anything of it, first holds its row: changes of one tournament come one
// after another, so that places are never given out twice and no two changes wait for each other in a circle.
import type { FastifyRequest } from "fastify";
import { type Selectable, sql } from "kysely";
import type { Database, Queries, Tables, Trx } from "../../platform/postgres.ts";
import { isAtLeast, type Principal, principalOf, type Staff, staffOf } from "../../platform/principal.ts";
import { Problem } from "../../platform/problem.ts";
import { inScope, setScope } from "../../platform/scope.ts";

export type TournamentRow = Selectable<Tables["tournaments"]>;

/** Somebody who changes something; `site` is what links in mails begin with. */
export type By = Principal & { readonly site: string };
export type StaffBy = Staff & { readonly site: string };

export function byOf(request: FastifyRequest): By {
  return { ...principalOf(request), site: siteOf(request) };
}

export function staffBy(request: FastifyRequest): StaffBy {
  return { ...staffOf(request), site: siteOf(request) };
}

export function siteOf(request: FastifyRequest): string {
  return `${request.protocol}://${request.host}`;
}

export function noTournament(): Problem {
  return new Problem("NOT_FOUND", "There is no such tournament.");
}

/** Reads as whoever looks: everybody sees what is published, an organiser's staff its drafts too. */
export function asReader<T>(
  database: Database,
  principal: Principal | undefined,
  work: (db: Queries) => Promise<T>,
): Promise<T> {
  return principal === undefined ? work(database.db) : inScope(database, principal, work);
}

/** The tournament that somebody looks at. @throws Problem if there is none that they may see */
export async function findReadable(
  db: Queries,
  principal: Pick<Principal, "tenant"> | undefined,
  slug: string,
): Promise<TournamentRow> {
  const found = await db
    .selectFrom("tournaments")
    .selectAll()
    .where("slug", "=", slug)
    .where((is) => is.or([is("status", "<>", "draft"), is("tenant_id", "=", principal?.tenant ?? null)]))
    .executeTakeFirst();
  if (found === undefined) throw noTournament();
  return found;
}

/** The tournament of an organiser that its staff looks at. @throws Problem if it has no such one */
export async function findOwn(db: Queries, tenant: string, slug: string): Promise<TournamentRow> {
  const query = db.selectFrom("tournaments").selectAll().where("slug", "=", slug).where("tenant_id", "=", tenant);
  const found = await query.executeTakeFirst();
  if (found === undefined) throw noTournament();
  return found;
}

/** Changes something of a tournament of the organiser's own. @throws Problem if it has no such one */
export function organising<T>(
  database: Database,
  by: StaffBy,
  slug: string,
  work: (trx: Trx, tournament: TournamentRow) => Promise<T>,
): Promise<T> {
  return inScope(database, by, async (trx) => work(trx, await hold(trx, by.tenant, slug)));
}

/**
 * Changes something of a tournament that somebody takes part in, who is on nobody's staff as a rule: what they do is done for
 * the tournament's organiser, by its rules. @throws Problem if no such one is published
 */
export function takingPart<T>(
  database: Database,
  by: By,
  slug: string,
  work: (trx: Trx, tournament: TournamentRow) => Promise<T>,
): Promise<T> {
  return inScope(database, by, async (trx) => {
    const found = await trx
      .selectFrom("tournaments")
      .select("tenant_id")
      .where("slug", "=", slug)
      .where("status", "<>", "draft")
      .executeTakeFirst();
    if (found === undefined) throw noTournament();
    await setScope(trx, { tenant: found.tenant_id, user: by.user, request: by.request });
    return work(trx, await hold(trx, found.tenant_id, slug));
  });
}

/** Not against those who refer to the row: their checks of foreign keys need no change of it. */
async function hold(trx: Trx, tenant: string, slug: string): Promise<TournamentRow> {
  const found = await trx
    .selectFrom("tournaments")
    .selectAll()
    .where("slug", "=", slug)
    .where("tenant_id", "=", tenant)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (found === undefined) throw noTournament();
  return found;
}

/** Says that something about a tournament that is held has changed, which everybody who polls its state learns. */
export async function touch(
  trx: Trx,
  { id, tenant_id }: Pick<TournamentRow, "id" | "tenant_id">,
  changes: Partial<Pick<TournamentRow, "teams" | "waiting" | "status" | "ended_at" | "cancel_reason">> = {},
): Promise<void> {
  await trx
    .updateTable("tournaments")
    .set({ ...changes, version: sql`version + 1` })
    .where("id", "=", id)
    .where("tenant_id", "=", tenant_id)
    .execute();
}

/** Whether somebody runs the tournament: a manager of its organiser, or above. */
export function isOrganiser(
  principal: Principal | undefined,
  { tenant_id }: Pick<TournamentRow, "tenant_id">,
): boolean {
  return principal?.tenant === tenant_id && isAtLeast(principal.role, "manager");
}

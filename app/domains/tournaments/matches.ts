// The bracket as it is played: reads matches, takes results and corrections, says who stands where.
import { type Selectable, sql } from "kysely";
import { audit } from "../../platform/audit.ts";
import { listPage, type Page } from "../../platform/list.ts";
import type { Database, Queries, Tables, Trx } from "../../platform/postgres.ts";
import type { Principal } from "../../platform/principal.ts";
import { Problem } from "../../platform/problem.ts";
import { asReader, findReadable, organising, type StaffBy, type TournamentRow, touch } from "./access.ts";
import { nextOf, standings, statusOf, whyNoResult } from "./bracket.ts";
import { inUtc } from "./edits.ts";
import { statusNames } from "./life-cycle.ts";
import { type Match, type MatchQuery, matchSorts, type Result } from "./team-schemas.ts";

type MatchRow = Selectable<Tables["matches"]>;

export function listMatches(
  database: Database,
  principal: Principal | undefined,
  slug: string,
  query: MatchQuery,
): Promise<Page<Match>> {
  return asReader(database, principal, async (db) => {
    const { id } = await findReadable(db, principal, slug);
    let select = matchesOf(db, id);
    if (query.round !== undefined) select = select.where("matches.round", "=", query.round);
    return listPage(select, query, matchSorts);
  });
}

/** Matches with their teams' names, in the order of the bracket, which is that of their ids. */
export function matchesOf(db: Queries, tournament: string) {
  return db
    .selectFrom("matches")
    .leftJoin("teams as a", "a.id", "matches.team_a")
    .leftJoin("teams as b", "b.id", "matches.team_b")
    .where("matches.tournament_id", "=", tournament)
    .select([
      "matches.id",
      "matches.round",
      "matches.slot",
      "a.name as team_a",
      "b.name as team_b",
      "matches.score_a",
      "matches.score_b",
      "matches.status",
      "matches.walkover",
      "matches.scheduled_at",
      sql<"a" | "b" | null>`case matches.winner when matches.team_a then 'a' when matches.team_b then 'b' end`.as(
        "winner",
      ),
    ]);
}

/** A line of the table of places. */
export interface Place {
  readonly place: number;
  readonly team: string;
  readonly wins: number;
  readonly is_in: boolean;
}

export async function listStandings(
  database: Database,
  principal: Principal | undefined,
  slug: string,
): Promise<readonly Place[]> {
  return asReader(database, principal, async (db) => {
    const { id } = await findReadable(db, principal, slug);
    return standingsOf(await matchesOf(db, id).execute());
  });
}

/** Names are unique in a tournament, so that they serve as ids here. */
export function standingsOf(matches: readonly Match[]): readonly Place[] {
  const byName = matches.map((match) => ({
    ...match,
    winner: match.winner === null ? null : match.winner === "a" ? match.team_a : match.team_b,
  }));
  return standings(byName).map(({ team, place, wins, isIn }) => ({ place, team, wins, is_in: isIn }));
}

/** Work on a match of a tournament that runs; `next` is the one that its winner goes to. */
function playing<T>(
  database: Database,
  by: StaffBy,
  slug: string,
  id: string,
  work: (trx: Trx, match: MatchRow, next: MatchRow | undefined, tournament: TournamentRow) => Promise<T>,
): Promise<T> {
  return organising(database, by, slug, async (trx, tournament) => {
    const ofTournament = trx
      .selectFrom("matches")
      .selectAll()
      .where("tenant_id", "=", by.tenant)
      .where("tournament_id", "=", tournament.id);
    const match = await ofTournament.where("id", "=", id).executeTakeFirst();
    if (match === undefined) throw new Problem("NOT_FOUND", "There is no such match.");
    if (tournament.status !== "running") {
      const is = statusNames[tournament.status];
      throw new Problem("CONFLICT", `Matches are played while the tournament runs; this one is ${is}.`);
    }
    const { round, slot } = nextOf(match);
    const next = await ofTournament.where("round", "=", round).where("slot", "=", slot).executeTakeFirst();
    return work(trx, match, next, tournament);
  });
}

/** The first result or a correction; the winner goes on to the next match. */
export async function enterResult(
  database: Database,
  by: StaffBy,
  slug: string,
  id: string,
  { score_a, score_b, walkover = false }: Result,
): Promise<void> {
  await playing(database, by, slug, id, async (trx, match, next, tournament) => {
    const refusal = whyNoResult(match, next, { score_a, score_b });
    if (refusal !== undefined) throw new Problem("CONFLICT", refusal);
    const winner = score_a > score_b ? match.team_a : match.team_b;
    await change(trx, match, { score_a, score_b, winner, walkover, status: "done" });
    if (next !== undefined) {
      const { side } = nextOf(match);
      const status = statusOf({ ...next, [side]: winner });
      await change(trx, next, { [side]: winner, status });
    }
    await touch(trx, tournament);
    const detail = { tournament: slug, before: [match.score_a, match.score_b], after: [score_a, score_b], walkover };
    await audit(trx, { action: "match.result", entity: id, detail });
  });
}

/** From now on the results that led here stay as they are. Again: changes nothing. */
export async function startMatch(database: Database, by: StaffBy, slug: string, id: string): Promise<void> {
  await playing(database, by, slug, id, async (trx, match, _next, tournament) => {
    if (match.status === "playing") return;
    if (match.status !== "ready") {
      const reason = match.status === "pending" ? "It is not known yet who plays this match." : "This match is over.";
      throw new Problem("CONFLICT", reason);
    }
    await change(trx, match, { status: "playing" });
    await touch(trx, tournament);
    await audit(trx, { action: "match.start", entity: id, detail: { tournament: slug } });
  });
}

export async function scheduleMatch(
  database: Database,
  by: StaffBy,
  slug: string,
  id: string,
  at: string | null,
): Promise<void> {
  await playing(database, by, slug, id, async (trx, match, _next, tournament) => {
    if (match.status === "done" || match.status === "bye") throw new Problem("CONFLICT", "This match is over.");
    const { starts_at: scheduled_at } = at === null ? { starts_at: null } : inUtc({ starts_at: at });
    await change(trx, match, { scheduled_at });
    await touch(trx, tournament);
    await audit(trx, { action: "match.schedule", entity: id, detail: { tournament: slug, scheduled_at } });
  });
}

type MatchChanges = Partial<
  Pick<MatchRow, "team_a" | "team_b" | "score_a" | "score_b" | "winner" | "walkover" | "status" | "scheduled_at">
>;

async function change(trx: Trx, { id, tenant_id }: MatchRow, changes: MatchChanges): Promise<void> {
  await trx.updateTable("matches").set(changes).where("tenant_id", "=", tenant_id).where("id", "=", id).execute();
}

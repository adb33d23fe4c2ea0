// Reads teams and their players.
import { sql } from "kysely";
import { listPage, type Page } from "../../platform/list.ts";
import { type Currency, money } from "../../platform/money.ts";
import type { Database, Queries, Trx } from "../../platform/postgres.ts";
import type { Principal } from "../../platform/principal.ts";
import { Problem } from "../../platform/problem.ts";
import { asReader, findReadable, isOrganiser, type TournamentRow } from "./access.ts";
import { whyClosed } from "./admission.ts";
import type { TeamStatus } from "./tables.ts";
import {
  type Member,
  type OwnTeam,
  type RegisterContext,
  type Team,
  type TeamQuery,
  teamSorts,
} from "./team-schemas.ts";

const players = sql<number>`(select count(*)::int from arena.team_members
  where team_members.team_id = teams.id and team_members.status = 'approved')`.as("players");

/** Of a tournament that the reader may see; those that have withdrawn are left out. */
export function listTeams(
  database: Database,
  principal: Principal | undefined,
  slug: string,
  query: TeamQuery,
): Promise<Page<Team>> {
  return asReader(database, principal, async (db) => {
    const { id } = await findReadable(db, principal, slug);
    return teamsOf(db, id, query);
  });
}

export function teamsOf(db: Queries, tournament: string, query: TeamQuery): Promise<Page<Team>> {
  const { status } = query;
  let select = db
    .selectFrom("teams")
    .select(["id", "name", "status", "seed", "created_at", players])
    .where("tournament_id", "=", tournament);
  select = status === undefined ? select.where("status", "<>", "withdrawn") : select.where("status", "=", status);
  return listPage(select, query, teamSorts);
}

/** A team and what the reader may see of it. */
export interface TeamView {
  readonly tournament: TournamentRow;
  readonly team: OwnTeam & { readonly captain_id: string };
  /** Those who have asked to join are seen by the captain, the organiser and themselves. */
  readonly members: readonly Member[];
  /** The reader decides who plays, checks in and withdraws. */
  readonly mayManage: boolean;
}

/** @throws Problem if there is no such team */
export function readTeam(
  database: Database,
  principal: Principal | undefined,
  slug: string,
  team: string,
): Promise<TeamView> {
  return asReader(database, principal, async (db) => {
    const tournament = await findReadable(db, principal, slug);
    const row = await db
      .selectFrom("teams")
      .select(["id", "name", "status", "seed", "created_at", "fee", "paid", "captain_id", players])
      .where("tournament_id", "=", tournament.id)
      .where("id", "=", team)
      .executeTakeFirst();
    if (row === undefined) throw noTeam();
    const members = await db
      .selectFrom("team_members")
      .select(["user_id", "name", "status"])
      .where("team_id", "=", team)
      .where("status", "<>", "left")
      .orderBy("created_at")
      .execute();
    return {
      tournament,
      team: { ...row, ...inMoney(row, tournament.currency) },
      members: members.map((one) => memberOf(one, row.captain_id)),
      mayManage: isOrganiser(principal, tournament) || principal?.user === row.captain_id,
    };
  });
}

export function noTeam(): Problem {
  return new Problem("NOT_FOUND", "There is no such team.");
}

function inMoney({ fee, paid }: { readonly fee: number; readonly paid: number }, currency: Currency) {
  return { fee: money(fee, currency), paid: money(paid, currency) };
}

function memberOf(
  { user_id, name, status }: { user_id: string; name: string; status: "requested" | "approved" | "left" },
  captain: string,
): Member {
  return {
    user: user_id,
    name,
    role: user_id === captain ? "captain" : "player",
    status: status === "requested" ? "requested" : "approved",
  };
}

/** A team that somebody plays for, or has asked to. */
export interface OwnTeamEntry {
  readonly id: string;
  readonly name: string;
  readonly status: TeamStatus;
  readonly slug: string;
  readonly tournament: string;
  readonly starts_at: string;
  readonly is_captain: boolean;
  readonly is_approved: boolean;
  /** Players who wait for the captain's answer. */
  readonly requests: number;
}

/** Newest first. */
export function listTeamsOfPlayer(db: Trx, user: string): Promise<readonly OwnTeamEntry[]> {
  return db
    .selectFrom("team_members as member")
    .innerJoin("teams", "teams.id", "member.team_id")
    .innerJoin("tournaments", "tournaments.id", "teams.tournament_id")
    .select([
      "teams.id",
      "teams.name",
      "teams.status",
      "tournaments.slug",
      "tournaments.name as tournament",
      "tournaments.starts_at",
      sql<boolean>`teams.captain_id = member.user_id`.as("is_captain"),
      sql<boolean>`member.status = 'approved'`.as("is_approved"),
      sql<number>`(select count(*)::int from arena.team_members asking
        where asking.team_id = teams.id and asking.status = 'requested')`.as("requests"),
    ])
    .where("member.user_id", "=", user)
    .where("member.status", "<>", "left")
    .orderBy("teams.id", "desc")
    .limit(100)
    .execute();
}

/** All that a form for registering needs to know. */
export function registerContext(
  database: Database,
  principal: Principal | undefined,
  slug: string,
  paysOnline: boolean,
): Promise<RegisterContext> {
  return asReader(database, principal, async (db) => {
    const tournament = await findReadable(db, undefined, slug);
    const own =
      principal === undefined
        ? []
        : await db
            .selectFrom("team_members as member")
            .innerJoin("teams", "teams.id", "member.team_id")
            .select(["teams.id", "teams.name", "teams.status"])
            .where("member.user_id", "=", principal.user)
            .where("member.tournament_id", "=", tournament.id)
            .where("member.status", "<>", "left")
            .execute();
    const closed = whyClosed(tournament, new Date());
    const places_left = Math.max(0, tournament.capacity - tournament.teams - tournament.waiting);
    return {
      ...tournament,
      is_open: closed === undefined,
      closed_because: closed ?? null,
      places_left,
      joins_waiting_list: closed === undefined && places_left === 0,
      entry_fee: money(tournament.entry_fee, tournament.currency),
      pays_online: paysOnline && tournament.entry_fee > 0,
      own_teams: own,
    };
  });
}

/** A team as its organiser sees it. */
export interface ManagedTeam {
  readonly id: string;
  readonly name: string;
  readonly status: TeamStatus;
  readonly seed: number | null;
  readonly fee: number;
  readonly paid: number;
  readonly players: number;
}

/** All that have not withdrawn, those with a place first, in the order they came. */
export function teamsToManage(db: Queries, { id, tenant_id }: TournamentRow): Promise<readonly ManagedTeam[]> {
  return db
    .selectFrom("teams")
    .select(["id", "name", "status", "seed", "fee", "paid", players])
    .where("tenant_id", "=", tenant_id)
    .where("tournament_id", "=", id)
    .where("status", "<>", "withdrawn")
    .orderBy(sql`status = 'waiting'`)
    .orderBy("id")
    .execute();
}

// Demo data: tournaments in every status, with teams, a bracket in play, fees paid. It is made as people make it: by the same
// functions, one step after another.
import { sql } from "kysely";
import type { Database, Trx } from "../../platform/postgres.ts";
import { inScope } from "../../platform/scope.ts";
import type { StaffBy } from "./access.ts";
import { enterResult, matchesOf, startMatch } from "./matches.ts";
import { approvePlayer, askToJoin } from "./members.ts";
import { takePayment } from "./payments.ts";
import { checkInTeam, registerTeam } from "./registration.ts";
import { createTournament } from "./repository.ts";
import { moveTournament } from "./run.ts";
import type { NewTournament } from "./schemas.ts";
import type { TournamentStatus } from "./tables.ts";

interface DemoTournament {
  readonly name: string;
  readonly status: TournamentStatus;
  /** From now until it starts. */
  readonly days: number;
  readonly capacity: number;
  readonly teams: number;
  readonly venue: string;
  /** Minor units. */
  readonly fee?: number;
  /** Matches of which results are there; all where it is over. */
  readonly played?: number;
}

const tournaments: readonly DemoTournament[] = [
  { name: "Winter Classic", status: "archived", days: -140, capacity: 8, teams: 6, venue: "Old Ferry Hall" },
  { name: "Spring Open", status: "completed", days: -60, capacity: 16, teams: 12, venue: "Pier 3", fee: 1_500 },
  { name: "Harbour Juniors", status: "cancelled", days: -12, capacity: 24, teams: 2, venue: "Harbour School" },
  {
    name: "Lighthouse League",
    status: "running",
    days: -2,
    capacity: 12,
    teams: 11,
    venue: "Lighthouse Arena",
    fee: 2_500,
    played: 6,
  },
  { name: "Midweek Blitz", status: "running", days: 0, capacity: 8, teams: 8, venue: "Dock 7", played: 3 },
  { name: "Dockside Doubles", status: "check_in", days: 1, capacity: 10, teams: 10, venue: "Dock 7", fee: 1_000 },
  {
    name: "Regatta Masters",
    status: "registration",
    days: 12,
    capacity: 4,
    teams: 6,
    venue: "Regatta House",
    fee: 5_000,
  },
  { name: "Autumn Grand Prix", status: "registration", days: 40, capacity: 64, teams: 5, venue: "City Hall" },
  { name: "Frostbite Cup", status: "draft", days: 75, capacity: 32, teams: 0, venue: "" },
];

const teamNames = "Seals,Gulls,Anchors,Pilots,Buoys,Herons,Riggers,Tides,Lanterns,Corsairs,Mariners,Beacons".split(",");

/** People of the demo. */
export interface DemoPeople {
  readonly manager: { readonly id: string; readonly name: string };
  /** Captain of the first team of each tournament. */
  readonly captain: { readonly id: string; readonly name: string };
  /** Plays for that team, or has asked to. */
  readonly player: { readonly id: string; readonly name: string };
}

/** Adds what is missing. @returns how many tournaments were added */
export async function loadDemoTournaments(database: Database, tenant: string, people: DemoPeople): Promise<number> {
  const there = await inScope(database, { tenant }, (trx) => slugsOf(trx, tenant));
  const missing = tournaments.filter(({ name }) => !there.has(slugOf(name)));
  for (const tournament of missing) await load(database, tenant, people, tournament);
  return missing.length;
}

async function slugsOf(trx: Trx, tenant: string): Promise<ReadonlySet<string>> {
  const rows = await trx.selectFrom("tournaments").select("slug").where("tenant_id", "=", tenant).execute();
  return new Set(rows.map(({ slug }) => slug));
}

const slugOf = (name: string) => name.toLowerCase().replaceAll(" ", "-");

async function load(database: Database, tenant: string, people: DemoPeople, demo: DemoTournament): Promise<void> {
  const by = acting(people.manager, { tenant, role: "manager" });
  const slug = slugOf(demo.name);
  await createTournament(database, by, detailsOf(demo, slug));
  if (demo.status === "draft") return;
  const move = (one: Parameters<typeof moveTournament>[3]["move"], reason?: string) =>
    moveTournament(database, by, slug, { move: one, ...(reason === undefined ? {} : { reason }) });
  await move("open_registration");
  const teams = await registerAll(database, people, slug, demo.teams);
  if (demo.status === "registration") return;
  if (demo.status === "cancelled") {
    await move("cancel", "The hall has no heating this month.");
    return;
  }
  await move("open_check_in");
  await checkIn(database, by, slug, demo, teams);
  if (demo.status === "check_in") return;
  await move("start");
  await play(database, by, slug, demo.played ?? Number.POSITIVE_INFINITY);
  if (demo.status === "running") return;
  await move("complete");
  if (demo.status === "archived") await move("archive");
  const ended = new Date(Date.now() + demo.days * 86_400_000);
  await inScope(database, { tenant }, (trx) =>
    trx
      .updateTable("tournaments")
      .set({ ended_at: ended })
      .where("tenant_id", "=", tenant)
      .where("slug", "=", slug)
      .execute(),
  );
}

function acting(
  person: { readonly id: string; readonly name: string },
  staff: Pick<StaffBy, "tenant" | "role">,
): StaffBy {
  const { id: user, name } = person;
  return {
    user,
    name,
    ...staff,
    saasAdmin: false,
    via: "bearer",
    credential: "",
    request: "demo",
    site: "http://localhost:8080",
  };
}

function detailsOf({ name, days, capacity, venue, fee = 0 }: DemoTournament, slug: string): NewTournament {
  const starts = new Date();
  starts.setUTCDate(starts.getUTCDate() + days);
  starts.setUTCHours(16, 0, 0, 0);
  const before = (hours: number) => new Date(starts.getTime() - hours * 3_600_000).toISOString();
  const isAhead = days > 1;
  return {
    slug,
    name,
    starts_at: starts.toISOString(),
    capacity,
    venue,
    entry_fee: fee,
    currency: "EUR",
    prize_share: fee === 0 ? 0 : 6_000,
    ...(isAhead ? { registration_closes_at: before(24), check_in_opens_at: before(2) } : {}),
    description: `${name} brings teams of the coast together for a day of single elimination.`,
    rules:
      "Best of three.\n\nBe there ten minutes before your match; after that it is a walkover.\n\nThe captain speaks for the team.",
  };
}

/** The first team is the demo's captain's; the others have captains who never sign in. */
async function registerAll(
  database: Database,
  { captain, player }: DemoPeople,
  slug: string,
  count: number,
): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const { rows } = await sql<{ id: string }>`select gen_random_uuid() as id`.execute(database.db);
    const name = teamNames[index % teamNames.length] ?? "Team";
    const who = index === 0 ? captain : { id: rows[0]?.id ?? "", name: `Captain of the ${name}` };
    const by = { ...acting(who, { tenant: "", role: "cashier" }), tenant: undefined, role: undefined };
    const team = await registerTeam(database, by, slug, `Harbour ${name}`);
    ids.push(team.id);
    if (index !== 0) continue;
    const asking = { ...by, user: player.id, name: player.name };
    await askToJoin(database, asking, slug, team.id);
    // In one tournament the answer is still due.
    if (slug !== "autumn-grand-prix") await approvePlayer(database, by, slug, team.id, player.id);
  }
  return ids;
}

/** All but the last of those that are only checking in. */
async function checkIn(
  database: Database,
  by: StaffBy,
  slug: string,
  demo: DemoTournament,
  teams: readonly string[],
): Promise<void> {
  const ready = demo.status === "check_in" ? teams.slice(1, -2) : teams;
  for (const team of ready) {
    if (demo.fee !== undefined)
      await takePayment(database, by, slug, team, { amount: demo.fee, reference: "transfer" });
    await checkInTeam(database, by, slug, team);
  }
}

async function play(database: Database, by: StaffBy, slug: string, most: number): Promise<void> {
  for (let played = 0; ; played += 1) {
    const open = await inScope(database, by, async (trx) => {
      const { id } = await trx
        .selectFrom("tournaments")
        .select("id")
        .where("slug", "=", slug)
        .executeTakeFirstOrThrow();
      return matchesOf(trx, id).where("matches.status", "=", "ready").orderBy("matches.id").executeTakeFirst();
    });
    if (open === undefined) return;
    if (played >= most) return startMatch(database, by, slug, open.id);
    const [score_a, score_b] = played % 3 === 1 ? [1, 2] : [2, played % 2];
    await enterResult(database, by, slug, open.id, { score_a, score_b, walkover: false });
  }
}

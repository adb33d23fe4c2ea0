// Moves a tournament on through its life, with what each move brings about: news, mails, the bracket.
import { v7 as uuid } from "uuid";
import { audit } from "../../platform/audit.ts";
import type { Database, Trx } from "../../platform/postgres.ts";
import { Problem } from "../../platform/problem.ts";
import { enqueue } from "../../platform/queue.ts";
import { organising, type StaffBy, type TournamentRow, touch } from "./access.ts";
import { announce } from "./announce.ts";
import { draw } from "./bracket.ts";
import { afterMove, type Move } from "./life-cycle.ts";
import { countCheckedIn } from "./places.ts";
import type { activityKinds, TournamentStatus } from "./tables.ts";
import { tell } from "./tell.ts";

/** @throws Problem with the reason if the move may not be made now */
export async function moveTournament(
  database: Database,
  by: StaffBy,
  slug: string,
  { move, reason = "" }: { readonly move: Move; readonly reason?: string },
): Promise<TournamentStatus> {
  return organising(database, by, slug, async (trx, tournament) => {
    const champion = move === "complete" ? await championOf(trx, tournament) : undefined;
    const checkedIn = move === "start" ? await countCheckedIn(trx, tournament) : 0;
    const outcome = afterMove(tournament.status, move, { checkedIn, isDecided: champion !== undefined });
    if ("refusal" in outcome) throw new Problem("CONFLICT", outcome.refusal);
    const isEnd = move === "complete" || move === "cancel";
    await touch(trx, tournament, {
      status: outcome.to,
      ...(isEnd ? { ended_at: new Date().toISOString() } : {}),
      ...(move === "cancel" ? { cancel_reason: reason } : {}),
    });
    await effects[move](trx, tournament, { site: by.site, champion: champion ?? "", checkedIn });
    const detail = { from: tournament.status, to: outcome.to, ...(reason === "" ? {} : { reason }) };
    await audit(trx, { action: `tournament.${move}`, entity: tournament.id, detail });
    return outcome.to;
  });
}

interface Details {
  readonly site: string;
  readonly champion: string;
  readonly checkedIn: number;
}

type Effect = (trx: Trx, tournament: TournamentRow, details: Details) => Promise<void>;

const effects: Readonly<Record<Move, Effect>> = {
  open_registration: (trx, { id, tenant_id }) => enqueue(trx, announce, { tenantId: tenant_id, tournamentId: id }),
  async open_check_in(trx, tournament, { site }) {
    const { id, tenant_id, name } = tournament;
    await addNews(trx, tournament, "check_in", `Check-in for ${name} is open.`);
    await enqueue(trx, tell, { tenant: tenant_id, tournament: id, about: "check_in", site });
  },
  async start(trx, tournament, { checkedIn }) {
    await drawBracket(trx, tournament);
    await addNews(trx, tournament, "started", `${tournament.name} has started with ${checkedIn} teams.`);
  },
  complete: (trx, tournament, { champion }) =>
    addNews(trx, tournament, "completed", `${champion} has won ${tournament.name}.`),
  archive: async () => {},
  async cancel(trx, tournament, { site }) {
    const { id, tenant_id, name } = tournament;
    await addNews(trx, tournament, "cancelled", `${name} is cancelled.`);
    await enqueue(trx, tell, { tenant: tenant_id, tournament: id, about: "cancelled", site });
  },
};

async function addNews(
  trx: Trx,
  { id, tenant_id }: TournamentRow,
  kind: (typeof activityKinds)[number],
  message: string,
): Promise<void> {
  await trx
    .insertInto("tournament_activity")
    .values({ tenant_id, tournament_id: id, kind, message })
    .onConflict((conflict) => conflict.columns(["tournament_id", "kind"]).doNothing())
    .execute();
}

/** Teams that have not checked in are left out. Best seeds first, those without one in the order they registered. */
async function drawBracket(trx: Trx, { id, tenant_id }: TournamentRow): Promise<void> {
  await trx
    .updateTable("teams")
    .set({ status: "absent" })
    .where("tenant_id", "=", tenant_id)
    .where("tournament_id", "=", id)
    .where("status", "=", "registered")
    .execute();
  const teams = await trx
    .selectFrom("teams")
    .select("id")
    .where("tenant_id", "=", tenant_id)
    .where("tournament_id", "=", id)
    .where("status", "=", "checked_in")
    .orderBy("seed", (order) => order.asc().nullsLast())
    .orderBy("id")
    .execute();
  const rows = draw(teams.map((team) => team.id)).map((match) => ({
    ...match,
    id: uuid(),
    tenant_id,
    tournament_id: id,
  }));
  // A statement has 65,535 parameters at most; a match takes nine.
  for (let start = 0; start < rows.length; start += 1_000) {
    await trx
      .insertInto("matches")
      .values(rows.slice(start, start + 1_000))
      .execute();
  }
}

/** The name of the winner of the final; undefined if it is not decided. */
async function championOf(trx: Trx, { id, tenant_id }: TournamentRow): Promise<string | undefined> {
  const final = await trx
    .selectFrom("matches")
    .leftJoin("teams", "teams.id", "matches.winner")
    .select("teams.name")
    .where("matches.tenant_id", "=", tenant_id)
    .where("matches.tournament_id", "=", id)
    .orderBy("matches.round", "desc")
    .limit(1)
    .executeTakeFirst();
  return final?.name ?? undefined;
}

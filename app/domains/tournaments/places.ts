// Gives out places: to teams that register, and to those that wait when one becomes free. Callers hold the tournament's row.
import { sql } from "kysely";
import type { Trx } from "../../platform/postgres.ts";
import { enqueue } from "../../platform/queue.ts";
import { type TournamentRow, touch } from "./access.ts";
import { movingUp } from "./admission.ts";
import { tell } from "./tell.ts";

type Held = Pick<TournamentRow, "id" | "tenant_id" | "status" | "capacity" | "teams" | "waiting">;

/** Lets teams move up from the waiting list, first come first, while there is room, and tells their captains. */
export async function moveUp(trx: Trx, tournament: Held, site: string): Promise<void> {
  const room = movingUp(tournament);
  if (room === 0) return;
  const { id, tenant_id, teams, waiting } = tournament;
  const moved = await trx
    .updateTable("teams")
    .set({ status: "registered" })
    .where("id", "in", (select) =>
      select
        .selectFrom("teams")
        .select("id")
        .where("tenant_id", "=", tenant_id)
        .where("tournament_id", "=", id)
        .where("status", "=", "waiting")
        .orderBy("id")
        .limit(room),
    )
    .returning("id")
    .execute();
  await touch(trx, tournament, { teams: teams + moved.length, waiting: waiting - moved.length });
  for (const team of moved) {
    await enqueue(trx, tell, { tenant: tenant_id, tournament: id, about: "moved_up", team: team.id, site });
  }
}

/** How many teams have checked in. */
export async function countCheckedIn(
  trx: Trx,
  { id, tenant_id }: Pick<TournamentRow, "id" | "tenant_id">,
): Promise<number> {
  const { count } = await trx
    .selectFrom("teams")
    .select(sql<number>`count(*)::int`.as("count"))
    .where("tenant_id", "=", tenant_id)
    .where("tournament_id", "=", id)
    .where("status", "=", "checked_in")
    .executeTakeFirstOrThrow();
  return count;
}

// Players join teams: they ask, the captain (or the organiser) approves.
import { sql } from "kysely";
import { audit } from "../../platform/audit.ts";
import type { Database } from "../../platform/postgres.ts";
import { Problem } from "../../platform/problem.ts";
import { enqueue } from "../../platform/queue.ts";
import { type By, isOrganiser, takingPart, touch } from "./access.ts";
import { assertNotStarted, assertPlaysNowhere, heldTeam, managing } from "./registration.ts";
import { tell } from "./tell.ts";

/** Asks to play for a team. Again: changes nothing. */
export async function askToJoin(database: Database, by: By, slug: string, team: string): Promise<void> {
  await takingPart(database, by, slug, async (trx, tournament) => {
    assertNotStarted(tournament, "Players join");
    const { id, captain_id, status } = await heldTeam(trx, tournament, team);
    if (status === "withdrawn") throw new Problem("CONFLICT", "This team has withdrawn.");
    await assertPlaysNowhere(trx, tournament, by.user, "You play");
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto("team_members")
      .values({
        tenant_id: tournament.tenant_id,
        tournament_id: tournament.id,
        team_id: id,
        user_id: by.user,
        captain_id,
        name: by.name,
        status: "requested",
      })
      .onConflict((conflict) =>
        conflict
          .columns(["team_id", "user_id"])
          .doUpdateSet({ status: "requested", name: by.name })
          .where("team_members.status", "=", "left"),
      )
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows === 0n) return;
    await enqueue(trx, tell, {
      tenant: tournament.tenant_id,
      tournament: tournament.id,
      about: "asked",
      team: id,
      site: by.site,
    });
    await audit(trx, { action: "team.ask", entity: id, detail: { tournament: slug } });
  });
}

/** Lets a player in who has asked. Again: changes nothing. */
export async function approvePlayer(
  database: Database,
  by: By,
  slug: string,
  team: string,
  user: string,
): Promise<void> {
  await managing(database, by, slug, team, async (trx, tournament, { id, name }) => {
    assertNotStarted(tournament, "Players are approved");
    const { asked, is_in, players } = await trx
      .selectFrom("team_members")
      .select([
        sql<boolean>`coalesce(bool_or(user_id = ${user} and status = 'requested'), false)`.as("asked"),
        sql<boolean>`coalesce(bool_or(user_id = ${user} and status = 'approved'), false)`.as("is_in"),
        sql<number>`(count(*) filter (where status = 'approved'))::int`.as("players"),
      ])
      .where("tenant_id", "=", tournament.tenant_id)
      .where("team_id", "=", id)
      .executeTakeFirstOrThrow();
    if (is_in) return;
    if (!asked) throw new Problem("NOT_FOUND", `Nobody of this id has asked to play for ${name}.`);
    if (players >= tournament.team_size) {
      throw new Problem("CONFLICT", `${name} is complete: a team has ${tournament.team_size} players at most.`);
    }
    await assertPlaysNowhere(trx, tournament, user, "This player plays");
    await trx
      .updateTable("team_members")
      .set({ status: "approved" })
      .where("tenant_id", "=", tournament.tenant_id)
      .where("team_id", "=", id)
      .where("user_id", "=", user)
      .execute();
    await touch(trx, tournament);
    await enqueue(trx, tell, {
      tenant: tournament.tenant_id,
      tournament: tournament.id,
      about: "approved",
      team: id,
      user,
      site: by.site,
    });
    await audit(trx, { action: "team.approve", entity: id, detail: { tournament: slug, player: user } });
  });
}

/** Declines who has asked, or takes a player off the team; players may take themselves off. The captain withdraws the team. */
export async function removePlayer(
  database: Database,
  by: By,
  slug: string,
  team: string,
  user: string,
): Promise<void> {
  await takingPart(database, by, slug, async (trx, tournament) => {
    const { id, captain_id } = await heldTeam(trx, tournament, team);
    if (by.user !== user && by.user !== captain_id && !isOrganiser(by, tournament)) {
      throw new Problem("FORBIDDEN", "This is for the team's captain, the organiser, and the player.");
    }
    assertNotStarted(tournament, "Players leave");
    if (user === captain_id) throw new Problem("CONFLICT", "A captain leaves by withdrawing the team.");
    const { numUpdatedRows } = await trx
      .updateTable("team_members")
      .set({ status: "left" })
      .where("tenant_id", "=", tournament.tenant_id)
      .where("team_id", "=", id)
      .where("user_id", "=", user)
      .where("status", "<>", "left")
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw new Problem("NOT_FOUND", "There is no such player on this team.");
    await touch(trx, tournament);
    await audit(trx, { action: "team.remove", entity: id, detail: { tournament: slug, player: user } });
  });
}

// Teams come in, check in and go. Places are counted on the tournament's row, which is held meanwhile.
import { sql } from "kysely";
import { v7 as uuid } from "uuid";
import { audit } from "../../platform/audit.ts";
import { formatMoney, money } from "../../platform/money.ts";
import type { Database, Trx } from "../../platform/postgres.ts";
import { Problem } from "../../platform/problem.ts";
import { enqueue } from "../../platform/queue.ts";
import { type By, isOrganiser, organising, type StaffBy, type TournamentRow, takingPart, touch } from "./access.ts";
import { admit } from "./admission.ts";
import { statusNames } from "./life-cycle.ts";
import { moveUp } from "./places.ts";
import type { TeamStatus } from "./tables.ts";
import { noTeam } from "./teams.ts";
import { tell } from "./tell.ts";

export interface HeldTeam {
  readonly id: string;
  readonly name: string;
  readonly status: TeamStatus;
  readonly captain_id: string;
  readonly fee: number;
  readonly paid: number;
}

/** Whoever registers a team is its captain and first player. @throws Problem if there is no place, or they play already */
export async function registerTeam(
  database: Database,
  by: By,
  slug: string,
  name: string,
): Promise<{ readonly id: string; readonly status: "registered" | "waiting" }> {
  return takingPart(database, by, slug, async (trx, tournament) => {
    const admission = admit(tournament, new Date());
    if ("refusal" in admission) throw new Problem("CONFLICT", admission.refusal);
    await assertFree(trx, tournament, by.user, name);
    const [id, of] = [uuid(), { tenant_id: tournament.tenant_id, tournament_id: tournament.id }];
    const [status, fee] = [admission.as, tournament.entry_fee];
    await trx
      .insertInto("teams")
      .values({ ...of, id, name, status, captain_id: by.user, seed: null, fee })
      .execute();
    const player = { user_id: by.user, captain_id: by.user, name: by.name, status: "approved" } as const;
    await trx
      .insertInto("team_members")
      .values({ ...of, team_id: id, ...player })
      .execute();
    const { teams, waiting } = tournament;
    await touch(trx, tournament, status === "registered" ? { teams: teams + 1 } : { waiting: waiting + 1 });
    await enqueue(trx, tell, {
      tenant: tournament.tenant_id,
      tournament: tournament.id,
      about: status,
      team: id,
      site: by.site,
    });
    await audit(trx, { action: "team.register", entity: id, detail: { tournament: slug, status } });
    return { id, status };
  });
}

async function assertFree(trx: Trx, tournament: TournamentRow, user: string, name: string): Promise<void> {
  const taken = await trx
    .selectFrom("teams")
    .select("id")
    .where("tenant_id", "=", tournament.tenant_id)
    .where("tournament_id", "=", tournament.id)
    .where(sql<boolean>`lower(name) = lower(${name})`)
    .where("status", "<>", "withdrawn")
    .executeTakeFirst();
  if (taken !== undefined) {
    const message = "is taken by another team";
    throw new Problem("CONFLICT", `name ${message}`, { fields: { name: message } });
  }
  await assertPlaysNowhere(trx, tournament, user, "You play");
}

/** Nobody plays for two teams of one tournament. @param who begins the sentence */
export async function assertPlaysNowhere(
  trx: Trx,
  { id, tenant_id }: TournamentRow,
  user: string,
  who: string,
): Promise<void> {
  const plays = await trx
    .selectFrom("team_members")
    .innerJoin("teams", "teams.id", "team_members.team_id")
    .select("teams.name")
    .where("team_members.tenant_id", "=", tenant_id)
    .where("team_members.tournament_id", "=", id)
    .where("team_members.user_id", "=", user)
    .where("team_members.status", "=", "approved")
    .executeTakeFirst();
  if (plays !== undefined) throw new Problem("CONFLICT", `${who} for ${plays.name} in this tournament already.`);
}

/** Changes a team as its captain, or as the organiser. @throws Problem if there is no such team, or it is another's */
export function managing<T>(
  database: Database,
  by: By,
  slug: string,
  team: string,
  work: (trx: Trx, tournament: TournamentRow, team: HeldTeam) => Promise<T>,
): Promise<T> {
  return takingPart(database, by, slug, async (trx, tournament) => {
    const found = await heldTeam(trx, tournament, team);
    if (found.captain_id !== by.user && !isOrganiser(by, tournament)) {
      throw new Problem("FORBIDDEN", "This is for the team's captain and the organiser.");
    }
    return work(trx, tournament, found);
  });
}

export async function heldTeam(trx: Trx, { id, tenant_id }: TournamentRow, team: string): Promise<HeldTeam> {
  const found = await trx
    .selectFrom("teams")
    .select(["id", "name", "status", "captain_id", "fee", "paid"])
    .where("tenant_id", "=", tenant_id)
    .where("tournament_id", "=", id)
    .where("id", "=", team)
    .executeTakeFirst();
  if (found === undefined) throw noTeam();
  return found;
}

/** Before the tournament starts; its place goes to the first on the waiting list. What was paid stays to be refunded. */
export async function withdrawTeam(database: Database, by: By, slug: string, team: string): Promise<void> {
  await managing(database, by, slug, team, async (trx, tournament, { id, status }) => {
    if (status === "withdrawn") return;
    assertNotStarted(tournament, "A team withdraws");
    await setStatus(trx, tournament, id, "withdrawn");
    await trx
      .updateTable("team_members")
      .set({ status: "left" })
      .where("tenant_id", "=", tournament.tenant_id)
      .where("team_id", "=", id)
      .execute();
    const isWaiting = status === "waiting";
    const counts = {
      teams: tournament.teams - (isWaiting ? 0 : 1),
      waiting: tournament.waiting - (isWaiting ? 1 : 0),
    };
    await touch(trx, tournament, counts);
    await moveUp(trx, { ...tournament, ...counts }, by.site);
    await audit(trx, { action: "team.withdraw", entity: id, detail: { tournament: slug } });
  });
}

export function assertNotStarted({ status }: Pick<TournamentRow, "status">, who: string): void {
  if (status === "registration" || status === "check_in") return;
  throw new Problem("CONFLICT", `${who} before the tournament starts; this one is ${statusNames[status]}.`);
}

/** Says that a team is there; only such teams play. Again: changes nothing. */
export async function checkInTeam(database: Database, by: By, slug: string, team: string): Promise<void> {
  await managing(database, by, slug, team, async (trx, tournament, { id, name, status, fee, paid }) => {
    if (tournament.status !== "check_in") {
      throw new Problem(
        "CONFLICT",
        `Teams check in during check-in; the tournament is ${statusNames[tournament.status]}.`,
      );
    }
    if (status === "checked_in") return;
    if (status !== "registered") throw new Problem("CONFLICT", `${name} has no place, so it cannot check in.`);
    if (paid < fee) {
      const owed = formatMoney(money(fee - paid, tournament.currency));
      throw new Problem("CONFLICT", `${name} still owes ${owed} of the entry fee: pay it, then check in.`);
    }
    await setStatus(trx, tournament, id, "checked_in");
    await touch(trx, tournament);
    await audit(trx, { action: "team.check_in", entity: id, detail: { tournament: slug } });
  });
}

/** Where a team stands in the bracket; null: behind those with a seed. */
export async function seedTeam(
  database: Database,
  by: StaffBy,
  slug: string,
  team: string,
  seed: number | null,
): Promise<void> {
  await organising(database, by, slug, async (trx, tournament) => {
    assertNotStarted(tournament, "Teams are seeded");
    const { id } = await heldTeam(trx, tournament, team);
    await trx.updateTable("teams").set({ seed }).where("tenant_id", "=", by.tenant).where("id", "=", id).execute();
    await audit(trx, { action: "team.seed", entity: id, detail: { tournament: slug, seed } });
  });
}

async function setStatus(trx: Trx, { tenant_id }: TournamentRow, team: string, status: TeamStatus): Promise<void> {
  await trx.updateTable("teams").set({ status }).where("tenant_id", "=", tenant_id).where("id", "=", team).execute();
}

// Job: tells the people of a tournament by mail what has happened. It finds out to whom, and queues one mail for each.
import { mail } from "../../platform/mail.ts";
import type { Trx } from "../../platform/postgres.ts";
import { enqueue, type Job } from "../../platform/queue.ts";
import { once } from "../../platform/queue-once.ts";
import { inScope, setScope } from "../../platform/scope.ts";
import type { TeamStatus } from "./tables.ts";

/**
 * What has happened. To whom: the captain of `team`, `user` on it, or, without either, the captains of all who take part; that it is
 * cancelled, also those who wait for a place.
 */
export interface News {
  readonly tenant: string;
  readonly tournament: string;
  readonly about: "registered" | "waiting" | "moved_up" | "asked" | "approved" | "check_in" | "cancelled";
  readonly team?: string;
  readonly user?: string;
  /** What links begin with. */
  readonly site: string;
}

interface Subject {
  readonly tournament: string;
  readonly slug: string;
  readonly reason: string;
  readonly team: string;
  readonly team_id: string;
  readonly addressee: string;
}

export const tell: Job<News> = {
  name: "tournaments.tell",
  async run(news, { database, key }) {
    await inScope(database, { tenant: news.tenant }, async (trx) => {
      // Queued once, however often this runs.
      if (!(await once(trx, `tell:${key}`))) return;
      const subjects = await subjectsOf(trx, news);
      if (subjects.length === 0) return;
      await setScope(trx, { tenant: news.tenant, identities: true });
      const people = await trx
        .selectFrom("users")
        .select(["id", "email", "name"])
        .where("id", "in", [...new Set(subjects.map(({ addressee }) => addressee))])
        .execute();
      for (const subject of subjects) {
        const person = people.find(({ id }) => id === subject.addressee);
        if (person === undefined) continue;
        await enqueue(trx, mail, { to: person.email, ...letter(news, subject, person.name) });
      }
    });
  },
};

async function subjectsOf(trx: Trx, { tenant, tournament, about, team, user }: News): Promise<readonly Subject[]> {
  let query = trx
    .selectFrom("teams")
    .innerJoin("tournaments", "tournaments.id", "teams.tournament_id")
    .select([
      "tournaments.name as tournament",
      "tournaments.slug",
      "tournaments.cancel_reason as reason",
      "teams.name as team",
      "teams.id as team_id",
      "teams.captain_id",
    ])
    .where("teams.tenant_id", "=", tenant)
    .where("teams.tournament_id", "=", tournament);
  const concerned: readonly TeamStatus[] = [
    "registered",
    "checked_in",
    ...(about === "cancelled" ? (["waiting"] as const) : []),
  ];
  query = team === undefined ? query.where("teams.status", "in", concerned) : query.where("teams.id", "=", team);
  const rows = await query.execute();
  return rows.map(({ captain_id, ...row }) => ({ ...row, addressee: user ?? captain_id }));
}

function letter(news: News, subject: Subject, name: string): { readonly subject: string; readonly text: string } {
  const { tournament, team } = subject;
  const sentences: Readonly<Record<News["about"], readonly [subject: string, text: string]>> = {
    registered: [
      `${team} is registered`,
      `${team} has a place in ${tournament}. Players can ask to join on the team's page.`,
    ],
    waiting: [
      `${team} is on the waiting list`,
      `${tournament} is full: ${team} waits for a place. We write when it gets one.`,
    ],
    moved_up: [`${team} has a place`, `A place became free: ${team} takes part in ${tournament}.`],
    asked: [
      `Somebody wants to join ${team}`,
      `A player asks to join ${team} in ${tournament}. You decide on the team's page.`,
    ],
    approved: [`You play for ${team}`, `You are a player of ${team} in ${tournament}.`],
    check_in: [
      `Check in for ${tournament}`,
      `Check-in for ${tournament} is open. Check ${team} in, or it will not take part.`,
    ],
    cancelled: [`${tournament} is cancelled`, `${tournament} is cancelled. ${subject.reason}`.trim()],
  };
  const [title, text] = sentences[news.about];
  const address = `${news.site}/tournaments/${subject.slug}/teams/${subject.team_id}/`;
  return { subject: title, text: `Hello ${name},\n\n${text}\n\n${address}\n` };
}

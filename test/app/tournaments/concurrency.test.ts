// Many at the same time, on real PostgreSQL: places are never given out twice, and nobody sees a deadlock.
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Actor, actor } from "../actors.ts";
import { startApp, type TestApp } from "../harness.ts";
import { type Ask, asker, makeCup, makeMove } from "./field.ts";

let arena: TestApp;
let ask: Ask;
let organiser: Actor;
let people: Actor[];
beforeAll(async () => {
  arena = await startApp();
  ask = asker(arena);
  organiser = await actor(arena, { role: "manager" });
  people = await Promise.all(Array.from({ length: 30 }, () => actor(arena)));
});
afterAll(() => arena.close());

/** What the rows say, and what the counters say. */
async function counted(slug: string) {
  const { rows } = await arena.owner.query(
    `select tournaments.capacity, tournaments.teams, tournaments.waiting,
       (count(*) filter (where team.status in ('registered', 'checked_in')))::int as placed,
       (count(*) filter (where team.status = 'waiting'))::int as queued,
       (min(team.id::text) filter (where team.status = 'waiting')) as first_waiting,
       (max(team.id::text) filter (where team.status = 'registered')) as last_placed
     from arena.tournaments left join arena.teams team on team.tournament_id = tournaments.id
     where slug = $1 group by tournaments.id`,
    [slug],
  );
  return rows[0];
}

let cups = 0;

test("whatever many captains do at once, no place is given out twice, none stays empty while somebody waits", async () => {
  const scenario = fc.record({
    capacity: fc.integer({ min: 2, max: 8 }),
    captains: fc.integer({ min: 2, max: 30 }),
    /** Who withdraws at the same time as others register. */
    leavers: fc.array(fc.nat(29), { maxLength: 12 }),
    grown: fc.integer({ min: 0, max: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(scenario, async ({ capacity, captains, leavers, grown }) => {
      cups += 1;
      const slug = `crowd-${cups}`;
      await makeCup(ask, organiser, slug, { capacity });
      const register = (index: number) =>
        ask("POST", `tournaments/${slug}/teams/`, people[index], { name: `Team ${index}` });
      const half = Math.ceil(captains / 2);
      const early = await Promise.all(Array.from({ length: half }, (_, index) => register(index)));
      const [late, left, edit] = await Promise.all([
        Promise.all(Array.from({ length: captains - half }, (_, index) => register(half + index))),
        Promise.all(
          leavers.map(async (index) => {
            const team = early[index]?.body.id;
            return team === undefined
              ? undefined
              : ask("POST", `tournaments/${slug}/teams/${team}/withdraw/`, people[index]);
          }),
        ),
        ask("PATCH", `tournaments/${slug}/`, organiser, { capacity: capacity + grown }),
      ]);
      const statuses = [...early, ...late].map(({ status }) => status);
      expect(new Set(statuses).difference(new Set([201, 409]))).toEqual(new Set());
      for (const answer of left) if (answer !== undefined) expect(answer.status).toBe(204);
      expect([200, 409]).toContain(edit.status);
      const count = await counted(slug);
      expect([count.teams, count.waiting]).toEqual([count.placed, count.queued]);
      expect(count.placed).toBeLessThanOrEqual(count.capacity);
      if (count.queued > 0) expect(count.placed).toBe(count.capacity);
    }),
    { numRuns: 12 },
  );
});

test("of many who register one team name, or one person who registers many, one gets in", async () => {
  await makeCup(ask, organiser, "race", { capacity: 64 });
  const sameName = await Promise.all(
    people.slice(0, 12).map((who) => ask("POST", "tournaments/race/teams/", who, { name: "Wanted" })),
  );
  expect(sameName.map(({ status }) => status).toSorted()).toEqual([201, ...Array(11).fill(409)]);
  const greedy = people[20];
  const samePerson = await Promise.all(
    Array.from({ length: 12 }, (_, index) => ask("POST", "tournaments/race/teams/", greedy, { name: `Try ${index}` })),
  );
  expect(samePerson.map(({ status }) => status).toSorted()).toEqual([201, ...Array(11).fill(409)]);
});

test("a team is filled to its size and no further; a fee is taken once; a move is made once", async () => {
  await makeCup(ask, organiser, "limits", { team_size: 3, entry_fee: 1000 });
  const [captain, ...others] = people;
  const team = (await ask("POST", "tournaments/limits/teams/", captain, { name: "Limited" })).body.id;
  const path = `tournaments/limits/teams/${team}`;
  await Promise.all(others.slice(0, 8).map((who) => ask("POST", `${path}/members/`, who)));
  const approvals = await Promise.all(
    others.slice(0, 8).map((who) => ask("POST", `${path}/members/${who.user}/approve/`, captain)),
  );
  expect(approvals.map(({ status }) => status).toSorted()).toEqual([204, 204, ...Array(6).fill(409)]);
  const payments = await Promise.all(
    Array.from({ length: 8 }, () => ask("POST", `${path}/payments/`, organiser, { amount: 600 })),
  );
  expect(payments.map(({ status }) => status).toSorted()).toEqual([201, ...Array(7).fill(409)]);
  const admin = await actor(arena, { role: "admin", tenant: organiser.tenant });
  const paid = payments.find(({ status }) => status === 201)?.body.id;
  const refunds = await Promise.all(
    Array.from({ length: 8 }, () => ask("POST", `finance/limits/payments/${paid}/refund/`, admin)),
  );
  expect(refunds.map(({ status }) => status).toSorted()).toEqual([201, ...Array(7).fill(409)]);
  await ask("POST", `tournaments/limits/teams/`, people[10], { name: "Second" });
  await makeMove(ask, organiser, "limits", "open_check_in");
  await arena.owner.query("update arena.teams set paid = fee where fee > 0");
  const { items } = (await ask("GET", "tournaments/limits/teams/")).body;
  for (const { id } of items) await ask("POST", `tournaments/limits/teams/${id}/check-in/`, organiser);
  const starts = await Promise.all(
    Array.from({ length: 6 }, () => ask("POST", "tournaments/limits/transitions/", organiser, { move: "start" })),
  );
  expect(starts.map(({ status }) => status).toSorted()).toEqual([200, ...Array(5).fill(409)]);
  const { rows } = await arena.owner.query(
    "select count(*)::int as matches from arena.matches join arena.tournaments on tournaments.id = tournament_id where slug = 'limits'",
  );
  expect(rows).toEqual([{ matches: 1 }]);
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { admit, movingUp } from "../../../app/domains/tournaments/admission.ts";
import {
  draw,
  isDecided,
  type Match,
  nextOf,
  roundsFor,
  seedOrder,
  standings,
  statusOf,
  whyNoResult,
} from "../../../app/domains/tournaments/bracket.ts";
import { faultsOfTimes } from "../../../app/domains/tournaments/edits.ts";
import { summarize } from "../../../app/domains/tournaments/finance.ts";
import { afterMove, type Move, moves, movesFrom, statusNames } from "../../../app/domains/tournaments/life-cycle.ts";
import { type TournamentStatus, tournamentStatuses } from "../../../app/domains/tournaments/tables.ts";

const status = fc.constantFrom(...tournamentStatuses);
const move = fc.constantFrom(...moves);
const facts = fc.record({ checkedIn: fc.nat(9), isDecided: fc.boolean() });

describe("the life of a tournament", () => {
  test("goes the way from draft to archive, and to cancelled from all that is published and not over", () => {
    const table: Record<string, TournamentStatus> = {};
    for (const from of tournamentStatuses) {
      for (const one of moves) {
        const outcome = afterMove(from, one, { checkedIn: 2, isDecided: true });
        if ("to" in outcome) table[`${from} ${one}`] = outcome.to;
      }
    }
    expect(table).toEqual({
      "draft open_registration": "registration",
      "registration open_check_in": "check_in",
      "registration cancel": "cancelled",
      "check_in start": "running",
      "check_in cancel": "cancelled",
      "running complete": "completed",
      "running cancel": "cancelled",
      "completed archive": "archived",
    });
  });

  test("whatever is tried in whatever order, no status comes twice, and each refusal says where the tournament stands", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(move, facts), { maxLength: 40 }), (tries) => {
        let now: TournamentStatus = "draft";
        const seen = new Set<TournamentStatus>([now]);
        for (const [one, given] of tries) {
          const outcome = afterMove(now, one, given);
          if ("refusal" in outcome) {
            expect(outcome.refusal).toMatch(/^[A-Z].*\.$/);
            if (!movesFrom(now).includes(one)) expect(outcome.refusal).toContain(statusNames[now]);
            continue;
          }
          now = outcome.to;
          expect(seen.has(now)).toBe(false);
          seen.add(now);
        }
      }),
    );
  });

  test("starting needs two teams that have checked in, completing a final that is decided", () => {
    fc.assert(
      fc.property(status, move, facts, (from, one, given) => {
        const outcome = afterMove(from, one, given);
        if (!("to" in outcome)) return;
        if (outcome.to === "running") expect(given.checkedIn).toBeGreaterThanOrEqual(2);
        if (outcome.to === "completed") expect(given.isDecided).toBe(true);
      }),
    );
    const refused = (from: TournamentStatus, one: Move) => afterMove(from, one, { checkedIn: 1, isDecided: false });
    expect(refused("check_in", "start")).toEqual({ refusal: expect.stringContaining("there are 1") });
    expect(refused("running", "complete")).toEqual({ refusal: expect.stringContaining("final is decided") });
  });
});

describe("places", () => {
  const now = new Date("2027-01-01T00:00:00Z");
  const places = { status: "registration", capacity: 4, teams: 0, waiting: 0, registration_closes_at: null } as const;

  test("are given until all are taken, then on the waiting list, then no more", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(120), (capacity, wanted) => {
        let [teams, waiting, refused] = [0, 0, 0];
        for (let one = 0; one < wanted; one += 1) {
          const admission = admit({ ...places, capacity, teams, waiting }, now);
          if ("refusal" in admission) refused += 1;
          else if (admission.as === "registered") teams += 1;
          else waiting += 1;
        }
        expect(teams).toBe(Math.min(wanted, capacity));
        expect(waiting).toBe(Math.min(Math.max(0, wanted - capacity), capacity));
        expect(teams + waiting + refused).toBe(wanted);
      }),
    );
  });

  test("nobody gets past those who wait", () => {
    expect(admit({ ...places, teams: 3, waiting: 1 }, now)).toEqual({ as: "waiting" });
    expect(movingUp({ ...places, teams: 3, waiting: 2 })).toBe(1);
    expect(movingUp({ ...places, status: "check_in", teams: 1, waiting: 2 })).toBe(2);
    expect(movingUp({ ...places, status: "running", teams: 1, waiting: 2 })).toBe(0);
    expect(movingUp({ ...places, capacity: 2, teams: 4, waiting: 1 })).toBe(0);
  });

  test.each([
    ["draft", null, "not opened yet"],
    ["check_in", null, "is over: the tournament is in check-in"],
    ["cancelled", null, "is over: the tournament is cancelled"],
    ["registration", "2027-01-01T00:00:00Z", "has closed"],
  ] as const)("there are none in %s (closing %s)", (at, registration_closes_at, reason) => {
    const admission = admit({ ...places, status: at, registration_closes_at }, now);
    expect(admission).toEqual({ refusal: expect.stringContaining(reason) });
  });

  test("there are until the moment of closing", () => {
    expect(admit({ ...places, registration_closes_at: "2027-01-01T00:00:00.001Z" }, now)).toEqual({ as: "registered" });
  });
});

test("times come in an order that a tournament can have: each fault by its field", () => {
  const starts_at = "2027-05-01T10:00:00Z";
  const [before, after] = ["2027-05-01T11:59:59+02:00", "2027-05-01T10:00:01Z"];
  const none = { ends_at: null, registration_closes_at: null, check_in_opens_at: null };
  expect(faultsOfTimes({ starts_at, ...none })).toEqual({});
  expect(
    faultsOfTimes({ starts_at, ends_at: starts_at, registration_closes_at: before, check_in_opens_at: starts_at }),
  ).toEqual({});
  expect(
    faultsOfTimes({ starts_at, ends_at: before, registration_closes_at: after, check_in_opens_at: after }),
  ).toEqual({
    ends_at: "must not be before the start",
    registration_closes_at: "must not be after the start",
    check_in_opens_at: "must not be after the start",
  });
  expect(faultsOfTimes({ starts_at: "2027-05-41T10:00:00Z", ...none, ends_at: "soon" })).toEqual({
    starts_at: "must be a moment",
    ends_at: "must be a moment",
  });
});

describe("the bracket", () => {
  const teamCount = fc.integer({ min: 2, max: 200 });
  const named = (count: number) => Array.from({ length: count }, (_, index) => `t${index + 1}`);

  /** Plays a bracket to its end; `pick` decides who wins. */
  function play(count: number, pick: (a: string, b: string) => string) {
    const matches: Match[] = draw(named(count)).map((match) => ({ ...match, id: `${match.round}/${match.slot}` }));
    const decisive: [winner: string, loser: string][] = [];
    const at = (round: number, slot: number) => matches.findIndex((one) => one.round === round && one.slot === slot);
    for (let index = 0; index < matches.length; index += 1) {
      const match = matches[index];
      if (match === undefined || match.status === "bye") continue;
      expect(match.status).toBe("ready");
      const [a, b] = [match.team_a ?? "", match.team_b ?? ""];
      const winner = pick(a, b);
      decisive.push([winner, winner === a ? b : a]);
      matches[index] = { ...match, status: "done", winner };
      const { round, slot, side } = nextOf(match);
      const next = matches[at(round, slot)];
      if (next === undefined) continue;
      const filled = { ...next, [side]: winner };
      matches[at(round, slot)] = { ...filled, status: statusOf(filled) };
    }
    return { matches, decisive };
  }

  test("for any number of teams: n - 1 matches decide, and every team plays until it loses", () => {
    fc.assert(
      fc.property(teamCount, fc.infiniteStream(fc.boolean()), (count, coins) => {
        const { matches, decisive } = play(count, (a, b) => (coins.next().value ? a : b));
        expect(decisive).toHaveLength(count - 1);
        expect(new Set(decisive.map(([, loser]) => loser)).size).toBe(count - 1);
        const lost = new Set<string>();
        for (const [winner, loser] of decisive) {
          expect(lost.has(winner)).toBe(false);
          lost.add(loser);
        }
        expect(isDecided(matches)).toBe(true);
        const places = standings(matches);
        expect(places.map(({ team }) => team).toSorted()).toEqual(named(count).toSorted());
        expect(places.filter(({ place }) => place === 1)).toHaveLength(1);
        expect(lost.has(places[0]?.team ?? "")).toBe(false);
        expect(places.some(({ isIn }) => isIn)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test("byes are as few as can be, for the best seeds, one a match, all in the first round", () => {
    fc.assert(
      fc.property(teamCount, (count) => {
        const matches = draw(named(count));
        const byes = matches.filter((match) => match.status === "bye");
        const expected = 2 ** roundsFor(count) - count;
        expect(byes.map((match) => match.winner).toSorted()).toEqual(named(expected).toSorted());
        for (const bye of byes) expect([bye.round, bye.team_b]).toEqual([1, null]);
      }),
    );
  });

  test("if the better seed always wins, seeds 1 and 2 meet in the final, 1 to 4 in the semi-finals", () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 200 }), (count) => {
        const number = (team: string) => Number(team.slice(1));
        const { decisive } = play(count, (a, b) => (number(a) < number(b) ? a : b));
        expect(decisive.at(-1)).toEqual(["t1", "t2"]);
        expect(new Set(decisive.slice(-3, -1).flat())).toEqual(new Set(["t1", "t2", "t3", "t4"]));
      }),
      { numRuns: 30 },
    );
    expect(seedOrder(8)).toEqual([1, 8, 4, 5, 2, 7, 3, 6]);
  });

  test("standings while it is played: those who are still in have the worst place that they can get", () => {
    const matches = draw(named(4)).map((match): Match => ({ ...match, id: `${match.round}/${match.slot}` }));
    const [semi, ...others] = matches;
    const played: Match[] = [{ ...semi, status: "done", winner: "t1" } as Match, ...others];
    expect(standings(played).map(({ team, place, isIn }) => [team, place, isIn])).toEqual(
      expect.arrayContaining([
        ["t1", 3, true],
        ["t4", 3, false],
        ["t2", 3, true],
      ]),
    );
    expect(isDecided(played)).toBe(false);
  });

  test("results: not of a bye, not before both teams are known, not even, and not corrected once the next has started", () => {
    const match = (changes: Partial<Match>): Match => ({
      id: "m",
      round: 1,
      slot: 0,
      team_a: "a",
      team_b: "b",
      winner: null,
      status: "ready",
      ...changes,
    });
    const score = { score_a: 2, score_b: 1 };
    expect(whyNoResult(match({}), undefined, score)).toBeUndefined();
    expect(whyNoResult(match({ status: "playing" }), match({ status: "pending" }), score)).toBeUndefined();
    expect(whyNoResult(match({ status: "done" }), match({ status: "ready" }), score)).toBeUndefined();
    expect(whyNoResult(match({ status: "done" }), undefined, score)).toBeUndefined();
    expect(whyNoResult(match({ status: "bye" }), undefined, score)).toContain("bye");
    expect(whyNoResult(match({ status: "pending" }), undefined, score)).toContain("not known yet");
    expect(whyNoResult(match({}), undefined, { score_a: 1, score_b: 1 })).toContain("even");
    for (const started of ["playing", "done"] as const) {
      expect(whyNoResult(match({ status: "done" }), match({ status: started }), score)).toContain("has started");
    }
  });
});

describe("finance", () => {
  test("prizes and the organiser's part add up to what is left after refunds", () => {
    const amount = fc.nat(1_000_000_000);
    fc.assert(
      fc.property(amount, amount, amount, fc.nat(10_000), (paid, back, due, prize_share) => {
        const refunded = Math.min(paid, back);
        const { net, prizes, organiser, outstanding } = summarize({
          currency: "EUR",
          paid,
          refunded,
          due,
          prize_share,
        });
        expect(net.amount).toBe(paid - refunded);
        expect(prizes.amount + organiser.amount).toBe(net.amount);
        expect(prizes.amount).toBeGreaterThanOrEqual(0);
        expect(organiser.amount).toBeGreaterThanOrEqual(0);
        expect(outstanding).toEqual({ amount: due, currency: "EUR" });
      }),
    );
  });

  test("half a cent goes to the prizes", () => {
    const { prizes, organiser } = summarize({ currency: "EUR", paid: 101, refunded: 0, due: 0, prize_share: 5_000 });
    expect([prizes.amount, organiser.amount]).toEqual([51, 50]);
  });
});

// Single elimination for any number of teams. Pure. Rounds count from 1; slots of a round from 0: the winners of slots 2n and
// 2n + 1 meet in slot n of the next. Byes go to the best seeds, so that no two of them ever meet in a bye.

/** A match as it is drawn; `bye` has one team, which goes on without playing. */
export interface DrawnMatch {
  readonly round: number;
  readonly slot: number;
  readonly team_a: string | null;
  readonly team_b: string | null;
  readonly winner: string | null;
  readonly status: "pending" | "ready" | "bye";
}

/** The part of a match that results decide on. */
export interface Match {
  readonly id: string;
  readonly round: number;
  readonly slot: number;
  readonly team_a: string | null;
  readonly team_b: string | null;
  readonly winner: string | null;
  readonly status: "pending" | "ready" | "playing" | "done" | "bye";
}

export function roundsFor(teams: number): number {
  return Math.max(1, Math.ceil(Math.log2(teams)));
}

/** Seeds of the first round from top to bottom, such that 1 and 2 can only meet in the final: 1 4 2 3, 1 8 4 5 2 7 3 6. */
export function seedOrder(size: number): readonly number[] {
  let order: readonly number[] = [1];
  while (order.length < size) {
    const sum = order.length * 2 + 1;
    order = order.flatMap((seed) => [seed, sum - seed]);
  }
  return order;
}

/** All matches of a bracket. @param teams ids, best seed first; two or more */
export function draw(teams: readonly string[]): readonly DrawnMatch[] {
  const rounds = roundsFor(teams.length);
  const size = 2 ** rounds;
  const order = seedOrder(size);
  const first = Array.from({ length: size / 2 }, (_, slot): DrawnMatch => {
    const team_a = teams[(order[slot * 2] ?? 0) - 1] ?? null;
    const team_b = teams[(order[slot * 2 + 1] ?? 0) - 1] ?? null;
    return team_b === null
      ? { round: 1, slot, team_a, team_b, winner: team_a, status: "bye" }
      : { round: 1, slot, team_a, team_b, winner: null, status: "ready" };
  });
  const later = Array.from({ length: rounds - 1 }, (_, index) => {
    const round = index + 2;
    return Array.from({ length: size / 2 ** round }, (_, slot): DrawnMatch => {
      const team_a = round === 2 ? (first[slot * 2]?.winner ?? null) : null;
      const team_b = round === 2 ? (first[slot * 2 + 1]?.winner ?? null) : null;
      const status = team_a !== null && team_b !== null ? "ready" : "pending";
      return { round, slot, team_a, team_b, winner: null, status };
    });
  });
  return [...first, ...later.flat()];
}

/** Where the winner of a match goes. */
export function nextOf({ round, slot }: Pick<Match, "round" | "slot">) {
  return { round: round + 1, slot: slot >> 1, side: slot % 2 === 0 ? "team_a" : "team_b" } as const;
}

/** How a match ended. */
export interface Score {
  readonly score_a: number;
  readonly score_b: number;
}

/**
 * The sentence that says why no result may be entered; undefined if one may, be it the first or a correction.
 * @param next the match that the winner goes to; undefined for the final
 */
export function whyNoResult(match: Match, next: Match | undefined, score: Score): string | undefined {
  if (match.status === "bye") return "A bye has no result.";
  if (match.status === "pending") return "It is not known yet who plays this match.";
  if (score.score_a === score.score_b) return "One team must win: a score cannot be even.";
  const isCorrection = match.status === "done";
  if (isCorrection && (next?.status === "playing" || next?.status === "done")) {
    return "The winner's next match has started: this result cannot be changed any more.";
  }
  return undefined;
}

/** The status of a match whose teams have changed. */
export function statusOf({ team_a, team_b }: Pick<Match, "team_a" | "team_b">): "pending" | "ready" {
  return team_a === null || team_b === null ? "pending" : "ready";
}

export function isDecided(matches: readonly Pick<Match, "round" | "winner">[]): boolean {
  const last = Math.max(...matches.map(({ round }) => round));
  return matches.some(({ round, winner }) => round === last && winner !== null);
}

/** A team's place; teams that lost in the same round share one. */
export interface Standing {
  readonly team: string;
  readonly place: number;
  readonly wins: number;
  /** Still playing: the place is the worst that it can get. */
  readonly isIn: boolean;
}

/** Best first. Places of those who are still in count as if they lost their next match. */
export function standings(matches: readonly Match[]): readonly Standing[] {
  const rounds = Math.max(0, ...matches.map(({ round }) => round));
  const records = new Map<string, { wins: number; lostIn: number | undefined; reached: number }>();
  for (const { round, team_a, team_b, winner, status } of matches) {
    for (const team of [team_a, team_b]) {
      if (team === null) continue;
      const record = records.get(team) ?? { wins: 0, lostIn: undefined, reached: round };
      record.reached = Math.max(record.reached, round);
      if (status === "done" && winner === team) record.wins += 1;
      if (status === "done" && winner !== team) record.lostIn = round;
      records.set(team, record);
    }
  }
  const champion = matches.find(({ round, status }) => round === rounds && status === "done")?.winner;
  const places = [...records].map(([team, { wins, lostIn, reached }]): Standing => {
    // Whoever loses in round r leaves behind the 2^(rounds - r) who go on.
    const place = team === champion ? 1 : 2 ** (rounds - (lostIn ?? reached)) + 1;
    return { team, place, wins, isIn: lostIn === undefined && team !== champion };
  });
  return places.toSorted((a, b) => a.place - b.place || b.wins - a.wins);
}

// Who gets a place. Pure: whoever asks holds the tournament's row, so that places are given out one after another.
// A full tournament has a waiting list with as many places as it has itself; the first on it moves up when a team withdraws
// before the tournament starts. A waiting list that is full, too, refuses.
import { statusNames } from "./life-cycle.ts";
import type { TournamentStatus } from "./tables.ts";

/** What decides whether a team gets in. */
export interface Places {
  readonly status: TournamentStatus;
  readonly capacity: number;
  /** Teams that have a place. */
  readonly teams: number;
  /** Teams on the waiting list. */
  readonly waiting: number;
  readonly registration_closes_at: string | null;
}

export type Admission = { readonly as: "registered" | "waiting" } | { readonly refusal: string };

export function admit(places: Places, now: Date): Admission {
  const { capacity, teams, waiting } = places;
  const refusal = whyClosed(places, now);
  if (refusal !== undefined) return { refusal };
  if (teams < capacity && waiting === 0) return { as: "registered" };
  if (waiting < capacity) return { as: "waiting" };
  return { refusal: `All ${capacity} places are taken and the waiting list is full.` };
}

/** The sentence that says why no team may register; undefined if registration is open. */
export function whyClosed(places: Pick<Places, "status" | "registration_closes_at">, now: Date): string | undefined {
  const { status, registration_closes_at: closes } = places;
  if (status === "draft") return "Registration has not opened yet.";
  if (status !== "registration") return `Registration is over: the tournament is ${statusNames[status]}.`;
  if (closes !== null && Date.parse(closes) <= now.getTime()) return "Registration has closed.";
  return undefined;
}

/** How many teams move up from the waiting list: as many as there is room for, before the tournament starts. */
export function movingUp({ status, capacity, teams, waiting }: Omit<Places, "registration_closes_at">): number {
  const mayMove = status === "registration" || status === "check_in";
  return mayMove ? Math.max(0, Math.min(waiting, capacity - teams)) : 0;
}

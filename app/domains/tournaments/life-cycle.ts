// The life of a tournament: which move leads where, and why it may not be made now. Pure.
import type { TournamentStatus } from "./tables.ts";

/** What an organiser does with a tournament, in order; all else about it is an edit. */
export const moves = ["open_registration", "open_check_in", "start", "complete", "archive", "cancel"] as const;

export type Move = (typeof moves)[number];

/** Where each move leads from each status; what is not here is not allowed. */
export const transitions: Readonly<Record<TournamentStatus, Partial<Record<Move, TournamentStatus>>>> = {
  // Nobody has heard of a draft: it is deleted, and not cancelled.
  draft: { open_registration: "registration" },
  registration: { open_check_in: "check_in", cancel: "cancelled" },
  check_in: { start: "running", cancel: "cancelled" },
  running: { complete: "completed", cancel: "cancelled" },
  completed: { archive: "archived" },
  archived: {},
  cancelled: {},
};

/** What a move looks at besides the status. */
export interface Facts {
  /** Teams that have checked in. */
  readonly checkedIn: number;
  /** Whether the final is decided. */
  readonly isDecided: boolean;
}

/** What people call a status in a sentence. */
export const statusNames: Readonly<Record<TournamentStatus, string>> = {
  draft: "a draft",
  registration: "open for registration",
  check_in: "in check-in",
  running: "running",
  completed: "completed",
  archived: "archived",
  cancelled: "cancelled",
};

const moveNames: Readonly<Record<Move, string>> = {
  open_registration: "Registration is opened",
  open_check_in: "Check-in is opened",
  start: "A tournament is started",
  complete: "A tournament is completed",
  archive: "A tournament is archived",
  cancel: "A tournament is cancelled",
};

/** Where the move leads, or the sentence that says why it may not be made. */
export type Outcome = { readonly to: TournamentStatus } | { readonly refusal: string };

export function afterMove(status: TournamentStatus, move: Move, facts: Facts): Outcome {
  const to = transitions[status][move];
  if (to === undefined) {
    const from = (Object.keys(transitions) as TournamentStatus[]).filter((one) => transitions[one][move] !== undefined);
    const allowed = from.map((one) => statusNames[one]).join(" or ");
    return { refusal: `${moveNames[move]} while it is ${allowed}; this one is ${statusNames[status]}.` };
  }
  if (move === "start" && facts.checkedIn < 2) {
    return {
      refusal: `A tournament starts with two teams or more that have checked in; there are ${facts.checkedIn}.`,
    };
  }
  if (move === "complete" && !facts.isDecided)
    return { refusal: "A tournament is completed when its final is decided." };
  return { to };
}

/** Moves that the status alone allows: what an organiser is offered. */
export function movesFrom(status: TournamentStatus): readonly Move[] {
  return moves.filter((move) => transitions[status][move] !== undefined);
}

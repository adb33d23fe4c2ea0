// What a team owes of its entry fee. Pure, in minor units.
import type { TeamStatus, TournamentStatus } from "./tables.ts";

/** What decides whether a team owes anything. */
export interface FeeOf {
  readonly status: TeamStatus;
  readonly fee: number;
  readonly paid: number;
}

/** Nothing where it does not take part: once it has withdrawn, or the tournament is cancelled. What it has paid stays in the ledger. */
export function owedBy({ status, fee, paid }: FeeOf, tournament: { readonly status: TournamentStatus }): number {
  return status === "withdrawn" || tournament.status === "cancelled" ? 0 : Math.max(0, fee - paid);
}

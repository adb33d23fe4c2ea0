// What may be changed about a tournament, and when. Pure.
import type { Fields } from "../../platform/problem.ts";
import type { NewTournament, TournamentChanges } from "./schemas.ts";
import type { TournamentStatus } from "./tables.ts";

/** Statuses in which a field may be changed; left out: all before the end. */
const openWhile: Partial<Record<keyof TournamentChanges, readonly TournamentStatus[]>> = {
  // Teams have registered for this fee.
  entry_fee: ["draft"],
  currency: ["draft"],
  capacity: ["draft", "registration", "check_in"],
  team_size: ["draft", "registration", "check_in"],
  registration_closes_at: ["draft", "registration"],
  check_in_opens_at: ["draft", "registration"],
  starts_at: ["draft", "registration", "check_in"],
};
const beforeTheEnd: readonly TournamentStatus[] = ["draft", "registration", "check_in", "running"];

/** Whether a field may still be changed. */
export function isOpenFor(field: keyof TournamentChanges, status: TournamentStatus): boolean {
  return (openWhile[field] ?? beforeTheEnd).includes(status);
}

/** What edits look at. */
export interface Current {
  readonly status: TournamentStatus;
  readonly starts_at: string;
  readonly ends_at: string | null;
  readonly registration_closes_at: string | null;
  readonly check_in_opens_at: string | null;
  readonly teams: number;
  readonly waiting: number;
  readonly team_size: number;
}

/** What is wrong with changes, by field; empty if nothing is. */
export function faultsOfChanges(current: Current, changes: TournamentChanges): Fields {
  const faults: Record<string, string> = {};
  for (const name of Object.keys(changes) as (keyof TournamentChanges)[]) {
    if (!isOpenFor(name, current.status)) faults[name] = "can no longer be changed";
  }
  const needed = Math.max(current.teams, current.waiting);
  if (changes.capacity !== undefined && changes.capacity < needed) {
    faults.capacity ??= `must be ${needed} or more: as many teams have registered`;
  }
  if (changes.team_size !== undefined && changes.team_size < current.team_size && current.status !== "draft") {
    faults.team_size ??= `must be ${current.team_size} or more: teams may have as many players`;
  }
  return { ...faultsOfTimes({ ...current, ...changes }), ...faults };
}

type Times = Pick<NewTournament, "starts_at" | "ends_at" | "registration_closes_at" | "check_in_opens_at">;

/** What is wrong with the order of times. */
export function faultsOfTimes(times: Times): Fields {
  const faults: Record<string, string> = {};
  const starts = Date.parse(times.starts_at);
  for (const name of ["starts_at", "ends_at", "registration_closes_at", "check_in_opens_at"] as const) {
    const value = times[name];
    if (typeof value === "string" && Number.isNaN(Date.parse(value))) faults[name] = "must be a moment";
  }
  const isLate = (value: string | null | undefined) => typeof value === "string" && Date.parse(value) > starts;
  if (isLate(times.registration_closes_at)) faults.registration_closes_at = "must not be after the start";
  if (isLate(times.check_in_opens_at)) faults.check_in_opens_at = "must not be after the start";
  if (typeof times.ends_at === "string" && Date.parse(times.ends_at) < starts)
    faults.ends_at = "must not be before the start";
  return faults;
}

/** Moments in UTC: PostgreSQL knows fewer offsets than ISO 8601 allows. */
export function inUtc<T extends Partial<Times>>(values: T): T {
  const utc = { ...values };
  for (const name of ["starts_at", "ends_at", "registration_closes_at", "check_in_opens_at"] as const) {
    const value = utc[name];
    if (typeof value === "string") utc[name] = new Date(value).toISOString();
  }
  return utc;
}

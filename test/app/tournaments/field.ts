// What tests of tournaments do all the time: ask the API as somebody, make a tournament, register teams, play.
import { expect } from "vitest";
import type { Match } from "../../../app/domains/tournaments/team-schemas.ts";
import { type Actor, actor } from "../actors.ts";
import { newTournament, type TestApp } from "../harness.ts";

export interface Answer {
  readonly status: number;
  /** The body, read. */
  readonly body: ReturnType<typeof JSON.parse>;
}

export type Ask = (
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  who?: Pick<Actor, "headers">,
  payload?: object,
) => Promise<Answer>;

/** Asks `/api/v1/…`, or any path that starts with a slash. */
export function asker(arena: TestApp): Ask {
  return async (method, path, who, payload) => {
    const url = path.startsWith("/") ? path : `/api/v1/${path}`;
    const response = await arena.app.inject({
      method,
      url,
      headers: { ...who?.headers },
      ...(payload === undefined ? {} : { payload }),
    });
    return { status: response.statusCode, body: response.body === "" ? undefined : response.json() };
  };
}

/** Makes a tournament and takes it through `moves`. */
export async function makeCup(
  ask: Ask,
  organiser: Actor,
  slug: string,
  changes: Record<string, unknown> = {},
  moves: readonly string[] = ["open_registration"],
): Promise<void> {
  expect(await ask("POST", "tournaments/", organiser, newTournament(slug, changes))).toMatchObject({ status: 201 });
  for (const move of moves) await makeMove(ask, organiser, slug, move);
}

export async function makeMove(ask: Ask, organiser: Actor, slug: string, move: string): Promise<void> {
  expect(await ask("POST", `tournaments/${slug}/transitions/`, organiser, { move })).toMatchObject({ status: 200 });
}

export interface Entry {
  readonly captain: Actor;
  /** Id of the team. */
  readonly team: string;
}

/** Registers so many teams, called Team 1, Team 2 …, each with a captain of its own. */
export async function registerTeams(arena: TestApp, ask: Ask, slug: string, count: number): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (let number = 1; number <= count; number += 1) {
    const captain = await actor(arena, { name: `Captain ${number}` });
    const { status, body } = await ask("POST", `tournaments/${slug}/teams/`, captain, { name: `Team ${number}` });
    expect(status).toBe(201);
    entries.push({ captain, team: body.id });
  }
  return entries;
}

export async function matchesOf(ask: Ask, slug: string): Promise<Match[]> {
  return (await ask("GET", `tournaments/${slug}/matches/?limit=100`)).body.items;
}

/** Plays to the end; team a wins. */
export async function playAll(ask: Ask, organiser: Actor, slug: string): Promise<void> {
  for (;;) {
    const match = (await matchesOf(ask, slug)).find(({ status }) => status === "ready");
    if (match === undefined) return;
    const answer = await ask("PUT", `tournaments/${slug}/matches/${match.id}/result/`, organiser, {
      score_a: 2,
      score_b: 1,
    });
    expect(answer.status).toBe(204);
  }
}

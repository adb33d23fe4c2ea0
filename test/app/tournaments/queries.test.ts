// How often each page and list asks the database: as often for many rows as for few.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Actor, actor, cookieFor } from "../actors.ts";
import { startApp, type TestApp } from "../harness.ts";
import { type Ask, asker, makeCup, makeMove, registerTeams } from "./field.ts";

let arena: TestApp;
let ask: Ask;
let organiser: Actor;
let captain: Actor;
beforeAll(async () => {
  arena = await startApp();
  ask = asker(arena);
  organiser = await actor(arena, { role: "admin" });
  for (const [slug, count] of [
    ["few", 2],
    ["many", 9],
  ] as const) {
    await makeCup(ask, organiser, slug, { capacity: 16 });
    const entries = await registerTeams(arena, ask, slug, count);
    const [first] = entries;
    captain = first?.captain ?? organiser;
    for (let index = 0; index < count; index += 1) {
      await ask("POST", `tournaments/${slug}/teams/${first?.team}/members/`, await actor(arena));
    }
    await makeMove(ask, organiser, slug, "open_check_in");
    for (const { team } of entries) await ask("POST", `tournaments/${slug}/teams/${team}/check-in/`, organiser);
    await makeMove(ask, organiser, slug, "start");
  }
});
afterAll(() => arena.close());

/** Statements that one request sends. */
async function everyStatement(url: string, headers: Record<string, string> = {}): Promise<string[]> {
  const sent: string[] = [];
  const { pool } = arena.database;
  type Query = (...args: unknown[]) => unknown;
  const watched = new Map<{ query: unknown }, Query>();
  const watch = (client: { query: unknown }) => {
    if (watched.has(client)) return;
    const original = client.query as Query;
    watched.set(client, original);
    client.query = (...args: unknown[]) => {
      const [first] = args;
      sent.push(typeof first === "string" ? first : String((first as { text?: string } | undefined)?.text));
      return original.apply(client, args);
    };
  };
  pool.on("acquire", watch);
  try {
    const { statusCode, body } = await arena.app.inject({ url, headers });
    expect(statusCode, `${url} ${body.slice(0, 200)}`).toBe(200);
  } finally {
    pool.off("acquire", watch);
    for (const [client, query] of watched) client.query = query;
  }
  return sent;
}

/** But those that begin, scope and end a transaction. */
async function statements(url: string, headers: Record<string, string> = {}): Promise<string[]> {
  const sent = await everyStatement(url, headers);
  return sent.filter((text) => !/^(begin|commit|start transaction)|set_config\('arena/.test(text));
}

test("the public list is one statement, without a transaction around it", async () => {
  expect(await everyStatement("/api/v1/tournaments/")).toHaveLength(1);
});

const signedIn = 1;

test.each([
  ["/api/v1/tournaments/?limit=100", 1],
  ["/api/v1/schedules/", 1],
  ["/api/v1/capacity/", 1],
  ["/tournaments/api/SLUG/state/", 1],
  ["/tournaments/api/SLUG/register/context/", 1],
  ["/api/v1/tournaments/SLUG/", 2],
  ["/api/v1/tournaments/SLUG/teams/?limit=100", 2],
  ["/api/v1/tournaments/SLUG/matches/?limit=100", 2],
  ["/api/v1/tournaments/SLUG/standings/", 2],
  ["/tournaments/", 2],
  ["/tournaments/SLUG/", 4],
])("%s for everybody: %d", async (path, count) => {
  for (const slug of ["few", "many"]) {
    const sent = await statements(path.replace("SLUG", slug));
    expect(sent, sent.join("\n")).toHaveLength(count);
  }
});

test.each([
  ["/api/v1/tournaments/mine/", 1],
  ["/api/v1/finance/", 1],
  ["/api/v1/finance/SLUG/", 1],
  ["/api/v1/finance/SLUG/payments/", 2],
  ["/organise/tournaments/", 1],
  ["/organise/tournaments/SLUG/", 2],
  ["/organise/tournaments/SLUG/results/", 2],
  ["/organise/tournaments/SLUG/finance/", 3],
  ["/my/teams/", 1],
])("%s for the organiser: %d, and one for who it is", async (path, count) => {
  const { cookie } = await cookieFor(arena, organiser);
  for (const slug of ["few", "many"]) {
    const url = path.replace("SLUG", slug);
    const sent = (await statements(url, path.startsWith("/api/") ? { ...organiser.headers } : { cookie })).filter(
      (text) => !/"throttles"|update "sessions"/.test(text),
    );
    expect(sent, sent.join("\n")).toHaveLength(count + signedIn);
  }
});

test("a team's page, for its captain", async () => {
  const { rows } = await arena.owner.query("select id from arena.teams where captain_id = $1", [captain.user]);
  const { cookie } = await cookieFor(arena, captain);
  const sent = await statements(`/tournaments/many/teams/${rows[0].id}/`, { cookie });
  expect(sent, sent.join("\n")).toHaveLength(3 + signedIn);
});

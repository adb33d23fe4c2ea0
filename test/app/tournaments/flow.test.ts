// The whole life of a tournament through the API, and what each step refuses.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Actor, actor } from "../actors.ts";
import { newTournament, startApp, type TestApp } from "../harness.ts";
import { type Ask, asker, makeCup, makeMove, matchesOf, playAll, registerTeams } from "./field.ts";

let arena: TestApp;
let ask: Ask;
let organiser: Actor;
beforeAll(async () => {
  arena = await startApp();
  ask = asker(arena);
  organiser = await actor(arena, { role: "manager" });
});
afterAll(() => arena.close());

const refusal = (code: string, error: RegExp) => ({ body: { code, error: expect.stringMatching(error) } });

test("from draft to archive: created, opened, registered, checked in, played, completed, archived", async () => {
  await makeCup(ask, organiser, "whole", { capacity: 8, venue: "Pier 3", rules: "Be kind." });
  const entries = await registerTeams(arena, ask, "whole", 5);
  expect(await ask("GET", "/tournaments/api/whole/state/")).toMatchObject({ body: { teams: 5, version: 7 } });
  await makeMove(ask, organiser, "whole", "open_check_in");
  for (const { captain, team } of entries.slice(0, 4)) {
    expect((await ask("POST", `tournaments/whole/teams/${team}/check-in/`, captain)).status).toBe(204);
  }
  const seeds = [entries[3], entries[0]].map((entry) => entry?.team);
  for (const [index, team] of seeds.entries()) {
    const seeded = await ask("PUT", `tournaments/whole/teams/${team}/seed/`, organiser, { seed: index + 1 });
    expect(seeded.status).toBe(204);
  }
  await makeMove(ask, organiser, "whole", "start");
  const drawn = await matchesOf(ask, "whole");
  expect(drawn.map(({ round, slot, team_a, team_b }) => [round, slot, team_a, team_b])).toEqual([
    [1, 0, "Team 4", "Team 3"],
    [1, 1, "Team 1", "Team 2"],
    [2, 0, null, null],
  ]);
  const teams = (await ask("GET", "tournaments/whole/teams/?status=absent")).body.items;
  expect(teams.map((team: { name: string }) => team.name)).toEqual(["Team 5"]);
  expect(await ask("POST", "tournaments/whole/transitions/", organiser, { move: "complete" })).toMatchObject(
    refusal("CONFLICT", /final is decided/),
  );
  await playAll(ask, organiser, "whole");
  expect((await ask("GET", "tournaments/whole/standings/")).body.items).toEqual([
    { place: 1, team: "Team 4", wins: 2, is_in: false },
    { place: 2, team: "Team 1", wins: 1, is_in: false },
    { place: 3, team: "Team 3", wins: 0, is_in: false },
    { place: 3, team: "Team 2", wins: 0, is_in: false },
  ]);
  await makeMove(ask, organiser, "whole", "complete");
  await makeMove(ask, organiser, "whole", "archive");
  expect((await ask("GET", "tournaments/")).body.items).not.toContainEqual(expect.objectContaining({ slug: "whole" }));
  expect((await ask("GET", "tournaments/?status=archived")).body.items).toMatchObject([{ slug: "whole", teams: 5 }]);
  const news = await arena.owner.query(
    "select kind, message from arena.tournament_activity join arena.tournaments on tournaments.id = tournament_id where slug = 'whole' order by tournament_activity.id",
  );
  expect(news.rows).toEqual([
    { kind: "check_in", message: "Check-in for The whole is open." },
    { kind: "started", message: "The whole has started with 4 teams." },
    { kind: "completed", message: "Team 4 has won The whole." },
  ]);
  const audited = await arena.owner.query(
    "select action from arena.audit_log where user_id = $1 and tenant_id = $2 and action like 'tournament.%' order by id",
    [organiser.user, organiser.tenant],
  );
  expect(audited.rows.map(({ action }) => action)).toEqual([
    "tournament.create",
    "tournament.open_registration",
    "tournament.open_check_in",
    "tournament.start",
    "tournament.complete",
    "tournament.archive",
  ]);
});

describe("organising", () => {
  test("a draft is seen, changed and deleted by its own organiser's managers only", async () => {
    await makeCup(ask, organiser, "secret", {}, []);
    const other = await actor(arena, { role: "admin" });
    for (const who of [undefined, other, await actor(arena)]) {
      expect((await ask("GET", "tournaments/secret/", who)).status).toBe(404);
      expect((await ask("GET", "tournaments/secret/teams/", who)).status).toBe(404);
      expect((await ask("GET", "/tournaments/api/secret/register/context/", who)).status).toBe(404);
    }
    expect((await ask("PATCH", "tournaments/secret/", other, { venue: "Here" })).status).toBe(404);
    expect((await ask("DELETE", "tournaments/secret/", other)).status).toBe(404);
    expect(await ask("GET", "tournaments/secret/", organiser)).toMatchObject({ body: { status: "draft" } });
    expect((await ask("GET", "tournaments/mine/?status=draft", organiser)).body.items).toMatchObject([
      { slug: "secret" },
    ]);
    expect((await ask("GET", "tournaments/mine/", other)).body.items).toEqual([]);
    expect((await ask("DELETE", "tournaments/secret/", organiser)).status).toBe(204);
    expect((await ask("GET", "tournaments/secret/", organiser)).status).toBe(404);
  });

  test("details change while that is fair, and a larger tournament takes in those who wait", async () => {
    await makeCup(ask, organiser, "edited", { capacity: 2, entry_fee: 1000, currency: "EUR" });
    await registerTeams(arena, ask, "edited", 4);
    const patch = (changes: object) => ask("PATCH", "tournaments/edited/", organiser, changes);
    expect(await patch({ capacity: 3, venue: "Hall 2", starts_at: "2027-05-02T12:00:00+02:00" })).toMatchObject({
      status: 200,
      body: { capacity: 3, teams: 3, waiting: 1, venue: "Hall 2", starts_at: "2027-05-02T10:00:00Z" },
    });
    expect((await patch({ entry_fee: 1 })).body.fields).toEqual({ entry_fee: "can no longer be changed" });
    expect((await patch({ capacity: 2 })).body.fields).toEqual({
      capacity: "must be 3 or more: as many teams have registered",
    });
    expect((await patch({ team_size: 1 })).body.fields).toEqual({
      team_size: "must be 5 or more: teams may have as many players",
    });
    expect((await patch({ registration_closes_at: "2027-06-01T00:00:00Z" })).body.fields).toEqual({
      registration_closes_at: "must not be after the start",
    });
    expect((await patch({ ends_at: "2027-01-01T00:00:00Z" })).body.fields).toEqual({
      ends_at: "must not be before the start",
    });
    expect((await patch({ slug: "other" })).body.code).toBe("VALIDATION_FAILED");
    expect((await patch({})).body.code).toBe("VALIDATION_FAILED");
    await ask("POST", "tournaments/edited/transitions/", organiser, { move: "cancel", reason: "Storm." });
    expect((await patch({ venue: "None" })).body.fields).toEqual({ venue: "can no longer be changed" });
    expect(await ask("GET", "tournaments/edited/")).toMatchObject({
      body: { status: "cancelled", cancel_reason: "Storm." },
    });
    expect((await ask("DELETE", "tournaments/edited/", organiser)).body.error).toMatch(/Only a draft is deleted/);
  });

  test("there is nothing to do at a tournament that there is not", async () => {
    const nobody = "01900000-0000-7000-8000-00000000dead";
    const player = await actor(arena);
    for (const [method, path, who, payload] of [
      ["POST", "tournaments/none/teams/", player, { name: "Team" }],
      ["POST", `tournaments/none/teams/${nobody}/withdraw/`, player, undefined],
      ["POST", `tournaments/whole/teams/${nobody}/withdraw/`, player, undefined],
      ["POST", "tournaments/none/transitions/", organiser, { move: "start" }],
      ["GET", "finance/none/", organiser, undefined],
      ["GET", "tournaments/none/standings/", undefined, undefined],
    ] as const) {
      expect(await ask(method, path, who, payload)).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
    }
  });

  test("what PostgreSQL does not take as text is the client's fault, too", async () => {
    const { status } = await ask("POST", "tournaments/", organiser, { ...newTournament("nul"), name: "a\0b" });
    expect(status).toBe(400);
  });

  test("slugs that are addresses of Arena, and moments that are none, are refused", async () => {
    const draft = { slug: "mine", name: "N", starts_at: "2027-05-01T10:00:00Z", capacity: 2 };
    expect((await ask("POST", "tournaments/", organiser, draft)).body.fields).toEqual({
      slug: "is taken by Arena itself",
    });
    for (const starts_at of ["2027-05-01T10:00:60Z", "2027-05-01T10:00:00+23:59", "0000-01-01T00:00:00Z"]) {
      const { status } = await ask("POST", "tournaments/", organiser, {
        ...draft,
        slug: `odd-${Math.random()}`.replace(".", ""),
        starts_at,
      });
      expect(status, starts_at).toBeLessThan(500);
    }
  });

  test("schedules and places are lists of their own, sorted alike", async () => {
    await makeCup(ask, organiser, "late-cup", { starts_at: "2031-01-01T00:00:00Z", ends_at: "2031-01-02T00:00:00Z" });
    await makeCup(ask, organiser, "early-cup", { starts_at: "2025-01-01T00:00:00Z", capacity: 4 });
    const slugs = async (path: string) =>
      (await ask("GET", path)).body.items.map((item: { slug: string }) => item.slug);
    expect((await slugs("schedules/?limit=1"))[0]).toBe("early-cup");
    expect((await slugs("schedules/?limit=1&sort=-starts"))[0]).toBe("late-cup");
    expect(await ask("GET", "capacity/?sort=name&limit=100")).toMatchObject({
      body: { items: expect.arrayContaining([expect.objectContaining({ slug: "early-cup", capacity: 4, free: 4 })]) },
    });
    const all: string[] = [];
    for (let next: string | null = ""; next !== null; ) {
      const page: { items: { slug: string }[]; next: string | null } = (
        await ask("GET", `capacity/?sort=name&limit=1${next === "" ? "" : `&cursor=${next}`}`)
      ).body;
      all.push(...page.items.map(({ slug }) => slug));
      next = page.next;
    }
    expect(new Set(all).size).toBe(all.length);
    expect(all).toEqual(expect.arrayContaining(["early-cup", "late-cup"]));
  });

  test("a cursor is good for its own list and order only, whatever it holds", async () => {
    const { next } = (await ask("GET", "schedules/?limit=1")).body;
    const made = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const id = organiser.user;
    for (const [sort, cursor] of [
      ["-starts", next],
      ["name", next],
      ["created", next],
      ["starts", "e30"],
      ["starts", made(["starts", "tomorrow", id])],
      ["starts", made(["starts", "2027-13-01T00:00:00Z", id])],
      ["name", made(["name", "a\0b", id])],
      ["name", made(["name", 7, id])],
      ["name", made(["name", "a", "b"])],
    ]) {
      const { status, body } = await ask("GET", `schedules/?sort=${sort}&cursor=${cursor}`);
      expect([status, body.code], `${sort} ${cursor}`).toEqual([400, "VALIDATION_FAILED"]);
    }
  });
});

describe("teams", () => {
  const players = async (slug: string, team: string, who?: Actor) =>
    (await ask("GET", `tournaments/${slug}/teams/${team}/members/`, who)).body.items.map(
      (member: { name: string; role: string; status: string }) => `${member.name} ${member.role} ${member.status}`,
    );

  test("a player asks, the captain approves; nobody else does, and nobody plays twice", async () => {
    await makeCup(ask, organiser, "joining", { team_size: 2 });
    const [first, second] = await registerTeams(arena, ask, "joining", 2);
    if (first === undefined || second === undefined) throw new Error("There are two teams.");
    const ada = await actor(arena, { name: "Ada" });
    const bob = await actor(arena, { name: "Bob" });
    const team = `tournaments/joining/teams/${first.team}`;
    expect((await ask("POST", `${team}/members/`, ada)).status).toBe(204);
    expect((await ask("POST", `${team}/members/`, ada)).status).toBe(204);
    expect((await ask("POST", `${team}/members/`, bob)).status).toBe(204);
    expect(await ask("POST", `${team}/members/`, second.captain)).toMatchObject(
      refusal("CONFLICT", /You play for Team 2/),
    );
    expect(await players("joining", first.team)).toEqual(["Captain 1 captain approved"]);
    expect(await players("joining", first.team, ada)).toEqual(["Captain 1 captain approved", "Ada player requested"]);
    expect(await players("joining", first.team, first.captain)).toHaveLength(3);
    expect(await players("joining", first.team, organiser)).toHaveLength(3);
    for (const who of [
      ada,
      second.captain,
      await actor(arena, { role: "admin" }),
      await actor(arena, { role: "cashier", tenant: organiser.tenant }),
    ]) {
      expect(await ask("POST", `${team}/members/${ada.user}/approve/`, who)).toMatchObject({ status: 403 });
    }
    expect((await ask("POST", `${team}/members/${ada.user}/approve/`, first.captain)).status).toBe(204);
    expect((await ask("POST", `${team}/members/${ada.user}/approve/`, first.captain)).status).toBe(204);
    expect(await ask("POST", `${team}/members/${bob.user}/approve/`, organiser)).toMatchObject(
      refusal("CONFLICT", /2 players at most/),
    );
    expect(await ask("POST", `${team}/members/${second.captain.user}/approve/`, first.captain)).toMatchObject({
      status: 404,
    });
    expect(await ask("POST", `tournaments/joining/teams/`, ada, { name: "Own" })).toMatchObject(
      refusal("CONFLICT", /You play for Team 1/),
    );
    expect((await ask("GET", "/tournaments/api/joining/register/context/", ada)).body.own_teams).toEqual([
      { id: first.team, name: "Team 1", status: "registered" },
    ]);
    // Off the team again: by the captain, by the player; not by others.
    expect((await ask("DELETE", `${team}/members/${bob.user}/`, second.captain)).status).toBe(403);
    expect((await ask("DELETE", `${team}/members/${bob.user}/`, first.captain)).status).toBe(204);
    expect((await ask("DELETE", `${team}/members/${bob.user}/`, first.captain)).status).toBe(404);
    expect((await ask("DELETE", `${team}/members/${ada.user}/`, ada)).status).toBe(204);
    expect(await ask("DELETE", `${team}/members/${first.captain.user}/`, first.captain)).toMatchObject(
      refusal("CONFLICT", /by withdrawing/),
    );
    expect((await ask("POST", `${team}/members/`, ada)).status).toBe(204);
  });

  test("one who was approved elsewhere meanwhile cannot be approved again", async () => {
    await makeCup(ask, organiser, "both");
    const entries = await registerTeams(arena, ask, "both", 2);
    const ada = await actor(arena, { name: "Ada" });
    const answers: number[] = [];
    for (const { team } of entries) await ask("POST", `tournaments/both/teams/${team}/members/`, ada);
    for (const { team, captain } of entries) {
      answers.push((await ask("POST", `tournaments/both/teams/${team}/members/${ada.user}/approve/`, captain)).status);
    }
    expect(answers).toEqual([204, 409]);
  });

  test("full: the next wait, and move up in order when somebody withdraws; a full waiting list refuses", async () => {
    await makeCup(ask, organiser, "full", { capacity: 2 });
    const entries = await registerTeams(arena, ask, "full", 4);
    expect(await ask("POST", "tournaments/full/teams/", await actor(arena), { name: "Fifth" })).toMatchObject(
      refusal("CONFLICT", /All 2 places are taken and the waiting list is full/),
    );
    expect(await ask("GET", "/tournaments/api/full/register/context/")).toMatchObject({
      body: { is_open: true, places_left: 0, joins_waiting_list: true, own_teams: [], pays_online: false },
    });
    const withdraw = (index: number, who = entries[index]?.captain) =>
      ask("POST", `tournaments/full/teams/${entries[index]?.team}/withdraw/`, who);
    expect((await withdraw(0, entries[1]?.captain)).status).toBe(403);
    expect((await withdraw(0)).status).toBe(204);
    expect((await withdraw(0)).status).toBe(204);
    const statuses = async () =>
      (await ask("GET", "tournaments/full/teams/")).body.items.map(
        (team: { name: string; status: string }) => `${team.name} ${team.status}`,
      );
    expect(await statuses()).toEqual(["Team 2 registered", "Team 3 registered", "Team 4 waiting"]);
    expect((await withdraw(3)).status).toBe(204);
    expect(await ask("GET", "/tournaments/api/full/state/")).toMatchObject({ body: { teams: 2, waiting: 0 } });
    // Gone is gone: the name is free, the player is, too, and nobody else sees the team.
    expect((await ask("POST", "tournaments/full/teams/", entries[0]?.captain, { name: "team 1" })).body.status).toBe(
      "waiting",
    );
    expect((await ask("GET", `tournaments/full/teams/${entries[3]?.team}/`)).status).toBe(404);
    expect((await ask("GET", `tournaments/full/teams/${entries[3]?.team}/`, entries[3]?.captain)).status).toBe(200);
    const mine = await ask("POST", `tournaments/full/teams/${entries[3]?.team}/members/`, await actor(arena));
    expect(mine).toMatchObject(refusal("CONFLICT", /withdrawn/));
  });

  test("a name is taken whatever its case; a closed registration says why", async () => {
    await makeCup(ask, organiser, "names", { registration_closes_at: "2027-04-01T00:00:00Z" });
    await registerTeams(arena, ask, "names", 1);
    expect(await ask("POST", "tournaments/names/teams/", await actor(arena), { name: "TEAM 1" })).toMatchObject({
      status: 409,
      body: { fields: { name: "is taken by another team" } },
    });
    await ask("PATCH", "tournaments/names/", organiser, { registration_closes_at: "2025-01-01T00:00:00Z" });
    expect(await ask("POST", "tournaments/names/teams/", await actor(arena), { name: "Late" })).toMatchObject(
      refusal("CONFLICT", /has closed/),
    );
    await makeMove(ask, organiser, "names", "open_check_in");
    expect(await ask("POST", "tournaments/names/teams/", await actor(arena), { name: "Later" })).toMatchObject(
      refusal("CONFLICT", /is in check-in/),
    );
    expect(await ask("GET", "/tournaments/api/names/register/context/")).toMatchObject({
      body: { is_open: false, closed_because: expect.stringContaining("in check-in"), joins_waiting_list: false },
    });
  });

  test("checking in: in its time, with a place; afterwards nobody withdraws, joins or is seeded", async () => {
    await makeCup(ask, organiser, "checking", { capacity: 2 });
    const entries = await registerTeams(arena, ask, "checking", 3);
    const checkIn = (index: number, who = entries[index]?.captain) =>
      ask("POST", `tournaments/checking/teams/${entries[index]?.team}/check-in/`, who);
    expect(await checkIn(0)).toMatchObject(refusal("CONFLICT", /during check-in/));
    await makeMove(ask, organiser, "checking", "open_check_in");
    expect((await checkIn(0, entries[1]?.captain)).status).toBe(403);
    expect([(await checkIn(0)).status, (await checkIn(0)).status, (await checkIn(1, organiser)).status]).toEqual([
      204, 204, 204,
    ]);
    expect(await checkIn(2)).toMatchObject(refusal("CONFLICT", /has no place/));
    await makeMove(ask, organiser, "checking", "start");
    const team = `tournaments/checking/teams/${entries[0]?.team}`;
    const late = await Promise.all([
      ask("POST", `${team}/withdraw/`, entries[0]?.captain),
      ask("POST", `${team}/members/`, await actor(arena)),
      ask("PUT", `${team}/seed/`, organiser, { seed: 1 }),
      ask("DELETE", `${team}/members/${entries[0]?.captain.user}/`, entries[0]?.captain),
    ]);
    for (const answer of late)
      expect(answer).toMatchObject(refusal("CONFLICT", /before the tournament starts; this one is running/));
  });

  test("starting with fewer than two teams that have checked in is refused", async () => {
    await makeCup(ask, organiser, "lonely", {}, ["open_registration", "open_check_in"]);
    expect(await ask("POST", "tournaments/lonely/transitions/", organiser, { move: "start" })).toMatchObject(
      refusal("CONFLICT", /there are 0/),
    );
  });
});

describe("results", () => {
  test("are entered, corrected while the next match has not started, and refused afterwards", async () => {
    await makeCup(ask, organiser, "played");
    const entries = await registerTeams(arena, ask, "played", 3);
    await makeMove(ask, organiser, "played", "open_check_in");
    for (const { team } of entries) await ask("POST", `tournaments/played/teams/${team}/check-in/`, organiser);
    await makeMove(ask, organiser, "played", "start");
    const [bye, semi, final] = await matchesOf(ask, "played");
    expect([bye?.status, semi?.status, final?.status]).toEqual(["bye", "ready", "pending"]);
    const result = (id: string | undefined, score_a: number, score_b: number, more = {}) =>
      ask("PUT", `tournaments/played/matches/${id}/result/`, organiser, { score_a, score_b, ...more });
    const at = "2027-05-01T12:00:00+02:00";
    expect(
      (await ask("PUT", `tournaments/played/matches/${final?.id}/time/`, organiser, { scheduled_at: at })).status,
    ).toBe(204);
    const time = `tournaments/played/matches/${semi?.id}/time/`;
    for (const [scheduled_at, shown] of [
      [at, "2027-05-01T10:00:00Z"],
      [null, null],
    ]) {
      expect((await ask("PUT", time, organiser, { scheduled_at })).status).toBe(204);
      expect((await matchesOf(ask, "played"))[1]?.scheduled_at).toBe(shown);
    }
    expect(await result(bye?.id, 1, 0)).toMatchObject(refusal("CONFLICT", /bye/));
    expect(await result(final?.id, 1, 0)).toMatchObject(refusal("CONFLICT", /not known yet/));
    expect(await result(semi?.id, 1, 1)).toMatchObject(refusal("CONFLICT", /even/));
    expect((await result(organiser.user, 1, 0)).status).toBe(404);
    const start = (id: string | undefined) => ask("POST", `tournaments/played/matches/${id}/start/`, organiser);
    expect(await start(final?.id)).toMatchObject(refusal("CONFLICT", /not known yet/));
    expect([(await start(semi?.id)).status, (await start(semi?.id)).status]).toEqual([204, 204]);
    expect((await result(semi?.id, 0, 3, { walkover: true })).status).toBe(204);
    expect(await start(semi?.id)).toMatchObject(refusal("CONFLICT", /is over/));
    expect((await matchesOf(ask, "played"))[2]).toMatchObject({
      team_a: "Team 1",
      team_b: "Team 3",
      status: "ready",
      scheduled_at: "2027-05-01T10:00:00Z",
    });
    expect((await result(semi?.id, 3, 0)).status).toBe(204);
    expect((await matchesOf(ask, "played"))[2]).toMatchObject({ team_b: "Team 2", status: "ready" });
    await start(final?.id);
    expect(await result(semi?.id, 0, 3)).toMatchObject(refusal("CONFLICT", /next match has started/));
    expect((await result(final?.id, 4, 1)).status).toBe(204);
    expect((await result(final?.id, 1, 4)).status).toBe(204);
    expect((await ask("GET", "tournaments/played/matches/?round=2")).body.items).toMatchObject([
      { winner: "b", score_a: 1, score_b: 4, walkover: false },
    ]);
    expect(
      await ask("PUT", `tournaments/played/matches/${final?.id}/time/`, organiser, { scheduled_at: null }),
    ).toMatchObject(refusal("CONFLICT", /is over/));
    await makeMove(ask, organiser, "played", "complete");
    expect(await result(final?.id, 4, 1)).toMatchObject(refusal("CONFLICT", /this one is completed/));
    const captain = entries[0]?.captain;
    expect(
      (await ask("PUT", `tournaments/played/matches/${final?.id}/result/`, captain, { score_a: 1, score_b: 0 })).status,
    ).toBe(403);
  });
});

// Pages of tournaments without a browser: who gets which, and what each button refuses. What they look like, browsers test.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Actor, actor, cookieFor, sendForm } from "../actors.ts";
import { formIn } from "../forms.ts";
import { startApp, type TestApp } from "../harness.ts";
import { type Ask, asker, makeCup, makeMove, matchesOf, registerTeams } from "./field.ts";

let arena: TestApp;
let ask: Ask;
let organiser: Actor;
beforeAll(async () => {
  arena = await startApp();
  ask = asker(arena);
  organiser = await actor(arena, { role: "manager" });
});
afterAll(() => arena.close());

async function get(url: string, who?: Actor) {
  const headers = who === undefined ? {} : { cookie: (await cookieFor(arena, who)).cookie };
  const { statusCode, body } = await arena.app.inject({ url, headers: { ...headers, accept: "text/html" } });
  return { status: statusCode, body };
}

/** Sends a form. */
async function post(url: string, who: Actor, fields: Record<string, string> = {}) {
  const { body, ...answer } = await sendForm(arena, who, url, fields);
  return { ...answer, body, problem: /role="alert"[^>]*>\s*<p>(.*?)<\/p>/s.exec(body)?.[1] };
}

describe("an organiser", () => {
  const draft = { slug: "by-form", name: "By Form", starts_at: "2031-05-01T10:00", capacity: "8" };

  test("makes a draft by a form that keeps what was typed; only what was changed is saved", async () => {
    const wrong = await post("/organise/tournaments/new/", organiser, {
      ...draft,
      entry_fee: "twelve",
      prize_share: "101",
    });
    expect(wrong.status).toBe(400);
    expect(wrong.body).toContain("must be an amount such as 25 or 12.50");
    expect(wrong.body).toContain("must be from 0 to 100");
    expect(wrong.body).toContain('value="By Form"');
    expect((await post("/organise/tournaments/new/", organiser, { ...draft, starts_at: "" })).body).toContain(
      "is missing",
    );
    expect((await post("/organise/tournaments/new/", organiser, { ...draft, capacity: "1" })).status).toBe(400);
    const made = await post("/organise/tournaments/new/", organiser, {
      ...draft,
      entry_fee: "12,50",
      currency: "USD",
      prize_share: "33.3",
      ends_at: "",
    });
    expect([made.status, made.location]).toEqual([303, "/organise/tournaments/by-form/"]);
    expect((await post("/organise/tournaments/new/", organiser, draft)).body).toContain(
      "is taken by another tournament",
    );
    expect(await ask("GET", "tournaments/by-form/", organiser)).toMatchObject({
      body: {
        entry_fee: { amount: 1250, currency: "USD" },
        prize_share: 3330,
        starts_at: "2031-05-01T10:00:00Z",
        ends_at: null,
      },
    });

    const form = "/organise/tournaments/by-form/edit/";
    const edit = async (fields: Record<string, string>) =>
      post(form, organiser, { ...formIn((await get(form, organiser)).body, form), ...fields });
    const before = (await ask("GET", "tournaments/by-form/", organiser)).body.version;
    expect((await edit({ name: "By Form", starts_at: "2031-05-01T10:00", entry_fee: "12.50" })).status).toBe(303);
    expect((await ask("GET", "tournaments/by-form/", organiser)).body.version).toBe(before);
    expect((await edit({ starts_at: "" })).body).toContain("is missing");
    expect((await edit({ starts_at: "tomorrow" })).status).toBe(400);
    expect((await edit({ ends_at: "2030-01-01T00:00" })).body).toContain("must not be before the start");
    expect((await edit({ venue: "Pier 3", ends_at: "2031-05-01T18:00" })).status).toBe(303);
    expect((await get("/organise/tournaments/by-form/edit/", organiser)).body).toContain('value="2031-05-01T18:00"');
  });

  test("sees a draft that nobody else does, and deletes it while it is one", async () => {
    await makeCup(ask, organiser, "to-go", {}, []);
    const other = await actor(arena, { role: "manager" });
    for (const path of ["", "edit/", "results/", "finance/"]) {
      expect((await get(`/organise/tournaments/to-go/${path}`, other)).status).toBe(404);
      expect((await get(`/organise/tournaments/to-go/${path}`, organiser)).status, path).toBe(200);
      expect((await get(`/organise/tournaments/to-go/${path}`, await actor(arena))).status).toBe(403);
    }
    expect((await post("/organise/tournaments/to-go/delete/", other)).status).toBe(404);
    expect((await post("/organise/tournaments/to-go/delete/", organiser)).location).toBe("/organise/tournaments/");
    await makeCup(ask, organiser, "to-stay");
    expect((await post("/organise/tournaments/to-stay/delete/", organiser)).problem).toContain(
      "Only a draft is deleted",
    );
  });

  test("seeds, takes fees, checks in and withdraws teams; each refusal is said on the page", async () => {
    await makeCup(ask, organiser, "managed", { entry_fee: 1000 });
    const [first, second, third] = await registerTeams(arena, ask, "managed", 3);
    const team = (entry: typeof first, deed: string, fields = {}, who = organiser) =>
      post(`/organise/tournaments/managed/teams/${entry?.team}/${deed}/`, who, {
        ...(deed === "payment" ? { key: crypto.randomUUID() } : {}),
        ...fields,
      });
    expect((await team(first, "seed", { seed: "3" })).status).toBe(303);
    expect((await team(first, "seed", { seed: "" })).status).toBe(303);
    expect((await team(first, "seed", { seed: "best" })).problem).toMatch(/^seed must match/);
    expect((await team(first, "payment", { amount: "free" })).problem).toContain("such as 25 or 12.50");
    expect((await team(first, "payment", { amount: "0" })).problem).toContain("such as 25 or 12.50");
    expect((await team(first, "payment", { amount: "11" })).problem).toContain("must be €10.00 or less");
    expect((await team(first, "payment", { amount: "10", reference: "cash" })).status).toBe(303);
    expect((await team(third, "withdraw")).status).toBe(303);
    const other = await actor(arena, { role: "admin" });
    for (const deed of ["withdraw", "check-in"]) expect((await team(first, deed, {}, other)).status).toBe(404);
    expect((await team(first, "check-in")).problem).toContain("during check-in");
    expect((await post("/organise/tournaments/managed/move/", organiser, { move: "start" })).problem).toContain(
      "open for registration",
    );
    expect((await post("/organise/tournaments/managed/move/", organiser, { move: "fly" })).status).toBe(400);
    await makeMove(ask, organiser, "managed", "open_check_in");
    expect((await team(second, "check-in")).problem).toContain("still owes");
    await team(second, "payment", { amount: "10" });
    for (const entry of [first, second]) expect((await team(entry, "check-in")).status).toBe(303);
    const page = (await get("/organise/tournaments/managed/", organiser)).body;
    expect(page).toContain("Checked in, 1 player, fee paid");
    await makeMove(ask, organiser, "managed", "start");

    const [match] = await matchesOf(ask, "managed");
    const results = "/organise/tournaments/managed/results/";
    expect((await post(`${results}${match?.id}/`, organiser, { score_a: "1", score_b: "1" })).problem).toContain(
      "cannot be even",
    );
    expect((await post(`${results}${match?.id}/`, organiser, { score_a: "x", score_b: "1" })).problem).toMatch(
      /score a must be integer/,
    );
    expect((await post(`${results}${match?.id}/start/`, organiser)).status).toBe(303);
    expect((await get("/tournaments/managed/")).body).toContain("being played");
    expect(
      (await post(`${results}${match?.id}/`, organiser, { score_a: "2", score_b: "0", walkover: "on" })).status,
    ).toBe(303);
    expect((await post(`${results}${match?.id}/start/`, organiser)).problem).toContain("This match is over.");
    expect((await get("/tournaments/managed/")).body).toContain("walkover");

    const admin = await actor(arena, { role: "admin", tenant: organiser.tenant });
    const finance = "/organise/tournaments/managed/finance/";
    const payment = /finance\/([0-9a-f-]{36})\/refund/.exec((await get(finance, admin)).body)?.[1];
    expect((await get(finance, organiser)).body).not.toContain("/refund/");
    expect((await post(`${finance}${payment}/refund/`, organiser)).status).toBe(403);
    expect((await post(`${finance}${payment}/refund/`, admin)).location).toBe(finance);
    expect((await post(`${finance}${payment}/refund/`, admin)).problem).toContain("refunded already");
    expect((await get(`${finance}?limit=1`, admin)).body).toContain("Older payments");
  });
});

describe("players", () => {
  test("register and decide about their team on its page; each refusal is said there", async () => {
    await makeCup(ask, organiser, "for-players", { capacity: 2, rules: "Be kind." });
    const kim = await actor(arena, { name: "Kim" });
    const piet = await actor(arena, { name: "Piet" });
    expect((await get("/tournaments/for-players/register/")).status).toBe(303);
    expect((await post("/tournaments/for-players/register/", kim, { name: " " })).body).toContain("is missing");
    const { location = "" } = await post("/tournaments/for-players/register/", kim, { name: "Kim's" });
    const page = String(location);
    expect((await post("/tournaments/for-players/register/", kim, { name: "Again" })).problem).toContain(
      "You play for Kim",
    );
    expect((await get("/tournaments/for-players/register/", kim)).body).toContain("already.");
    expect((await get(page)).body).toContain("Log in to join this team");
    expect((await post(`${page}join/`, piet)).status).toBe(303);
    expect((await get(page, piet)).body).toContain("Take my request back");
    expect((await get("/my/teams/", piet)).body).toContain("You have asked to play");
    expect((await post(`${page}players/${piet.user}/approve/`, piet)).status).toBe(403);
    expect((await post(`${page}players/${piet.user}/approve/`, kim)).status).toBe(303);
    expect((await post(`${page}join/`, piet)).problem).toContain("You play for");
    expect((await post(`${page}players/${kim.user}/remove/`, kim)).problem).toContain("by withdrawing the team");
    expect((await post(`${page}players/${piet.user}/remove/`, piet)).location).toBe("/tournaments/for-players/");
    expect((await post(`${page}check-in/`, kim)).problem).toContain("during check-in");
    expect((await post(`${page}pay/`, kim)).status).toBe(404);
    expect((await post(`${page}withdraw/`, kim)).status).toBe(303);
    expect((await get(page, kim)).body).toContain("Withdrawn");
    expect((await get(page)).status).toBe(404);
    expect((await get("/my/teams/", kim)).body).toContain("You are on no team yet.");
  });

  test("learn that all places are taken, or that registration is over", async () => {
    await makeCup(ask, organiser, "taken", { capacity: 2 });
    await registerTeams(arena, ask, "taken", 2);
    const late = await actor(arena);
    expect((await get("/tournaments/taken/register/", late)).body).toContain("Join the waiting list");
    await makeMove(ask, organiser, "taken", "open_check_in");
    expect((await get("/tournaments/taken/register/", late)).body).toContain("Registration is over");
    expect((await get("/tournaments/taken/")).body).toContain("Captains check their teams in now");
    await ask("POST", "tournaments/taken/transitions/", organiser, { move: "cancel", reason: "A storm comes." });
    expect((await get("/tournaments/taken/")).body).toContain("A storm comes.");
    expect((await get("/organise/tournaments/taken/", organiser)).body).toContain("Nothing: it is over.");
  });
});

describe("a large tournament", () => {
  test("shows one round at a time and its teams in pages", async () => {
    await makeCup(ask, organiser, "large", { capacity: 80 }, ["open_registration"]);
    await arena.owner.query(
      `insert into arena.teams (id, tenant_id, tournament_id, name, status, captain_id, fee)
       select gen_random_uuid(), tenant_id, id, 'Team ' || n, 'checked_in', gen_random_uuid(), 0
       from arena.tournaments, generate_series(1, 70) n where slug = 'large'`,
    );
    await makeMove(ask, organiser, "large", "open_check_in");
    await makeMove(ask, organiser, "large", "start");
    const { body } = await get("/tournaments/large/");
    expect(body.match(/<h3>/g)).toHaveLength(1);
    expect(body).toContain("goes on without playing");
    expect(body).toContain("More teams");
    expect((await get("/tournaments/large/?round=7")).body).toContain("<h3>Final</h3>");
    expect((await get("/tournaments/large/?round=12")).body).toContain("<h3>Final</h3>");
    const more = /teams=([\w-]+)#teams/.exec(body)?.[1];
    expect((await get(`/tournaments/large/?teams=${more}`)).body.match(/\/teams\/[0-9a-f-]{36}\//g)).toHaveLength(10);
  });
});

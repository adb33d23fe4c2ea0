// Jobs of tournaments, run as the worker runs them; and the demo data, which is made by what people use.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { demoPeople, ensureDemoPeople } from "../../../app/domains/accounts/seed.ts";
import { announce } from "../../../app/domains/tournaments/announce.ts";
import { archiveOld } from "../../../app/domains/tournaments/archive.ts";
import { loadDemoTournaments } from "../../../app/domains/tournaments/demo.ts";
import { houseTenant } from "../../../app/domains/tournaments/repository.ts";
import { tell } from "../../../app/domains/tournaments/tell.ts";
import { createMailer } from "../../../app/platform/mailer.ts";
import type { JobContext } from "../../../app/platform/queue.ts";
import { openStorage } from "../../../app/platform/storage.ts";
import { type Actor, actor } from "../actors.ts";
import { quiet, startApp, type TestApp } from "../harness.ts";
import { type Ask, asker, makeCup, makeMove, playAll, registerTeams } from "./field.ts";

let arena: TestApp;
let ask: Ask;
let organiser: Actor;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "arena-files-"));
  arena = await startApp({ MEDIA_STORE: folder, MAIL_FOLDER: join(folder, "mail") });
  ask = asker(arena);
  organiser = await actor(arena, { role: "manager" });
});
afterAll(async () => {
  await arena.close();
  await rm(folder, { recursive: true });
});

const context = (key: string): JobContext => ({
  database: arena.database,
  logger: quiet,
  mailer: createMailer(arena.environment),
  storage: openStorage(arena.environment),
  key,
  signal: new AbortController().signal,
});

/** Takes the queue's jobs of a name, oldest first. */
async function taken<Payload>(name: string): Promise<Payload[]> {
  const { rows } = await arena.owner.query(
    `with taken as (delete from graphile_worker._private_jobs job using graphile_worker._private_tasks task
       where task.id = job.task_id and task.identifier = $1 returning job.id, job.payload) select payload from taken order by id`,
    [name],
  );
  return rows.map(({ payload }) => payload);
}

let told = 0;

/** Runs what waits to be told, each job twice, and returns the mails that it queued. */
async function letters(): Promise<{ to: string; subject: string; text: string }[]> {
  for (const payload of await taken<Parameters<typeof tell.run>[0]>(tell.name)) {
    told += 1;
    for (let run = 0; run < 2; run += 1) await tell.run(payload, context(`tell-${told}`));
  }
  return taken("mail");
}

test("people are told by mail, each once: registered, waiting, moved up, asked, approved, check-in, cancelled", async () => {
  await makeCup(ask, organiser, "told", { capacity: 2 });
  const entries = await registerTeams(arena, ask, "told", 3);
  const [first, second, third] = entries;
  const subjects = async () => (await letters()).map(({ to, subject }) => `${subject} → ${nameOf(to)}`);
  const ada = await actor(arena);
  const nameOf = (email: string) =>
    email === ada.email ? "Ada" : String(entries.findIndex(({ captain }) => captain.email === email) + 1);
  expect(await subjects()).toEqual([
    "Team 1 is registered → 1",
    "Team 2 is registered → 2",
    "Team 3 is on the waiting list → 3",
  ]);
  const team = `tournaments/told/teams/${second?.team}`;
  await ask("POST", `${team}/members/`, ada);
  await ask("POST", `${team}/members/${ada.user}/approve/`, second?.captain);
  await ask("POST", `tournaments/told/teams/${first?.team}/withdraw/`, first?.captain);
  const mails = await letters();
  expect(mails.map(({ subject, to }) => `${subject} → ${nameOf(to)}`)).toEqual([
    "Somebody wants to join Team 2 → 2",
    "You play for Team 2 → Ada",
    "Team 3 has a place → 3",
  ]);
  expect(mails[2]?.text).toContain(`/tournaments/told/teams/${third?.team}/`);
  await makeMove(ask, organiser, "told", "open_check_in");
  expect((await subjects()).toSorted()).toEqual(["Check in for The told → 2", "Check in for The told → 3"]);
  await ask("POST", "tournaments/told/transitions/", organiser, { move: "cancel", reason: "Storm." });
  expect((await letters()).map(({ text }) => text).join()).toContain("The told is cancelled. Storm.");
});

test("that a tournament is cancelled those who wait for a place are told too, and nobody who has left", async () => {
  await makeCup(ask, organiser, "off", { capacity: 2 });
  const entries = await registerTeams(arena, ask, "off", 4);
  const [first] = entries;
  await ask("POST", `tournaments/off/teams/${first?.team}/withdraw/`, first?.captain);
  await letters();
  await makeMove(ask, organiser, "off", "cancel");
  const told = (await letters()).map(({ to }) => entries.findIndex(({ captain }) => captain.email === to) + 1);
  // The third has moved up; the fourth waits.
  expect(told.toSorted()).toEqual([2, 3, 4]);
});

test("news of a tournament that is gone, or of nobody, is told to nobody", async () => {
  const nothing = { tenant: organiser.tenant, tournament: organiser.user, about: "check_in", site: "" } as const;
  await tell.run(nothing, context("gone"));
  await announce.run({ tenantId: organiser.tenant, tournamentId: organiser.user }, context("gone-too"));
  await makeCup(ask, organiser, "unknown-captain");
  const [entry] = await registerTeams(arena, ask, "unknown-captain", 1);
  await arena.owner.query("delete from arena.users where id = $1", [entry?.captain.user]);
  expect(await letters()).toEqual([]);
});

test("what has been over for 90 days goes into the archive, of every organiser", async () => {
  const other = await actor(arena, { role: "manager" });
  for (const [slug, who, days] of [
    ["over-long", organiser, 91],
    ["over-longer", other, 200],
    ["over-lately", organiser, 89],
  ] as const) {
    await makeCup(ask, who, slug);
    const entries = await registerTeams(arena, ask, slug, 2);
    await makeMove(ask, who, slug, "open_check_in");
    for (const { team, captain } of entries) await ask("POST", `tournaments/${slug}/teams/${team}/check-in/`, captain);
    await makeMove(ask, who, slug, "start");
    await playAll(ask, who, slug);
    await makeMove(ask, who, slug, "complete");
    await arena.owner.query(
      "update arena.tournaments set ended_at = now() - make_interval(days => $2) where slug = $1",
      [slug, days],
    );
  }
  await archiveOld.run({}, context("archive"));
  const { rows } = await arena.owner.query(
    "select slug, status from arena.tournaments where slug like 'over-%' order by slug",
  );
  expect(rows).toEqual([
    { slug: "over-lately", status: "completed" },
    { slug: "over-long", status: "archived" },
    { slug: "over-longer", status: "archived" },
  ]);
  expect(archiveOld.schedule).toMatch(/^\d+ \d+ \* \* \*$/);
});

test("images are uploaded straight to where files are kept, looked at, shown to all, and removed", async () => {
  await makeCup(ask, organiser, "pictured");
  const images = "tournaments/pictured/images/";
  const png = Buffer.concat([Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"), deflateSync("picture")]);
  const upload = async (body: Buffer) => {
    const { body: offer } = await ask("POST", `${images}uploads/`, organiser, { type: "png" });
    const form = new FormData();
    for (const [name, value] of Object.entries<string>(offer.form.fields)) form.append(name, value);
    form.append("file", new Blob([new Uint8Array(body)], { type: "image/png" }), "a.png");
    const request = new Request(new URL(offer.form.url, "http://localhost"), { method: "POST", body: form });
    const sent = await arena.app.inject({
      method: "POST",
      url: new URL(request.url).pathname,
      headers: { "content-type": request.headers.get("content-type") ?? "" },
      payload: Buffer.from(await request.arrayBuffer()),
    });
    expect(sent.statusCode).toBeLessThan(300);
    return offer.receipt;
  };
  const receipt = await upload(png);
  const other = await actor(arena, { role: "manager" });
  await makeCup(ask, other, "elsewhere");
  expect((await ask("POST", "tournaments/elsewhere/images/", other, { receipt, alt: "Theirs" })).status).toBe(400);
  expect((await ask("POST", images, other, { receipt, alt: "Theirs" })).status).toBe(404);
  const added = await ask("POST", images, organiser, { receipt, alt: "The harbour at dawn" });
  expect(added.status).toBe(201);
  const shown = await ask("GET", "tournaments/pictured/");
  expect(shown.body.images).toEqual([{ id: added.body.id, url: added.body.url, alt: "The harbour at dawn" }]);
  expect((await arena.app.inject({ url: added.body.url })).headers["content-type"]).toBe("image/png");
  expect((await arena.app.inject({ url: "/tournaments/pictured/" })).body).toContain('alt="The harbour at dawn"');
  expect(
    (await ask("POST", images, organiser, { receipt: await upload(Buffer.from("<svg>")), alt: "No" })).body.fields,
  ).toEqual({
    receipt: expect.stringContaining("none of png, jpg, webp"),
  });
  expect((await ask("DELETE", `${images}${added.body.id}/`, other)).status).toBe(404);
  expect((await ask("DELETE", `${images}${added.body.id}/`, organiser)).status).toBe(204);
  expect((await ask("DELETE", `${images}${added.body.id}/`, organiser)).status).toBe(404);
  expect((await arena.app.inject({ url: added.body.url })).statusCode).toBe(404);
  // One too many is refused, and its file does not stay.
  await arena.owner.query(
    `insert into arena.tournament_images (id, tenant_id, tournament_id, key, alt)
     select gen_random_uuid(), tenant_id, id, 'media/tournaments/' || n || '.png', 'x' from arena.tournaments, generate_series(1, 12) n
     where slug = 'pictured'`,
  );
  expect((await ask("POST", images, organiser, { receipt: await upload(png), alt: "Thirteenth" })).body.error).toMatch(
    /12 images at most/,
  );
});

test("demo data holds a tournament in every status, and is added once", async () => {
  await ensureDemoPeople(arena.database, houseTenant, false);
  expect(await loadDemoTournaments(arena.database, houseTenant, demoPeople)).toBe(9);
  expect(await loadDemoTournaments(arena.database, houseTenant, demoPeople)).toBe(0);
  const { rows } = await arena.owner.query(
    "select array_agg(distinct status order by status) as statuses, count(*) filter (where waiting > 0) as full from arena.tournaments where tenant_id = $1",
    [houseTenant],
  );
  expect(rows).toEqual([
    { statuses: ["archived", "cancelled", "check_in", "completed", "draft", "registration", "running"], full: "1" },
  ]);
  const matches = await ask("GET", "tournaments/lighthouse-league/matches/?limit=100");
  expect(new Set(matches.body.items.map((match: { status: string }) => match.status))).toEqual(
    new Set(["bye", "done", "playing", "ready", "pending"]),
  );
});

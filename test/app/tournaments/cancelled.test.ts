// A tournament that is cancelled: nobody owes its fee any more, what was paid stays in the ledger, and all who registered are told.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Actor, actor, cookieFor, sendForm } from "../actors.ts";
import { startApp, type TestApp } from "../harness.ts";
import { type Ask, asker, makeCup, makeMove, registerTeams } from "./field.ts";

let arena: TestApp;
let ask: Ask;
let organiser: Actor;
let admin: Actor;
beforeAll(async () => {
  arena = await startApp();
  ask = asker(arena);
  organiser = await actor(arena, { role: "manager" });
  admin = await actor(arena, { role: "admin", tenant: organiser.tenant });
});
afterAll(() => arena.close());

const eur = (amount: number) => ({ amount, currency: "EUR" });

async function page(url: string, who: Actor) {
  const { cookie } = await cookieFor(arena, who);
  return (await arena.app.inject({ url, headers: { cookie, accept: "text/html" } })).body;
}

test("nothing is owed any more: no sum, no button, and whoever pays is refused", async () => {
  await makeCup(ask, organiser, "off", { entry_fee: 2_500 });
  const [first, second] = await registerTeams(arena, ask, "off", 2);
  const teamPage = `/tournaments/off/teams/${second?.team}/`;
  const home = "/organise/tournaments/off/";
  const { id } = (await ask("POST", `tournaments/off/teams/${first?.team}/payments/`, organiser, { amount: 1_000 }))
    .body;
  const captain = second?.captain ?? organiser;
  expect(await page(teamPage, captain)).toContain("€25.00 of the entry fee is still to be paid");
  expect(await page(home, organiser)).toContain("owes €25.00");
  await makeMove(ask, organiser, "off", "cancel");

  expect(await page(teamPage, captain)).not.toContain("to be paid");
  const managed = await page(home, organiser);
  expect(managed).not.toMatch(/owes|\/payment\//);
  // As a team that has withdrawn: its payment is in the ledger, and there to be given back.
  expect(managed).toContain("1 player, €10.00 to be paid back");
  expect(managed.match(/1 player</g)).toHaveLength(1);
  const refused = await ask("POST", `tournaments/off/teams/${second?.team}/payments/`, organiser, { amount: 500 });
  expect([refused.status, refused.body.error]).toEqual([
    409,
    "amount is too much: Team 2 owes nothing, as the tournament is cancelled",
  ]);
  const form = { key: crypto.randomUUID(), amount: "5" };
  const sent = await sendForm(arena, organiser, `${home}teams/${second?.team}/payment/`, form);
  expect([sent.status, sent.body]).toEqual([409, expect.stringContaining("as the tournament is cancelled")]);
  const finance = async () => (await ask("GET", "finance/off/", organiser)).body;
  expect(await finance()).toMatchObject({ paid: eur(1_000), net: eur(1_000), outstanding: eur(0) });
  expect((await ask("GET", "finance/", organiser)).body.items).toMatchObject([{ slug: "off", outstanding: eur(0) }]);
  expect(await page(`${home}finance/`, admin)).toContain("Refund");
  expect((await ask("POST", `finance/off/payments/${id}/refund/`, admin)).status).toBe(201);
  expect(await finance()).toMatchObject({ paid: eur(1_000), refunded: eur(1_000), net: eur(0), outstanding: eur(0) });
  expect(await page(home, organiser)).not.toContain("paid back");
});

test("a tournament that goes on still has its fees", async () => {
  await makeCup(ask, organiser, "on", { entry_fee: 2_500 });
  await registerTeams(arena, ask, "on", 2);
  await makeMove(ask, organiser, "on", "open_check_in");
  expect((await ask("GET", "finance/on/", organiser)).body.outstanding).toEqual(eur(5_000));
});

// Forms of tournaments that arrive twice, as from two clicks or a page that is loaded again: they count once.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Actor, actor, cookieFor, sendForm } from "../actors.ts";
import { formIn } from "../forms.ts";
import { startApp, type TestApp } from "../harness.ts";
import { type Ask, asker, makeCup, registerTeams } from "./field.ts";

let arena: TestApp;
let ask: Ask;
let organiser: Actor;
beforeAll(async () => {
  arena = await startApp();
  ask = asker(arena);
  organiser = await actor(arena, { role: "manager" });
});
afterAll(() => arena.close());

async function open(url: string, action: string): Promise<Record<string, string>> {
  const { cookie } = await cookieFor(arena, organiser);
  return formIn((await arena.app.inject({ url, headers: { cookie, accept: "text/html" } })).body, action);
}

test("a part of a fee that is entered twice is taken once", async () => {
  await makeCup(ask, organiser, "parts", { entry_fee: 2_500 });
  const [entry] = await registerTeams(arena, ask, "parts", 1);
  const home = "/organise/tournaments/parts/";
  const action = `${home}teams/${entry?.team}/payment/`;
  const paid = async () => (await ask("GET", "finance/parts/", organiser)).body.paid.amount;
  const form = { ...(await open(home, action)), amount: "10", reference: "cash" };
  const sent = [1, 2, 3].map(() => sendForm(arena, organiser, action, form));
  expect((await Promise.all(sent)).map(({ status }) => status)).toEqual([303, 303, 303]);
  expect(await paid()).toBe(1_000);
  // With something else in it, it is another one, which is asked about.
  const other = await sendForm(arena, organiser, action, { ...form, amount: "5" });
  expect([other.status, other.body]).toEqual([409, expect.stringContaining("This form was taken before")]);
  expect(await paid()).toBe(1_000);
  // Two parts of the same sum are two forms.
  expect((await sendForm(arena, organiser, action, { ...(await open(home, action)), amount: "10" })).status).toBe(303);
  expect(await paid()).toBe(2_000);
  const { key: _, ...without } = await open(home, action);
  expect((await sendForm(arena, organiser, action, without)).status).toBe(400);
  expect(await paid()).toBe(2_000);
});

test("a team that is registered twice is one", async () => {
  await makeCup(ask, organiser, "one-team");
  const captain = await actor(arena);
  const register = () => sendForm(arena, captain, "/tournaments/one-team/register/", { name: "Seals" });
  const answers = await Promise.all([register(), register()]);
  expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 409]);
  expect((await ask("GET", "tournaments/one-team/", organiser)).body.teams).toBe(1);
});

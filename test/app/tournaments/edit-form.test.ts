// The form for a tournament's details, which two organisers have open at once: what one of them saves, the other does not undo.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Actor, actor, cookieFor, sendForm } from "../actors.ts";
import { formIn, hintIn, saidIn } from "../forms.ts";
import { startApp, type TestApp } from "../harness.ts";
import { type Ask, asker, makeCup, makeMove } from "./field.ts";

let arena: TestApp;
let ask: Ask;
let organiser: Actor;
beforeAll(async () => {
  arena = await startApp();
  ask = asker(arena);
  organiser = await actor(arena, { role: "manager" });
});
afterAll(() => arena.close());

const actionOf = (slug: string) => `/organise/tournaments/${slug}/edit/`;

async function open(slug: string): Promise<Record<string, string>> {
  const { cookie } = await cookieFor(arena, organiser);
  const page = await arena.app.inject({ url: actionOf(slug), headers: { cookie, accept: "text/html" } });
  return formIn(page.body, actionOf(slug));
}

const save = (slug: string, fields: Record<string, string>) => sendForm(arena, organiser, actionOf(slug), fields);
const read = async (slug: string) => (await ask("GET", `tournaments/${slug}/`, organiser)).body;

async function change(slug: string, changes: object): Promise<void> {
  expect((await ask("PATCH", `tournaments/${slug}/`, organiser, changes)).status).toBeLessThan(300);
}

test("writes what was changed in it, and leaves what somebody else has changed meanwhile", async () => {
  await makeCup(ask, organiser, "apart", { description: "Come.\n\nBring a friend.", rules: "\nBe kind.\r\nBe quick." });
  const fields = await open("apart");
  const theirs = { venue: "Hall B", capacity: 32, starts_at: "2027-06-01T10:00:00Z", rules: "None." };
  await change("apart", theirs);
  expect((await save("apart", { ...fields, name: "Renamed" })).status).toBe(303);
  expect(await read("apart")).toMatchObject({ ...theirs, name: "Renamed", description: "Come.\n\nBring a friend." });
  const { version } = await read("apart");
  expect((await save("apart", await open("apart"))).status).toBe(303);
  expect((await read("apart")).version).toBe(version);
});

test("comes back where both have changed the same, with both; saved again it is as the second wants it", async () => {
  await makeCup(ask, organiser, "both", { rules: "One." });
  const fields = await open("both");
  await change("both", { rules: "Two.\nThree.", capacity: 20, venue: "Hall B" });
  const answer = await save("both", { ...fields, rules: "Mine.", capacity: "24" });
  expect(answer.status).toBe(409);
  const [sentence, ...faults] = saidIn(answer.body);
  expect(sentence).toMatch(/^Somebody else has changed “Places for teams” and “Rules” meanwhile: /);
  expect(faults).toHaveLength(2);
  expect([hintIn(answer.body, "capacity"), hintIn(answer.body, "rules")]).toEqual([
    "Stored now: 20",
    "Stored now: Two.\nThree.",
  ]);
  expect(await read("both")).toMatchObject({ rules: "Two.\nThree.", capacity: 20 });
  const again = formIn(answer.body, actionOf("both"));
  expect(again).toMatchObject({ rules: "Mine.", capacity: "24", venue: "Hall B" });
  expect((await save("both", again)).status).toBe(303);
  expect(await read("both")).toMatchObject({ rules: "Mine.", capacity: 24, venue: "Hall B" });
});

test("takes a fee and its currency as one thing", async () => {
  await makeCup(ask, organiser, "fee", { entry_fee: 1_250 }, []);
  const fields = await open("fee");
  // 12.50 in another currency is the same figure, and in one without hundredths none.
  expect((await save("fee", { ...fields, currency: "JPY" })).status).toBe(400);
  await change("fee", { currency: "USD" });
  const answer = await save("fee", { ...fields, entry_fee: "20" });
  expect(answer.status).toBe(409);
  expect(hintIn(answer.body, "entry_fee")).toBe("Stored now: 12.50 USD");
  expect(hintIn((await save("fee", { ...fields, currency: "GBP" })).body, "currency")).toBe("Stored now: USD");
  const again = formIn(answer.body, actionOf("fee"));
  expect(again).toMatchObject({ entry_fee: "20", currency: "USD" });
  expect((await save("fee", again)).status).toBe(303);
  expect((await read("fee")).entry_fee).toEqual({ amount: 2_000, currency: "USD" });
});

test("refuses what can no longer be changed, though it could be when the form was shown", async () => {
  await makeCup(ask, organiser, "late", { entry_fee: 1_000 }, []);
  const fields = await open("late");
  await makeMove(ask, organiser, "late", "open_registration");
  expect((await save("late", { ...fields, venue: "Pier 3" })).status).toBe(303);
  const late = await save("late", { ...fields, entry_fee: "5" });
  expect([late.status, saidIn(late.body).at(-1)]).toEqual([409, "Entry fee can no longer be changed"]);
  expect(await read("late")).toMatchObject({ venue: "Pier 3", entry_fee: { amount: 1_000 } });
});

test("two who save at once do not overwrite each other unseen", async () => {
  await makeCup(ask, organiser, "at-once");
  const fields = await open("at-once");
  const sent = ["A", "B", "C", "D"].map((venue) => save("at-once", { ...fields, venue }));
  expect((await Promise.all(sent)).map(({ status }) => status).toSorted()).toEqual([303, 409, 409, 409]);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { type AlarmState, quiet, step } from "../../../infra/vps/watch/alarms.ts";
import type { CheckName, Finding } from "../../../infra/vps/watch/checks.ts";

const minute = 60_000;

/** Looks a minute apart, each a list of the checks that are not well; what was told at which of them. */
function watch(looks: readonly (readonly CheckName[])[], checks: readonly CheckName[] = ["site", "disk"]) {
  let state: AlarmState = quiet;
  const told: [number, string][] = [];
  looks.forEach((bad, index) => {
    const findings: Finding[] = checks.map((check) => ({ check, ok: !bad.includes(check), text: `${check} text` }));
    const next = step(state, findings, "shop", index * minute);
    state = next.state;
    if (next.message !== undefined) told.push([index, next.message.subject]);
  });
  return told;
}

test("a problem is told when it is seen twice, and its end likewise", () => {
  expect(watch([[], ["disk"], ["disk"], ["disk"], [], [], []])).toEqual([
    [2, "shop: disk: disk text"],
    [5, "shop: disk is well again"],
  ]);
});

test("one failed probe is told to nobody, nor a moment's recovery", () => {
  expect(watch([[], ["site"], [], ["site"], []])).toEqual([]);
  expect(watch([["site"], ["site"], [], ["site"], ["site"]])).toEqual([[1, "shop: site: site text"]]);
});

test("what begins together is one message that tells all", () => {
  let state = quiet;
  const findings: Finding[] = [
    { check: "site", ok: false, text: "answers 502" },
    { check: "disk", ok: false, text: "99 % used" },
    { check: "memory", ok: true, text: "40 % used" },
  ];
  ({ state } = step(state, findings, "shop", 0));
  const { message } = step(state, findings, "shop", minute);
  expect(message?.subject).toBe("shop: site: answers 502 and 1 more");
  expect(message?.text).toContain("PROBLEM site: answers 502\nPROBLEM disk: 99 % used\n");
  expect(message?.text).toContain("ok  memory: 40 % used");
});

test("a problem that stays is told again after a day", () => {
  const told = watch(Array.from({ length: 60 * 24 * 2 + 10 }, () => ["disk"] as const));
  expect(told.map(([look]) => look)).toEqual([1, 1 + 60 * 24, 1 + 60 * 48]);
});

test("a check that is made no longer is forgotten", () => {
  const finding = { check: "certificate", ok: false, text: "" } as const;
  let state = quiet;
  for (const now of [0, minute]) ({ state } = step(state, [finding], "shop", now));
  expect(Object.keys(state.told)).toEqual(["certificate"]);
  expect(step(state, [], "shop", 2 * minute)).toEqual({ state: quiet });
});

test("problems and ends are told in turn, whatever happens", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (looks) => {
      const told = watch(
        looks.map((bad) => (bad ? ["site"] : [])),
        ["site"],
      ).map(([, subject]) => subject);
      told.forEach((subject, index) => {
        expect(subject).toBe(index % 2 === 0 ? "shop: site: site text" : "shop: site is well again");
      });
    }),
  );
});

// Of any two who edit the same thing, neither undoes what the other did, whatever each of them changed.
import fc from "fast-check";
import { expect, test } from "vitest";
import { changesIn, onlyChanged, shownBy } from "../../../app/pages/edits.ts";
import type { Field } from "../../../app/pages/forms.ts";
import { Problem } from "../../../app/platform/problem.ts";

type Values = Readonly<Record<string, string>>;

const names = ["name", "price", "rules"] as const;

function fieldsWith(values: Values): readonly Field[] {
  return names.map((name) => ({
    name,
    label: name,
    type: name === "rules" ? "textarea" : "text",
    value: values[name] ?? "",
  }));
}

/** What is stored once the form is taken; who clashes, if it is not. */
function save(shown: Values, stored: Values, sent: Values): Values | readonly string[] {
  try {
    const changed = changesIn(fieldsWith(stored), { ...sent, shown: shownBy(fieldsWith(shown)) });
    return Object.assign({ ...stored }, onlyChanged(sent, changed));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    expect(error.status).toBe(409);
    return Object.keys(error.fields ?? {});
  }
}

/** Few texts, so that they are often the same. */
const text = fc.constantFrom("", "a", "b", "c & d=e", "ö");
const values = fc.record({ name: text, price: text, rules: text });

test("each change is kept, or told of where both have changed the same field otherwise", () => {
  fc.assert(
    fc.property(values, values, values, (shown, theirs, mine) => {
      const clashing = names.filter(
        (name) => mine[name] !== shown[name] && theirs[name] !== shown[name] && mine[name] !== theirs[name],
      );
      const merged = Object.fromEntries(
        names.map((name) => [name, (mine[name] === shown[name] ? theirs : mine)[name]]),
      );
      expect(save(shown, theirs, mine)).toEqual(clashing.length > 0 ? clashing : merged);
    }),
  );
});

test("a browser's own line breaks are no change", () => {
  const lines = fc
    .array(fc.constantFrom("\n", "\r\n", "\r", "a", "b"), { maxLength: 8 })
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(lines, lines, (rules, name) => {
      const stored = { name, price: "", rules };
      // A line break at the beginning is the markup's; a field of one line has none.
      const sent = {
        name: name.replaceAll(/[\r\n]/g, ""),
        price: "",
        rules: rules.replaceAll(/\r\n?/g, "\n").replace(/^\n/, "").replaceAll("\n", "\r\n"),
      };
      expect(save(stored, stored, sent)).toEqual(stored);
      expect(save(stored, stored, { ...sent, rules: `${sent.rules}\r\nMore` })).toMatchObject({
        rules: `${sent.rules}\r\nMore`,
      });
    }),
  );
});

test("an amount in another currency is another amount", () => {
  const fields = (amount: string, currency?: string): readonly Field[] => [
    { name: "amount", label: "Amount", value: amount, unit: "currency" },
    { name: "currency", label: "Currency", ...(currency === undefined ? {} : { value: currency }) },
  ];
  const shown = shownBy(fields("5", "EUR"));
  const read = (amount: string, currency: string | undefined, sent: Record<string, string>) =>
    [...changesIn(fields(amount, currency), { ...sent, shown })].toSorted();
  expect(read("5", "EUR", { amount: "5", currency: "USD" })).toEqual(["amount", "currency"]);
  expect(read("5", "EUR", { amount: "5" })).toEqual([]);
  expect(read("6", "USD", { amount: "5", currency: "EUR" })).toEqual([]);
  expect(() => read("5", "USD", { amount: "6", currency: "EUR" })).toThrow("“Amount”");
  expect(() => read("6", "EUR", { amount: "5", currency: "USD" })).toThrow("“Amount”");
  expect(() => read("5", undefined, { amount: "5", currency: "USD" })).toThrow("“Amount” and “Currency”");
});

test("a form that does not say what it showed overwrites nothing", () => {
  const stored = { name: "a", price: "1", rules: "" };
  for (const shown of ["", "name=forged&price", "%", undefined]) {
    expect(() => changesIn(fieldsWith(stored), { name: "b", shown })).toThrow("Somebody else has changed “name”");
    expect(changesIn(fieldsWith(stored), { ...stored, shown })).toEqual(new Set());
  }
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { assertLogicalName, slug, slugLimit } from "../../infra/naming.ts";

const named = fc.string({ unit: "grapheme" }).filter((text) => /[a-z0-9]/i.test(text));

test("a slug is lower case letters, digits and single hyphens, begins with a letter and keeps the limit", () => {
  fc.assert(
    fc.property(named, fc.integer({ min: 8, max: 40 }), (text, limit) => {
      const made = slug(text, limit);
      expect(made).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
      expect(made.length).toBeLessThanOrEqual(limit);
    }),
  );
});

test("a slug of a slug is itself", () => {
  fc.assert(
    fc.property(named, (text) => {
      expect(slug(slug(text))).toBe(slug(text));
    }),
  );
});

test.each([
  ["staging", "staging"],
  ["feature/add-login-form", /^featu-[0-9a-f]{6}$/],
  ["Staging", /^stagi-[0-9a-f]{6}$/],
])("%s becomes %s", (text, expected) => {
  expect(slug(text)).toMatch(expected);
});

test("texts that only differ in what a slug drops stay apart", () => {
  expect(slug("a/b", 20)).not.toBe(slug("a-b", 20));
  expect(slug("feature/add-login-form")).not.toBe(slug("feature/add-login-page"));
});

test("refuses a text without letters or digits, and a limit without room", () => {
  expect(() => slug("///")).toThrow(/no letter or digit/);
  expect(() => slug("main", 5)).toThrow(/at most 5/);
  expect(slugLimit).toBe(12);
});

test("a logical name of more than 14 characters is refused", () => {
  expect(() => assertLogicalName("a-name-of-15-ch")).toThrow(/15 characters/);
  expect(() => assertLogicalName("web")).not.toThrow();
});

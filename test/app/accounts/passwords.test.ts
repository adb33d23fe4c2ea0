import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assertStrong, hashPassword, verifyPassword } from "../../../app/domains/accounts/passwords.ts";

describe("hashes", () => {
  test("are Argon2id with a salt of their own, and hold no password", async () => {
    const [first, second] = [await hashPassword("ten thousand lakes"), await hashPassword("ten thousand lakes")];
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(first).not.toBe(second);
  });

  test("let the password in and no other", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1 }), fc.string(), async (password, other) => {
        const kept = await hashPassword(password);
        expect(await verifyPassword(kept, password)).toBe(true);
        expect(await verifyPassword(kept, other)).toBe(other.normalize("NFKC") === password.normalize("NFKC"));
      }),
      { numRuns: 10 },
    );
  });

  test("an account without a password lets nobody in", async () => {
    for (const kept of [null, undefined]) expect(await verifyPassword(kept, "")).toBe(false);
  });

  test("what is typed on another keyboard in another form is the same", async () => {
    expect(await verifyPassword(await hashPassword("Caf\u00e9 am Hafen"), "Cafe\u0301 am Hafen")).toBe(true);
  });
});

describe("strength", () => {
  const about = ["Ada Lovelace", "ada.lovelace@example.com"];
  test.each([
    "short",
    "password1234",
    "aaaaaaaaaaaaaaaa",
    "qwertyuiop12",
    "lovelaceada",
    "ada.lovelace@example.com",
    "arena2026!",
  ])("%s is refused", async (password) => {
    await expect(assertStrong(password, about)).rejects.toMatchObject({
      code: "VALIDATION_FAILED",
      fields: { password: expect.stringMatching(/easy to guess|must have 10/) },
    });
  });

  test.each(["ten thousand lakes", "gT7#kd9!pQz2", "Zwölf Boxkämpfer am Deich"])("%s is taken", async (password) => {
    await assertStrong(password, about);
  });
});

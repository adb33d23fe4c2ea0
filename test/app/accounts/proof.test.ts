// Whoever registers an address first may be somebody else than who reads its mail: nothing that was typed before the address
// was proven outlasts the proof, unless who proves it knows it too.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAdmin } from "../../../app/domains/accounts/seed.ts";
import { newTenant } from "../actors.ts";
import { eventually, startApp, type TestApp } from "../harness.ts";
import { goodPassword, registered, send, takeMail } from "./mailbox.ts";

let arena: TestApp;
beforeAll(async () => {
  arena = await startApp();
});
afterAll(() => arena.close());

const theirs = "purple monkey dishwasher 77";
const own = "green tractor by the lake 12";

const post = (path: string, payload: object) => send(arena, `/api/v1/auth/${path}/`, payload);
const register = (email: string, password: string, more: Record<string, unknown> = {}) =>
  post("register", { email, password, name: "Somebody", ...more });
const status = async (email: string, password: string) => (await post("login", { email, password })).statusCode;
const me = async (email: string, password: string) => {
  const { access_token } = (await post("login", { email, password })).json();
  return (
    await arena.app.inject({ url: "/api/v1/auth/me/", headers: { authorization: `Bearer ${access_token}` } })
  ).json();
};
/** The token of the newest mail. */
const newest = async () => (await takeMail(arena)).at(-1)?.token ?? "";
const organisers = async () =>
  (await arena.owner.query("select name from arena.tenants order by name")).rows.map(({ name }) => name);
let count = 0;
function newAddress(): string {
  count += 1;
  return `somebody-${count}@example.org`;
}

describe("an address that a stranger registered first", () => {
  test("belongs to who registers it after, with their password, name and organiser, and to nobody else", async () => {
    const email = newAddress();
    await register(email, theirs, { name: "Stranger", organisation: "Strange Games" });
    const old = await newest();
    await register(email, own, { name: "Owner", organisation: "Owned Games" });
    expect((await post("verify-email", { token: old, password: theirs })).json().fields).toHaveProperty("token");
    const token = await newest();
    expect((await post("verify-email", { token, password: own })).statusCode).toBe(204);
    expect([await status(email, own), await status(email, theirs)]).toEqual([200, 401]);
    const account = await me(email, own);
    expect([account.name, account.organisations]).toEqual([
      "Owner",
      [{ id: expect.any(String), name: "Owned Games", role: "admin" }],
    ]);
    expect(await organisers()).not.toContain("Strange Games");
  });

  test("is not proven for the stranger by its owner, who follows the link without having registered", async () => {
    const email = newAddress();
    await register(email, theirs, { organisation: "Strange Games" });
    const token = await newest();
    expect((await post("verify-email", { token })).json().fields).toEqual({ password: "is missing" });
    const guessed = await post("verify-email", { token, password: own });
    expect(guessed.json().fields).toEqual({ password: expect.stringContaining("is not the one") });
    expect([await status(email, own), await status(email, theirs)]).toEqual([401, 401]);
    const { rows } = await arena.owner.query(
      "select outcome from arena.audit_log where action = 'auth.verify_email' order by id desc limit 1",
    );
    expect(rows).toEqual([{ outcome: "denied" }]);
    // What they do instead: a new password, which proves the address and leaves nothing of the stranger's.
    await post("password-reset", { email });
    await post("password-reset/confirm", { token: await newest(), password: own });
    expect([await status(email, own), await status(email, theirs)]).toEqual([200, 401]);
    expect((await me(email, own)).organisations).toEqual([]);
    expect((await post("verify-email", { token, password: theirs })).json().fields).toHaveProperty("token");
    expect(await organisers()).not.toContain("Strange Games");
  });

  test("is not the stranger's either if they register it again, between its owner's registration and the proof", async () => {
    const email = newAddress();
    await register(email, own);
    const first = await newest();
    await register(email, theirs);
    const second = await newest();
    for (const token of [first, second]) {
      expect((await post("verify-email", { token, password: own })).statusCode).toBe(400);
    }
    expect([await status(email, own), await status(email, theirs)]).toEqual([401, 401]);
    await register(email, own);
    await post("verify-email", { token: await newest(), password: own });
    expect([await status(email, own), await status(email, theirs)]).toEqual([200, 401]);
  });

  test("whatever the order: no password but one that its owner knows ever opens it", async () => {
    const step = fc.constantFrom("stranger registers", "owner registers", "owner confirms", "owner resets", "resend");
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 7 }), async (steps) => {
        const email = newAddress();
        await register(email, theirs);
        let letters = await takeMail(arena);
        for (const one of steps) {
          if (one === "stranger registers") await register(email, theirs);
          if (one === "owner registers") await register(email, own);
          if (one === "resend") await post("verify-email/resend", { email });
          if (one === "owner resets") {
            await post("password-reset", { email });
            letters = [...letters, ...(await takeMail(arena))];
            await post("password-reset/confirm", { token: letters.at(-1)?.token, password: own });
          }
          letters = [...letters, ...(await takeMail(arena))];
          // Every link that ever came, with all that the owner knows.
          if (one === "owner confirms") {
            for (const { token } of letters)
              await post("verify-email", { token: token || "x".repeat(43), password: own });
          }
        }
        expect(await status(email, theirs)).toBe(401);
        // The way out that there always is.
        await post("password-reset", { email });
        await post("password-reset/confirm", { token: await newest(), password: own });
        expect(await status(email, own)).toBe(200);
      }),
      { numRuns: 12 },
    );
  });
});

describe("whoever registers again because the first mail was lost", () => {
  test("signs in with what they typed last, by the last link", async () => {
    const email = newAddress();
    await register(email, goodPassword, { name: "Ada" });
    await takeMail(arena);
    await register(email, own, { name: "Ada L.", organisation: "Harbour Games" });
    expect((await post("verify-email", { token: await newest(), password: own })).statusCode).toBe(204);
    const account = await me(email, own);
    expect([account.name, account.organisations.length]).toEqual(["Ada L.", 1]);
    expect((await organisers()).filter((name) => name === "Harbour Games")).toHaveLength(1);
  });

  test("may mistype the password at the link: it still works", async () => {
    const email = newAddress();
    await register(email, own);
    const token = await newest();
    expect((await post("verify-email", { token, password: "grene tractor" })).statusCode).toBe(400);
    expect((await post("verify-email", { token, password: own })).statusCode).toBe(204);
    expect((await post("verify-email", { token, password: own })).json().fields).toHaveProperty("token");
    expect(await status(email, own)).toBe(200);
  });

  test("changes nothing of an account that is confirmed, and founds nothing", async () => {
    const email = newAddress();
    await registered(arena, email);
    await register(email, theirs, { name: "Stranger", organisation: "Strange Games" });
    expect((await takeMail(arena)).map(({ subject }) => subject)).toEqual(["Arena: You have an account already"]);
    expect(await status(email, theirs)).toBe(401);
    expect(await me(email, goodPassword)).toMatchObject({ name: "Ada Lovelace", organisations: [] });
    expect(await organisers()).not.toContain("Strange Games");
  });
});

test("a password that is replaced while it is being checked proves nothing", async () => {
  const email = newAddress();
  await register(email, theirs);
  const token = await newest();
  const other = await arena.owner.connect();
  await other.query("begin");
  await other.query("update arena.users set password_hash = 'another' where email = $1", [email]);
  const answer = post("verify-email", { token, password: theirs });
  // It has checked the password that was, and waits for the other transaction.
  const waiting = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  await eventually(async () => (await arena.owner.query(waiting)).rowCount === 1, "the proof waits");
  await other.query("commit");
  other.release();
  expect((await answer).json().fields).toHaveProperty("password");
  const { rows } = await arena.owner.query("select email_verified_at from arena.users where email = $1", [email]);
  expect(rows).toEqual([{ email_verified_at: null }]);
});

describe("who is made an admin", () => {
  test("at an address that nobody proved: what a stranger typed there is gone, and what they hold", async () => {
    const email = newAddress();
    await register(email, theirs, { name: "Stranger", organisation: "Strange Games" });
    const confirm = await newest();
    await arena.owner.query(
      `insert into arena.sessions (id, token_hash, user_id, user_agent, expires_at)
       select gen_random_uuid(), 'x', id, '', now() + interval '1 day' from arena.users where email = $1`,
      [email],
    );
    const token = await createAdmin(arena.database, { email, name: "Boss", of: "installation" });
    expect(await status(email, theirs)).toBe(401);
    expect((await post("verify-email", { token: confirm, password: theirs })).statusCode).toBe(400);
    expect(await status(email, theirs)).toBe(401);
    const { rows } = await arena.owner.query(
      "select (select count(*)::int from arena.sessions where user_id = users.id) as sessions from arena.users where email = $1",
      [email],
    );
    expect(rows).toEqual([{ sessions: 0 }]);
    await post("password-reset/confirm", { token, password: own });
    expect(await me(email, own)).toMatchObject({ name: "Boss", saas_admin: true, organisations: [] });
  });

  test("with a password from the command, which is the one that counts", async () => {
    const email = newAddress();
    await register(email, theirs, { organisation: "Strange Games" });
    const tenant = await newTenant(arena, "Real Games");
    await createAdmin(arena.database, { email, name: "Boss", of: { id: tenant }, password: own });
    expect([await status(email, own), await status(email, theirs)]).toEqual([200, 401]);
    expect((await me(email, own)).organisations).toEqual([{ id: tenant, name: "Real Games", role: "admin" }]);
  });

  test("at an address that is proven: the account stays as it is, signed in too", async () => {
    const email = newAddress();
    await registered(arena, email);
    const { access_token } = (await post("login", { email, password: goodPassword })).json();
    await createAdmin(arena.database, { email, name: "Boss", of: "installation" });
    expect(await me(email, goodPassword)).toMatchObject({ name: "Ada Lovelace", saas_admin: true });
    const headers = { authorization: `Bearer ${access_token}` };
    expect((await arena.app.inject({ url: "/api/v1/auth/me/", headers })).statusCode).toBe(200);
  });
});

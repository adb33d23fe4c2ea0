// Signing in for API clients: the whole way, and what somebody who means ill would try.
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readAccessToken } from "../../../app/domains/accounts/tokens.ts";
import { actor } from "../actors.ts";
import { keys, startApp, type TestApp } from "../harness.ts";
import { goodPassword, registered, send, takeMail } from "./mailbox.ts";

let arena: TestApp;
beforeAll(async () => {
  arena = await startApp();
});
afterAll(() => arena.close());

const post = (path: string, payload: object, headers?: Record<string, string>) =>
  send(arena, `/api/v1/auth/${path}/`, payload, headers);
const login = (email: string, password = goodPassword) => post("login", { email, password });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const me = (token: string) => arena.app.inject({ url: "/api/v1/auth/me/", headers: bearer(token) });

describe("the whole way", () => {
  test("register, confirm, log in, look at oneself, refresh, log out", async () => {
    const answer = await post("register", {
      email: "Ada@Example.com",
      password: goodPassword,
      name: " Ada ",
      organisation: "Harbour Games",
    });
    expect([answer.statusCode, answer.json()]).toEqual([
      202,
      { message: "If this can be done, a mail is on its way." },
    ]);
    expect((await login("ada@example.com")).statusCode).toBe(401);

    const [letter] = await takeMail(arena);
    expect(letter).toMatchObject({ to: "ada@example.com", subject: "Arena: Confirm your e-mail address" });
    expect(letter?.text).toContain(`http://localhost:80/verify-email/?token=${letter?.token}`);
    expect((await post("verify-email", { token: letter?.token, password: goodPassword })).statusCode).toBe(204);

    const pair = (await login("ADA@example.com")).json();
    expect(pair).toMatchObject({ token_type: "Bearer", expires_in: 3600, refresh_expires_in: 604_800 });
    const account = (await me(pair.access_token)).json();
    expect(account).toMatchObject({ email: "ada@example.com", name: "Ada", saas_admin: false });
    expect(account.organisations).toEqual([{ id: account.organisation, name: "Harbour Games", role: "admin" }]);

    const next = (await post("refresh", { refresh_token: pair.refresh_token })).json();
    expect((await me(next.access_token)).statusCode).toBe(200);
    expect((await post("logout", {}, bearer(next.access_token))).statusCode).toBe(204);
    expect((await me(next.access_token)).statusCode).toBe(401);
    expect((await post("refresh", { refresh_token: next.refresh_token })).statusCode).toBe(401);
  });

  test("a new password by mail signs everything else out, and the link works once", async () => {
    await registered(arena, "reset@example.com");
    const before = (await login("reset@example.com")).json();
    expect((await post("password-reset", { email: "Reset@example.com" })).statusCode).toBe(202);
    const [letter] = await takeMail(arena);
    const token = letter?.token;
    const weak = await post("password-reset/confirm", { token, password: "reset@example.com" });
    expect(weak.json().fields).toEqual({ password: expect.stringContaining("easy to guess") });
    expect((await post("password-reset/confirm", { token, password: "nine green bottles" })).statusCode).toBe(204);
    expect((await post("password-reset/confirm", { token, password: "eight green bottles" })).json().fields).toEqual({
      token: "is over, or was used: ask for another one",
    });
    expect((await me(before.access_token)).statusCode).toBe(401);
    expect((await login("reset@example.com")).statusCode).toBe(401);
    expect((await login("reset@example.com", "nine green bottles")).statusCode).toBe(200);
  });

  test("changing the password needs the current one, and leaves only who changed it signed in", async () => {
    await registered(arena, "change@example.com");
    const [own, other] = [(await login("change@example.com")).json(), (await login("change@example.com")).json()];
    const change = (current_password: string, password: string) =>
      post("password", { current_password, password }, bearer(own.access_token));
    expect((await change("wrong", "nine green bottles")).json().fields).toEqual({ current_password: "is not right" });
    expect((await change(goodPassword, "short")).json().fields).toEqual({
      password: "must have 10 characters or more",
    });
    expect((await change(goodPassword, "nine green bottles")).statusCode).toBe(204);
    expect((await me(own.access_token)).statusCode).toBe(200);
    expect((await me(other.access_token)).statusCode).toBe(401);
  });

  test("what is signed in can be looked at and ended, one's own only", async () => {
    const [ada, eve] = [await actor(arena), await actor(arena)];
    const list = async () =>
      (await arena.app.inject({ url: "/api/v1/auth/sessions/", headers: ada.headers })).json().items;
    const [own] = await list();
    expect(own).toMatchObject({ kind: "api", is_current: true });
    const end = (headers: Record<string, string>) =>
      arena.app.inject({ method: "DELETE", url: `/api/v1/auth/sessions/${own.id}/`, headers });
    expect((await end(eve.headers)).statusCode).toBe(404);
    expect(await list()).toHaveLength(1);
    expect((await end(ada.headers)).statusCode).toBe(204);
    expect((await me(ada.token)).statusCode).toBe(401);
  });

  test("acting for another organiser one is on the staff of", async () => {
    const ada = await actor(arena, { role: "admin" });
    const found = await post("organisations", { name: "Second" }, ada.headers);
    expect(found.json()).toMatchObject({ name: "Second", role: "admin" });
    const chosen = await post("organisation", { organisation: found.json().id }, ada.headers);
    expect((await me(chosen.json().access_token)).json().organisation).toBe(found.json().id);
    const stranger = await actor(arena, { role: "admin" });
    for (const organisation of [stranger.tenant, "01900000-0000-7000-8000-00000000dead"]) {
      const refused = await post("organisation", { organisation }, ada.headers);
      expect([refused.statusCode, refused.json().error]).toEqual([404, "There is no such organiser."]);
    }
    const saas = await actor(arena, { role: "saas_admin" });
    const across = await post("organisation", { organisation: stranger.tenant }, saas.headers);
    const staff = await arena.app.inject({ url: "/api/v1/staff/", headers: bearer(across.json().access_token) });
    expect(staff.json().items.map((member: { id: string }) => member.id)).toEqual([stranger.user]);
  });
});

describe("nobody learns who has an account", () => {
  test("registering an address again answers alike, changes nothing and mails its owner", async () => {
    await registered(arena, "owner@example.com");
    const again = await post("register", { email: "OWNER@example.com", password: "nine green bottles", name: "Eve" });
    const fresh = await post("register", { email: "fresh@example.com", password: "nine green bottles", name: "Eve" });
    expect([again.statusCode, again.body]).toEqual([fresh.statusCode, fresh.body]);
    const letters = await takeMail(arena);
    expect(letters.map(({ to, subject }) => [to, subject])).toEqual([
      ["owner@example.com", "Arena: You have an account already"],
      ["fresh@example.com", "Arena: Confirm your e-mail address"],
    ]);
    expect((await login("owner@example.com", "nine green bottles")).statusCode).toBe(401);
    expect((await login("owner@example.com")).statusCode).toBe(200);
  });

  test("of many who register one address at the same time, one gets it", async () => {
    const body = { email: "race@example.com", password: goodPassword, name: "Ada" };
    const answers = await Promise.all(Array.from({ length: 4 }, () => post("register", body)));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 202, 202, 202]);
    const { rows } = await arena.owner.query("select from arena.users where email = 'race@example.com'");
    expect(rows).toHaveLength(1);
    await takeMail(arena);
  });

  test("logging in refuses the unknown, the unconfirmed and the mistyped alike", async () => {
    await registered(arena, "known@example.com");
    await post("register", { email: "unconfirmed@example.com", password: goodPassword, name: "Ada" });
    await takeMail(arena);
    const answers = await Promise.all([
      login("nobody@example.com"),
      login("unconfirmed@example.com"),
      login("known@example.com", "nine green bottles"),
    ]);
    const bodies = answers.map((answer) => ({ ...answer.json(), request_id: "" }));
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
    expect(bodies[0]).toMatchObject({ status: 401, code: "UNAUTHENTICATED" });
  });

  test("an account that there is not costs as much work as one that there is", async () => {
    await registered(arena, "timed@example.com");
    const time = async (email: string) => {
      const times: number[] = [];
      for (let run = 0; run < 5; run += 1) {
        const started = process.cpuUsage();
        await login(email, "nine green bottles");
        const { user, system } = process.cpuUsage(started);
        times.push(user + system);
      }
      return times.toSorted((one, other) => one - other)[2] ?? 0;
    };
    await time("timed@example.com");
    const [there, missing] = [await time("timed@example.com"), await time("nobody@example.com")];
    // Without the hash, a refusal takes a twentieth of the time.
    expect(missing).toBeGreaterThan(there / 3);
  });

  test("asking for links answers alike, and mails only those who have an account", async () => {
    await registered(arena, "links@example.com");
    for (const path of ["password-reset", "verify-email/resend"]) {
      const answers = [await post(path, { email: "links@example.com" }), await post(path, { email: "no@example.com" })];
      expect(new Set(answers.map(({ statusCode, body }) => `${statusCode} ${body}`)).size).toBe(1);
    }
    expect((await takeMail(arena)).map(({ to, subject }) => [to, subject])).toEqual([
      ["links@example.com", "Arena: Set a new password"],
    ]);
  });
});

describe("refresh tokens", () => {
  test("one that comes again ends its family, the thief's and the owner's", async () => {
    await registered(arena, "stolen@example.com");
    const first = (await login("stolen@example.com")).json();
    const other = (await login("stolen@example.com")).json();
    const second = (await post("refresh", { refresh_token: first.refresh_token })).json();
    expect((await post("refresh", { refresh_token: first.refresh_token })).statusCode).toBe(401);
    expect((await post("refresh", { refresh_token: second.refresh_token })).statusCode).toBe(401);
    expect((await me(second.access_token)).statusCode).toBe(401);
    expect((await me(other.access_token)).statusCode).toBe(200);
    const { rows } = await arena.owner.query(
      "select outcome from arena.audit_log where action = 'auth.refresh_reuse' order by id desc limit 1",
    );
    expect(rows).toEqual([{ outcome: "denied" }]);
  });

  test("of many uses at the same time, one gets the next pair", async () => {
    await registered(arena, "parallel@example.com");
    const { refresh_token } = (await login("parallel@example.com")).json();
    const answers = await Promise.all(Array.from({ length: 6 }, () => post("refresh", { refresh_token })));
    expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 401, 401, 401, 401, 401]);
  });

  test("stand nowhere in clear", async () => {
    await registered(arena, "hashed@example.com");
    const { refresh_token } = (await login("hashed@example.com")).json();
    await post("password-reset", { email: "hashed@example.com" });
    const [letter] = await takeMail(arena);
    for (const table of ["refresh_tokens", "single_use_tokens", "audit_log"]) {
      const { rows } = await arena.owner.query(`select t::text as row from arena.${table} t`);
      expect(rows).not.toEqual([]);
      expect(JSON.stringify(rows)).not.toContain(refresh_token);
      expect(JSON.stringify(rows)).not.toContain(letter?.token);
    }
    expect(JSON.stringify(arena.lines)).not.toMatch(new RegExp(`${refresh_token}|${letter?.token}|hashed@example`));
  });
});

describe("access tokens", () => {
  const sign = (claims: Record<string, unknown>, key: string, change = (jwt: SignJWT) => jwt) =>
    change(
      new SignJWT(claims)
        .setProtectedHeader({ alg: "HS256" })
        .setAudience("arena")
        .setIssuer("arena")
        .setExpirationTime("5m"),
    ).sign(new TextEncoder().encode(key));

  test("that we did not sign for this, or that are over, are refused", async () => {
    const ada = await actor(arena);
    const payload = JSON.parse(Buffer.from(ada.token.split(".")[1] ?? "", "base64url").toString());
    const { sub, fam } = payload;
    const key = arena.environment.JWT_SECRET_KEY;
    expect((await me(await sign({ sub, fam }, key))).statusCode).toBe(200);
    const bad = [
      await sign({ sub, fam }, keys.JWT_SECRET_KEY),
      await sign({ sub, fam }, key, (jwt) => jwt.setAudience("other")),
      await sign({ sub, fam }, key, (jwt) => jwt.setIssuer("other")),
      await sign({ sub, fam }, key, (jwt) => jwt.setExpirationTime("-1m")),
      await sign({ sub }, key),
      await sign({ sub: "x", fam }, key),
      await sign({ sub, fam, tid: "1 or 1=1" }, key),
      await sign({ sub: "01900000-0000-7000-8000-00000000dead", fam }, key),
      `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify(payload))}.`.replaceAll("=", ""),
      "nonsense",
    ];
    for (const token of bad) expect((await me(token)).statusCode).toBe(401);
    const basic = { authorization: `Basic ${btoa("ada:secret")}` };
    expect((await arena.app.inject({ url: "/api/v1/auth/me/", headers: basic })).statusCode).toBe(401);
    expect((await arena.app.inject({ url: "/tournaments/", headers: basic })).statusCode).toBe(401);
  });

  test("a key that cannot be used is our fault, and nobody's token is called wrong for it", async () => {
    const { token } = await actor(arena);
    await expect(readAccessToken({ JWT_SECRET_KEY: "" }, token)).rejects.toThrow();
  });

  test("for an organiser that the account is not on the staff of act for none", async () => {
    const [ada, bob] = [await actor(arena, { role: "admin" }), await actor(arena, { role: "admin" })];
    const { fam } = JSON.parse(Buffer.from(ada.token.split(".")[1] ?? "", "base64url").toString());
    const token = await sign({ sub: ada.user, fam, tid: bob.tenant }, arena.environment.JWT_SECRET_KEY);
    expect((await me(token)).json().organisation).toBeNull();
    expect((await arena.app.inject({ url: "/api/v1/staff/", headers: bearer(token) })).statusCode).toBe(403);
  });
});

test("nobody sets what is not theirs to set", async () => {
  const body = { email: "mass@example.com", password: goodPassword, name: "Ada" };
  const more = { saas_admin: true, email_verified_at: "2026-01-01T00:00:00Z", id: "1", role: "admin" };
  const refused = await post("register", { ...body, ...more });
  expect(Object.keys(refused.json().fields).toSorted()).toEqual(Object.keys(more).toSorted());
  const ada = await actor(arena);
  for (const change of [{ saas_admin: true }, { email: "other@example.com" }, { password_hash: "x" }]) {
    const response = await arena.app.inject({
      method: "PATCH",
      url: "/api/v1/auth/me/",
      payload: { name: "Ada", ...change },
      headers: ada.headers,
    });
    expect(response.statusCode).toBe(400);
  }
  const renamed = { method: "PATCH", url: "/api/v1/auth/me/", payload: { name: "Ada" }, headers: ada.headers } as const;
  expect((await arena.app.inject(renamed)).json()).toMatchObject({ name: "Ada", saas_admin: false, email: ada.email });
});

// Pages of accounts, as a browser without scripts uses them; and what a page of somebody else's would try.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ownPath } from "../../../app/pages/accounts/shared.ts";
import { actor, cookieFor } from "../actors.ts";
import { deployed, startApp, type TestApp } from "../harness.ts";
import { goodPassword, registered, takeMail } from "./mailbox.ts";

let arena: TestApp;
beforeAll(async () => {
  arena = await startApp();
  await registered(arena, "ada@example.com", { organisation: "Harbour Games" });
});
afterAll(() => arena.close());

const accept = "text/html,application/xhtml+xml";
let caller = 0;

/** A browser: keeps cookies, sends forms as they are on the page. */
function browser() {
  const jar = new Map<string, string>();
  caller += 1;
  const remoteAddress = `10.2.0.${caller}`;
  const keep = (header: string | string[] | undefined) => {
    for (const line of [header ?? []].flat()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
  };
  const headers = () => ({
    accept,
    ...(jar.size > 0 && { cookie: [...jar].map((pair) => pair.join("=")).join("; ") }),
  });
  const open = async (url: string) => {
    const response = await arena.app.inject({ url, headers: headers(), remoteAddress });
    keep(response.headers["set-cookie"]);
    return response;
  };
  const post = async (url: string, fields: Record<string, string>, more: Record<string, string> = {}) => {
    const response = await arena.app.inject({
      method: "POST",
      url,
      payload: new URLSearchParams(fields).toString(),
      headers: { ...headers(), "content-type": "application/x-www-form-urlencoded", ...more },
      remoteAddress,
    });
    keep(response.headers["set-cookie"]);
    return response;
  };
  /** Opens a page and sends its form to `action` with what was typed. */
  const send = async (page: string, action: string, fields: Record<string, string>) => {
    const { body } = await open(page);
    const form = body.split("<form").find((part) => part.includes(`action="${action}"`)) ?? "";
    const hidden = [...form.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)];
    return post(action, {
      ...Object.fromEntries(hidden.map(([, name, value = ""]) => [name, decode(value)])),
      ...fields,
    });
  };
  const login = (email = "ada@example.com", password = goodPassword, next = "") =>
    send(`/login/?next=${encodeURIComponent(next)}`, "/login/", { email, password });
  return { jar, open, post, send, login };
}

/** Of what an attribute holds. */
function decode(value: string): string {
  return value.replaceAll(/&#(\d+);/g, (_all, code: string) => String.fromCodePoint(Number(code)));
}

describe("the whole way", () => {
  test("register, confirm, log in, account, log out", async () => {
    const { open, send, login, jar } = browser();
    const fields = { name: "Bob", email: "bob@example.com", password: goodPassword, organisation: "" };
    expect((await send("/register/", "/register/", fields)).body).toContain("Look into your mail");
    const [letter] = await takeMail(arena);
    const link = new URL(/http\S+/.exec(letter?.text ?? "")?.[0] ?? "");
    const page = `${link.pathname}${link.search}`;
    const mistyped = await send(page, "/verify-email/", { password: "ten thousand lake" });
    expect([mistyped.statusCode, jar.has("arena")]).toEqual([400, false]);
    expect(mistyped.body).toContain("Password is not the one that this address was registered with last");
    expect(mistyped.body).toContain('<a href="/forgot-password/">Set a new password</a>');
    const confirmed = await send(page, "/verify-email/", { password: goodPassword });
    expect([confirmed.statusCode, confirmed.headers.location]).toEqual([303, "/account/?said=confirmed"]);
    expect((await open("/account/?said=confirmed")).body).toContain(
      "Your address is confirmed, and you are logged in.",
    );
    await send("/account/", "/logout/", {});
    expect((await login("bob@example.com", goodPassword, "/account/")).headers.location).toBe("/account/");
    const account = await open("/account/");
    expect(account.body).toContain("bob@example.com");
    expect(account.headers["cache-control"]).toBe("private, no-store");
    expect((await send("/account/", "/logout/", {})).headers.location).toBe("/");
    expect(jar.has("arena")).toBe(false);
    expect((await open("/account/")).headers.location).toBe("/login/?next=%2Faccount%2F");
  });

  test("who follows a link that a stranger caused lets nobody in, and sets a password of their own", async () => {
    const [eve, bea] = [browser(), browser()];
    const typed = {
      name: "Eve",
      email: "bea@example.com",
      password: "purple monkey dishwasher 77",
      organisation: "Eve's",
    };
    expect((await eve.send("/register/", "/register/", typed)).body).toContain("Look into your mail");
    const [caused] = await takeMail(arena);
    const page = `/verify-email/?token=${caused?.token}`;
    expect((await bea.send(page, "/verify-email/", { password: "" })).body).toContain("Password is missing");
    expect((await bea.send(page, "/verify-email/", { password: goodPassword })).statusCode).toBe(400);
    await bea.send("/forgot-password/", "/forgot-password/", { email: "bea@example.com" });
    const [own] = await takeMail(arena);
    await bea.send(`/reset-password/?token=${own?.token}`, "/reset-password/", { password: goodPassword });
    expect((await eve.login("bea@example.com", typed.password)).statusCode).toBe(401);
    expect((await bea.login("bea@example.com", goodPassword, "/account/")).headers.location).toBe("/account/");
    expect((await bea.open("/account/")).body).toContain("You are on nobody's staff");
  });

  test("who confirms an address is signed in as its account, and not any more as another", async () => {
    const { open, send, login, jar } = browser();
    await login();
    const before = jar.get("arena");
    const fields = { name: "Cleo", email: "cleo@example.com", password: goodPassword, organisation: "" };
    await send("/register/", "/register/", fields);
    const [letter] = await takeMail(arena);
    await send(`/verify-email/?token=${letter?.token}`, "/verify-email/", { password: goodPassword });
    expect((await open("/account/")).body).toContain("cleo@example.com");
    const old = await arena.app.inject({ url: "/account/", headers: { accept, cookie: `arena=${before}` } });
    expect(old.statusCode).toBe(303);
  });

  test("a link in a mail is looked at without being used: programs follow links", async () => {
    const { open, send } = browser();
    await send("/forgot-password/", "/forgot-password/", { email: "ada@example.com" });
    const [letter] = await takeMail(arena);
    const page = `/reset-password/?token=${letter?.token}`;
    for (let look = 0; look < 3; look += 1) expect((await open(page)).statusCode).toBe(200);
    const weak = await send(page, "/reset-password/", { password: "password123" });
    expect(weak.statusCode).toBe(400);
    expect(weak.body).toContain("Password is easy to guess");
    expect((await send(page, "/reset-password/", { password: goodPassword })).headers.location).toBe(
      "/login/?said=password",
    );
    expect((await send(page, "/reset-password/", { password: goodPassword })).body).toContain("is over, or was used");
  });

  test("a form that cannot be taken comes back with what was typed, but no password, and says what is wrong where", async () => {
    const { send } = browser();
    const fields = { name: "<b>Eve</b>", email: "no address", password: "typed secret", organisation: "Eve & Co" };
    const { statusCode, body } = await send("/register/", "/register/", fields);
    expect(statusCode).toBe(400);
    expect(body).toContain('value="no address"');
    expect(body).toContain('value="&#60;b&#62;Eve&#60;/b&#62;"');
    expect(body).toMatch(/id="field-email-error">E-mail address must be an e-mail address</);
    expect(body).toMatch(/name="email"[^>]*aria-describedby="field-email-error" aria-invalid="true"/);
    expect(body).not.toContain("typed secret");
  });

  test("the account: name, password, organisers, devices", async () => {
    const [own, other] = [browser(), browser()];
    await own.login();
    await other.login();
    await own.send("/account/", "/account/name/", { name: "Ada L." });
    await own.send("/account/", "/account/organisations/", { name: "Second Games" });
    const page = (await own.open("/account/")).body;
    expect(page).toContain("Ada L.</a>");
    expect(page).toMatch(/Second Games, as admin<\/span><strong>Acting for it/);
    const [, harbour = ""] = /name="organisation" value="([0-9a-f-]{36})"/.exec(page) ?? [];
    await own.send("/account/", "/account/organisation/", { organisation: harbour });
    expect((await own.open("/account/")).body).toMatch(/Harbour Games, as admin<\/span><strong>Acting for it/);
    const [, device = ""] = /action="(\/account\/sessions\/[0-9a-f-]{36}\/)"/.exec(page) ?? [];
    await own.send("/account/", device, {});
    expect((await other.open("/account/")).statusCode).toBe(303);
    const wrong = await own.send("/account/", "/account/password/", { current_password: "no", password: goodPassword });
    expect(wrong.body).toContain("Current password is not right");
  });

  test("an invitation: by mail, for the address that was asked", async () => {
    const admin = await actor(arena, { role: "admin" });
    const invite = { method: "POST", url: "/api/v1/staff/invitations/", headers: admin.headers } as const;
    await arena.app.inject({ ...invite, payload: { email: "ada@example.com", role: "cashier" } });
    const [letter] = await takeMail(arena);
    expect(letter?.subject).toBe("Arena: An organiser asks you to join");
    const page = `/invitation/?token=${letter?.token}`;
    const eve = browser();
    await registered(arena, "eve@example.com");
    await eve.login("eve@example.com");
    expect((await eve.send(page, "/invitation/", {})).body).toContain("is over, was used, or is for another address");
    const ada = browser();
    await ada.login();
    expect((await ada.send(page, "/invitation/", {})).headers.location).toBe("/account/");
    expect((await ada.open("/account/")).body).toMatch(/An organiser, as cashier<\/span><strong>Acting for it/);
  });
});

describe("cookies", () => {
  test("are for our pages over HTTPS only, and no script reads them", async () => {
    const app = await arena.behind(deployed);
    const response = await app.inject({ url: "/login/", headers: { host: "arena.example.com" } });
    expect(response.headers["set-cookie"]).toMatch(
      /^__Host-arena-form=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
  });

  test("a session is another with each sign-in: one that was planted is not taken over", async () => {
    const victim = browser();
    victim.jar.set("arena", "planted-by-somebody-else");
    await victim.login();
    const first = victim.jar.get("arena");
    expect(first).toMatch(/^[\w-]{43}$/);
    // Signed in as one and logging in as another ends what was.
    const page = await victim.open("/account/");
    const [, csrf = ""] = /name="_csrf" value="([^"]*)"/.exec(page.body) ?? [];
    await victim.post("/login/", { _csrf: csrf, email: "ada@example.com", password: goodPassword });
    expect(victim.jar.get("arena")).not.toBe(first);
    const old = await arena.app.inject({ url: "/account/", headers: { accept, cookie: `arena=${first}` } });
    expect(old.statusCode).toBe(303);
  });

  test("are not taken after their time, and no longer than people are signed in", async () => {
    const ada = await actor(arena);
    const { cookie } = await cookieFor(arena, ada);
    await arena.owner.query("update arena.sessions set expires_at = now() where user_id = $1", [ada.user]);
    expect((await arena.app.inject({ url: "/account/", headers: { accept, cookie } })).statusCode).toBe(303);
    expect((await arena.app.inject({ url: "/tournaments/", headers: { accept, cookie } })).statusCode).toBe(200);
  });

  test("when a session was last seen is written down, at most every few minutes", async () => {
    const ada = await actor(arena);
    const { cookie } = await cookieFor(arena, ada);
    const seen = async () =>
      (await arena.owner.query("select seen_at from arena.sessions where user_id = $1", [ada.user])).rows[0].seen_at;
    const first = await seen();
    await arena.app.inject({ url: "/tournaments/", headers: { cookie } });
    expect(await seen()).toEqual(first);
    await arena.owner.query("update arena.sessions set seen_at = now() - interval '1 hour' where user_id = $1", [
      ada.user,
    ]);
    await arena.app.inject({ url: "/tournaments/", headers: { cookie } });
    expect((await seen()).getTime()).toBeGreaterThanOrEqual(first.getTime());
  });
});

describe("forms from elsewhere", () => {
  const form = "application/x-www-form-urlencoded";
  const attempt = (url: string, headers: Record<string, string>, payload: string) =>
    arena.app.inject({
      method: "POST",
      url,
      headers: { accept, "content-type": form, ...headers },
      payload,
      remoteAddress: "10.3.0.1",
    });

  test("change nothing: without the token, with another's, or with one's own but from another site", async () => {
    const [ada, eve] = [await actor(arena), await actor(arena)];
    const [own, theirs] = [await cookieFor(arena, ada), await cookieFor(arena, eve)];
    const send = (csrf: string, headers: Record<string, string> = {}) =>
      attempt(
        "/account/name/",
        { cookie: own.cookie, ...headers },
        new URLSearchParams({ _csrf: csrf, name: "Eve" }).toString(),
      );
    const refused = [
      await send(""),
      await send(theirs.csrf),
      await send(own.csrf, { "sec-fetch-site": "cross-site" }),
      await send(own.csrf, { "sec-fetch-site": "same-site" }),
      await send(own.csrf, { origin: "https://evil.example" }),
      await send(own.csrf, { origin: "null" }),
      await attempt("/account/name/", { cookie: own.cookie }, `_csrf=${own.csrf}&_csrf=${own.csrf}&name=Eve`),
    ];
    for (const { statusCode, body } of refused) {
      expect(statusCode).toBe(403);
      expect(body).toContain("load its page again");
    }
    expect((await send(own.csrf, { origin: "http://localhost:80", "sec-fetch-site": "same-origin" })).statusCode).toBe(
      303,
    );
  });

  test("sign nobody in as somebody else, nor out", async () => {
    const credentials = `email=ada%40example.com&password=${encodeURIComponent(goodPassword)}`;
    for (const url of ["/login/", "/register/", "/forgot-password/", "/verify-email/"]) {
      expect((await attempt(url, {}, credentials)).statusCode).toBe(403);
    }
    const ada = await actor(arena);
    const { cookie } = await cookieFor(arena, ada);
    expect((await attempt("/logout/", { cookie }, "_csrf=no")).statusCode).toBe(403);
    // A browser leaves the cookie out of what another site sends: the answer must not take it away.
    const elsewhere: Record<string, string>[] = [
      {},
      { "sec-fetch-site": "cross-site" },
      { origin: "https://evil.example" },
    ];
    for (const headers of elsewhere) {
      expect((await attempt("/logout/", headers, "")).headers["set-cookie"]).toBeUndefined();
    }
    expect((await arena.app.inject({ url: "/account/", headers: { accept, cookie } })).statusCode).toBe(200);
  });

  test("keep nobody in who has been signed out: logging out takes the cookie away", async () => {
    const ada = await actor(arena);
    const { cookie, csrf } = await cookieFor(arena, ada);
    await arena.owner.query("delete from arena.sessions where user_id = $1", [ada.user]);
    const left = await attempt("/logout/", { cookie, "sec-fetch-site": "same-origin" }, `_csrf=${csrf}`);
    expect([left.statusCode, left.headers.location]).toEqual([303, "/"]);
    expect(left.headers["set-cookie"]).toMatch(/^arena=; Max-Age=0;/);
    // Signed out in another window, which has taken the cookie away.
    const again = await attempt("/logout/", {}, `_csrf=${csrf}`);
    expect([again.statusCode, again.headers.location, again.headers["set-cookie"]]).toEqual([303, "/", undefined]);
    // Signed in anew in another window: a form of the session before does not end this one.
    const next = await cookieFor(arena, ada);
    expect((await attempt("/logout/", { cookie: next.cookie }, `_csrf=${csrf}`)).statusCode).toBe(403);
    expect((await attempt("/logout/", { cookie: next.cookie }, `_csrf=${next.csrf}`)).statusCode).toBe(303);
  });

  test("JSON by a session's cookie needs the token too; the API takes no form", async () => {
    const ada = await actor(arena);
    const { cookie, csrf } = await cookieFor(arena, ada);
    const json = (headers: Record<string, string>) =>
      arena.app.inject({
        method: "PATCH",
        url: "/api/v1/auth/me/",
        payload: { name: "Eve" },
        headers: { cookie, ...headers },
      });
    expect((await json({})).json().code).toBe("CSRF_FAILED");
    expect((await json({ "x-csrf-token": csrf })).statusCode).toBe(200);
    expect((await attempt("/api/v1/auth/me/", { cookie }, `_csrf=${csrf}&name=Eve`)).statusCode).toBe(404);
    expect((await attempt("/api/v1/auth/login/", {}, "email=a")).json().code).toBe("UNSUPPORTED_MEDIA_TYPE");
  });
});

describe("where people land after they signed in", () => {
  test.each([
    ["/account/", "/account/"],
    ["/tournaments/?status=running", "/tournaments/?status=running"],
    ["https://evil.example/", "/"],
    ["//evil.example/", "/"],
    ["/\\evil.example/", "/"],
    ["/\t/evil.example/", "/"],
    ["\\\\evil.example", "/"],
    ["javascript:alert(1)", "/"],
    ["/..//evil.example/", "/"],
    ["", "/"],
  ])("%s: %s", async (next, target) => {
    expect(ownPath(next)).toBe(target);
    expect((await browser().login(undefined, undefined, next)).headers.location).toBe(target);
  });

  test("who is signed in already goes on at once, to our pages only", async () => {
    const ada = browser();
    await ada.login();
    expect((await ada.open("/login/?next=//evil.example")).headers.location).toBe("/");
    expect((await ada.open("/login/?next=/account/")).headers.location).toBe("/account/");
  });
});

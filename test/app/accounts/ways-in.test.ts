// The two ways in, and what they let do: bearer tokens and cookies with their form tokens.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { actor, cookieFor } from "../actors.ts";
import { newTournament, startApp, type TestApp } from "../harness.ts";

let arena: TestApp;
beforeAll(async () => {
  arena = await startApp();
});
afterAll(() => arena.close());

const create = (slug: string, headers: Record<string, string>) =>
  arena.app.inject({ method: "POST", url: "/api/v1/tournaments/", payload: newTournament(slug), headers });

describe("a bearer token", () => {
  test("acts for its account, and the role is looked up with each request", async () => {
    const manager = await actor(arena, { role: "manager" });
    expect((await create("by-manager", manager.headers)).statusCode).toBe(201);
    await arena.owner.query("update arena.memberships set role = 'cashier' where user_id = $1", [manager.user]);
    const refused = await create("by-cashier", manager.headers);
    expect(refused.json()).toMatchObject({ code: "FORBIDDEN", error: "This is for managers of an organiser." });
    await arena.owner.query("delete from arena.memberships where user_id = $1", [manager.user]);
    expect((await create("by-nobody", manager.headers)).statusCode).toBe(403);
    await arena.owner.query("update arena.refresh_families set revoked_at = now() where user_id = $1", [manager.user]);
    expect((await create("by-nobody", manager.headers)).statusCode).toBe(401);
  });
});

describe("a session's cookie", () => {
  test("reads pages, and changes something only with the token of its forms", async () => {
    const manager = await actor(arena, { role: "manager", name: "Ada" });
    const { cookie, csrf } = await cookieFor(arena, manager);
    const page = await arena.app.inject({ url: "/tournaments/", headers: { cookie } });
    expect(page.body).toContain("Ada</a>");
    expect(page.headers["cache-control"]).toBe("private, no-store");
    expect((await create("no-token", { cookie })).json().code).toBe("CSRF_FAILED");
    expect((await create("with-token", { cookie, "x-csrf-token": csrf })).statusCode).toBe(201);
  });
});

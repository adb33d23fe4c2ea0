// An organiser's staff by the API, and the audit log that its admins read.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cleanUpAccounts } from "../../../app/domains/accounts/jobs.ts";
import { accountMail } from "../../../app/domains/accounts/mails.ts";
import { hashPassword } from "../../../app/domains/accounts/passwords.ts";
import { readMails } from "../../../app/platform/mail-folder.ts";
import { createMailer } from "../../../app/platform/mailer.ts";
import type { JobContext } from "../../../app/platform/queue.ts";
import { openStorage } from "../../../app/platform/storage.ts";
import { type Actor, actor, newTenant } from "../actors.ts";
import { memoryLogger, startApp, type TestApp } from "../harness.ts";
import { goodPassword, takeMail } from "./mailbox.ts";

let arena: TestApp;
let admin: Actor;
beforeAll(async () => {
  arena = await startApp();
  admin = await actor(arena, { role: "admin", name: "Alma" });
});
afterAll(() => arena.close());

let caller = 0;
function call(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, who: Actor, payload?: object) {
  caller += 1;
  const remoteAddress = `10.4.0.${caller}`;
  return arena.app.inject({ method, url: `/api/v1/${path}`, headers: who.headers, payload, remoteAddress });
}
const members = async (who = admin) =>
  (await call("GET", "staff/", who)).json().items.map(({ id, role }: { id: string; role: string }) => [id, role]);

describe("staff", () => {
  test("an admin sees it, changes roles and takes people off, who are out at once", async () => {
    const cashier = await actor(arena, { role: "cashier", tenant: admin.tenant, name: "Carla" });
    expect(await members()).toEqual([
      [admin.user, "admin"],
      [cashier.user, "cashier"],
    ]);
    expect((await call("PATCH", `staff/${cashier.user}/`, admin, { role: "admin" })).statusCode).toBe(204);
    expect(await members(cashier)).toContainEqual([cashier.user, "admin"]);
    expect((await call("DELETE", `staff/${cashier.user}/`, admin)).statusCode).toBe(204);
    expect((await call("GET", "staff/", cashier)).statusCode).toBe(403);
    expect((await call("DELETE", `staff/${cashier.user}/`, admin)).statusCode).toBe(404);
    const other = await actor(arena, { role: "manager", tenant: admin.tenant });
    expect((await call("DELETE", `staff/${other.user}/`, admin)).statusCode).toBe(204);
    expect(await members()).toEqual([[admin.user, "admin"]]);
  });

  test("an organiser keeps an admin, also when two take each other off", async () => {
    const sole = await actor(arena, { role: "admin" });
    expect((await call("PATCH", `staff/${sole.user}/`, sole, { role: "cashier" })).json().code).toBe("CONFLICT");
    expect((await call("DELETE", `staff/${sole.user}/`, sole)).json().error).toMatch(/last admin/);
    for (let round = 0; round < 5; round += 1) {
      const tenant = await newTenant(arena);
      const [one, two] = [await actor(arena, { role: "admin", tenant }), await actor(arena, { role: "admin", tenant })];
      const answers = await Promise.all([
        call("DELETE", `staff/${two.user}/`, one),
        call("DELETE", `staff/${one.user}/`, two),
      ]);
      expect(answers.filter(({ statusCode }) => statusCode === 204)).toHaveLength(1);
    }
  });
});

describe("invitations", () => {
  test("go to an address by mail, are used once, and by its account only", async () => {
    const guest = await actor(arena, { name: "Guest" });
    const invited = await call("POST", "staff/invitations/", admin, { email: guest.email, role: "manager" });
    expect([invited.statusCode, invited.json()]).toMatchObject([201, { email: guest.email, role: "manager" }]);
    expect(invited.body).not.toMatch(/token/);
    const [letter] = await takeMail(arena);
    expect(letter).toMatchObject({ to: guest.email, subject: "Arena: An organiser asks you to join" });
    const accept = (who: Actor) => call("POST", "auth/invitations/accept/", who, { token: letter?.token });
    expect((await accept(await actor(arena))).statusCode).toBe(400);
    expect((await accept(guest)).statusCode).toBe(204);
    expect((await accept(guest)).statusCode).toBe(400);
    expect(await members()).toContainEqual([guest.user, "manager"]);
  });

  test("asked again, the newest counts; withdrawn or over, none does", async () => {
    const guest = await actor(arena);
    const ask = (role: string) => call("POST", "staff/invitations/", admin, { email: guest.email, role });
    const { id } = (await ask("cashier")).json();
    expect((await ask("admin")).json()).toMatchObject({ id, role: "admin" });
    const tokens = (await takeMail(arena)).map(({ token }) => token);
    const accept = (token: string | undefined) => call("POST", "auth/invitations/accept/", guest, { token });
    expect((await accept(tokens[0])).statusCode).toBe(400);
    await arena.owner.query("update arena.invitations set expires_at = now() where id = $1", [id]);
    expect((await accept(tokens[1])).statusCode).toBe(400);
    await ask("cashier");
    const [latest] = await takeMail(arena);
    expect((await call("GET", "staff/invitations/", admin)).json().items).toHaveLength(1);
    expect((await call("DELETE", `staff/invitations/${id}/`, admin)).statusCode).toBe(204);
    expect((await accept(latest?.token)).statusCode).toBe(400);
    // A mail that waits for an invitation that is gone is not sent.
    expect(await members()).not.toContainEqual([guest.user, expect.any(String)]);
  });

  test("who is on the staff already keeps the role that an admin gave", async () => {
    const cashier = await actor(arena, { role: "cashier", tenant: admin.tenant });
    await call("POST", "staff/invitations/", admin, { email: cashier.email, role: "admin" });
    const [letter] = await takeMail(arena);
    await call("POST", "auth/invitations/accept/", cashier, { token: letter?.token });
    expect(await members()).toContainEqual([cashier.user, "cashier"]);
  });
});

describe("the audit log", () => {
  test("tells an organiser's admins who changed what and who was refused, newest first, page by page", async () => {
    const own = await actor(arena, { role: "admin" });
    const cashier = await actor(arena, { role: "cashier", tenant: own.tenant });
    await call("GET", "audit/", cashier);
    const changed = await call("PATCH", `staff/${cashier.user}/`, own, { role: "manager" });
    const read = async (query = "") => (await call("GET", `audit/${query}`, own)).json();
    const { items, next } = await read();
    expect(items).toEqual([
      {
        id: expect.any(String),
        user: own.user,
        action: "staff.change_role",
        outcome: "done",
        entity: cashier.user,
        request_id: changed.headers["x-request-id"],
        detail: { from: "cashier", to: "manager" },
        created_at: expect.stringMatching(/Z$/),
      },
      expect.objectContaining({ user: cashier.user, action: "request", outcome: "denied" }),
    ]);
    expect(next).toBeNull();
    const first = await read("?limit=1");
    expect((await read(`?limit=1&cursor=${first.next}`)).items).toEqual([items[1]]);
    expect((await read("?outcome=denied")).items).toEqual([items[1]]);
    expect((await read(`?user=${own.user}&action=staff.change_role`)).items).toEqual([items[0]]);
    expect((await call("GET", "audit/", admin)).body).not.toContain(cashier.user);
  });
});

test("what is over is removed: sessions, families with their tokens, links, invitations, counts", async () => {
  const person = await actor(arena);
  await arena.owner.query(`
    update arena.refresh_families set expires_at = now() - interval '1 s' where user_id = '${person.user}';
    insert into arena.refresh_tokens (token_hash, family_id) select 'x', id from arena.refresh_families where user_id = '${person.user}';
    insert into arena.single_use_tokens values ('x', '${person.user}', 'verify_email', now() - interval '1 s');
    insert into arena.throttles values ('old', 1, 0)`);
  const [context, lines] = jobContext("/nowhere");
  await cleanUpAccounts.run({}, context);
  expect(lines.at(-1)).toMatchObject({ removed: { refresh_families: 1, throttles: 1 } });
  const { rows } = await arena.owner.query("select from arena.refresh_tokens where token_hash = 'x'");
  expect(rows).toEqual([]);
  expect((await call("GET", "auth/me/", admin)).statusCode).toBe(200);
});

test("the job mails a link that works, another one with each attempt, and nothing to who has no account", async () => {
  const folder = await mkdtemp(join(tmpdir(), "arena-mail-"));
  const [context, lines] = jobContext(folder);
  const person = await actor(arena);
  const hash = await hashPassword(goodPassword);
  await arena.owner.query("update arena.users set email_verified_at = null, password_hash = $2 where id = $1", [
    person.user,
    hash,
  ]);
  const asked = { kind: "verify", email: person.email, site: "https://arena.example.com" } as const;
  for (let attempt = 0; attempt < 2; attempt += 1) await accountMail.run(asked, context);
  await accountMail.run({ ...asked, email: "nobody@example.com" }, context);
  expect(lines.at(-1)).toMatchObject({ message: "No account waits for this mail" });
  const mails = (await readMails(folder)).map(({ to, text }) => [to, /token=([\w-]{43})/.exec(text)?.[1]] as const);
  expect(mails.map(([to]) => to)).toEqual([person.email, person.email]);
  const verify = (token: string | undefined) =>
    call("POST", "auth/verify-email/", person, { token, password: goodPassword });
  expect([(await verify(mails[1]?.[1])).statusCode, (await verify(mails[0]?.[1])).statusCode]).toEqual([400, 204]);
  await rm(folder, { recursive: true });
});

/** What a worker hands to jobs, with mails in a folder; and what they log. */
function jobContext(folder: string): readonly [JobContext, Record<string, unknown>[]] {
  const { logger, lines } = memoryLogger("info");
  const mailer = createMailer({ ...arena.environment, MAIL_FOLDER: folder });
  const storage = openStorage(arena.environment);
  const { signal } = new AbortController();
  return [{ database: arena.database, logger, mailer, storage, signal, key: "test" }, lines];
}

// The commands that make accounts: create-admin and demo.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { demoPassword, demoPeople } from "../../../app/domains/accounts/seed.ts";
import { newTenant } from "../actors.ts";
import { deployed, startApp, startProcess, type TestApp } from "../harness.ts";
import { goodPassword, send } from "./mailbox.ts";

let arena: TestApp;
beforeAll(async () => {
  arena = await startApp();
});
afterAll(() => arena.close());

async function createAdmin(args: readonly string[], input = "", variables: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "../../../app/main.ts"), "create-admin", ...args], {
    env: { PATH: process.env.PATH ?? "", ENVIRONMENT: "test", DATABASE_URL: arena.url, ...variables },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, output };
}

async function me(email: string, password = goodPassword) {
  const pair = (await send(arena, "/api/v1/auth/login/", { email, password })).json();
  const headers = { authorization: `Bearer ${pair.access_token}` };
  return (await arena.app.inject({ url: "/api/v1/auth/me/", headers })).json();
}

// Each starts a process or more, which takes seconds on a busy machine.
describe("create-admin", () => {
  test("of the installation, with a password from stdin, which shows nowhere", async () => {
    const { code, output } = await createAdmin(
      ["--email", "Root@example.com", "--password-stdin"],
      `${goodPassword}\n`,
    );
    expect(code, output).toBe(0);
    expect(output).not.toContain(goodPassword);
    expect(await me("root@example.com")).toMatchObject({ saas_admin: true, name: "Root", organisations: [] });
  });

  test("of a new organiser, by a link that sets the password", async () => {
    const { code, output } = await createAdmin(
      ["--email", "first@example.com", "--name", "First Admin", "--new-organiser", "Harbour Games"],
      "",
      { ...deployed },
    );
    expect(code, output).toBe(0);
    const [, token] = /https:\/\/arena\.example\.com\/reset-password\/\?token=([\w-]{43})/.exec(output) ?? [];
    await send(arena, "/api/v1/auth/password-reset/confirm/", { token, password: goodPassword });
    expect((await me("first@example.com")).organisations).toEqual([
      { id: expect.any(String), name: "Harbour Games", role: "admin" },
    ]);
  });

  test("of an organiser that there is; run again it raises the account that there is, and its password stays", async () => {
    const tenant = await newTenant(arena, "Second Games");
    const args = ["--email", "first@example.com", "--organiser", tenant];
    for (let run = 0; run < 2; run += 1) expect((await createAdmin(args)).code).toBe(0);
    const { organisations } = await me("first@example.com");
    expect(organisations.map(({ name, role }: { name: string; role: string }) => [name, role])).toEqual([
      ["Harbour Games", "admin"],
      ["Second Games", "admin"],
    ]);
  });

  test.each([
    [["--email", "nobody"], "An address is missing: create-admin --email"],
    [["--email", "a@example.com", "--password", "x"], "These arguments are not known: create-admin"],
    [["--email", "a@example.com", "--organiser", "1", "--new-organiser", "2"], "An organiser is either there or new"],
    [["--email", "a@example.com", "--organiser", "01900000-0000-7000-8000-00000000dead"], "There is no organiser 0190"],
    [["--email", "weak@example.com", "--password-stdin"], "password must have 10 characters or more"],
  ])("%j is refused in one sentence, and makes nothing", async (args, sentence) => {
    const { code, output } = await createAdmin(args, "short");
    expect(code).toBe(1);
    expect(JSON.parse(output.trim().split("\n").at(-1) ?? "").message).toContain(sentence);
    const { rows } = await arena.owner.query(
      "select from arena.users where email in ('a@example.com', 'weak@example.com')",
    );
    expect(rows).toEqual([]);
  });
});

test("demo data has an account for each role, with a password that is documented, and none where real users are", async () => {
  const variables = { ENVIRONMENT: "development", DATABASE_URL: arena.url };
  for (let run = 0; run < 2; run += 1) {
    const demo = startProcess("demo", variables);
    expect(await demo.exited, demo.output()).toBe(0);
  }
  expect(await me(demoPeople.manager.email, demoPassword)).toMatchObject({
    id: demoPeople.manager.id,
    organisations: [{ name: "Arena", role: "manager" }],
  });
  expect((await me(demoPeople.saas_admin.email, demoPassword)).saas_admin).toBe(true);
  await arena.owner.query("delete from arena.users where email like '%@arena.example'");
  const staging = startProcess("demo", { ...deployed, ENVIRONMENT: "staging", DATABASE_URL: arena.url });
  expect(await staging.exited, staging.output()).toBe(0);
  const { rows } = await arena.owner.query(
    "select count(*)::int as people, count(password_hash)::int as passwords from arena.users where email like '%@arena.example'",
  );
  expect(rows).toEqual([{ people: Object.keys(demoPeople).length, passwords: 0 }]);
});

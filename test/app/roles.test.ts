// Release with a role that owns the schema: what the app's own role may do then, and what not.
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { migrations } from "../../app/migrations/index.ts";
import { releaseDatabase } from "../../app/release.ts";
import { createDatabase, type TestDatabase } from "../support/postgres.ts";
import { deployed, environmentFor, quiet, startProcess } from "./harness.ts";

const suffix = Math.random().toString(36).slice(2, 8);
const [owner, app] = [`owner_${suffix}`, `app_${suffix}`];
const ownerPassword = "owner-password";
let owned: TestDatabase;
let admin: pg.Client;
const urlFor = (user: string, password?: string) => {
  const url = new URL(owned.url);
  url.username = user;
  url.password = password ?? "";
  return url.href;
};
const releaseAs = (appPassword: string) =>
  releaseDatabase(
    environmentFor(urlFor(app), {
      DATABASE_PASSWORD: appPassword,
      DATABASE_OWNER: owner,
      DATABASE_OWNER_PASSWORD: ownerPassword,
    }),
    quiet,
    migrations,
  );
async function asApp<T>(password: string, work: (session: pg.Client) => Promise<T>): Promise<T> {
  const session = new pg.Client({ connectionString: urlFor(app, password) });
  await session.connect();
  try {
    return await work(session);
  } finally {
    await session.end();
  }
}

beforeAll(async () => {
  owned = await createDatabase();
  admin = new pg.Client({ connectionString: owned.url });
  await admin.connect();
  // As a managed database hands it out: it may make roles, and is no superuser.
  const name = new URL(owned.url).pathname.slice(1);
  await admin.query(
    `create role ${owner} login createrole password '${ownerPassword}'; alter database ${name} owner to ${owner}`,
  );
  await releaseAs("first-password");
});
afterAll(async () => {
  await admin.query(
    `drop owned by ${app} cascade; drop role ${app}; drop owned by ${owner} cascade; reassign owned by ${owner} to postgres`,
  );
  await admin.end();
  await owned.drop();
});

test("the app's role reads and writes rows, and owns nothing", async () => {
  const { rows } = await admin.query(
    "select distinct tableowner from pg_tables where schemaname in ('arena', 'graphile_worker')",
  );
  expect(rows).toEqual([{ tableowner: owner }]);
  const role = await admin.query(
    `select rolsuper, rolcreatedb, rolcreaterole, rolbypassrls from pg_roles where rolname = '${app}'`,
  );
  expect(role.rows).toEqual([{ rolsuper: false, rolcreatedb: false, rolcreaterole: false, rolbypassrls: false }]);
  expect(
    await asApp(
      "first-password",
      async (session) => (await session.query("select count(*)::int as n from arena.tournaments")).rows[0].n,
    ),
  ).toBe(0);
});

test.each([
  "create table arena.mine (id int)",
  "alter table arena.tournaments add column mine int",
  "drop table arena.tournaments",
  "truncate arena.tournaments",
  "create schema mine",
  "update arena.migrations set checksum = ''",
  "delete from graphile_worker.migrations",
  "update arena.audit_log set action = ''",
  "delete from arena.audit_log",
  "alter table arena.tournaments disable row level security",
  "drop policy tenant on arena.tournaments",
  "set row_security = off; select from arena.tournaments",
  "alter table graphile_worker._private_jobs disable row level security",
  `grant ${owner} to ${app}`,
])("the app's role may not: %s", async (statement) => {
  await expect(asApp("first-password", (session) => session.query(statement))).rejects.toThrow(
    /permission denied|must be owner|must have admin|affected by row-level/i,
  );
});

test("web, demo and worker do their work as the app's role", async () => {
  const environment = { ENVIRONMENT: "test", PORT: "0", DATABASE_URL: urlFor(app, "first-password") };
  const demo = startProcess("demo", environment);
  expect(await demo.exited, demo.output()).toBe(0);
  const worker = startProcess("worker", environment);
  const web = startProcess("web", environment);
  const address = await web.address();
  const registration = { email: "ada@example.com", password: "ten thousand lakes", name: "Ada" };
  const answer = await fetch(`${address}/api/v1/auth/register/`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(registration),
  });
  expect(answer.status).toBe(202);
  await worker.saw(/accounts\.mail[^\n]*Completed task/);
  expect(await (await fetch(`${address}/tournaments/`)).text()).toContain("Autumn Grand Prix");
  web.child.kill("SIGTERM");
  worker.child.kill("SIGTERM");
  expect([await web.exited, await worker.exited]).toEqual([0, 0]);
});

test("where real users are, web and worker refuse a role that row-level security does not bind", async () => {
  const run = async (command: string, user: string, password: string) => {
    const child = startProcess(command, { ...deployed, PORT: "0", DATABASE_URL: urlFor(user, password) });
    expect(await child.exited).toBe(1);
    return child.output();
  };
  const superuser = new URL(owned.url);
  expect(await run("web", superuser.username, superuser.password)).toMatch(
    /Role postgres \(DATABASE_URL\) is a superuser or has BYPASSRLS, so that row-level security does not bind it/,
  );
  expect(await run("worker", owner, ownerPassword)).toMatch(
    new RegExp(`Role ${owner} \\(DATABASE_URL\\) owns tables of arena`),
  );
  const web = startProcess("web", { ...deployed, PORT: "0", DATABASE_URL: urlFor(app, "first-password") });
  await web.address();
});

test("tables of later migrations are open to the app's role too", async () => {
  const later = {
    name: "9998_later",
    statements: ["create table later (id bigint generated always as identity primary key)"],
  };
  const environment = environmentFor(urlFor(app), {
    DATABASE_PASSWORD: "first-password",
    DATABASE_OWNER: owner,
    DATABASE_OWNER_PASSWORD: ownerPassword,
  });
  await releaseDatabase(environment, quiet, [...migrations, later]);
  await asApp("first-password", (session) => session.query("insert into arena.later default values"));
  await admin.query("drop table arena.later; delete from arena.migrations where name = '9998_later'");
});

test("a new password is set, and stands nowhere in clear", async () => {
  await releaseAs("second-password");
  expect(await asApp("second-password", async (session) => (await session.query("select 1 as one")).rows)).toEqual([
    { one: 1 },
  ]);
  await expect(asApp("first-password", async () => {})).rejects.toThrow(/password authentication failed/);
  await releaseAs("first-password");
  const { rows } = await admin.query(`select rolpassword from pg_authid where rolname = '${app}'`);
  expect(rows[0].rolpassword).toMatch(/^SCRAM-SHA-256\$4096:/);
});

test("an app's role that owns tables is refused", async () => {
  await admin.query(`create table arena.theirs (id int); alter table arena.theirs owner to ${app}`);
  await expect(releaseAs("first-password")).rejects.toThrow(
    `Role ${app} (DATABASE_URL) owns arena.theirs: hand them over`,
  );
  await admin.query("drop table arena.theirs");
});

test("an owner's password that is wrong is said at once, without the password", async () => {
  const environment = environmentFor(urlFor(app), {
    DATABASE_OWNER: owner,
    DATABASE_OWNER_PASSWORD: "hunter2-hunter2",
  });
  const failure = releaseDatabase(environment, quiet, migrations);
  await expect(failure).rejects.toThrow(new RegExp(`refuses user ${owner}: password authentication failed`));
  await expect(failure).rejects.not.toThrow(/hunter2/);
});

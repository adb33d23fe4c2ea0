// Row-level security, for every table that there is: whatever somebody does in the scope of one organiser, by whatever SQL,
// neither shows nor changes what another one has.
import fc from "fast-check";
import { sql } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { houseTenant } from "../../../app/domains/tournaments/repository.ts";
import { inScope } from "../../../app/platform/scope.ts";
import { actor, newTenant } from "../actors.ts";
import { startApp, type TestApp } from "../harness.ts";

interface Column {
  readonly name: string;
  readonly type: string;
}

interface Table {
  readonly name: string;
  /** Those that a row cannot do without. */
  readonly needed: readonly Column[];
}

let arena: TestApp;
let tables: readonly Table[];
let [own, other, user] = ["", "", ""];
beforeAll(async () => {
  arena = await startApp();
  tables = await tenantTables();
  [own, other] = [await newTenant(arena), await newTenant(arena)];
  user = (await actor(arena)).user;
  await loosen();
  for (const table of tables) {
    for (const tenant of [own, own, other, other]) await fill(table, tenant);
  }
});
afterAll(() => arena.close());

async function tenantTables(): Promise<Table[]> {
  const { rows } = await arena.owner.query<{ name: string; needed: Column[] }>(`
    select tables.table_name as name, coalesce(json_agg(json_build_object('name', column_name, 'type', udt_name))
      filter (where is_nullable = 'NO' and column_default is null and is_identity = 'NO' and is_generated = 'NEVER'), '[]') as needed
    from information_schema.tables join information_schema.columns using (table_schema, table_name)
    where table_schema = 'arena' and table_type = 'BASE TABLE'
    group by tables.table_name having bool_or(column_name = 'tenant_id') order by 1`);
  return rows;
}

/** Rows here need to make no sense, only to be somebody's: checks and what refers to what are in the way. */
async function loosen(): Promise<void> {
  await arena.owner.query(`do $$ declare it record; begin
    for it in select conrelid::regclass as of, conname as name from pg_constraint
      where connamespace = 'arena'::regnamespace and contype in ('c', 'f') loop
      execute format('alter table %s drop constraint %I', it.of, it.name);
    end loop;
    for it in select tgrelid::regclass as of, tgname as name from pg_trigger
      join pg_class on pg_class.oid = tgrelid where relnamespace = 'arena'::regnamespace and not tgisinternal loop
      execute format('alter table %s disable trigger %I', it.of, it.name);
    end loop; end $$`);
}

const values: Readonly<Record<string, string>> = {
  uuid: "gen_random_uuid()",
  text: "md5(random()::text)",
  varchar: "md5(random()::text)",
  bpchar: "'EUR'",
  int2: "(random() * 1000)::int2",
  int4: "(random() * 1000000)::int4",
  int8: "(random() * 1000000)::int8",
  numeric: "random()",
  bool: "false",
  timestamptz: "now() + random() * interval '1 day'",
  date: "current_date",
  json: "'{}'",
  jsonb: "'{}'",
  bytea: "decode(md5(random()::text), 'hex')",
  _text: "'{}'",
  _uuid: "'{}'",
};

async function fill({ name, needed }: Table, tenant: string): Promise<void> {
  const columns = needed.filter((column) => column.name !== "tenant_id");
  const unknown = columns.find(({ type }) => values[type] === undefined);
  if (unknown !== undefined)
    throw new Error(`No value for ${name}.${unknown.name} of type ${unknown.type}: add one here.`);
  const names = ["tenant_id", ...columns.map((column) => `"${column.name}"`)];
  const given = [`'${tenant}'`, ...columns.map(({ type }) => values[type])];
  await arena.owner.query(`insert into arena.${name} (${names}) values (${given})`);
}

/** All that the other organiser has. */
async function others(): Promise<unknown> {
  const found: Record<string, unknown> = {};
  for (const { name } of tables) {
    const rows = await arena.owner.query(`select t::text as row from arena.${name} t where tenant_id = $1 order by 1`, [
      other,
    ]);
    expect(rows.rowCount).toBeGreaterThan(1);
    found[name] = rows.rows;
  }
  return found;
}

const statements = {
  look: (table: string) => `select tenant_id from arena.${table}`,
  "look for theirs": (table: string) => `select tenant_id from arena.${table} where tenant_id = '${other}'`,
  lock: (table: string) => `select tenant_id from arena.${table} for update`,
  change: (table: string) => `update arena.${table} set tenant_id = tenant_id returning tenant_id`,
  "change theirs": (table: string) =>
    `update arena.${table} set tenant_id = '${own}' where tenant_id = '${other}' returning tenant_id`,
  "give away": (table: string) => `update arena.${table} set tenant_id = '${other}' returning tenant_id`,
  remove: (table: string) => `delete from arena.${table} returning tenant_id`,
  "remove theirs": (table: string) => `delete from arena.${table} where tenant_id = '${other}' returning tenant_id`,
  "look by a detour": (table: string) =>
    `select theirs.tenant_id from arena.tenants left join arena.${table} theirs on theirs.tenant_id = tenants.id where theirs.tenant_id is not null`,
} as const;

type Statement = keyof typeof statements;

/** Tenants of the rows that a statement shows; it may be refused, which shows none. Undone afterwards. */
async function seen(table: string, statement: Statement, scope: { tenant?: string; user?: string }): Promise<string[]> {
  const undo = new Error("undone");
  let tenants: string[] = [];
  await inScope(arena.database, scope, async (trx) => {
    const { rows } = await sql<{ tenant_id: string }>`${sql.raw(statements[statement](table))}`.execute(trx);
    tenants = rows.map(({ tenant_id }) => tenant_id);
    throw undo;
  }).catch((error: unknown) => {
    const isRefusal = /row-level security|permission denied/.test(error instanceof Error ? error.message : "");
    if (error !== undo && !isRefusal) throw error;
  });
  return tenants;
}

describe("every table that belongs to organisers", () => {
  test("is found, and has row-level security with a policy", async () => {
    expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(["tournaments", "memberships", "audit_log"]));
    const { rows } = await arena.owner.query(`
      select relname from pg_class where relnamespace = 'arena'::regnamespace and relkind = 'r'
        and not (relrowsecurity and exists (select from pg_policy where polrelid = pg_class.oid)) order by 1`);
    // What is the installation's, and how often somebody asked, belongs to nobody.
    expect(rows.map(({ relname }) => relname)).toEqual(["feature_flags", "job_effects", "migrations", "throttles"]);
  });

  test("shows its rows to whom they belong", async () => {
    for (const { name } of tables)
      expect(await seen(name, "look", { tenant: own }), name).toEqual(expect.arrayContaining([own]));
  });

  test("shows and changes nothing of another's, by any statement", async () => {
    const before = await others();
    for (const { name } of tables) {
      for (const statement of Object.keys(statements) as Statement[]) {
        expect(await seen(name, statement, { tenant: own, user }), `${statement} ${name}`).not.toContain(other);
        expect(await seen(name, statement, { user }), `${statement} ${name}, no organiser`).toEqual([]);
      }
    }
    expect(await others()).toEqual(before);
  });

  test("takes no row for another", async () => {
    for (const { name, needed } of tables) {
      const columns = needed.filter((column) => column.name !== "tenant_id");
      const statement = `insert into arena.${name} (${["tenant_id", ...columns.map((column) => `"${column.name}"`)]})
        values (${[`'${other}'`, ...columns.map(({ type }) => values[type])]})`;
      const insert = inScope(arena.database, { tenant: own, user }, (trx) => sql.raw(statement).execute(trx));
      await expect(insert, name).rejects.toThrow(/row-level security/);
    }
  });
});

test("whatever many do at the same time, in whatever order, each other's rows stay as they were", async () => {
  const before = await others();
  const step = fc.record({
    table: fc.constantFrom(...tables.map(({ name }) => name)),
    statement: fc.constantFrom(...(Object.keys(statements) as Statement[])),
    scope: fc.constantFrom({ tenant: own, user }, { tenant: own }, { user }, {}),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 8 }), async (steps) => {
      const found = await Promise.all(steps.map(({ table, statement, scope }) => seen(table, statement, scope)));
      expect(found.flat()).not.toContain(other);
    }),
    { numRuns: 40 },
  );
  expect(await others()).toEqual(before);
});

test("a scope ends with its transaction: the connection's next user sees nothing", async () => {
  await inScope(arena.database, { tenant: own, user, identities: true }, (trx) => sql`select 1`.execute(trx));
  const { rows } = await arena.database.pool.query(
    "select arena.current_tenant() as tenant, arena.current_account() as account, arena.sees_identities() as sees",
  );
  expect(rows).toEqual([{ tenant: null, account: null, sees: false }]);
  for (const table of ["users", "sessions", "refresh_families", "refresh_tokens", "single_use_tokens", "memberships"]) {
    expect((await arena.database.pool.query(`select from arena.${table}`)).rowCount, table).toBe(0);
  }
});

test("only sessions of the release before accounts, which set no scopes, see and write its organiser's drafts", async () => {
  const look = "select tenant_id from arena.tournaments where slug = 'house-draft'";
  const write = (slug: string) => `insert into arena.tournaments (id, tenant_id, slug, name, starts_at, capacity)
    values (gen_random_uuid(), '${houseTenant}', '${slug}', 'Draft', now(), 8)`;
  await arena.owner.query(write("house-draft"));
  expect((await arena.database.pool.query(look)).rows).toEqual([]);
  await expect(arena.database.pool.query(write("house-other"))).rejects.toThrow(/row-level security/);
  const before = new pg.Client({ connectionString: arena.url });
  await before.connect();
  expect((await before.query(look)).rows).toEqual([{ tenant_id: houseTenant }]);
  await before.query(write("house-other"));
  const theirs = write("others").replace(houseTenant, other);
  await expect(before.query(theirs)).rejects.toThrow(/row-level security/);
  expect((await before.query("select tenant_id from arena.tournaments")).rows).not.toContainEqual({ tenant_id: other });
  await before.end();
});

test("people see their own account, and organisers those of their staff, but no others", async () => {
  const admin = await actor(arena, { role: "admin" });
  const names = (scope: { tenant?: string; user?: string }) =>
    inScope(arena.database, scope, async (trx) =>
      (await trx.selectFrom("users").select("id").execute()).map(({ id }) => id),
    );
  expect(await names({ user })).toEqual([user]);
  expect(await names({ tenant: admin.tenant })).toEqual([admin.user]);
  expect(await names({})).toEqual([]);
});

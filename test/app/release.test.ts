import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { migrations } from "../../app/migrations/index.ts";
import { whyNotMigrated } from "../../app/platform/migrate.ts";
import type { Migration } from "../../app/platform/migration.ts";
import { releaseDatabase } from "../../app/release.ts";
import { createDatabase, type TestDatabase } from "../support/postgres.ts";
import { deployed, environmentFor, memoryLogger, quiet, startProcess } from "./harness.ts";

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

/** Every object of the app and the queue, with its definition. */
async function schemaNow(): Promise<unknown> {
  const { rows } = await client.query(`
    select nspname, relname, relkind, relacl::text, (select array_agg(attname || format_type(atttypid, atttypmod) order by attnum) from pg_attribute where attrelid = pg_class.oid and attnum > 0) as columns
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace where nspname in ('arena', 'graphile_worker') order by 1, 2`);
  return rows;
}

const release = (known: readonly Migration[] = migrations, variables = {}) =>
  releaseDatabase(environmentFor(database.url, variables), quiet, known);

const applied = async () =>
  (await client.query("select name, status from arena.migrations order by name")).rows.map(
    (row) => `${row.name} ${row.status}`,
  );

/** After a release of what there is. */
const released = migrations.map(({ name }) => `${name} done`);

const next = (name: string, statements: string[], transaction?: "none"): Migration => ({
  name,
  statements,
  transaction,
});

describe("migrations", () => {
  beforeAll(() => release());
  afterEach(async () => {
    await client.query("drop table if exists arena.extra; delete from arena.migrations where name > '9'");
  });

  test("the list holds every file of the folder, in order", async () => {
    const folder = join(import.meta.dirname, "../../app/migrations");
    const files = (await readdir(folder)).filter((file) => /^\d{4}_/.test(file)).toSorted();
    expect(migrations.map((migration) => `${migration.name}.ts`)).toEqual(files);
  });

  test("six releases at the same time bring an empty database forward once, and a further one changes nothing", async () => {
    await client.query("drop schema arena cascade; drop schema graphile_worker cascade");
    const { logger, lines } = memoryLogger("info");
    const environment = environmentFor(database.url);
    await Promise.all(Array.from({ length: 6 }, () => releaseDatabase(environment, logger, migrations)));
    expect(lines.map((line) => line.message).toSorted()).toEqual([
      "The schema was brought forward",
      ...Array(5).fill("The schema was up to date"),
    ]);
    expect(await applied()).toEqual(released);
    const before = await schemaNow();
    await release();
    expect(await schemaNow()).toEqual(before);
  });

  test("a migration that fails leaves nothing of it, and says which and why", async () => {
    const broken = next("9991_broken", ["create table extra (id int)", "create table extra (id int)"]);
    await expect(release([...migrations, broken])).rejects.toThrow(
      'Migration 9991_broken failed (relation "extra" already exists); nothing of it stays.',
    );
    expect(await applied()).toEqual(released);
    expect((await client.query("select to_regclass('arena.extra') as name")).rows[0].name).toBeNull();
    await release([...migrations, next("9991_broken", ["create table extra (id int)"])]);
    expect(await applied()).toEqual([...released, "9991_broken done"]);
  });

  test("outside a transaction, what broke off is refused until somebody has looked at it", async () => {
    const steps = ["create table extra (id int)", "create index concurrently extra_id on extra (id)", "select 1 / 0"];
    const broken = next("9991_steps", steps, "none");
    await expect(release([...migrations, broken])).rejects.toThrow(
      /^Migration 9991_steps failed .*what it had done stays/,
    );
    expect(await applied()).toEqual([...released, "9991_steps started"]);
    await expect(release([...migrations, broken])).rejects.toThrow(
      /^Migration 9991_steps began and did not end: undo or finish/,
    );
    expect(await whyNotMigrated(client, [...migrations, broken])).toMatch(/^The database lacks migration 9991_steps/);
    await client.query("drop table arena.extra; delete from arena.migrations where name = '9991_steps'");
    await release([...migrations, next("9991_steps", steps.slice(0, 2), "none")]);
    expect(await applied()).toEqual([...released, "9991_steps done"]);
  });

  test("an index can be built concurrently while another release waits for the lock", async () => {
    const indexed = next(
      "9991_index",
      ["create table extra (id int)", "select pg_sleep(1)", "create index concurrently extra_id on extra (id)"],
      "none",
    );
    await Promise.all([release([...migrations, indexed]), release([...migrations, indexed])]);
    expect(await applied()).toEqual([...released, "9991_index done"]);
  });

  test("a migration that was changed afterwards is refused", async () => {
    const [first, ...rest] = migrations;
    const edited = { ...first, statements: [...(first?.statements ?? []), "select 1"] } as Migration;
    await expect(release([edited, ...rest])).rejects.toThrow(
      /^Migration 0001_tournaments was changed after it had been applied/,
    );
  });

  test("a migration that this release does not know is refused, yet older code may serve from the newer schema", async () => {
    await release([...migrations, next("9992_newer", ["create table extra (id int)"])]);
    await expect(release()).rejects.toThrow(/^The database has migration 9992_newer, which this release does not know/);
    expect(await whyNotMigrated(client, migrations)).toBeUndefined();
  });

  test("a migration that comes late is refused", async () => {
    const newer = next("9992_newer", ["create table extra (id int)"]);
    await release([...migrations, newer]);
    await expect(release([...migrations, next("9991_late", ["select 1"]), newer])).rejects.toThrow(
      "Migration 9991_late is missing though the later 9992_newer is applied: give it a number above 9992_newer.",
    );
  });

  test("a migration does not wait for a lock for long", async () => {
    await client.query("begin; lock table arena.tournaments");
    try {
      const locked = next("9991_locked", ["alter table tournaments add column extra int"]);
      await expect(release([...migrations, locked])).rejects.toThrow(
        /^Migration 9991_locked failed \(.*lock timeout\); nothing of it stays/,
      );
    } finally {
      await client.query("rollback");
    }
  });
});

describe("the process", () => {
  test("waits for a database a bounded time only, and says so in one sentence", async () => {
    const environment = environmentFor("postgresql://app@127.0.0.1:1/arena");
    const started = performance.now();
    await expect(releaseDatabase(environment, quiet, migrations, 600)).rejects.toThrow(
      "The database at 127.0.0.1:1 did not answer within 1 s (ECONNREFUSED): check DATABASE_URL and that it runs.",
    );
    expect(performance.now() - started).toBeLessThan(2_500);
  });

  test("a failure is its last line, and its exit code 1", async () => {
    const url = new URL(database.url);
    url.pathname = "/nowhere";
    const child = startProcess("release", { ...deployed, DATABASE_URL: url.href });
    expect(await child.exited).toBe(1);
    const last = JSON.parse(child.output().trim().split("\n").at(-1) ?? "");
    expect(last).toMatchObject({
      level: "fatal",
      code: "UNAVAILABLE",
      message: expect.stringMatching(/database "nowhere" does not exist/),
    });
    expect(child.output()).not.toContain(url.password);
  });

  test("publishes static assets, leaves those of older releases, and does not write twice what is there", async () => {
    const folder = await mkdtemp(join(tmpdir(), "arena-static-"));
    await writeFile(join(folder, "site-0123456789.css"), "old");
    const environment = { ENVIRONMENT: "test", DATABASE_URL: database.url, STATIC_PUBLISH: folder };
    const first = startProcess("release", environment);
    expect(await first.exited, first.output()).toBe(0);
    const files = (await readdir(folder)).toSorted();
    const sources = await readdir(join(import.meta.dirname, "..", "..", "app", "pages", "assets"));
    expect(files).toHaveLength(sources.length + 1);
    expect(files.filter((file) => !/^[a-z-]+-[0-9a-f]{10}\.(svg|css|js)$/.test(file))).toEqual([]);
    const icon = files.find((file) => file.startsWith("icon-")) ?? "";
    await utimes(join(folder, icon), 0, 0);
    expect(await startProcess("release", environment).exited).toBe(0);
    expect((await stat(join(folder, icon))).mtimeMs).toBe(0);
    expect(await readFile(join(folder, icon), "utf8")).toContain("<svg");
    await rm(folder, { recursive: true });
  });

  test("publishes to a bucket, for 30 days and by the files' types", async () => {
    const puts: { url: string; type: string; caching: string }[] = [];
    const bucket = createServer((request, response) => {
      const { "content-type": type = "", "cache-control": caching = "" } = request.headers;
      puts.push({ url: `${request.method} ${request.url?.split("?")[0]}`, type, caching });
      request.resume().on("end", () => response.setHeader("etag", '"1"').end());
    });
    await new Promise<void>((resolve) => bucket.listen(0, "127.0.0.1", resolve));
    const { port } = bucket.address() as AddressInfo;
    const child = startProcess("release", {
      ENVIRONMENT: "test",
      DATABASE_URL: database.url,
      STATIC_PUBLISH: "s3://assets/static",
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    });
    expect(await child.exited, child.output()).toBe(0);
    bucket.close();
    const caching = "public, max-age=2592000, immutable";
    expect(puts.map((put) => put.caching)).toEqual(puts.map(() => caching));
    const put = (name: string) => puts.find(({ url }) => url.includes(`/${name}-`));
    expect([put("icon"), put("site")]).toEqual([
      { url: expect.stringMatching(/^PUT \/assets\/static\/icon-[0-9a-f]{10}\.svg$/), type: "image/svg+xml", caching },
      {
        url: expect.stringMatching(/^PUT \/assets\/static\/site-[0-9a-f]{10}\.css$/),
        type: "text/css; charset=utf-8",
        caching,
      },
    ]);
  });

  test("a folder that cannot be written is said in one sentence", async () => {
    const child = startProcess("release", {
      ENVIRONMENT: "test",
      DATABASE_URL: database.url,
      STATIC_PUBLISH: "/dev/null/static",
    });
    expect(await child.exited).toBe(1);
    expect(child.output()).toMatch(/Static assets could not be published to \/dev\/null\/static \(STATIC_PUBLISH\)/);
  });
});

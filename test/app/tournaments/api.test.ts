import fc from "fast-check";
import type { Static } from "typebox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TournamentPage } from "../../../app/domains/tournaments/schemas.ts";
import { type Actor, actor } from "../actors.ts";
import { newTournament, startApp, type TestApp } from "../harness.ts";

let arena: TestApp;
let organiser: Actor;
beforeAll(async () => {
  arena = await startApp();
  organiser = await actor(arena, { role: "manager" });
});
afterAll(() => arena.close());

type Page = Static<typeof TournamentPage>;

const post = (payload: unknown, headers: Record<string, string> = organiser.headers) =>
  ({ method: "POST", url: "/api/v1/tournaments/", payload: payload as object, headers }) as const;

const queued = async (slug: string) => {
  const { rows } = await arena.owner.query(
    `select task.identifier, job.max_attempts from graphile_worker._private_jobs job
     join graphile_worker._private_tasks task on task.id = job.task_id
     join arena.tournaments on tournaments.id::text = job.payload->>'tournamentId' where slug = $1`,
    [slug],
  );
  return rows;
};

describe("creating", () => {
  test("answers with a draft and its address; it is announced when registration opens", async () => {
    const response = await arena.app.inject(post(newTournament("first-cup")));
    expect(response.statusCode).toBe(201);
    expect(response.headers.location).toBe("/api/v1/tournaments/first-cup/");
    expect(response.json()).toEqual({
      slug: "first-cup",
      name: "The first-cup",
      status: "draft",
      starts_at: "2027-05-01T10:00:00Z",
      capacity: 16,
      teams: 0,
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(await queued("first-cup")).toEqual([]);
    const open = {
      method: "POST",
      url: "/api/v1/tournaments/first-cup/transitions/",
      headers: organiser.headers,
    } as const;
    expect((await arena.app.inject({ ...open, payload: { move: "open_registration" } })).statusCode).toBe(200);
    expect(await queued("first-cup")).toEqual([{ identifier: "tournaments.announce", max_attempts: 10 }]);
  });

  test("a slug that is taken is a conflict", async () => {
    await arena.app.inject(post(newTournament("twice")));
    const again = await arena.app.inject(post(newTournament("twice")));
    expect(again.json()).toMatchObject({
      code: "CONFLICT",
      status: 409,
      fields: { slug: "is taken by another tournament" },
    });
  });

  test("of many who want one slug at the same time, one gets it", async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => arena.app.inject(post(newTournament("contested")))),
    );
    expect(answers.map((answer) => answer.statusCode).toSorted()).toEqual([201, ...Array(11).fill(409)]);
  });

  test("numbers must be numbers: a body is not converted", async () => {
    const response = await arena.app.inject(post(newTournament("text", { capacity: "16" })));
    expect(response.json().fields).toEqual({ capacity: "must be integer" });
  });

  test("whatever the body, the answer is no 5xx", async () => {
    const body = fc.oneof(
      fc.jsonValue(),
      fc.record({ slug: fc.string(), name: fc.string(), capacity: fc.integer(), starts_at: fc.string() }),
    );
    await fc.assert(
      fc.asyncProperty(body, async (payload) => {
        const headers = { "content-type": "application/json", ...organiser.headers };
        const { statusCode } = await arena.app.inject({
          ...post(undefined, headers),
          payload: JSON.stringify(payload),
        });
        expect(statusCode).toBeLessThan(500);
      }),
      { numRuns: 200 },
    );
  });
});

describe("who may create", () => {
  test("the staff of an organiser, from manager up", async () => {
    const status = async (role: "user" | "cashier" | "manager") =>
      (await arena.app.inject(post(newTournament(`by-${role}`), (await actor(arena, { role })).headers))).statusCode;
    expect([await status("user"), await status("cashier"), await status("manager")]).toEqual([403, 403, 201]);
    expect(arena.lines.findLast((entry) => entry.status === 201)).toMatchObject({
      route: "/api/v1/tournaments/",
      user: expect.stringMatching(/^[0-9a-f-]{36}$/),
      tenant: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test("it is refused before the body is looked at, and says how to sign in", async () => {
    const response = await arena.app.inject(post({}, {}));
    expect(response.json()).toMatchObject({ code: "UNAUTHENTICATED", status: 401 });
    expect(response.headers["www-authenticate"]).toBe("Bearer");
  });

  test("what they create is a draft, which nobody else sees", async () => {
    await arena.app.inject(post(newTournament("hidden")));
    expect((await arena.app.inject({ url: "/tournaments/api/hidden/state/" })).statusCode).toBe(404);
    const { items }: Page = (await arena.app.inject({ url: "/api/v1/tournaments/?limit=100" })).json();
    expect(items.map((item) => item.slug)).not.toContain("hidden");
  });
});

describe("listing", () => {
  let full: TestApp;
  const slugs = Array.from({ length: 23 }, (_, index) => `cup-${String(index).padStart(2, "0")}`);
  let headers: Record<string, string>;
  beforeAll(async () => {
    full = await startApp();
    headers = (await actor(full, { role: "manager" })).headers;
    for (const slug of slugs) expect((await full.app.inject(post(newTournament(slug), headers))).statusCode).toBe(201);
    await full.owner.query(
      "update arena.tournaments set status = case when slug like 'cup-0%' then 'running' else 'registration' end",
    );
  });
  afterAll(() => full.close());

  async function walk(query: string): Promise<{ seen: string[]; pages: number }> {
    const seen: string[] = [];
    let pages = 0;
    for (let cursor: string | null = ""; cursor !== null; pages += 1) {
      const url: string = `/api/v1/tournaments/?${query}${cursor === "" ? "" : `&cursor=${cursor}`}`;
      const page: Page = (await full.app.inject({ url })).json();
      seen.push(...page.items.map((item) => item.slug));
      cursor = page.next;
    }
    return { seen, pages };
  }

  test("pages of any size hold every tournament once, newest first", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 100 }), async (limit) => {
        const { seen, pages } = await walk(`limit=${limit}`);
        expect(seen).toEqual(slugs.toReversed());
        expect(pages).toBe(Math.ceil(slugs.length / limit));
      }),
      { numRuns: 15 },
    );
  });

  test("what is created while somebody pages through neither repeats nor hides anything", async () => {
    const first: Page = (await full.app.inject({ url: "/api/v1/tournaments/?limit=10" })).json();
    await full.app.inject(post(newTournament("late"), headers));
    await full.owner.query("update arena.tournaments set status = 'registration' where slug = 'late'");
    const second: Page = (await full.app.inject({ url: `/api/v1/tournaments/?limit=100&cursor=${first.next}` })).json();
    expect([...first.items, ...second.items].map((item) => item.slug)).toEqual(slugs.toReversed());
    await full.owner.query("delete from arena.tournaments where slug = 'late'");
  });

  test("a status filters, and its pages add up too", async () => {
    const { seen } = await walk("limit=4&status=running");
    expect(seen).toEqual(slugs.slice(0, 10).toReversed());
  });

  test.each([
    "limit=0",
    "limit=101",
    "limit=x",
    "status=open",
    "cursor=",
    "cursor=zzzz",
    `cursor=${"A".repeat(22)}%27`,
  ])("%s is refused", async (query) => {
    expect((await full.app.inject({ url: `/api/v1/tournaments/?${query}` })).json()).toMatchObject({
      code: "VALIDATION_FAILED",
    });
  });

  test("a page costs one query", async () => {
    const statements: string[] = [];
    const { pool } = full.database;
    const query = pool.query.bind(pool);
    const connect = pool.connect.bind(pool);
    const client = await connect();
    const original = client.query;
    client.query = ((...args: Parameters<typeof original>) => {
      statements.push(String(args[0]));
      return original.apply(client, args);
    }) as typeof original;
    client.release();
    await query("select 1");
    statements.length = 0;
    await full.app.inject({ url: "/api/v1/tournaments/?limit=100" });
    client.query = original;
    expect(statements).toHaveLength(1);
  });
});

describe("the state that clients poll", () => {
  const url = "/tournaments/api/polled/state/";
  beforeAll(async () => {
    await arena.app.inject(post(newTournament("polled")));
    await arena.owner.query("update arena.tournaments set status = 'registration' where slug = 'polled'");
  });
  const poll = (tag?: string) => arena.app.inject({ url, headers: tag === undefined ? {} : { "if-none-match": tag } });

  test("has a tag, and 304 without a body for those who have it", async () => {
    const first = await poll();
    expect(first.json()).toEqual({
      slug: "polled",
      status: "registration",
      capacity: 16,
      teams: 0,
      waiting: 0,
      version: 1,
    });
    expect(first.headers).toMatchObject({ etag: '"1"', "cache-control": "no-cache" });
    for (const tag of ['"1"', 'W/"1"', '"0", "1"', "*"]) {
      const again = await poll(tag);
      expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, "", '"1"']);
    }
    for (const tag of ['"2"', "1", '"11"']) expect((await poll(tag)).statusCode).toBe(200);
  });

  test("changes its tag when the tournament changes", async () => {
    await arena.owner.query(
      "update arena.tournaments set status = 'running', version = version + 1 where slug = 'polled'",
    );
    const response = await poll('"1"');
    expect([response.statusCode, response.headers.etag, response.json().status]).toEqual([200, '"2"', "running"]);
  });

  test("reads one row by an index", async () => {
    const { rows } = await arena.database.pool
      .query(
        "set enable_seqscan = off; explain select slug, status, capacity, version from arena.tournaments where slug = 'polled'",
      )
      .then((results) => (Array.isArray(results) ? results[1] : results));
    expect(JSON.stringify(rows)).toContain("Index Scan using tournaments_slug_key");
  });
});

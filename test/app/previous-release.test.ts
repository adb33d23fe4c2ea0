// The schema moves first: for minutes, and after a rollback for longer, code of the release before runs on it. Here that code,
// as its commit has it, runs on this release's schema as the role that row-level security binds: each of its pages and calls
// that reads, each that writes, its job and its demo data. Whose rows it cannot know of, other organisers', it does not write.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { houseTenant } from "../../app/domains/tournaments/repository.ts";
import { type Actor, actor } from "./actors.ts";
import { eventually, newTournament, startApp, startProcess, type TestApp } from "./harness.ts";
import { asker, makeCup } from "./tournaments/field.ts";

const repository = join(import.meta.dirname, "..", "..");
/** The commit that the release before this was made of; each release writes its own here. */
const { commit } = JSON.parse(readFileSync(join(repository, "app", "previous-release.json"), "utf8")) as {
  commit: string;
};

function hasCommit(): boolean {
  try {
    execFileSync("git", ["cat-file", "-e", `${commit}^{commit}`], { cwd: repository, stdio: "ignore" });
    return true;
  } catch {
    console.log(`The release before, on this schema: skipped, the history here does not reach back to ${commit}`);
    return false;
  }
}

describe.skipIf(!hasCommit())("code of the release before, on the schema of this one", () => {
  const folder = mkdtempSync(join(tmpdir(), "arena-previous-"));
  let arena: TestApp;
  let address: string;
  const start = (command: string) =>
    startProcess(
      command,
      { ENVIRONMENT: "test", PORT: "0", DATABASE_URL: arena.url },
      relative(repository, join(folder, "app", "main.ts")),
    );
  const listed = async () =>
    ((await (await fetch(`${address}/api/v1/tournaments/?limit=100`)).json()) as { items: { slug: string }[] }).items;
  const create = (slug: string) =>
    fetch(`${address}/api/v1/tournaments/`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(newTournament(slug)),
    });
  const queued = async () => {
    const { rows } = await arena.owner.query(`select identifier as task, payload ->> 'tournamentId' as tournament
      from graphile_worker._private_jobs job join graphile_worker._private_tasks task on task.id = job.task_id order by job.id`);
    return rows as { task: string; tournament: string }[];
  };
  const news = async () => {
    const { rows } = await arena.owner.query(
      "select slug from arena.tournament_activity join arena.tournaments on tournaments.id = tournament_id order by slug",
    );
    return rows.map(({ slug }: { slug: string }) => slug);
  };
  /** Its staff, as this release knows them. */
  let organiser: Actor;
  beforeAll(async () => {
    const archive = execFileSync("git", ["archive", commit, "app", "package.json"], {
      cwd: repository,
      maxBuffer: 64 * 1024 ** 2,
    });
    execFileSync("tar", ["-x", "-C", folder], { input: archive });
    // Its dependencies may be older: what both have is this one's.
    symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
    arena = await startApp();
    organiser = await actor(arena, { role: "manager", tenant: houseTenant });
    const other = await actor(arena, { role: "manager" });
    for (const [slug, who, move] of [
      ["cup", organiser, "open_registration"],
      ["theirs", other, "open_registration"],
      ["secret", other, undefined],
    ] as const) {
      await makeCup(asker(arena), who, slug, {}, move === undefined ? [] : [move]);
    }
  });
  afterAll(async () => {
    await arena.close();
    rmSync(folder, { recursive: true });
  });

  test("web is ready, answers what it answered before, and writes what it wrote", async () => {
    address = await start("web").address();
    expect(await (await fetch(`${address}/health/ready/`)).json()).toEqual({ status: "ready", database: "connected" });
    const items = await listed();
    expect(items.map(({ slug }) => slug)).toEqual(["theirs", "cup"]);
    expect(items[1]).toMatchObject({ status: "registration", capacity: 16 });
    for (const path of ["/tournaments/", "/tournaments/api/cup/state/"]) {
      expect((await fetch(address + path)).status, path).toBe(200);
    }
    expect((await create("from-before")).status).toBe(201);
    expect((await create("from-before")).status).toBe(409);
    expect((await listed()).map(({ slug }) => slug)).toEqual(["from-before", "theirs", "cup"]);
    // This release's staff go on with it.
    const answer = await asker(arena)("GET", "tournaments/from-before/", organiser);
    expect(answer).toMatchObject({ status: 200, body: { status: "draft", team_size: 5, teams: 0 } });
  });

  test("worker does the jobs that it has queued, and leaves alone those of this release that it does not know", async () => {
    await arena.owner.query("select graphile_worker.add_job('not.known.yet', '{}')");
    const worker = start("worker");
    await worker.address();
    await eventually(async () => (await news()).length === 2, "both are announced");
    expect(await news()).toEqual(["cup", "from-before"]);
    worker.child.kill("SIGTERM");
    expect(await worker.exited).toBe(0);
    const { rows } = await arena.owner.query("select id from arena.tournaments where slug = 'theirs'");
    expect(await queued()).toEqual([
      { task: "tournaments.announce", tournament: rows[0].id },
      { task: "not.known.yet", tournament: null },
    ]);
  });

  test("demo data is loaded, and there when it is loaded again; what it has queued is done by this release, too", async () => {
    for (const created of [10, 0]) {
      const demo = start("demo");
      expect(await demo.exited, demo.output()).toBe(0);
      expect(demo.output()).toMatch(new RegExp(`"created":${created}\\b`));
    }
    const worker = startProcess("worker", { ENVIRONMENT: "test", PORT: "0", DATABASE_URL: arena.url });
    await worker.address();
    await eventually(async () => (await queued()).length === 1, "all that it knows is done");
    const announced = await news();
    expect(announced).toHaveLength(13);
    expect(announced).toEqual(expect.arrayContaining(["cup", "from-before", "spring-open", "theirs"]));
  });
});

// The schema moves first: for minutes, and after a rollback for longer, code of the release before runs on it.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AppProcess, eventually, startApp, startProcess, type TestApp } from "./harness.ts";

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
  let web: AppProcess;
  let address: string;
  beforeAll(async () => {
    const archive = execFileSync("git", ["archive", commit, "app", "package.json"], {
      cwd: repository,
      maxBuffer: 64 * 1024 ** 2,
    });
    execFileSync("tar", ["-x", "-C", folder], { input: archive });
    // Its dependencies may be older: what both have is this one's.
    symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
    arena = await startApp();
    await arena.owner.query(`insert into arena.tournaments (id, tenant_id, slug, name, status, starts_at, capacity)
      select gen_random_uuid(), (select id from arena.tenants limit 1), 'cup', 'The cup', 'registration', now(), 16`);
  });
  afterAll(async () => {
    await arena.close();
    rmSync(folder, { recursive: true });
  });

  test("web is ready, and answers what it answered before", async () => {
    web = startProcess(
      "web",
      { ENVIRONMENT: "test", PORT: "0", DATABASE_URL: arena.url },
      relative(repository, join(folder, "app", "main.ts")),
    );
    address = await web.address();
    expect(await (await fetch(`${address}/health/ready/`)).json()).toEqual({ status: "ready", database: "connected" });
    const list = (await (await fetch(`${address}/api/v1/tournaments/`)).json()) as { items: unknown[] };
    expect(list.items).toEqual([expect.objectContaining({ slug: "cup", status: "registration", capacity: 16 })]);
    for (const path of ["/tournaments/", "/tournaments/api/cup/state/"]) {
      expect((await fetch(address + path)).status, path).toBe(200);
    }
  });

  test("worker takes jobs that this release's web has queued", async () => {
    const { rows } = await arena.owner.query("select id from arena.tournaments where slug = 'cup'");
    await arena.owner.query("select graphile_worker.add_job('tournaments.announce', $1::json)", [
      JSON.stringify({ tournamentId: rows[0].id, $cause: { request_id: "request-1" } }),
    ]);
    const worker = startProcess(
      "worker",
      { ENVIRONMENT: "test", PORT: "0", DATABASE_URL: arena.url },
      relative(repository, join(folder, "app", "main.ts")),
    );
    await worker.address();
    await eventually(
      async () =>
        (await arena.owner.query("select from graphile_worker._private_jobs where attempts = 0")).rowCount === 0,
      "the job is taken",
    );
    worker.child.kill("SIGTERM");
    expect(await worker.exited).toBe(0);
  });
});

// berth review: all stacks against a revision at once, as the checks of a pull request run it.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { berth } from "../support/berth.ts";
import { copyProject, type ProjectCopy } from "../support/project-copy.ts";

const temporary = mkdtempSync(join(tmpdir(), "berth-review-"));
const output = join(temporary, "output");
const summary = join(temporary, "summary.md");
let project: ProjectCopy;
beforeAll(() => {
  project = copyProject("shared");
  // Room for what the tests change.
  edit("Pulumi.staging.yaml", "monthlyBudget: 90", "monthlyBudget: 100");
  const identity = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
  const git = (...args: string[]) => execFileSync("git", [...identity, ...args], { cwd: project.folder, env: bare });
  git("init", "--quiet", "--initial-branch=main");
  git("add", "--all");
  git("commit", "--quiet", "--message", "base");
});
afterAll(() => {
  project.remove();
  rmSync(temporary, { recursive: true, force: true });
});

const bare = { PATH: process.env.PATH, HOME: "/nonexistent", TMPDIR: temporary, GITHUB_STEP_SUMMARY: summary };

function edit(file: string, from: string, to: string): void {
  const before = readFileSync(join(project.folder, file), "utf8");
  if (!before.includes(from)) throw new Error(`${file} has no ${from}`);
  project.write(file, before.replace(from, to));
}

const review = () => berth(project.berth, ["review", "--against", "main", "--output", output], bare);
const written = (file: string) => readFileSync(join(output, file), "utf8");
test("every stack has its plan, page and picture, and all of them one comment", async () => {
  edit("Pulumi.staging.yaml", "db.t4g.micro", "db.t4g.small");
  project.write("Pulumi.another.yaml", dev());
  project.write("Pulumi.branches.yaml", branches);
  const { code, stdout } = await review();
  expect(code).toBe(0);
  // A new stack is new; a template for branches is none.
  expect(stdout.replace(/^another: \d+ /, "another: all ")).toBe(
    [
      "another: all changes, risk create, gate open",
      "dev: 0 changes, risk none, gate open",
      "production: 0 changes, risk none, gate open",
      "staging: 2 changes, risk brief downtime, gate open",
      `Plans, pages and the comment are in ${output}.`,
      "",
    ].join("\n"),
  );
  const stacks = ["another", "dev", "production", "staging"];
  const files = stacks.flatMap((stack) => ["html", "json", "svg"].map((kind) => `${stack}.${kind}`));
  expect(readdirSync(output).sort()).toEqual(["comment.md", ...files].sort());
  const comment = written("comment.md");
  for (const stack of stacks) expect(comment).toContain(`| **${stack}** |`);
  expect(readFileSync(summary, "utf8")).toBe(comment);
  // One process for all of them says of each what one for it alone says.
  const alone = await berth(project.berth, ["plan", "staging", "--against", "main", "--json"], bare);
  expect(JSON.parse(written("staging.json"))).toEqual(JSON.parse(alone.stdout));
  expect(readdirSync(temporary).filter((name) => name.startsWith("berth-base-"))).toEqual([]);
});

test("a shut gate fails it, as a stack that is wrong does, and neither hides the others", async () => {
  edit("infra/components/aws/database.ts", 'databaseName = "app"', 'databaseName = "shop"');
  project.write("Pulumi.wrong.yaml", dev().replace("tier: development", "tier: nonsense"));
  const { code, stdout, stderr } = await review();
  expect(code).toBe(3);
  expect(stderr).toMatch(/wrong: .*tier is "nonsense".*; the gate is shut: production, staging\n$/);
  expect(stdout).toMatch(/^another: .*\ndev: .*\nproduction: .* gate SHUT\nstaging: .* gate SHUT\n/);
  expect(written("comment.md")).toMatch(/\*\*Not planned\*\*: wrong: .*tier is/);
  expect(written("comment.md")).toContain("database-postgres: the database is replaced, because of dbName");
});

const dev = () => readFileSync(join(project.folder, "Pulumi.dev.yaml"), "utf8");
const branches = `config:
  berth:environment:
    architecture: branch
    tier: development
    owner: you
    parent: dev
    ports: { from: 8100, to: 8119 }
    image: { build: ., dockerfile: app/Dockerfile }
    web: { replicas: 1, memory: 128, cpus: 0.25 }
    worker: { replicas: 1, memory: 128, cpus: 0.25 }
`;

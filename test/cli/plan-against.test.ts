// berth plan --against: revisions of a repository of its own, saved plans, bases that are broken or hostile, and the gate.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../../infra/plan/report.ts";
import { berth } from "../support/berth.ts";
import { copyProject, type ProjectCopy } from "../support/project-copy.ts";

let project: ProjectCopy;
beforeAll(async () => {
  project = copyProject("shared");
  // Room for what the tests change.
  edit("Pulumi.staging.yaml", (text) => text.replace("monthlyBudget: 90", "monthlyBudget: 100"));
  // What policies find in the committed stacks is for other tests: here it is waived, so that it decides no exit code.
  project.write(waiversFile, waivers(await findings("staging"), await findings("production")));
  git("init", "--quiet", "--initial-branch=main");
  commit("base");
});
afterAll(() => project.remove());

/** Their folder for temporary files, which nobody else writes into. */
const temporary = mkdtempSync(join(tmpdir(), "berth-against-"));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

/** No credentials but one that no base may see. */
const bare = { PATH: process.env.PATH, HOME: "/nonexistent", TMPDIR: temporary, AWS_SECRET_ACCESS_KEY: "hands-off" };

function git(...args: string[]): string {
  const identity = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
  return execFileSync("git", [...identity, ...args], { cwd: project.folder, encoding: "utf8", env: bare }).trim();
}

function commit(message: string): string {
  git("add", "--all");
  git("commit", "--quiet", "--allow-empty", "--message", message);
  return git("rev-parse", "HEAD");
}

function edit(file: string, change: (text: string) => string): void {
  const before = readFileSync(join(project.folder, file), "utf8");
  const after = change(before);
  if (after === before) throw new Error(`The edit of ${file} changes nothing.`);
  project.write(file, after);
}

type Waived = readonly { readonly urn: string; readonly policy?: string }[];

async function findings(stack: string): Promise<Waived> {
  const { stdout } = await plan(stack, "--json");
  return (JSON.parse(stdout) as Report).policies.open.map(({ urn, policy }) => ({ urn, policy }));
}

/** The text of a file of waivers. */
function waivers(...waived: Waived[]): string {
  const reason = "waived for the tests of plan";
  return JSON.stringify({ waivers: waived.flat().map((one) => ({ ...one, reason, who: "jane", expires: soon })) });
}

/** A commit of `change`, then the files of `main` again. */
function branch(change: () => void): string {
  change();
  const made = commit("branch");
  git("reset", "--quiet", "--hard", "HEAD~1");
  return made;
}

/** A commit with one file of another content, or none, made beside the working tree: the wrapper looks at its lock file. */
function commitOf(file: string, content: string | undefined): string {
  const blob = execFileSync("git", ["hash-object", "-w", "--stdin"], {
    cwd: project.folder,
    input: content ?? "",
    encoding: "utf8",
  });
  const listed = git("ls-tree", "HEAD").split("\n");
  const tree = listed
    .filter((line) => content !== undefined || !line.endsWith(`\t${file}`))
    .map((line) => (line.endsWith(`\t${file}`) ? `100644 blob ${blob.trim()}\t${file}` : line))
    .join("\n");
  const made = execFileSync("git", ["mktree"], { cwd: project.folder, input: `${tree}\n`, encoding: "utf8" }).trim();
  return git("commit-tree", made, "-p", "HEAD", "-m", "branch");
}

const waiversFile = "berth.waivers.yaml";
const soon = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10);

const plan = (...args: string[]) => berth(project.berth, ["plan", ...args], bare);

async function report(...args: string[]): Promise<{ code: number | null; stderr: string; report: Report }> {
  const { code, stdout, stderr } = await plan(...args, "--json");
  return { code, stderr, report: JSON.parse(stdout) as Report };
}

const leftovers = () => readdirSync(temporary).filter((name) => name.startsWith("berth-base-"));

describe("another revision", () => {
  test("that is the same changes nothing", async () => {
    const { code, stdout, stderr } = await plan("staging", "--against", "main");
    expect({ code, fault: /berth: .*/.exec(stderr) }).toEqual({ code: 0, fault: null });
    expect(stdout).toContain("Against main (");
    expect(stdout).toContain("nothing changes");
  });

  test("differs by what was edited, whatever it is called", async () => {
    const head = git("rev-parse", "HEAD");
    edit("Pulumi.staging.yaml", (text) => text.replace("db.t4g.micro", "db.t4g.small"));
    try {
      for (const name of ["main", head.slice(0, 12)]) {
        const { code, report: made } = await report("staging", "--against", name);
        expect(code).toBe(0);
        expect(made.comparison?.base).toEqual({ kind: "revision", name, commit: head });
        const database = made.comparison?.changes.find(({ type }) => type === "aws:rds/instance:Instance");
        expect(database).toMatchObject({ operation: "update", risk: "brief downtime" });
        expect(made.comparison?.monthlyChange).toBeCloseTo(730 * 0.016, 5);
      }
    } finally {
      git("reset", "--quiet", "--hard");
    }
  });

  test("in which there is no such stack yet: all of it is new", async () => {
    const base = branch(() => rmSync(join(project.folder, "Pulumi.staging.yaml")));
    const { code, report: made } = await report("staging", "--against", base);
    const { operations } = made.comparison ?? {};
    expect({ code, ...operations }).toMatchObject({ code: 0, update: 0, replace: 0, delete: 0 });
    expect(operations?.create).toBeGreaterThan(100);
  });

  test("leaves no worktree and no folder behind", async () => {
    expect(git("worktree", "list").split("\n")).toHaveLength(1);
    expect(leftovers()).toEqual([]);
  });

  test("that nobody has is refused before anything is evaluated", async () => {
    for (const name of ["no-such-branch", "--upload-pack=x", ""]) {
      const { code, stdout, stderr } = await plan("staging", `--against=${name}`);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(/neither a git revision here nor a file/);
    }
  });
});

describe("a base that cannot be evaluated", () => {
  test.each<[string, () => void, RegExp]>([
    [
      "throws",
      () => project.write("infra/index.ts", '\nthrow new Error("broken on purpose");\n'),
      /broken on purpose \(infra\/index\.ts:2\)$/m,
    ],
    [
      "asks the cloud",
      () =>
        project.write(
          "infra/index.ts",
          'import * as aws from "@pulumi/aws";\nexport default { id: aws.getCallerIdentityOutput().accountId };\n',
        ),
      /getCallerIdentity.*only the cloud.*\(infra\/index\.ts:2\)/,
    ],
    [
      "does not parse",
      () => project.write("infra/index.ts", "export default {{{\n"),
      /SyntaxError|Unexpected|Expected/,
    ],
    [
      "never returns",
      () => project.write("infra/index.ts", "export default await new Promise(() => {});\n"),
      /does not come to its end.*\(infra\/index\.ts:1\)/,
    ],
    ["ends its process", () => project.write("infra/index.ts", "process.exit(0);\n"), /its program ends the process/],
    [
      "has a configuration that is wrong",
      () => edit("Pulumi.staging.yaml", (text) => text.replace("tier: staging", "tier: nonsense")),
      /tier is "nonsense"/,
    ],
  ])("%s: it is said, and the plan of now is shown", async (_, change, message) => {
    const base = branch(change);
    const { code, stderr, report: made } = await report("staging", "--against", base);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(made.brokenBase?.fault).toMatch(message);
    expect(made.graph.resources.length).toBeGreaterThan(100);
    expect(made.comparison).toBeUndefined();
  });

  test.each<[string, string | undefined, RegExp]>([
    ["has no lock file", undefined, /^it has no package-lock\.json: it is from before the program$/],
    ["has one that npm cannot install from", "nonsense", /^npm cannot install its dependencies: npm error/],
    [
      "has one that leads out of the repository",
      JSON.stringify({
        packages: { "": { dependencies: { x: "1" } }, "node_modules/x": { resolved: "../../home", link: true } },
      }),
      /^its lock file links to \.\.\/\.\.\/home, outside of the repository$/,
    ],
  ])("%s", async (_, content, message) => {
    const base = commitOf("package-lock.json", content);
    const { code, report: made } = await report("staging", "--against", base);
    expect(code).toBe(1);
    expect(made.brokenBase?.fault).toMatch(message);
  });

  test("has another lock file whose packages are all here: it is evaluated", async () => {
    const lock = JSON.parse(readFileSync(join(project.folder, "package-lock.json"), "utf8"));
    const base = commitOf("package-lock.json", JSON.stringify({ ...lock, name: "another" }));
    const { code, report: made } = await report("staging", "--against", base);
    expect({ code, changes: made.comparison?.changes }).toEqual({ code: 0, changes: [] });
  });

  test("a hostile one sees no secret, reads nothing of the machine, writes nothing and starts nothing", async () => {
    const trace = join(tmpdir(), `berth-hostile-${process.pid}`);
    const attempts = {
      write: `import("node:fs").then((fs) => fs.writeFileSync(${JSON.stringify(trace)}, "x"))`,
      "write into its own folder": `import("node:fs").then((fs) => fs.writeFileSync("package.json", "x"))`,
      read: `import("node:fs").then((fs) => fs.readFileSync("/etc/passwd"))`,
      "read by a link": `import("node:fs").then((fs) => { if (/root/.test(fs.readFileSync("link", "utf8"))) return; throw new Error("no more than its name"); })`,
      start: `import("node:child_process").then((cp) => cp.execFileSync("touch", [${JSON.stringify(trace)}]))`,
    };
    const base = branch(() => {
      symlinkSync("/etc/passwd", join(project.folder, "link"));
      project.write(
        "infra/index.ts",
        `const results: Record<string, string> = {};
for (const [name, attempt] of Object.entries({ ${Object.entries(attempts).map(([name, code]) => `${JSON.stringify(name)}: () => ${code}`)} })) {
  results[name] = await attempt().then(() => "done", (error) => error.code ?? String(error));
}
results.secret = process.env.AWS_SECRET_ACCESS_KEY ?? "none";
throw new Error(JSON.stringify(results));
`,
      );
    });
    const { report: made } = await report("staging", "--against", base);
    expect(existsSync(trace)).toBe(false);
    expect(JSON.parse(/\{.*\}/.exec(made.brokenBase?.fault ?? "")?.[0] ?? "")).toEqual({
      write: "ERR_ACCESS_DENIED",
      "write into its own folder": "ERR_ACCESS_DENIED",
      read: "ERR_ACCESS_DENIED",
      "read by a link": "Error: no more than its name",
      start: "ERR_ACCESS_DENIED",
      secret: "none",
    });
  });
});

describe("a saved plan", () => {
  test("is compared with, and two stacks can be", async () => {
    const saved = join(project.folder, "staging.json");
    project.write("staging.json", (await plan("staging", "--json")).stdout);
    const same = await report("staging", "--against", saved);
    expect(same.report.comparison).toMatchObject({ base: { kind: "file", name: saved }, changes: [] });
    const other = await report("production", "--against", saved);
    expect(other.report.comparison?.operations.create).toBeGreaterThan(0);
    expect(other.report.comparison?.monthlyChange).toBeGreaterThan(100);
  });

  test.each([
    ["no JSON", "nonsense", /it is not JSON/],
    ["another version", '{"version": 99}', /no plan of version 2: version/],
    [
      "a graph with a hole",
      '{"version": 2, "graph": {"project": "p", "stack": "s", "outputs": {}}}',
      /graph\.resources/,
    ],
  ])("that is %s is refused", async (_, text, message) => {
    project.write("saved.json", text);
    const { code, stdout, stderr } = await plan("staging", "--against", join(project.folder, "saved.json"));
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
  });
});

describe("the gate", () => {
  const urn = "urn:pulumi:staging::berth::berth:data:Database$aws:rds/instance:Instance::database-postgres";
  /** Another name of the database inside the server: RDS makes a new instance for it. */
  const lose = () =>
    edit("infra/components/aws/database.ts", (text) => text.replace('databaseName = "app"', 'databaseName = "shop"'));
  afterAll(() => git("reset", "--quiet", "--hard"));

  test("fails with exit code 3 for a database that is replaced, names it, and a waiver opens it", async () => {
    lose();
    const shut = await plan("staging", "--against", "main");
    expect(shut.code).toBe(3);
    expect(shut.stdout).toContain("SHUT");
    expect(shut.stdout).toContain(urn);
    expect(shut.stderr).toMatch(
      /database-postgres \(the database is replaced, because of dbName\).*berth\.waivers\.yaml/s,
    );
    const before = readFileSync(join(project.folder, waiversFile), "utf8");
    const all = (JSON.parse(before) as { waivers: Waived }).waivers;
    project.write(waiversFile, waivers(all, [{ urn }]));
    const open = await plan("staging", "--against", "main");
    expect(open.code).toBe(0);
    expect(open.stdout).toContain(`jane answers for it until ${soon}: waived for the tests of plan`);
    edit(waiversFile, (text) => text.replace(soon, "2999-01-01"));
    const wrong = await plan("staging", "--against", "main");
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/expires is 2999-01-01; allowed: .* at the latest/);
  });

  test("fails with exit code 3 above the budget", async () => {
    git("reset", "--quiet", "--hard");
    edit("Pulumi.staging.yaml", (text) => text.replace(/monthlyBudget: \d+/, "monthlyBudget: 10"));
    const { code, stderr } = await plan("staging");
    expect(code).toBe(3);
    expect(stderr).toMatch(/about \$\d+\.\d\d a month, more than the monthlyBudget of \$10 in Pulumi\.staging\.yaml/);
  });
});

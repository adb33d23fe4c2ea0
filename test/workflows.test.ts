// The workflows of pull requests: who may do what, with whose code, and that every step is a command that runs anywhere.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { projectRoot } from "../infra/cli/project.ts";
import { capture } from "../infra/cli/run.ts";
import { describeWith } from "./support/requirement.ts";

const step = z.looseObject({
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
});
const workflow = z.looseObject({
  on: z.record(z.string(), z.unknown()),
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(
    z.string(),
    z.looseObject({ if: z.string().optional(), permissions: z.record(z.string(), z.string()), steps: z.array(step) }),
  ),
});

const files = ["preview.yml", "preview-comment.yml"];
const text = (file: string) => readFileSync(join(projectRoot, ".github/workflows", file), "utf8");
const [preview, comment] = files.map((file) => workflow.parse(parse(text(file)))) as [Parsed, Parsed];
type Parsed = z.infer<typeof workflow>;

test("code of a pull request runs with a token that reads, and no secret", () => {
  expect(preview.on).toEqual({ pull_request: null });
  expect(preview.permissions).toEqual({});
  expect(preview.jobs.plan?.permissions).toEqual({ contents: "read" });
  expect(preview.jobs.engine?.permissions).toEqual({ contents: "read", "id-token": "write" });
  expect(preview.jobs.engine?.if).toContain("github.event.pull_request.head.repo.full_name == github.repository");
  for (const file of files) expect(text(file)).not.toMatch(/secrets\.|pull_request_target/);
});

test("what may write runs the default branch's code, and takes what the run left as data outside of it", () => {
  expect(comment.on).toEqual({ workflow_run: { workflows: ["Preview"], types: ["completed"] } });
  expect(comment.permissions).toEqual({});
  expect(comment.jobs.comment?.permissions).toEqual({ actions: "read", contents: "read", "pull-requests": "write" });
  const steps = comment.jobs.comment?.steps ?? [];
  const withOf = (action: string) => steps.find(({ uses }) => uses?.startsWith(`${action}@`))?.with;
  expect(withOf("actions/checkout")?.ref).toBe(`\${{ github.event.repository.default_branch }}`);
  expect(withOf("actions/download-artifact")?.path).toMatch(/^\$\{\{ runner\.temp \}\}\//);
});

const steps = [preview, comment].flatMap(({ jobs }) => Object.values(jobs).flatMap(({ steps }) => steps));

test("actions are pinned by commit, checkouts keep no credentials, no step puts an event's text into a script", () => {
  for (const { uses, run, with: given } of steps) {
    if (uses !== undefined) expect(uses).toMatch(/^[\w.-]+\/[\w.-]+@[0-9a-f]{40}$/);
    if (uses?.startsWith("actions/checkout@")) expect(given?.["persist-credentials"]).toBe(false);
    expect(run ?? "").not.toContain("${{");
  }
});

test("every step that runs something is one command of berth, with options that it has", async () => {
  const runs = steps.flatMap(({ run }) => run ?? []);
  expect(runs).toHaveLength(3);
  for (const run of runs) {
    const [program, command, ...rest] = run.trim().split(/\s+/);
    expect(program).toBe("./berth");
    const help = await capture(process.execPath, [join(projectRoot, "infra/cli/main.ts"), command ?? "", "--help"]);
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining(`Usage: berth ${command} `) });
    for (const option of rest.filter((word) => word.startsWith("--"))) expect(help.stdout).toContain(option);
  }
});

function missingActionlint(): string | undefined {
  try {
    execFileSync("actionlint", ["-version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "there is no actionlint on PATH";
  }
}

describeWith("actionlint", [{ variable: "BERTH_REQUIRE_ACTIONLINT", missing: missingActionlint() }], () => {
  test("finds nothing", () => {
    const paths = files.map((file) => join(projectRoot, ".github/workflows", file));
    expect(execFileSync("actionlint", ["-no-color", ...paths], { encoding: "utf8" })).toBe("");
  });
});

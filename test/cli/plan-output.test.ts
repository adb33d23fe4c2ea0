// berth plan --markdown, --html and --svg as a user runs them.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { projectRoot } from "../../infra/cli/project.ts";
import { capture } from "../../infra/cli/run.ts";

const folder = mkdtempSync(join(tmpdir(), "berth-output-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function plan(...args: string[]) {
  const env = { PATH: process.env.PATH, HOME: "/nonexistent" };
  return capture(process.execPath, [join(projectRoot, "infra/cli/main.ts"), "plan", ...args], { env, cwd: folder });
}

test("the comment goes to the terminal, page and picture to files, all of one evaluation", async () => {
  const { stdout } = await plan("dev", "--markdown", "--html", "plan.html", "--svg", "plan.svg");
  expect(stdout).toMatch(/^<!-- berth:plan -->\n/);
  expect(readFileSync(join(folder, "plan.html"), "utf8")).toMatch(/^<!doctype html>/);
  expect(readFileSync(join(folder, "plan.svg"), "utf8")).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
});

test("two outputs to the terminal are refused", async () => {
  expect(await plan("dev", "--json", "--markdown")).toMatchObject({
    code: 2,
    stdout: "",
    stderr: expect.stringContaining("--json and --markdown are two outputs"),
  });
});

test("a file that cannot be written is named", async () => {
  const { code, stderr } = await plan("dev", "--svg", "missing/plan.svg");
  expect(code).toBe(1);
  expect(stderr).toContain("missing/plan.svg cannot be written");
});

// The command line: help, exit codes, and one sentence for everything that is wrong.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { berth } from "../support/berth.ts";
import { copyProject, type ProjectCopy } from "../support/project-copy.ts";

let project: ProjectCopy;
beforeAll(() => {
  project = copyProject("shared");
});
afterAll(() => project.remove());

const run = (...args: string[]) => berth(project.berth, args);

test.each(["up", "destroy", "plan", "test", "bench"])("%s explains itself", async (command) => {
  const { code, stdout } = await run(command, "--help");
  expect(code).toBe(0);
  expect(stdout).toContain(`Usage: berth ${command}`);
});

test("help lists the commands; no command at all is a usage error that shows it too", async () => {
  expect((await run("--help")).stdout).toMatch(/up .*\n[\s\S]*plan .*\n[\s\S]*test /);
  const bare = await run();
  expect(bare.code).toBe(2);
  expect(bare.stderr).toContain("Usage: berth");
});

describe("wrong input ends with its exit code and says what to do", () => {
  test.each([
    [["plna", "dev"], 2, /unknown command 'plna'[\s\S]*Did you mean plan\?/],
    [["plan"], 2, /missing required argument 'stack'/],
    [["plan", "dev", "--jsno"], 2, /unknown option '--jsno'[\s\S]*Did you mean --json\?/],
    [["plan", "prodution"], 2, /No stack "prodution".*did you mean production\?/],
    [["up", "dev", "--embedded", "--engine"], 2, /--embedded and --engine exclude each other/],
    [["up", "production"], 2, /tier production.*add --yes/],
    [["up", "staging", "--embedded"], 1, /staging needs the Pulumi engine, for its architecture/],
    [["destroy", "staging"], 2, /tier staging.*add --yes/],
    [["destroy", "dev", "--delete-data", "prod"], 2, /wants the name of the stack whose data is to go: dev, not prod/],
    [["destroy", "staging", "--delete-data", "staging"], 2, /for stacks on a Docker host/],
    [["maintenance", "dev", "soon"], 2, /maintenance is on or off, not "soon"/],
    [["bench", "everything"], 2, /no benchmark "everything"; there are: plan, app/],
  ])("berth %j", async (args, exitCode, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(exitCode);
    expect(stdout).toBe("");
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test("berth test with what no file of tests is called like", async () => {
    const { code, stdout, stderr } = await run("test", "tset/infra");
    expect(code).toBe(2);
    expect(stdout).toMatch(/\n0 passed, 0 failed\n$/);
    expect(stderr).toMatch(/berth: no file of tests is called like tset\/infra: name a folder below test\//);
  });

  test("berth test adds up what it ran, and a suite that cannot be set up counts", async () => {
    project.write(
      "test/infra/broken.test.ts",
      `import { beforeAll, describe, test } from "vitest";
       test("passes", () => {});
       describe("suite", () => { beforeAll(() => { throw new Error("no"); }); test("never runs", () => {}); });`,
    );
    const { code, stdout, stderr } = await run("test", "test/infra/broken");
    expect(code).toBe(1);
    expect(stdout).toMatch(/\n1 passed, 1 failed, 1 skipped\n$/);
    expect(stderr).toContain("berth: tests failed; berth test FILE runs one of them again");
  });

  test("berth test --retry runs what failed once more, alone, and only what keeps failing is a failure", async () => {
    project.write(
      "test/infra/retried-steady.test.ts",
      `import { expect, test } from "vitest"; test("passes", () => {}); test("fails", () => expect(1).toBe(2));`,
    );
    project.write(
      "test/infra/retried-unsteady.test.ts",
      `import { existsSync, writeFileSync } from "node:fs"; import { expect, test } from "vitest";
       const file = new URL("retried-unsteady.txt", import.meta.url);
       test("passes the second time", () => {
         const there = existsSync(file); writeFileSync(file, "");
         if (!there) setTimeout(() => { throw new Error("an error that nothing waits for"); });
         expect(there).toBe(true);
         return new Promise((resolve) => setTimeout(resolve, 100));
       });`,
    );
    const both = await run("test", "retried-", "--retry");
    expect(both.code).toBe(1);
    const told = both.stdout.slice(both.stdout.indexOf("\nFailed at first:\n"));
    expect(told).toContain("\n  test/infra/retried-unsteady.test.ts, passed alone\n");
    expect(told).toContain("\n    passes the second time: expected false to be true // Object.is equality\n");
    expect(told).toContain("\n    an error that nothing waited for: an error that nothing waits for\n");
    expect(told).toContain("\n  test/infra/retried-steady.test.ts, failed again alone\n");
    expect(both.stdout).toMatch(/\n2 passed, 1 failed\n$/);
    rmSync(join(project.folder, "test/infra/retried-unsteady.txt"));
    const first = await run("test", "retried-unsteady");
    expect(first.stdout).toMatch(/\n0 passed, 2 failed\n$/);
    rmSync(join(project.folder, "test/infra/retried-unsteady.txt"));
    const second = await run("test", "retried-unsteady", "--retry");
    expect({ code: second.code, stderr: second.code === 0 ? "" : second.stderr }).toEqual({ code: 0, stderr: "" });
    expect(second.stdout).toMatch(/\n1 passed, 0 failed\n$/);
  });

  test.each([
    ["not YAML", "config: [1", /Pulumi\.bad\.yaml: line 1 is not valid YAML/],
    [
      "a wrong value",
      "config: {'berth:environment': {architecture: cloud}}",
      /Pulumi\.bad\.yaml has \d+ faults:\n {2}- environment\./,
    ],
    ["no environment", "config: {}", /environment is missing/],
  ])("a stack's file with %s", async (_what, text, message) => {
    project.write("Pulumi.bad.yaml", text);
    const { code, stderr } = await run("plan", "bad");
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});

test("a stack trace is shown with --debug only", async () => {
  project.write("Pulumi.bad.yaml", "config: {}");
  expect((await run("plan", "bad", "--debug")).stderr).toMatch(/^\s+at /m);
});

test("colours are for terminals only", async () => {
  const { stdout } = await run("plan", "dev");
  expect(stdout).not.toContain("\u001B[");
});

// Releases on ECS, with the real engine and an AWS emulator whose ECS plays back how tasks and rollouts go.
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { capture, type Finished } from "../../infra/cli/run.ts";
import { ecs } from "../../infra/operations/clients.ts";
import { type Release, readReleases } from "../../infra/operations/releases.ts";
import { calls, forgetCalls, type Rule, script, throttle } from "../support/ecs-script.ts";
import { awsEmulator, type EngineStack, engine, engineStack } from "../support/engine.ts";
import { copyProject, type ProjectCopy } from "../support/project-copy.ts";
import { describeWith } from "../support/requirement.ts";

const limit = { timeout: 300_000 };

describeWith("releases of staging on an AWS emulator", [engine, awsEmulator], () => {
  let stack: EngineStack;
  /** The project that commands are run in: they write into its files. */
  let copy: ProjectCopy;
  let services: { web: string; worker: string };
  let ledger: { region: string; table: string };
  let made = 0;

  beforeAll(async () => {
    await script(released("0001_first", "0001_first"));
    copy = copyProject("shared");
    stack = await engineStack("staging");
    await stack.up();
    const outputs = await stack.outputs();
    services = outputs.services as typeof services;
    ledger = { region: String(outputs.region), table: String(outputs.ledger) };
  }, 300_000);
  afterAll(async () => {
    copy.remove();
    // The emulator sometimes refuses a rule of a security group that it has just taken away: then once more.
    await stack.pulumi("destroy", "--yes", "--skip-preview");
    await stack.dispose();
  }, 300_000);
  beforeEach(async () => {
    await script();
    await forgetCalls();
  });

  function nextDigest(): string {
    made += 1;
    return `sha256:${String(made).padStart(2, "0").repeat(32)}`;
  }

  function configuredImage(): string {
    return /image: (\S+)/.exec(readFileSync(join(stack.folder, "Pulumi.staging.yaml"), "utf8"))?.[1] ?? "";
  }

  /** Configures another image and returns its digest. */
  function anotherImage(): string {
    const digest = nextDigest();
    stack.configure((environment) => {
      environment.image = String(environment.image).replace(/sha256:.*/, digest);
    });
    return digest;
  }

  /** Runs `pulumi up` to its end, whatever that is. */
  async function up(): Promise<{ readonly failed: boolean; readonly output: string }> {
    const { code, stdout, stderr } = await stack.pulumi("up", "--yes", "--skip-preview");
    return { failed: code !== 0, output: stdout + stderr };
  }

  /** Runs `berth` on the same stack, whose file goes there and back. */
  async function berth(...args: string[]): Promise<Finished> {
    const [here = "", there = ""] = [stack.folder, copy.folder].map((folder) => join(folder, "Pulumi.staging.yaml"));
    cpSync(here, there);
    const env = {
      ...process.env,
      PULUMI_BACKEND_URL: `file://${stack.folder}/state`,
      PULUMI_CONFIG_PASSPHRASE: "test",
    };
    const result = await capture(process.execPath, [join(copy.folder, "infra/cli/main.ts"), ...args], { env });
    cpSync(there, here);
    return result;
  }

  async function newest(): Promise<Release> {
    const [release] = await readReleases(ledger);
    if (release === undefined) throw new Error("The ledger is empty.");
    return release;
  }

  const rollout = (service: string, outcome: Rule["outcome"]): Rule => ({
    kind: "service",
    match: { service },
    outcome,
  });

  test("the first up starts services only after its release, and writes it down", limit, async () => {
    expect(await newest()).toMatchObject({
      number: 1,
      how: "up",
      verdict: "live",
      released: true,
      schema: { version: "0001_first", oldest: "0001_first" },
      by: expect.stringMatching(/^arn:aws/),
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
    });
  });

  test("deploy releases once, before the services change; rollback does not release again", limit, async () => {
    const [first] = await readReleases(ledger);
    await script(released("0002_second", "0001_first"));
    const digest = nextDigest();
    const deployed = await berth("deploy", "staging", "--image", digest);
    expect(deployed.code === 0 ? "" : deployed.stdout + deployed.stderr).toBe("");
    expect(await calls("ecs", "RunTask")).toHaveLength(1);
    expect(configuredImage()).toContain(digest);
    expect(await newest()).toMatchObject({
      ...{ number: 2, how: "deploy", verdict: "live", released: true, image: expect.stringContaining(digest) },
      schema: { version: "0002_second" },
    });

    await forgetCalls();
    const back = await berth("rollback", "staging");
    expect(back.code === 0 ? "" : back.stdout + back.stderr).toBe("");
    expect(await calls("ecs", "RunTask")).toEqual([]);
    expect(configuredImage()).toBe(first?.image);
    expect(await newest()).toMatchObject({ number: 3, how: "rollback", verdict: "live", image: first?.image });
  });

  test("what cannot be deployed or gone back to is refused before anything happens", limit, async () => {
    const before = configuredImage();
    const elsewhere = `999999999999.dkr.ecr.us-east-1.amazonaws.com/arena@${nextDigest()}`;
    for (const [args, message] of [
      [["deploy", "staging", "--image", "latest"], /has no digest/],
      [["deploy", "staging", "--image", elsewhere], /takes its images from/],
      [["rollback", "staging", "99"], /no release "99"/],
    ] as const) {
      const { code, stderr } = await berth(...args);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
    }
    expect(configuredImage()).toBe(before);
    expect(await calls("ecs", "UpdateService")).toEqual([]);
    expect((await newest()).number).toBe(3);
  });

  test(
    "a command runs in a task of its own; its output and exit code are passed on, and logs show it",
    limit,
    async () => {
      await script({ kind: "task", match: { command: "report" }, outcome: { exitCode: 4, logLines: ["one", "two"] } });
      const { code, stdout } = await berth("run", "staging", "--", "report", "--month", "5");
      expect({ code, stdout }).toEqual({ code: 4, stdout: "one\ntwo\n" });
      const [run] = await calls("ecs", "RunTask");
      expect(run).toMatchObject({ overrides: { containerOverrides: [{ command: ["report", "--month", "5"] }] } });
      const logs = await berth("logs", "staging", "--since", "1h");
      expect(logs.stdout).toMatch(/^\S+Z web {5}one\n\S+Z web {5}two$/m);
      expect(logs.stdout).toMatch(/^\S+Z release .*"schema"/m);

      await script({ kind: "task", outcome: { failures: [{ reason: "Capacity is unavailable at this time" }] } });
      const refused = await berth("run", "staging", "--", "report");
      expect(refused).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("Capacity is unavailable at this time"),
      });
    },
  );

  test("a release that fails changes no service, and shows exit code and log without secrets", limit, async () => {
    const shown = (await stack.pulumi("stack", "export", "--show-secrets")).stdout;
    const [secret = ""] = /(?<="plaintext": "\\")[A-Za-z0-9]{64}(?=\\"")/.exec(shown) ?? [];
    expect(secret).toHaveLength(64);
    const lines = Array.from({ length: 60 }, (_, index) => `line ${index + 1}`);
    await script({ kind: "task", outcome: { exitCode: 3, logLines: [...lines, `refused ${secret} as a key`] } });
    const before = await newest();
    const digest = anotherImage();
    const { failed, output } = await up();
    expect(failed).toBe(true);
    expect(output).toMatch(/The release failed\. Its task [0-9a-f]{32}, container app, exited with code 3/);
    expect(output).toMatch(/Its last 50 log lines:\s+line 12\s/);
    expect(output).toContain("refused [secret] as a key");
    expect(output.includes(secret)).toBe(false);
    expect(output).toContain("What runs was left as it is.");
    expect(await calls("ecs", "UpdateService")).toEqual([]);
    expect(await newest()).toMatchObject({
      number: before.number + 1,
      verdict: "release failed",
      reason: expect.stringContaining("exited with code 3"),
      image: expect.stringContaining(digest),
      released: false,
    });
    expect(JSON.stringify(await newest()).includes(secret)).toBe(false);
  });

  test("an image that cannot be pulled stops at its release", limit, async () => {
    const stoppedReason = "CannotPullContainerError: pull image manifest has been retried 1 time(s): not found";
    await script({ kind: "task", outcome: { stopCode: "TaskFailedToStart", stoppedReason } });
    anotherImage();
    const { failed, output } = await up();
    expect(failed).toBe(true);
    expect(output).toContain("did not run (CannotPullContainerError");
    expect(await calls("ecs", "UpdateService")).toEqual([]);
  });

  test("a rollout that ECS takes back fails the update, and the next up tries it again", limit, async () => {
    const before = (await readReleases(ledger)).find(({ verdict }) => verdict === "live");
    const crash = { exitCode: 78, stoppedReason: "Essential container in task exited", logLines: ["no such column"] };
    await script(
      released("0003_third", "0003_third"),
      rollout(services.web, { rolloutState: "FAILED", stoppedTasks: [crash], failedTasks: 3 }),
    );
    anotherImage();
    const { failed, output } = await up();
    expect(failed).toBe(true);
    expect(output).toMatch(/(circuit breaker|deployment failed): tasks failed to start\./);
    expect(output).toMatch(
      /Task [0-9a-f]{32}, container app, exited with code 78 \(Essential container in task exited\)/,
    );
    expect(output).toMatch(new RegExp(`ECS (went|is going) back to ${before?.image}`));
    expect(output).toContain("no such column");
    expect(await newest()).toMatchObject({
      verdict: "rolled back",
      released: true,
      schema: { version: "0003_third" },
    });
    // The migration is in the database all the same, and code from before it cannot work with it.
    const { code, stderr } = await berth("rollback", "staging", "1");
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining(
        "the database is at 0003_third, which code from before 0003_third cannot work with",
      ),
    });

    await script();
    await forgetCalls();
    expect((await up()).failed).toBe(false);
    expect(await calls("ecs", "RunTask")).toEqual([]);
    expect(await newest()).toMatchObject({ verdict: "live" });
    const again = await stack.pulumi("preview", "--expect-no-changes", "--diff");
    expect({ code: again.code, output: again.code === 0 ? "" : again.stdout }).toEqual({ code: 0, output: "" });
  });

  test("a crash loop and a missing image are called so before ECS does", limit, async () => {
    const crash = { exitCode: 1, stoppedReason: "Essential container in task exited" };
    await script(
      rollout(services.worker, { rolloutState: "IN_PROGRESS", runningCount: 0, stoppedTasks: [crash, crash, crash] }),
    );
    anotherImage();
    const loop = await up();
    expect(loop.failed ? "" : loop.output).toBe("");
    expect(loop.output).toContain("3 tasks ended after their start, with exit code 1");
    expect(loop.output).toMatch(/ECS (went|is going) back to/);

    const missing = {
      stopCode: "TaskFailedToStart",
      stoppedReason: "CannotPullContainerError: pull image manifest has been retried 5 time(s): manifest unknown",
    };
    await script(
      rollout(services.web, { rolloutState: "IN_PROGRESS", runningCount: 0, stoppedTasks: [missing] }),
      rollout(services.worker, { secondsTo: 1 }),
    );
    anotherImage();
    const pull = await up();
    expect(pull.failed ? "" : pull.output).toBe("");
    expect(pull.output).toContain("its image cannot be pulled");
    expect(pull.output).toContain("manifest unknown");
  });

  test("a slow start under throttling is waited for", limit, async () => {
    await script(rollout(services.web, { secondsTo: 5 }));
    for (const action of ["RunTask", "DescribeTasks", "DescribeServices", "ListTasks"])
      await throttle("ecs", action, 2);
    await throttle("dynamodb", "PutItem", 2);
    anotherImage();
    const { failed, output } = await up();
    expect(failed ? output : "").toBe("");
    expect(await newest()).toMatchObject({ verdict: "live" });
  });

  test("a service that somebody changed by hand is put right, and watched", limit, async () => {
    const { cluster, region } = (await stack.outputs()) as { cluster: string; region: string };
    await (await ecs(region)).updateService({ cluster, service: services.worker, enableExecuteCommand: true });
    const crash = { exitCode: 1, stoppedReason: "Essential container in task exited" };
    await script(
      rollout(services.worker, { rolloutState: "IN_PROGRESS", runningCount: 0, stoppedTasks: [crash, crash, crash] }),
    );
    const { code, stdout } = await stack.pulumi("up", "--yes", "--skip-preview", "--refresh");
    expect(code === 0 ? stdout : "").toBe("");
    expect(stdout).toContain("worker did not come up");
    expect(stdout).toContain("ECS goes back to the service as it ran before.");
    expect(await newest()).toMatchObject({ verdict: "rolled back" });
  });

  test(
    "an engine that is killed in its release, then in its rollout, is followed by one that completes",
    limit,
    async () => {
      await script({ kind: "task", times: 1, outcome: { exitCode: 0, secondsToStop: 12 } });
      const digest = anotherImage();
      await stack.kill(
        () => until(async () => (await calls("ecs", "RunTask")).length === 1),
        "up",
        "--yes",
        "--skip-preview",
      );
      const { number } = await newest();
      await script(rollout(services.web, { rolloutState: "IN_PROGRESS", runningCount: 0 }));
      await forgetCalls();
      await stack.kill(
        () => until(async () => (await calls("ecs", "ListTasks")).length >= 3),
        "up",
        "--yes",
        "--skip-preview",
      );
      expect(await calls("ecs", "RunTask")).toEqual([]);
      expect(await newest()).toMatchObject({ number, verdict: "started", released: true });

      await script({
        kind: "service",
        match: { service: services.web },
        now: true,
        outcome: { rolloutState: "COMPLETED" },
      });
      const { failed, output } = await up();
      expect(failed ? output : "").toBe("");
      expect(await newest()).toMatchObject({ number, verdict: "live", image: expect.stringContaining(digest) });
    },
  );
});

/** A release phase that succeeds and says what schema it left behind. */
function released(version: string, oldest: string): Rule {
  const line = JSON.stringify({ schema: { version, oldest }, message: "Release done" });
  return { kind: "task", match: { command: "" }, outcome: { exitCode: 0, logLines: ["migrating", line] } };
}

async function until(isReached: () => Promise<boolean>, seconds = 120): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !(await isReached()); await sleep(200)) {
    if (Date.now() > end) throw new Error(`It did not happen in ${seconds} s.`);
  }
}

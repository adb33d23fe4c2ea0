// Releases on ECS, with the real engine and an AWS emulator whose ECS plays back how tasks and rollouts go.
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { capture, type Finished } from "../../infra/cli/run.ts";
import { ecs, rds } from "../../infra/operations/clients.ts";
import { type Release, readReleases } from "../../infra/operations/releases.ts";
import { runReleasePhase } from "../../infra/release/ecs-phase.ts";
import { RolloutFailure, watchRollout } from "../../infra/release/ecs-rollout.ts";
import { calls, forgetCalls, type Rule, script, throttle } from "../support/ecs-script.ts";
import { awsEmulator, changesOf, type EngineStack, engine, engineStack } from "../support/engine.ts";
import { copyProject, type ProjectCopy } from "../support/project-copy.ts";
import { describeWith } from "../support/requirement.ts";

interface Outputs {
  readonly region: string;
  readonly cluster: string;
  readonly ledger: string;
  readonly services: Readonly<Record<"web" | "worker", string>>;
  readonly logGroups: Readonly<Record<"web" | "worker" | "release", string>>;
  readonly database: { readonly identifier: string };
  readonly oneOff: {
    readonly container: string;
    readonly subnets: readonly string[];
    readonly assignPublicIp: boolean;
    readonly tasks: { readonly release: { readonly taskDefinition: string; readonly securityGroup: string } };
  };
}

describeWith("releases of staging on an AWS emulator", [engine, awsEmulator], () => {
  let stack: EngineStack;
  /** The project that commands are run in: they write into its files. */
  let copy: ProjectCopy;
  let outputs: Outputs;
  let services: Outputs["services"];
  let ledger: { region: string; table: string };
  let made = 0;

  beforeAll(async () => {
    await script(released("0001_first", "0001_first"));
    copy = copyProject("shared");
    // What no release touches costs each update time.
    stack = await engineStack("staging", (environment) => {
      for (const setting of ["backup", "monthlyBudget"]) delete environment[setting];
    });
    await stack.up();
    outputs = (await stack.outputs()) as unknown as Outputs;
    services = outputs.services;
    ledger = { region: outputs.region, table: outputs.ledger };
  });
  afterAll(async () => {
    copy.remove();
    // The emulator sometimes refuses a rule of a security group that it has just taken away: then once more.
    await stack.pulumi("destroy", "--yes", "--skip-preview");
    await stack.dispose();
  });
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

  /**
   * What an update does to a service, without the engine: another definition, and the watch of its rollout. Then what ran
   * before runs again.
   *
   * @returns how it failed; undefined if it did not
   */
  async function takesOver(name: "web" | "worker", ...rules: Rule[]): Promise<RolloutFailure | undefined> {
    const { cluster, region, logGroups, oneOff } = outputs;
    const client = await ecs(region);
    const where = { cluster, service: services[name] };
    const [found] = (await client.describeServices({ cluster, services: [where.service] })).services ?? [];
    const before = found?.taskDefinition;
    const { taskDefinition: own } = await client.describeTaskDefinition({ taskDefinition: before });
    const { family, containerDefinitions, networkMode, cpu, memory, requiresCompatibilities } = own ?? {};
    const { taskDefinition: made } = await client.registerTaskDefinition({
      ...{ family, containerDefinitions, networkMode, cpu, memory, requiresCompatibilities },
    });
    const taskDefinition = made?.taskDefinitionArn ?? "";
    await script(...rules);
    const since = Date.now();
    await client.updateService({ ...where, taskDefinition });
    const rollout = {
      ...{ ...where, region, name, taskDefinition, since, image: "the image", container: oneOff.container },
      ...{ logGroup: logGroups[name], logPrefix: name, again: false, timeout: 120, secrets: [] },
    };
    try {
      await watchRollout(rollout, new AbortController().signal);
      return undefined;
    } catch (error) {
      if (error instanceof RolloutFailure) return error;
      throw error;
    } finally {
      await script();
      await client.updateService({ ...where, taskDefinition: before });
      await client.deregisterTaskDefinition({ taskDefinition });
    }
  }

  /** The release phase of an image that had none yet. */
  async function phase() {
    const { cluster, region, logGroups, oneOff } = outputs;
    const { container, subnets, assignPublicIp, tasks } = oneOff;
    const { taskDefinition: first, securityGroup } = tasks.release;
    // Each release has replaced the definition of the one before.
    const family = first.replace(/^.*\/|:\d+$/g, "");
    const { taskDefinition: newest } = await (await ecs(region)).describeTaskDefinition({ taskDefinition: family });
    return runReleasePhase({
      ...{ region, cluster, container, subnets, assignPublicIp, securityGroup, image: `arena@${nextDigest()}` },
      taskDefinition: newest?.taskDefinitionArn ?? "",
      ...{ logGroup: logGroups.release, logPrefix: "release", timeout: 60, secrets: [] },
    });
  }

  test("the first up starts services only after its release, and writes it down", async () => {
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

  test("deploy releases once, before the services change; rollback does not release again", async () => {
    const [first] = await readReleases(ledger);
    await script(released("0002_second", "0001_first"));
    const digest = nextDigest();
    const deployed = await berth("deploy", "staging", "--image", digest);
    expect(deployed.code === 0 ? "" : deployed.stdout + deployed.stderr).toBe("");
    expect(await calls("ecs", "RunTask")).toHaveLength(1);
    // Three task definitions, two services and the row of what is live.
    expect(changesOf(deployed.stdout)).toEqual({ updated: 3, replaced: 3 });
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

  test("what cannot be deployed or gone back to is refused before anything happens", async () => {
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

  test("a command runs in a task of its own; its output and exit code are passed on, and logs show it", async () => {
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
  });

  test("a release that fails changes no service, and shows exit code and log without secrets", async () => {
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

  test("an image that cannot be pulled stops at its release", async () => {
    const stoppedReason = "CannotPullContainerError: pull image manifest has been retried 1 time(s): not found";
    await script({ kind: "task", outcome: { stopCode: "TaskFailedToStart", stoppedReason } });
    await expect(phase()).rejects.toThrow("did not run (CannotPullContainerError");
  });

  test("a rollout that ECS takes back fails the update, and the next up tries it again", async () => {
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

  test("a crash loop and a missing image are called so before ECS does", async () => {
    const crash = { exitCode: 1, stoppedReason: "Essential container in task exited" };
    const loop = await takesOver(
      "worker",
      rollout(services.worker, { rolloutState: "IN_PROGRESS", runningCount: 0, stoppedTasks: [crash, crash, crash] }),
    );
    expect(loop?.message).toContain("3 tasks ended after their start, with exit code 1");
    expect(loop?.message).toMatch(/ECS (went|is going) back to/);
    expect(loop?.rolledBack).toBe(true);

    const missing = {
      stopCode: "TaskFailedToStart",
      stoppedReason: "CannotPullContainerError: pull image manifest has been retried 5 time(s): manifest unknown",
    };
    const pull = await takesOver(
      "web",
      rollout(services.web, { rolloutState: "IN_PROGRESS", runningCount: 0, stoppedTasks: [missing] }),
    );
    expect(pull?.message).toContain("its image cannot be pulled");
    expect(pull?.message).toContain("manifest unknown");
  });

  test("a slow start under throttling is waited for", async () => {
    for (const action of ["RunTask", "DescribeTasks", "DescribeServices", "ListTasks"])
      await throttle("ecs", action, 2);
    await script(released("0003_third", "0003_third"));
    expect(await phase()).toEqual({ version: "0003_third", oldest: "0003_third" });
    for (const action of ["DescribeServices", "ListTasks"]) await throttle("ecs", action, 2);
    expect(await takesOver("web", rollout(services.web, { secondsTo: 5 }))).toBeUndefined();
  });

  test("a drill restores a copy of the database, has the release command find it whole, and deletes it", async () => {
    await script(released("0003_third", "0003_third"));
    const { code, stdout, stderr } = await berth("drill", "restore", "staging", "--json");
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    const drill = JSON.parse(stdout) as Record<"recoverySeconds" | "availableSeconds" | "lostSeconds", number>;
    expect(drill).toMatchObject({ stack: "staging", schema: { version: "0003_third" } });
    expect(drill.recoverySeconds).toBeGreaterThanOrEqual(drill.availableSeconds);
    expect(drill.lostSeconds).toBeGreaterThanOrEqual(0);
    const copy = `${outputs.database.identifier}-drill`;
    const [run] = await calls("ecs", "RunTask");
    expect(run).toMatchObject({
      overrides: {
        containerOverrides: [
          {
            command: ["release"],
            environment: [{ name: "DATABASE_URL", value: expect.stringContaining(`app@${copy}.`) }],
          },
        ],
      },
    });
    expect(await instances()).toEqual([outputs.database.identifier]);

    // One that cannot be used is no less deleted, and the drill has failed.
    await script({ kind: "task", outcome: { exitCode: 1, logLines: ["no such table"] } });
    const failed = await berth("drill", "restore", "staging");
    expect(failed).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/exited with code 1[\s\S]*no such table/),
    });
    expect(await instances()).toEqual([outputs.database.identifier]);
  });

  /** Names of the stack's databases, copies among them. */
  async function instances(): Promise<string[]> {
    const { DBInstances = [] } = await (await rds(outputs.region)).describeDBInstances({});
    const names = DBInstances.map(({ DBInstanceIdentifier = "" }) => DBInstanceIdentifier);
    return names.filter((name) => name.startsWith(outputs.database.identifier));
  }

  test("a service that somebody changed by hand is put right, and watched", async () => {
    const { cluster, region } = outputs;
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

  test("an engine that is killed in its release, then in its rollout, is followed by one that completes", async () => {
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
  });
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

// Commands that begin something on AWS, and are ended at an awkward moment: nothing that they began is left.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { projectRoot } from "../../infra/cli/project.ts";
import { capture } from "../../infra/cli/run.ts";
import { freePort } from "../../infra/embedded/postgres.ts";
import { type Answer, type AwsAnswers, awsAnswers } from "../support/aws-answers.ts";
import { type Running, startBerth } from "../support/berth.ts";
import { type DeployedStaging, deployedStaging } from "../support/deployed-staging.ts";
import { copyProject } from "../support/project-copy.ts";

const main = join(projectRoot, "infra/cli/main.ts");
const digest = `sha256:${"ab".repeat(32)}`;

let aws: AwsAnswers;
let staging: DeployedStaging;
let env: NodeJS.ProcessEnv;
let isStopped = false;

const running = () => ({
  taskArn: "arn:task/staging/1",
  lastStatus: isStopped ? "STOPPED" : "RUNNING",
  containers: [
    {
      name: "app",
      runtimeId: "runtime",
      managedAgents: [{ name: "ExecuteCommandAgent", lastStatus: "RUNNING" }],
      ...(isStopped ? { exitCode: 143 } : {}),
    },
  ],
});
const answers: Readonly<Record<string, Answer>> = {
  DescribeTaskDefinition: () => ({
    taskDefinition: {
      family: "web",
      containerDefinitions: [
        { name: "app", image: "i", environment: [{ name: "DATABASE_URL", value: "postgresql://app@db.internal/app" }] },
      ],
    },
  }),
  RegisterTaskDefinition: () => ({ taskDefinition: { taskDefinitionArn: "arn:definition/tunnel:1" } }),
  DeregisterTaskDefinition: () => ({}),
  RunTask: () => ({ tasks: [{ taskArn: "arn:task/staging/1" }] }),
  DescribeTasks: () => ({ tasks: [running()] }),
  StopTask: () => {
    isStopped = true;
    return {};
  },
  StartSession: () => ({ SessionId: "s", TokenValue: "t", StreamUrl: "wss://stream" }),
  GetLogEvents: () => ({ events: [], nextForwardToken: "end" }),
  Query: () => ({ Items: [] }),
};

beforeEach(async () => {
  isStopped = false;
  aws = await awsAnswers(answers);
  staging = deployedStaging();
  staging.bin.script("session-manager-plugin", '[ "$1" = --version ] && exit\necho forwarding\nexec sleep 600');
  env = { ...staging.env, ...aws.env };
});
afterEach(async () => {
  await aws.close();
  staging.remove();
});

function start(...args: string[]): Running {
  return startBerth(process.execPath, [main, ...args], env);
}

/** The command is told to end while AWS works on a call, and gets its answer after that. */
function signalDuring(action: string, signal: NodeJS.Signals, command: () => Running): void {
  const answer = answers[action];
  aws.on(action, async (params) => {
    aws.on(action, answer ?? (() => ({})));
    command().signal(signal);
    await command().says(/Interrupted: /);
    return (await answer?.(params)) ?? {};
  });
}

const tasksLeft = () => {
  const count = (action: string) => aws.calls.filter((call) => call === action).length;
  return {
    running: count("RunTask") - count("StopTask"),
    definitions: count("RegisterTaskDefinition") - count("DeregisterTaskDefinition"),
  };
};
const nothing = { running: 0, definitions: 0 };

describe.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s", (signal) => {
  test.each([
    ["DescribeTaskDefinition", 0],
    ["RegisterTaskDefinition", 0],
    ["RunTask", 1],
    ["DescribeTasks", 1],
    ["StartSession", 1],
  ])("while a tunnel waits for %s leaves no way to the database", async (action, started) => {
    const command = start("tunnel", "staging", "db", "--port", String(await freePort()));
    signalDuring(action, signal, () => command);
    expect(await command.ended).toBe(130);
    expect(command.output()).toContain("interrupted; there is no tunnel");
    expect(tasksLeft()).toEqual(nothing);
    expect(aws.calls.filter((call) => call === "RunTask")).toHaveLength(started);
  });

  test("ends a tunnel that is open, which is no failure", async () => {
    const command = start("tunnel", "staging", "db", "--port", String(await freePort()));
    await command.says(/forwarding/);
    command.signal(signal);
    expect(await command.ended).toBe(0);
    expect(tasksLeft()).toEqual(nothing);
  });

  test.each(["RunTask", "DescribeTasks"])("while a command that is run waits for %s stops it", async (action) => {
    const command = start("run", "staging", "--", "report");
    signalDuring(action, signal, () => command);
    expect(await command.ended).toBe(130);
    expect(command.output()).toContain("interrupted; the command was stopped");
    expect(tasksLeft()).toEqual(nothing);
  });

  test("before the engine begins a release puts the stack's file back", async () => {
    const project = copyProject("shared");
    const file = join(project.folder, "Pulumi.staging.yaml");
    const before = readFileSync(file, "utf8");
    const [selecting, go, up] = ["selecting", "go", "up"].map((name) => join(staging.bin.path, name));
    staging.pulumi(
      `case "$*" in\n"stack select "*) >"${selecting}"; until [ -e "${go}" ] || [ ! -e "$0" ]; do sleep 0.05; done ;;\n"up "*) >"${up}" ;;\nesac`,
    );
    const command = startBerth(
      process.execPath,
      [join(project.folder, "infra/cli/main.ts"), "deploy", "staging", "--image", digest],
      env,
    );
    await expect.poll(() => existsSync(selecting ?? "")).toBe(true);
    expect(readFileSync(file, "utf8")).toContain(digest);
    command.signal(signal);
    writeFileSync(go ?? "", "");
    expect(await command.ended).toBe(130);
    expect(command.output()).toContain("Pulumi.staging.yaml names the image of before again");
    expect(readFileSync(file, "utf8")).toBe(before);
    expect(existsSync(up ?? "")).toBe(false);
    project.remove();
  });
});

describe("a restore drill", () => {
  /** Databases by their state. */
  let databases: Record<string, string>;
  const absent = () => Object.assign(new Error("no such database"), { name: "DBInstanceNotFoundFault" });
  beforeEach(() => {
    databases = { "staging-db": "available" };
    aws.on("DescribeDBInstances", ({ DBInstanceIdentifier: id }) => {
      const status = databases[String(id)];
      if (status === undefined) throw absent();
      return `<DBInstances><DBInstance><DBInstanceIdentifier>${id}</DBInstanceIdentifier><DBInstanceStatus>${status}</DBInstanceStatus><LatestRestorableTime>2026-01-02T03:04:05Z</LatestRestorableTime><Endpoint><Address>${id}.internal</Address></Endpoint></DBInstance></DBInstances>`;
    });
    aws.on("RestoreDBInstanceToPointInTime", ({ TargetDBInstanceIdentifier: id }) => {
      databases[String(id)] = "available";
      return "";
    });
    aws.on("DeleteDBInstance", ({ DBInstanceIdentifier: id }) => {
      const status = databases[String(id)];
      if (status === undefined) throw absent();
      if (status === "creating") {
        databases[String(id)] = "available";
        throw Object.assign(new Error("it is creating"), { name: "InvalidDBInstanceState" });
      }
      delete databases[String(id)];
      return "";
    });
  });

  test("ends at the first Ctrl-C of its proof: the task is stopped and the copy deleted; a second changes nothing", async () => {
    const command = start("drill", "restore", "staging");
    await expect.poll(() => aws.calls).toContain("DescribeTasks");
    aws.on("StopTask", async () => {
      command.signal("SIGINT");
      isStopped = true;
      return {};
    });
    command.signal("SIGINT");
    expect(await command.ended).toBe(130);
    expect(command.output()).toMatch(/Interrupted: ending the drill and deleting its copy[\s\S]*the drill was ended/);
    expect(tasksLeft().running).toBe(0);
    expect(databases).toEqual({ "staging-db": "available" });
  });

  test("waits with the deletion while RDS makes the copy", async () => {
    aws.on("RestoreDBInstanceToPointInTime", ({ TargetDBInstanceIdentifier: id }) => {
      databases[String(id)] = "creating";
      return "";
    });
    const command = start("drill", "restore", "staging");
    await expect.poll(() => databases["staging-db-drill"]).toBe("creating");
    command.signal("SIGTERM");
    expect(await command.ended).toBe(130);
    expect(databases).toEqual({ "staging-db": "available" });
  });

  test("says that the copy stays where it cannot be deleted", async () => {
    aws.on("DeleteDBInstance", ({ DBInstanceIdentifier: id }) => {
      if (databases[String(id)] === undefined) throw absent();
      throw Object.assign(new Error("not allowed"), { name: "AccessDenied" });
    });
    const command = start("drill", "restore", "staging");
    await expect.poll(() => aws.calls).toContain("DescribeTasks");
    command.signal("SIGINT");
    expect(await command.ended).toBe(1);
    expect(command.output()).toMatch(/the copy staging-db-drill could not be deleted, and costs .*: not allowed/);
  });
});

describe("when nobody reads its output any more", () => {
  const piped = async (words: string, reader: string) => {
    const line = `"$0" "$1" ${words} | ${reader}; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await capture("bash", ["-c", line, process.execPath, main], { env });
    // A busy machine says what takes so long.
    return { stdout, stderr: stderr.replaceAll(/^.* …\n/gm, "") };
  };

  test("a command that is run is stopped", async () => {
    let more = 0;
    aws.on("GetLogEvents", ({ nextToken }) => {
      more += 1;
      return { events: [{ message: `line ${more}`, timestamp: 1 }], nextForwardToken: nextToken ?? "end" };
    });
    const { stdout, stderr } = await piped("run staging -- report", "head -n 1");
    expect(stdout).toBe("line 1\n141\n");
    expect(stderr).toMatch(/^Task 1 of staging starts, with what web may do\. Ctrl-C stops it\.\n$/);
    expect(tasksLeft()).toEqual(nothing);
  });

  test("logs that are followed end", async () => {
    aws.on("FilterLogEvents", () => ({
      events: [{ eventId: String(Math.random()), timestamp: Date.now(), message: "another" }],
    }));
    const { stdout, stderr } = await piped("logs staging --follow --process web", "head -n 1");
    expect(stdout).toMatch(/^\S+Z web {5}another\n141\n$/);
    expect(stderr).toBe("");
  });
});

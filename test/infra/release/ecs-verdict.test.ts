import type { Task } from "@aws-sdk/client-ecs";
import { describe, expect, test } from "vitest";
import type { Deployment, RolloutFacts } from "../../../infra/operations/rollout.ts";
import { judge, type Wanted } from "../../../infra/release/ecs-verdict.ts";

const began = 1_000_000;
const wanted: Wanted = {
  taskDefinition: "arn:new:2",
  container: "app",
  since: began,
  seen: new Map([["ecs-svc/2", began]]),
};

function deployment(values: Partial<Deployment> = {}): Deployment {
  return {
    id: "ecs-svc/2",
    status: "PRIMARY",
    taskDefinition: "arn:new:2",
    at: began,
    state: "IN_PROGRESS",
    reason: "",
    desired: 2,
    running: 2,
    pending: 0,
    ...values,
  };
}

const old = deployment({ id: "ecs-svc/1", status: "ACTIVE", taskDefinition: "arn:old:1", state: "COMPLETED" });

function facts(values: Partial<RolloutFacts> = {}): RolloutFacts {
  return { status: "ACTIVE", desired: 2, deployments: [deployment(), old], events: [], stopped: [], ...values };
}

function ended(values: Partial<Task> = {}, exitCode?: number): Task {
  return {
    taskArn: "arn:task/1",
    taskDefinitionArn: "arn:new:2",
    startedBy: "ecs-svc/2",
    createdAt: new Date(began + 1000),
    stopCode: "EssentialContainerExited",
    containers: [{ name: "app", ...(exitCode === undefined ? {} : { exitCode }) }],
    ...values,
  };
}

const verdict = (values: Partial<RolloutFacts>, of: Wanted = wanted, now = began + 60_000) =>
  judge(facts(values), of, now);

describe("it is live", () => {
  test("when the new one is primary, completed, alone, and all of its tasks run", () => {
    expect(verdict({ deployments: [deployment({ state: "COMPLETED" })] })).toEqual({ kind: "live" });
  });

  test.each([
    ["the old one still has tasks", { deployments: [deployment({ state: "COMPLETED" }), old] }],
    ["a task is missing", { deployments: [deployment({ state: "COMPLETED", running: 1 })] }],
    ["a task is still starting", { deployments: [deployment({ state: "COMPLETED", pending: 1 })] }],
    ["ECS has not called it completed", { deployments: [deployment()] }],
    ["ECS has not begun", { deployments: [] }],
  ])("not while %s", (_, values) => {
    expect(verdict(values).kind).toBe("under way");
  });

  test("with no task at all, where none is wanted", () => {
    const none = deployment({ state: "COMPLETED", desired: 0, running: 0 });
    expect(verdict({ desired: 0, deployments: [none] }).kind).toBe("live");
  });
});

describe("it has failed by ECS's own word", () => {
  test("the service is gone", () => {
    expect(verdict({ status: "DRAINING" })).toMatchObject({ kind: "failed", cause: "the service is DRAINING" });
  });

  test("the circuit breaker gave it up, and there is nothing to go back to", () => {
    const failed = deployment({ state: "FAILED", reason: "ECS deployment circuit breaker: tasks failed to start." });
    expect(verdict({ deployments: [failed] })).toMatchObject({
      kind: "failed",
      cause: "ECS deployment circuit breaker: tasks failed to start.",
      isEarly: false,
    });
  });

  test("it was rolled back, for the reason of the deployment that failed", () => {
    const failed = deployment({ status: "ACTIVE", state: "FAILED", reason: "alarm web-errors" });
    const back = { ...old, status: "PRIMARY" };
    expect(verdict({ deployments: [back, failed] })).toMatchObject({ kind: "failed", cause: "alarm web-errors" });
  });

  test("it was rolled back, for the reason in an event, and not in one of an earlier rollout", () => {
    const events = [
      { at: began + 10, message: "(service web) (deployment ecs-svc/2) deployment failed: tasks failed to start." },
      { at: began - 10, message: "(service web) (deployment ecs-svc/0) deployment failed: an older story." },
    ];
    const back = { ...old, status: "PRIMARY" };
    expect(verdict({ deployments: [back], events })).toMatchObject({ cause: events[0]?.message });
    expect(verdict({ deployments: [back], events: events.slice(1) })).toMatchObject({
      kind: "failed",
      cause: "ECS runs another task definition",
    });
  });

  test("an answer that does not know of the update yet is no verdict, for half a minute", () => {
    const unseen = { ...wanted, seen: new Map<string, number>() };
    const back = { ...old, status: "PRIMARY" };
    expect(verdict({ deployments: [back] }, unseen, began + 29_000).kind).toBe("under way");
    expect(verdict({ deployments: [back] }, unseen, began + 31_000).kind).toBe("failed");
  });
});

describe("the definition is that of before, and only settings of the service differ", () => {
  const before = deployment({ id: "ecs-svc/1", status: "ACTIVE", at: began - 90_000, state: "COMPLETED" });
  const both = {
    ...wanted,
    seen: new Map([
      ["ecs-svc/1", began - 90_000],
      ["ecs-svc/2", began],
    ]),
  };

  test("it was rolled back when the older one is primary again", () => {
    expect(verdict({ deployments: [{ ...before, status: "PRIMARY" }] }, both)).toMatchObject({ kind: "failed" });
    const back = {
      ...before,
      status: "PRIMARY",
      state: "IN_PROGRESS",
      reason: "rolling back to deploymentId ecs-svc/1",
    };
    expect(verdict({ deployments: [back] })).toMatchObject({ kind: "failed", cause: back.reason });
  });

  test("tasks and events of the older one count for nothing", () => {
    const crash = ended({ startedBy: "ecs-svc/1" }, 1);
    const event = { at: began - 1, message: "(service web) is unable to consistently start tasks successfully." };
    const facts = { deployments: [deployment(), before], stopped: [crash, crash, crash], events: [event] };
    expect(verdict(facts, both).kind).toBe("under way");
  });
});

describe("it has failed before ECS says so", () => {
  const pull = (message: string) =>
    ended({ stopCode: "TaskFailedToStart", stoppedReason: `CannotPullContainerError: ${message}` });

  test.each(["pull image manifest: not found", "manifest unknown", "pull access denied, repository does not exist"])(
    "an image that cannot be pulled: %s",
    (message) => {
      expect(verdict({ stopped: [pull(message)] })).toMatchObject({
        kind: "failed",
        cause: "its image cannot be pulled",
        isEarly: true,
      });
    },
  );

  test("one pull that timed out is tried again", () => {
    expect(verdict({ stopped: [pull("context deadline exceeded")] }).kind).toBe("under way");
  });

  test("three tasks that ended are a crash loop, two are not", () => {
    const crash = ended({}, 78);
    expect(verdict({ stopped: [crash, crash] }).kind).toBe("under way");
    expect(verdict({ stopped: [crash, crash, crash] })).toMatchObject({
      cause: "3 tasks ended after their start, with exit code 78",
      isEarly: true,
    });
  });

  test("health checks that fail", () => {
    const unhealthy = ended({
      stopCode: "ServiceSchedulerInitiated",
      stoppedReason: "Task failed ELB health checks in (target-group arn:tg)",
    });
    expect(verdict({ stopped: [unhealthy, unhealthy, unhealthy] })).toMatchObject({
      cause: "3 tasks failed their health checks",
    });
  });

  test.each([
    [
      "was taken away by autoscaling",
      { stopCode: "ServiceSchedulerInitiated" as const, stoppedReason: "Scaling activity" },
    ],
    ["was reclaimed by Spot", { stopCode: "SpotInterruption" as const }],
    ["was stopped by hand", { stopCode: "UserInitiated" as const }],
    ["ran another definition", { taskDefinitionArn: "arn:old:1" }],
    ["was of an earlier try", { startedBy: "ecs-svc/0" }],
  ])("a task counts for nothing that %s", (_, values) => {
    const task = ended(values, 1);
    expect(verdict({ stopped: [task, task, task, task] }).kind).toBe("under way");
  });

  test("no place for tasks, said three times and with none running", () => {
    const event = {
      at: began + 5,
      message: "(service web) was unable to place a task. Reason: Capacity is unavailable",
    };
    const none = [deployment({ running: 0, pending: 0 }), old];
    expect(verdict({ deployments: none, events: [event, event] }).kind).toBe("under way");
    expect(verdict({ deployments: none, events: [event, event, event] })).toMatchObject({ cause: event.message });
    expect(verdict({ events: [event, event, event] }).kind).toBe("under way");
  });

  test("ECS says that it cannot start tasks", () => {
    const event = { at: began + 5, message: "(service web) is unable to consistently start tasks successfully." };
    expect(verdict({ events: [event] })).toMatchObject({ kind: "failed", cause: event.message });
  });
});

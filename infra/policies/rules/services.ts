// How ECS keeps tasks running.
import type { Policy } from "../model.ts";
import { at, listAt, numberAt, unless } from "../read.ts";

const service = "aws:ecs/service:Service";

export const serviceNoPublicAddress: Policy = {
  name: "service-no-public-address",
  title: "Tasks have no public addresses",
  why: "Without one, a mistake in a security group does not put a task on the internet.",
  fix: "Run tasks in private subnets with a NAT gateway: network.nat single or perZone.",
  severity: "high",
  controls: ["ECS.2", "CKV_AWS_333"],
  on: [service],
  notIn: {
    development: "as staging",
    staging:
      "saves the NAT gateway, $36 a month: tasks have public addresses, and a group that lets nobody in from outside",
  },
  check: ({ inputs }) =>
    unless(at(inputs, "networkConfiguration.assignPublicIp") !== true, "gives its tasks public addresses"),
};

export const serviceCircuitBreaker: Policy = {
  name: "service-circuit-breaker",
  title: "A rollout that fails is stopped and taken back",
  why: "Else ECS starts failing tasks for ever, and the next scale-out brings up the broken version.",
  fix: "Set deploymentCircuitBreaker: { enable: true, rollback: true }.",
  severity: "high",
  controls: [],
  on: [service],
  check: ({ inputs }) =>
    unless(
      at(inputs, "deploymentCircuitBreaker.enable") === true &&
        at(inputs, "deploymentCircuitBreaker.rollback") === true,
      "does not take a failing rollout back",
    ),
};

export const serviceRollbackAlarms: Policy = {
  name: "service-rollback-alarms",
  title: "A rollout that makes users' requests fail or slow is taken back",
  why: "Tasks that answer their health check can still be wrong.",
  fix: "Set alarms: { enable: true, rollback: true } with alarms on errors and latency.",
  severity: "medium",
  controls: [],
  on: [service],
  exceptions: ["Services without a load balancer: no request tells whether they work, and their jobs are tried again."],
  check: ({ inputs }) =>
    unless(
      listAt(inputs, "loadBalancers").length === 0 ||
        (at(inputs, "alarms.enable") === true &&
          at(inputs, "alarms.rollback") === true &&
          listAt(inputs, "alarms.alarmNames").length > 0),
      "goes on with a rollout that makes requests fail",
    ),
};

export const serviceKeepsCapacity: Policy = {
  name: "service-keeps-capacity",
  title: "A rollout starts new tasks before it stops old ones",
  why: "With fewer tasks than the load needs, a rollout is an outage.",
  fix: "Set deploymentMinimumHealthyPercent to 100 and deploymentMaximumPercent above it.",
  severity: "medium",
  controls: [],
  on: [service],
  check: ({ inputs }) =>
    unless(
      numberAt(inputs, "deploymentMinimumHealthyPercent") >= 100 && numberAt(inputs, "deploymentMaximumPercent") > 100,
      "stops tasks before there are new ones",
    ),
};

export const serviceNoShell: Policy = {
  name: "service-no-shell",
  title: "Nobody opens a shell in a running task",
  why: "A shell in a task reads all that the task reads, and leaves no trace that anybody looks at.",
  fix: "Set enableExecuteCommand: false; one-off commands run in a task of their own.",
  severity: "medium",
  controls: [],
  on: [service],
  check: ({ inputs }) => unless(at(inputs, "enableExecuteCommand") !== true, "lets people open a shell in its tasks"),
};

export const servicePlatformLatest: Policy = {
  name: "service-platform-latest",
  title: "Tasks run on Fargate's latest platform",
  why: "AWS mends old platform versions late or never.",
  fix: "Leave platformVersion out.",
  severity: "low",
  controls: ["ECS.10", "CKV_AWS_332"],
  on: [service],
  check: ({ inputs }) =>
    unless([undefined, "LATEST"].includes(at(inputs, "platformVersion") as string), "names an old platform version"),
};

export const serviceSurvivesATask: Policy = {
  name: "service-survives-a-task",
  title: "Two tasks or more always run",
  why: "One task alone is an outage whenever it is replaced or its zone fails.",
  fix: "Set min to 2 or more.",
  severity: "medium",
  controls: [],
  on: ["aws:appautoscaling/target:Target"],
  notIn: { development: "as staging", staging: "one task is enough to try things with, and costs half" },
  check: ({ inputs }) => unless(numberAt(inputs, "minCapacity") >= 2, "goes down to fewer than two tasks"),
};

export const clusterInsights: Policy = {
  name: "cluster-insights",
  title: "The cluster measures its tasks",
  why: "The number of tasks that run, which an alarm needs, is measured by Container Insights only.",
  fix: 'Set settings: [{ name: "containerInsights", value: "enabled" }].',
  severity: "medium",
  controls: ["ECS.12", "AwsSolutions-ECS4", "CKV_AWS_65"],
  on: ["aws:ecs/cluster:Cluster"],
  check: ({ inputs }) =>
    unless(
      listAt(inputs, "settings").some(
        (setting) =>
          at(setting, "name") === "containerInsights" && ["enabled", "enhanced"].includes(String(at(setting, "value"))),
      ),
      "has no Container Insights",
    ),
};

// What a container of an ECS task may do and be told.
import type { Fault, Policy, Resource } from "../model.ts";
import { at, firstFault, isHidden, listAt, textsAt, unless } from "../read.ts";

const definition = "aws:ecs/taskDefinition:TaskDefinition";

/** @param fault what is wrong with one container, to be read after its name */
function eachContainer({ inputs }: Resource, fault: (container: unknown) => Fault): Fault {
  const containers = listAt(inputs, "containerDefinitions");
  if (containers.length === 0) return "has no containers that can be read";
  return firstFault(containers, (container) => {
    const found = fault(container);
    return found === undefined
      ? undefined
      : `has a container ${String(at(container, "name") ?? "without a name")} that ${found}`;
  });
}

export const taskRootReadOnly: Policy = {
  name: "task-root-read-only",
  title: "A task's root file system is read-only",
  why: "Who breaks in cannot replace the program or leave one behind.",
  fix: "Set readonlyRootFilesystem: true and mount a volume where the process has to write.",
  severity: "high",
  controls: ["ECS.5", "CKV_AWS_336"],
  on: [definition],
  check: (task) =>
    eachContainer(task, (container) =>
      unless(at(container, "readonlyRootFilesystem") === true, "may write to its root file system"),
    ),
};

export const taskUserNotRoot: Policy = {
  name: "task-user-not-root",
  title: "A task's process is not root",
  why: "Root in a container is one kernel bug away from the host.",
  fix: "Set user to a number that is not 0, e.g. 1000:1000.",
  severity: "high",
  controls: ["ECS.20"],
  on: [definition],
  check: (task) =>
    eachContainer(task, (container) =>
      unless(/^[1-9]\d*(:|$)/.test(String(at(container, "user") ?? "")), "runs as root, or as whoever its image says"),
    ),
};

export const taskNotPrivileged: Policy = {
  name: "task-not-privileged",
  title: "A task's container is not privileged",
  why: "A privileged container is root on its host.",
  fix: "Leave privileged out.",
  severity: "critical",
  controls: ["ECS.4", "CKV_AWS_334"],
  on: [definition],
  check: (task) => eachContainer(task, (container) => unless(at(container, "privileged") !== true, "is privileged")),
};

export const taskCapabilitiesDropped: Policy = {
  name: "task-capabilities-dropped",
  title: "A task's process has no Linux capabilities",
  why: "Each one is a part of root's power that the app does not need.",
  fix: 'Set linuxParameters.capabilities to { drop: ["ALL"] }.',
  severity: "medium",
  controls: [],
  on: [definition],
  check: (task) =>
    eachContainer(task, (container) =>
      unless(
        textsAt(container, "linuxParameters.capabilities.drop").includes("ALL") &&
          textsAt(container, "linuxParameters.capabilities.add").length === 0,
        "keeps Linux capabilities",
      ),
    ),
};

export const taskInitProcess: Policy = {
  name: "task-init-process",
  title: "A task's container has an init process",
  why: "It passes SIGTERM on and ends what children leave behind, so that a task stops in good order.",
  fix: "Set linuxParameters.initProcessEnabled: true.",
  severity: "low",
  controls: [],
  on: [definition],
  check: (task) =>
    eachContainer(task, (container) =>
      unless(at(container, "linuxParameters.initProcessEnabled") === true, "has no init process"),
    ),
};

/** Names of variables that hold secrets: `SECRET_KEY`, `SENTRY_DSN`; not `SECRET_KEY_FILE`, which says where one is. */
export const secretName = /(^|_)(SECRET|KEY|PASSWORD|PASSWD|TOKEN|DSN|CREDENTIALS?)$/;
/** A URL with a password in it. */
export const passwordUrl = /:\/\/[^/@\s:]*:[^/@\s]+@/;

export const taskNoSecretsInClear: Policy = {
  name: "task-no-secrets-in-clear",
  title: "No variable of a task is a secret's value",
  why: "Whoever may look at task definitions reads variables, and old revisions keep them for ever.",
  fix: "Move the variable to secrets, with valueFrom the ARN of a secret.",
  severity: "critical",
  controls: ["ECS.8", "AwsSolutions-ECS2"],
  on: [definition],
  check: (task) =>
    eachContainer(task, (container) =>
      firstFault(listAt(container, "environment"), (variable) => {
        const name = String(at(variable, "name"));
        const value = at(variable, "value");
        const isSecret = secretName.test(name) || isHidden(value) || passwordUrl.test(String(value));
        return unless(!isSecret, `is told ${name} in clear`);
      }),
    ),
};

export const taskLogs: Policy = {
  name: "task-logs",
  title: "A task's output is kept",
  why: "A process that failed can be asked nothing else.",
  fix: "Set logConfiguration.",
  severity: "high",
  controls: ["ECS.9", "AwsSolutions-ECS7"],
  on: [definition],
  check: (task) =>
    eachContainer(task, (container) =>
      unless(at(container, "logConfiguration.logDriver") !== undefined, "logs nowhere"),
    ),
};

export const taskImageByDigest: Policy = {
  name: "task-image-by-digest",
  title: "A task's image is named by digest",
  why: "A tag can mean another image tomorrow: what was tested would not be what runs.",
  fix: "Name the image as repository@sha256:….",
  severity: "medium",
  controls: [],
  on: [definition],
  check: (task) =>
    eachContainer(task, (container) =>
      unless(/@sha256:[0-9a-f]{64}$/.test(String(at(container, "image"))), "names its image without a digest"),
    ),
};

export const taskNetworkOfItsOwn: Policy = {
  name: "task-network-of-its-own",
  title: "A task shares neither network nor processes with its host",
  why: "Security groups hold what a task reaches only if the network is its own.",
  fix: 'Set networkMode to "awsvpc" and leave pidMode and ipcMode out.',
  severity: "high",
  controls: ["ECS.1", "ECS.3", "ECS.17", "CKV_AWS_335"],
  on: [definition],
  check: ({ inputs }) =>
    unless(at(inputs, "networkMode") === "awsvpc", "has no network of its own") ??
    unless(at(inputs, "pidMode") !== "host" && at(inputs, "ipcMode") !== "host", "sees the processes of its host"),
};

export const taskRolesApart: Policy = {
  name: "task-roles-apart",
  title: "What starts a task and the task itself have different roles",
  why: "The process must not be able to read every secret and pull every image that ECS may.",
  fix: "Give executionRoleArn and taskRoleArn a role each.",
  severity: "high",
  controls: ["CKV_AWS_249"],
  on: [definition],
  check: ({ inputs }) => {
    const [execution, task] = [at(inputs, "executionRoleArn"), at(inputs, "taskRoleArn")];
    return unless(
      execution !== undefined && task !== undefined && execution !== task,
      "does not have a role for ECS and another for its process",
    );
  },
};

// What a container on a Docker host may do and use.
import type { Policy } from "../../model.ts";
import { at, firstFault, listAt, numberAt, textsAt, unless } from "../../read.ts";
import { passwordUrl, secretName } from "../tasks.ts";
import { container, isBeside, isIsolated, isOneOff, neverRuns } from "./host.ts";

export const containerRootReadOnly: Policy = {
  name: "container-root-read-only",
  title: "A container's root file system is read-only",
  why: "Who breaks in cannot replace the program or leave one behind.",
  fix: "Set readOnly: true, and tmpfs where the process has to write.",
  severity: "high",
  controls: ["CIS-Docker 5.12"],
  on: [container],
  exceptions: [
    "A container that never runs: files are copied into a volume through it.",
    "PostgreSQL's, on an internal network only: Docker copies no file, here its password, into one whose root is read-only.",
  ],
  checkWithin: (one, stack) =>
    unless(
      at(one.inputs, "readOnly") === true ||
        neverRuns(one) ||
        (listAt(one.inputs, "uploads").length > 0 && isIsolated(one, stack)),
      "may write to its root file system",
    ),
};

export const containerNotPrivileged: Policy = {
  name: "container-not-privileged",
  title: "A container is not privileged",
  why: "A privileged container is root on its host.",
  fix: "Leave privileged out.",
  severity: "critical",
  controls: ["CIS-Docker 5.4"],
  on: [container],
  check: ({ inputs }) => unless(at(inputs, "privileged") !== true, "is privileged"),
};

/** What an entrypoint needs to give a volume to the user that it goes on as. */
const handOver = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL", "CAP_SETGID", "CAP_SETUID"];

export const containerCapabilitiesDropped: Policy = {
  name: "container-capabilities-dropped",
  title: "A container has no Linux capabilities",
  why: "Each one is a part of root's power that the app does not need.",
  fix: 'Set capabilities: { drops: ["ALL"] }.',
  severity: "high",
  controls: ["CIS-Docker 5.3"],
  on: [container],
  exceptions: [
    `Containers on no network, or on an internal one only, may have ${handOver.join(", ")}: their entrypoint gives a volume to the user that runs, and their init process ends what that user runs.`,
  ],
  checkWithin: (one, stack) => {
    const allowed = isIsolated(one, stack) ? handOver : [];
    const more = textsAt(one.inputs, "capabilities.adds").filter((capability) => !allowed.includes(capability));
    return (
      unless(textsAt(one.inputs, "capabilities.drops").includes("ALL"), "keeps Docker's default capabilities") ??
      unless(more.length === 0, `has ${more.join(", ")}`)
    );
  },
};

export const containerNoNewPrivileges: Policy = {
  name: "container-no-new-privileges",
  title: "A process in a container gains no privileges",
  why: "Else a forgotten setuid program in the image makes anybody root.",
  fix: 'Set securityOpts: ["no-new-privileges:true"].',
  severity: "high",
  controls: ["CIS-Docker 5.25"],
  on: [container],
  check: ({ inputs }) =>
    unless(textsAt(inputs, "securityOpts").includes("no-new-privileges:true"), "may gain privileges"),
};

export const containerMemoryLimited: Policy = {
  name: "container-memory-limited",
  title: "A container's memory is limited, swap included",
  why: "One that leaks must not take the database down with it.",
  fix: "Set memory, and memorySwap to the same.",
  severity: "medium",
  controls: ["CIS-Docker 5.10"],
  on: [container],
  check: ({ inputs }) =>
    unless(
      numberAt(inputs, "memory") > 0 && numberAt(inputs, "memorySwap") === numberAt(inputs, "memory"),
      "may use any amount of memory or swap",
    ),
};

export const containerCpuLimited: Policy = {
  name: "container-cpu-limited",
  title: "A container's CPU is limited",
  why: "One that spins must not starve the others.",
  fix: "Set cpus.",
  severity: "low",
  controls: ["CIS-Docker 5.11"],
  on: [container],
  check: ({ inputs }) => unless(numberAt(inputs, "cpus") > 0, "may use any amount of CPU"),
};

export const containerUserNotRoot: Policy = {
  name: "container-user-not-root",
  title: "A container that is reached from outside is not root",
  why: "Root in a container is one kernel bug away from the host.",
  fix: "Set user to a number that is not 0, e.g. 1000:1000.",
  severity: "high",
  controls: ["CIS-Docker 4.1"],
  on: [container],
  exceptions: [
    "Containers on no network, or on an internal one only: PostgreSQL's entrypoint starts as root to give the volume to the user postgres and goes on as that.",
  ],
  checkWithin: (one, stack) =>
    unless(
      /^[1-9]\d*(:|$)/.test(String(at(one.inputs, "user") ?? "")) || isIsolated(one, stack),
      "runs as root, or as whoever its image says, where others reach it",
    ),
};

export const containerHealthCheck: Policy = {
  name: "container-health-check",
  title: "A container tells whether it works",
  why: "An update waits for it before the old one goes.",
  fix: "Set healthcheck and wait: true.",
  severity: "medium",
  controls: ["CIS-Docker 5.26"],
  on: [container],
  exceptions: [
    "Containers that do one piece of work and end.",
    "An update does not wait for those that back up and watch: it would fail while whom they send to is down.",
  ],
  check: (one) =>
    unless(
      isOneOff(one) ||
        (listAt(one.inputs, "healthcheck.tests").length > 1 && (at(one.inputs, "wait") === true || isBeside(one))),
      "does not tell whether it works, or nobody waits for it to",
    ),
};

export const containerInit: Policy = {
  name: "container-init",
  title: "A container has an init process",
  why: "It passes SIGTERM on and ends what children leave behind, so that a container stops in good order.",
  fix: "Set init: true.",
  severity: "low",
  controls: [],
  on: [container],
  check: ({ inputs }) => unless(at(inputs, "init") === true, "has no init process"),
};

export const containerLogsRotated: Policy = {
  name: "container-logs-rotated",
  title: "A container's log is rotated",
  why: "Docker's default fills the disk, and a full disk stops the database.",
  fix: "Set logDriver local, or logOpts with max-size and max-file.",
  severity: "medium",
  controls: [],
  on: [container],
  check: ({ inputs }) =>
    unless(
      at(inputs, "logOpts.max-size") !== undefined && at(inputs, "logOpts.max-file") !== undefined,
      "writes a log that grows for ever",
    ),
};

export const containerSecretsHidden: Policy = {
  name: "container-secrets-hidden",
  title: "A container's secret variables are marked as such",
  why: "Else they stand in clear in state, previews and logs.",
  fix: "Pass the value as a secret output; on AWS, by reference.",
  severity: "critical",
  controls: [],
  on: [container],
  planOnly: "the engine hands secrets to a policy pack without their mark",
  check: ({ inputs }) =>
    firstFault(textsAt(inputs, "envs"), (entry) => {
      const [name = "", ...value] = entry.split("=");
      const isSecret = secretName.test(name) || passwordUrl.test(value.join("="));
      return unless(!isSecret, `is told ${name} in clear`);
    }),
};

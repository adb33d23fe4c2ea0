// What of a Docker host a container shares, and what it opens on it.
import type { Policy, Resource } from "../../model.ts";
import { at, firstFault, listAt, textsAt, unless } from "../../read.ts";
import { container, isInternal, networksOf } from "./host.ts";

export const containerPortsOfTheProxy: Policy = {
  name: "container-ports-of-the-proxy",
  title: "Only a container that cannot reach the database has a port on the host",
  why: "What the internet reaches must be nginx, which holds no data and no secrets.",
  fix: "Leave ports out, and reach the container over a network.",
  severity: "critical",
  controls: ["CIS-Docker 5.8"],
  on: [container],
  checkWithin: (one, stack) =>
    unless(
      listAt(one.inputs, "ports").length === 0 || !networksOf(one, stack).some(isInternal),
      "has a port on the host and is on the network of the database",
    ),
};

export const containerPortsNameAnAddress: Policy = {
  name: "container-ports-name-an-address",
  title: "A published port names the address that it is open on",
  why: "Docker opens one without an address on all of them, past the host's firewall.",
  fix: "Set ip, to 127.0.0.1 where only this host is to reach it.",
  severity: "medium",
  controls: ["CIS-Docker 5.13"],
  on: [container],
  check: ({ inputs }) =>
    firstFault(listAt(inputs, "ports"), (port) =>
      unless(at(port, "ip") !== undefined, `opens port ${String(at(port, "external"))} without naming an address`),
    ),
};

const sharedModes = ["networkMode", "pidMode", "ipcMode", "usernsMode"];

export const containerNoHostNamespaces: Policy = {
  name: "container-no-host-namespaces",
  title: "A container shares no namespace with its host",
  why: "It would see and reach what it was put into a container not to.",
  fix: "Leave networkMode, pidMode, ipcMode and usernsMode out.",
  severity: "high",
  controls: ["CIS-Docker 5.9", "CIS-Docker 5.15", "CIS-Docker 5.16", "CIS-Docker 5.30"],
  on: [container],
  check: ({ inputs }) =>
    firstFault(sharedModes, (mode) =>
      unless(at(inputs, mode) !== "host", `shares its host's ${mode.replace("Mode", "")}`),
    ),
};

export const containerNoHostFolders: Policy = {
  name: "container-no-host-folders",
  title: "A container mounts no folder or socket of its host",
  why: "Docker's socket is root on the host, and so is /etc.",
  fix: "Use a named volume.",
  severity: "critical",
  controls: ["CIS-Docker 5.5", "CIS-Docker 5.31"],
  on: [container],
  exceptions: [
    "Docker's socket, in a container that has no network, no capability and a read-only root: nobody can ask it anything.",
  ],
  check: ({ inputs }) =>
    unless(
      listAt(inputs, "volumes").every((one) => at(one, "hostPath") === undefined || isSocketOfTheShut(one, inputs)) &&
        listAt(inputs, "mounts").every((one) => at(one, "type") !== "bind") &&
        listAt(inputs, "devices").length === 0,
      "mounts a folder, socket or device of its host",
    ),
};

function isSocketOfTheShut(mount: unknown, inputs: Resource["inputs"]): boolean {
  return (
    at(mount, "hostPath") === "/var/run/docker.sock" &&
    at(mount, "readOnly") === true &&
    at(inputs, "networkMode") === "none" &&
    at(inputs, "readOnly") === true &&
    textsAt(inputs, "capabilities.drops").includes("ALL") &&
    textsAt(inputs, "capabilities.adds").length === 0
  );
}

export const siteHttps: Policy = {
  name: "site-https",
  title: "What is open to everybody is open by HTTPS",
  why: "Everybody on the way reads and changes what passes in clear.",
  fix: "Give the environment a domain: nginx then gets a certificate for it and publishes port 443.",
  severity: "critical",
  controls: [],
  on: [container],
  notIn: {
    development: "it is for this machine",
    staging: "it may be on a private network, without a name of its own",
  },
  check: ({ inputs }) => {
    const open = listAt(inputs, "ports").filter((port) => !/^(127\.|::1$)/.test(String(at(port, "ip") ?? "0.0.0.0")));
    return unless(
      open.length === 0 || open.some((port) => at(port, "external") === 443),
      "is open to everybody, and not by HTTPS",
    );
  },
};

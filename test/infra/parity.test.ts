// The same image runs on Docker and on Fargate: what its processes get there and here is the same, or the difference stands
// below with its reason.
import { beforeAll, describe, expect, test } from "vitest";
import type { Graph } from "../../infra/plan/graph.ts";
import { committedGraph } from "../support/committed.ts";

/** What a definition says of a process, in words that both have. */
interface Definition {
  readonly command: unknown;
  readonly user: unknown;
  readonly readOnlyRoot: unknown;
  readonly capabilities: unknown;
  readonly init: unknown;
  readonly writable: readonly string[];
  readonly health: unknown;
  /** Seconds that the process takes at most to end, and those after which it is killed. */
  readonly drain: readonly number[];
  readonly variables: readonly string[];
}

/** Variables that one side alone sets, and why. */
const differences: Readonly<Record<"docker" | "fargate", Readonly<Record<string, string>>>> = {
  docker: {
    DATABASE_CA_FILE: "the server in the next container is its own authority; RDS's authorities are in the image",
    DATABASE_PASSWORD: "on AWS the app signs in with tokens",
  },
  fargate: {
    DATABASE_AUTH: "on AWS the app signs in with tokens",
    STATIC_URL: "said there, the app's default here",
  },
};

function inputsOf(resources: Graph["resources"], name: string): Readonly<Record<string, unknown>> {
  const found = resources.find((one) => one.name === name);
  if (found === undefined) throw new Error(`The graph has no ${name}.`);
  return found.inputs;
}

function onDocker({ resources }: Graph, name: "web" | "worker"): Definition {
  const one = inputsOf(resources, `${name}-0`) as {
    command: string[];
    user: string;
    readOnly: boolean;
    capabilities: { drops: string[] };
    init: boolean;
    tmpfs: Record<string, string>;
    healthcheck: { tests: string[] };
    stopTimeout: number;
    destroyGraceSeconds: number;
    envs: string[];
  };
  const pairs = one.envs.map((entry) => /^(\w+)=(.*)$/s.exec(entry)?.slice(1) ?? []);
  const stop = Number(pairs.find(([key]) => key === "STOP_TIMEOUT")?.[1]);
  return {
    command: one.command,
    user: one.user,
    readOnlyRoot: one.readOnly,
    capabilities: one.capabilities.drops,
    init: one.init,
    writable: Object.keys(one.tmpfs),
    health: one.healthcheck.tests,
    drain: [stop, one.stopTimeout, one.destroyGraceSeconds],
    // A secret is a file, and the variable says where: for the app that is the variable.
    variables: pairs.map(([key = "", value]) =>
      value === `/run/secrets/${key.slice(0, -5)}` ? key.slice(0, -5) : key,
    ),
  };
}

function onFargate({ resources }: Graph, name: "web" | "worker"): Definition {
  const { containerDefinitions } = inputsOf(resources, `${name}-definition`);
  const [one] = JSON.parse(String(containerDefinitions)) as {
    command: string[];
    user: string;
    readonlyRootFilesystem: boolean;
    linuxParameters: { capabilities: { drop: string[] }; initProcessEnabled: boolean };
    mountPoints: { containerPath: string; readOnly: boolean }[];
    healthCheck: { command: string[] };
    stopTimeout: number;
    environment: { name: string; value: string }[];
    secrets: { name: string }[];
  }[];
  if (one === undefined) throw new Error(`${name} has no container on Fargate`);
  const stop = Number(one.environment.find((variable) => variable.name === "STOP_TIMEOUT")?.value);
  return {
    command: one.command,
    user: one.user,
    readOnlyRoot: one.readonlyRootFilesystem,
    capabilities: one.linuxParameters.capabilities.drop,
    init: one.linuxParameters.initProcessEnabled,
    writable: one.mountPoints.filter(({ readOnly }) => !readOnly).map(({ containerPath }) => containerPath),
    health: one.healthCheck.command,
    drain: [stop, one.stopTimeout, one.stopTimeout],
    variables: [...one.environment, ...one.secrets].map((variable) => variable.name),
  };
}

describe.each(["web", "worker"] as const)("%s on Docker and on Fargate", (name) => {
  let docker: Definition;
  let fargate: Definition;
  beforeAll(async () => {
    // Of one tier: in development mail goes to a folder.
    const plain = { tier: "staging", variables: {}, secrets: [] };
    docker = onDocker(await committedGraph("dev", plain), name);
    fargate = onFargate(await committedGraph("staging", plain), name);
  });

  test("has the same command, user, read-only root, capabilities, health command and time to end", () => {
    const { variables: _, ...here } = docker;
    const { variables: __, ...there } = fargate;
    expect(here).toEqual(there);
    expect(here).toMatchObject({ user: "1000:1000", readOnlyRoot: true, capabilities: ["ALL"], writable: ["/tmp"] });
  });

  test("is told the same variables, but for those with a reason", () => {
    const only = (own: readonly string[], others: readonly string[]) =>
      own.filter((key) => !others.includes(key)).sort();
    expect(only(docker.variables, fargate.variables)).toEqual(Object.keys(differences.docker));
    expect(only(fargate.variables, docker.variables)).toEqual(Object.keys(differences.fargate));
  });
});

// What containers on a Docker host reach, and who reaches them.
import type { Resource, Stack } from "../model.ts";
import { at, listAt } from "../read.ts";
import { type Exposure, type Hop, internet } from "./model.ts";
import { thing } from "./things.ts";

const container = "docker:index/container:Container";

export function publishedPorts(stack: Stack): Hop[] {
  return containers(stack).flatMap((one) =>
    listAt(one.inputs, "ports").map((port) => ({
      from: whoReaches(String(at(port, "ip") ?? "0.0.0.0")),
      to: thing(one),
      ports: `port ${String(at(port, "external") ?? at(port, "internal"))}`,
    })),
  );
}

function whoReaches(address: string): string {
  if (address === "0.0.0.0" || address === "::") return internet;
  return /^127\.|^::1$/.test(address) ? "the host itself" : `who reaches ${address}`;
}

/** On one network everybody reaches everybody, on every port. */
export function networkHops(stack: Stack): Hop[] {
  return containers(stack).flatMap((from) =>
    networksOf(from, stack).flatMap((network) =>
      stack
        .referringTo(network, container, "networksAdvanced")
        .filter((to) => thing(to) !== thing(from))
        .map((to) => ({ from: thing(from), to: thing(to), ports: "every port" })),
    ),
  );
}

/** Which networks a container is on, and which of them lead out. */
export function memberships(stack: Stack): Exposure[] {
  return containers(stack).flatMap((one) => {
    const networks = networksOf(one, stack);
    const inside = networks.map((network) => ability(one, `reach everything on ${thing(network)}`));
    const out =
      networks.some(({ inputs }) => at(inputs, "internal") !== true) || at(one.inputs, "networkMode") === "host";
    return out ? [...inside, ability(one, `reach ${internet}`)] : inside;
  });
}

function ability(one: Resource, does: string): Exposure {
  return { kind: "network", who: thing(one), verb: "can", does, isPublic: false };
}

function containers(stack: Stack): readonly Resource[] {
  return stack.resources.filter(({ type }) => type === container);
}

function networksOf(one: Resource, stack: Stack): readonly Resource[] {
  return stack.referredBy(one, "docker:index/network:Network", "networksAdvanced");
}

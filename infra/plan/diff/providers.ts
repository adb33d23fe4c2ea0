// What a resource's provider is changed into: another region or host has everything of it made anew there, though none of its
// own inputs says so.
import { type Graph, isProvider, type ResourceNode } from "../graph.ts";
import { assess } from "../risk/assess.ts";
import { type ValueChange, valueChanges } from "./values.ts";

/** The changes of its provider's settings that replace a resource, each with the provider's name. */
export type ProviderChanges = (was: ResourceNode, is: ResourceNode) => readonly (ValueChange & { because: string })[];

export function providerChanges(base: Graph, head: Graph): ProviderChanges {
  const [before, after] = [providersOf(base), providersOf(head)];
  const known = new Map<string, ReturnType<ProviderChanges>>();
  return (was, is) => {
    const key = `${providerKey(was)} ${providerKey(is)}`;
    const changes = known.get(key) ?? between(before.get(providerKey(was)), after.get(providerKey(is)));
    known.set(key, changes);
    return changes;
  };
}

/** A default provider is known by what the stack's configuration gives it, which no graph holds. */
function between(was: ResourceNode | undefined, is: ResourceNode | undefined) {
  if (was === undefined || is === undefined) return [];
  return valueChanges(is.type, was.inputs, is.inputs)
    .filter(({ path }) => assess(is.type, path).replaces)
    .map((change) => ({ ...change, because: is.name }));
}

function providersOf({ resources }: Graph): ReadonlyMap<string, ResourceNode> {
  return new Map(resources.filter(isProvider).map((node) => [`${node.type} ${node.name}`, node]));
}

function providerKey({ type, provider }: ResourceNode): string {
  return `pulumi:providers:${type.split(":")[0]} ${provider}`;
}

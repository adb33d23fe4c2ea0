// What a resource's provider is changed into: another account, region or host has everything of it made anew there, though none of
// its own inputs says so.
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
    .concat(anotherAccount(was.inputs.allowedAccountIds, is.inputs.allowedAccountIds))
    .map((change) => ({ ...change, because: is.name }));
}

/** Where credentials of no account that was allowed are allowed any more; before or after, any may have been. */
function anotherAccount(before: unknown, after: unknown): ValueChange[] {
  const [was, is] = [accounts(before), accounts(after)];
  if (was.length === 0 || is.length === 0 || is.some((account) => was.includes(account))) return [];
  return [{ path: "allowedAccountIds", before: was, after: is }];
}

/** A provider's lists arrive as JSON text. */
function accounts(value: unknown): readonly unknown[] {
  if (typeof value !== "string" || !value.startsWith("[")) return Array.isArray(value) ? value : [];
  return JSON.parse(value) as unknown[];
}

function providersOf({ resources }: Graph): ReadonlyMap<string, ResourceNode> {
  return new Map(resources.filter(isProvider).map((node) => [`${node.type} ${node.name}`, node]));
}

function providerKey({ type, provider }: ResourceNode): string {
  return `pulumi:providers:${type.split(":")[0]} ${provider}`;
}

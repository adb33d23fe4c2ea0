// Applies a mutation to a graph, as data.
import type { Graph, ResourceNode } from "../../../infra/plan/graph.ts";
import type { Mutation } from "./mutations/mutation.ts";

export function mutate(graph: Graph, mutation: Mutation): Graph {
  if (mutation.add !== undefined) return { ...graph, resources: [...graph.resources, added(graph, mutation)] };
  const target = graph.resources.find(
    ({ type, name }) => type === mutation.type && (mutation.name === undefined || name === mutation.name),
  );
  if (target === undefined) throw new Error(`${mutation.in} has no ${mutation.type} ${mutation.name ?? ""}`);
  const resources = mutation.remove
    ? graph.resources.filter((resource) => resource !== target).map((resource) => without(resource, target.urn))
    : graph.resources.map((resource) => (resource === target ? changed(graph, resource, mutation) : resource));
  return { ...graph, resources };
}

function added(graph: Graph, { type, name = "added", add }: Mutation): ResourceNode {
  const propertyDependencies = Object.fromEntries(
    Object.entries(add?.refer ?? {}).map(([property, target]) => {
      const found = graph.resources.find((one) => one.type === target.type && one.name === target.name);
      if (found === undefined) throw new Error(`There is no ${target.type} ${target.name}`);
      return [property, [found.urn]];
    }),
  );
  const urn = `urn:pulumi:${graph.stack}::${graph.project}::${type}::${name}`;
  const inputs = (add?.inputs ?? {}) as ResourceNode["inputs"];
  return { urn, type, name, custom: true, inputs, dependencies: [], propertyDependencies, options: {} };
}

function changed(graph: Graph, target: ResourceNode, { set = {}, turn, refer, unset }: Mutation): ResourceNode {
  let inputs: unknown = target.inputs;
  if (turn !== undefined) inputs = withValue(inputs, turn.split("."), (old: unknown) => old !== true);
  for (const [path, value] of Object.entries(set)) inputs = withValue(inputs, path.split("."), value);
  const to = graph.resources.find(({ type, name }) => type === refer?.type && name === refer.name);
  if (refer !== undefined && to === undefined) throw new Error(`There is no ${refer.type} ${refer.name}`);
  return {
    ...target,
    inputs: inputs as ResourceNode["inputs"],
    ...(refer === undefined || to === undefined
      ? {}
      : { propertyDependencies: { ...target.propertyDependencies, [refer.property]: [to.urn] } }),
    ...(unset === undefined ? {} : { options: { ...target.options, [unset]: undefined } }),
  };
}

/** What refers to a resource that is not there refers to nothing. */
function without(resource: ResourceNode, urn: string): ResourceNode {
  const propertyDependencies = Object.fromEntries(
    Object.entries(resource.propertyDependencies).map(([property, urns]) => [
      property,
      urns.filter((one) => one !== urn),
    ]),
  );
  return { ...resource, propertyDependencies };
}

/** A copy with another value at a path, or one made of the old; text that the path leads into is JSON and stays so. */
export function withValue(holder: unknown, [key = "", ...rest]: readonly string[], value: unknown): unknown {
  if (typeof holder === "string") return JSON.stringify(withValue(JSON.parse(holder), [key, ...rest], value));
  if (typeof holder !== "object" || holder === null) throw new Error(`There is nothing to hold ${key}.`);
  const place = Array.isArray(holder) ? placeIn(holder, key) : key;
  const inner = (holder as Record<string, unknown>)[place];
  const last = typeof value === "function" ? value(inner) : value;
  const changedValue = rest.length === 0 ? last : withValue(inner, rest, value);
  if (Array.isArray(holder)) return holder.map((item, index) => (String(index) === place ? changedValue : item));
  const others = Object.fromEntries(Object.entries(holder).filter(([name]) => name !== key));
  return changedValue === undefined ? others : { ...others, [key]: changedValue };
}

/** The place of an item in a list: as it is, or of the one with a name. */
function placeIn(list: readonly unknown[], key: string): string {
  const name = /^name=(.+)$/.exec(key)?.[1];
  if (name === undefined) return key;
  return String(list.findIndex((item) => (item as { readonly name?: unknown }).name === name));
}

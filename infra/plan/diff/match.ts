// Which resource of one program is which of another: by URN, else by an alias, so that a rename is a rename.
import type { Graph, ResourceNode } from "../graph.ts";

export interface Pair {
  readonly before?: ResourceNode;
  readonly after?: ResourceNode;
}

/** Pairs of resources that are not components, in the order of the later URNs; the deleted ones last. */
export function match(base: Graph, head: Graph): Pair[] {
  const before = new Map(base.resources.filter(({ custom }) => custom).map((node) => [key(node.urn), node]));
  const after = head.resources.filter(({ custom }) => custom);
  const taken = new Map<ResourceNode, ResourceNode>();
  const take = (node: ResourceNode, candidates: readonly string[]) => {
    const found = candidates.map(key).find((candidate) => before.has(candidate));
    if (found === undefined) return;
    const match = before.get(found);
    before.delete(found);
    if (match !== undefined) taken.set(node, match);
  };
  // What kept its URN is itself; only what is left over can have been renamed.
  for (const node of after) take(node, [node.urn]);
  for (const node of after) if (!taken.has(node)) take(node, node.options.aliases ?? []);
  return [
    ...after.map((node) => {
      const match = taken.get(node);
      return match === undefined ? { after: node } : { before: match, after: node };
    }),
    ...[...before.values()].map((node) => ({ before: node })),
  ];
}

/** A URN without stack and project: a plan of `staging` may be compared with one of `production`. */
function key(urn: string): string {
  return urn.split("::").slice(2).join("::");
}

/** Writes the symbols of renamed resources by their later names, in the inputs of the earlier program. */
export function renamer(pairs: readonly Pair[]): (value: unknown) => unknown {
  const names = new Map<string, string>();
  for (const { before, after } of pairs) {
    if (before !== undefined && after !== undefined && before.name !== after.name) names.set(before.name, after.name);
  }
  if (names.size === 0) return (value) => value;
  const rename = (value: unknown): unknown => {
    if (typeof value === "string") {
      return value.replaceAll(/\{([^{}.]+)\./g, (symbol, name: string) => {
        const now = names.get(name);
        return now === undefined ? symbol : `{${now}.`;
      });
    }
    if (Array.isArray(value)) return value.map(rename);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, rename(inner)]));
  };
  return rename;
}

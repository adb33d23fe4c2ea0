// The order in which an engine can work through a program.
import type { ResourceNode } from "./graph.ts";

/** What a resource waits for: its dependencies and its parent, as far as they are in the graph. */
export function waitsFor(node: ResourceNode): readonly string[] {
  return node.parent === undefined ? node.dependencies : [...node.dependencies, node.parent];
}

/** Resources so that each comes after all that it waits for; a circle, which no engine would take, is cut anywhere. */
export function inOrder(resources: readonly ResourceNode[]): ResourceNode[] {
  const nodes = new Map(resources.map((node) => [node.urn, node]));
  const ordered = new Set<ResourceNode>();
  const begun = new Set<ResourceNode>();
  // A stack of its own: a chain of thousands would be too deep for calls.
  for (const start of resources) {
    const stack = [start];
    for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
      if (!begun.has(node)) {
        begun.add(node);
        for (const urn of waitsFor(node)) {
          const dependency = nodes.get(urn);
          if (dependency !== undefined && !begun.has(dependency)) stack.push(dependency);
        }
      } else {
        stack.pop();
        ordered.add(node);
      }
    }
  }
  return [...ordered];
}

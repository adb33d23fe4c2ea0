// Which part of an architecture a resource belongs to.
import type { ResourceNode } from "./graph.ts";

/** The outermost component above a resource; undefined for one below none. */
export function componentOf(nodes: ReadonlyMap<string, ResourceNode>, node: ResourceNode): ResourceNode | undefined {
  let component: ResourceNode | undefined;
  for (let above = nodes.get(node.parent ?? ""); above !== undefined; above = nodes.get(above.parent ?? "")) {
    component = above;
  }
  return component;
}

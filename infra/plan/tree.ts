// The tree of a program's resources as lines of text.
import { isReal, type ResourceNode } from "./graph.ts";
import { salientInputs } from "./salient.ts";
import { compare, dim, printable, shortType, yellow } from "./style.ts";

interface TreeLine {
  readonly label: string;
  readonly node: ResourceNode;
}

export function treeLines(resources: readonly ResourceNode[]): string[] {
  const children = Map.groupBy(resources, ({ parent }) => parent);
  for (const group of children.values()) {
    group.sort((a, b) => Number(a.custom) - Number(b.custom) || compare(a.name, b.name) || compare(a.type, b.type));
  }
  const lines: TreeLine[] = [];
  grow(lines, children, undefined, "");
  const width = lines.reduce((widest, { label }) => Math.max(widest, label.length), 0);
  return lines.map((line) => treeLine(line, Math.min(60, width)));
}

function grow(
  lines: TreeLine[],
  children: ReadonlyMap<string | undefined, readonly ResourceNode[]>,
  parent: string | undefined,
  indent: string,
): void {
  const group = children.get(parent) ?? [];
  group.forEach((node, index) => {
    const last = index === group.length - 1;
    const branch = parent === undefined ? "" : last ? "└─ " : "├─ ";
    const below = parent === undefined ? "" : last ? "   " : "│  ";
    lines.push({ label: indent + branch + printable(node.name), node });
    grow(lines, children, node.urn, indent + below);
  });
}

function treeLine({ label, node }: TreeLine, width: number): string {
  const type = node.custom ? shortType(node.type) : node.type;
  const details = salientInputs(node.type, node.inputs).map(([name, value]) => `${dim(name)} ${printable(value)}`);
  const options = Object.entries(node.options)
    .filter(([, value]) => value === true)
    .map(([name]) => yellow(name));
  return [label.padEnd(width), dim(type), ...details, ...options].join("  ").trimEnd();
}

/** How many resources of which service, the most numerous first. */
export function countLines(resources: readonly ResourceNode[]): string[] {
  const counts = new Map<string, number>();
  for (const resource of resources.filter(isReal)) {
    const service = resource.type.split("/")[0]?.replace(":index", "") ?? resource.type;
    counts.set(service, (counts.get(service) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([a, many], [b, more]) => more - many || compare(a, b))
    .map(([service, count]) => `  ${String(count).padStart(3)}  ${service}`);
}

// The resources that a picture is drawn of, those that go among them, with who refers to whom.
import { type Graph, isReal, type ResourceNode } from "../../graph.ts";
import type { Comparison } from "../../report.ts";
import type { Mark } from "./model.ts";

export interface Source {
  readonly nodes: readonly ResourceNode[];
  readonly marks: ReadonlyMap<string, Mark>;
  ofType(...types: readonly string[]): readonly ResourceNode[];
  node(urn: string): ResourceNode | undefined;
  /** What a resource refers to, in one property or in any. */
  referred(node: ResourceNode, property?: string): readonly ResourceNode[];
  referrers(node: ResourceNode): readonly ResourceNode[];
}

const markOf = { create: "new", update: "changed", rename: "changed", replace: "replaced", delete: "removed" } as const;

export function sourceOf(graph: Graph, comparison: Comparison | undefined): Source {
  const nodes = [...graph.resources, ...(comparison?.removed ?? [])].filter(isReal);
  const all = new Map([...graph.resources, ...nodes].map((node) => [node.urn, node]));
  const byType = Map.groupBy(nodes, ({ type }) => type);
  const users = new Map<string, ResourceNode[]>();
  for (const node of nodes) {
    for (const urn of new Set(Object.values(node.propertyDependencies).flat())) {
      const known = users.get(urn);
      if (known === undefined) users.set(urn, [node]);
      else known.push(node);
    }
  }
  return {
    nodes,
    marks: new Map((comparison?.changes ?? []).map(({ urn, operation }) => [urn, markOf[operation]])),
    ofType: (...types) => types.flatMap((type) => byType.get(type) ?? []),
    node: (urn) => all.get(urn),
    referred: ({ propertyDependencies }, property) =>
      (property === undefined
        ? [...new Set(Object.values(propertyDependencies).flat())]
        : (propertyDependencies[property] ?? [])
      ).flatMap((urn) => all.get(urn) ?? []),
    referrers: ({ urn }) => users.get(urn) ?? [],
  };
}

/** The value at a path such as `networkConfiguration.assignPublicIp` or `ports.0.external`. */
export function inputAt(inputs: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (value, key) =>
        typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined,
      inputs,
    );
}

export function listAt(inputs: unknown, path: string): readonly unknown[] {
  const found = inputAt(inputs, path);
  return Array.isArray(found) ? found : [];
}

/** The text or number at a path; empty where there is none. */
export function textAt(inputs: unknown, path: string): string {
  const found = inputAt(inputs, path);
  return typeof found === "string" || typeof found === "number" ? String(found) : "";
}

/** `3 buckets`, `1 bucket`. */
export function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? "" : "s"}`;
}

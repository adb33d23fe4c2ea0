// How long an `up` takes: the longest chain of what has to wait for each other, by the table of durations.
import type { ResourceChange } from "../diff/changes.ts";
import { type Graph, isReal, type ResourceNode } from "../graph.ts";
import { inOrder, waitsFor } from "../order.ts";
import { call, durations, durationsDate, hookDurations, multiAzFactor } from "./durations.ts";

export interface Step {
  readonly urn: string;
  readonly name: string;
  readonly type: string;
  readonly operation: "create" | "update" | "delete";
  readonly seconds: number;
}

export interface Prediction {
  readonly seconds: number;
  /** The chain that decides, in its order; steps that are over at once are left out. */
  readonly path: readonly Step[];
  /** What goes on when the engine is done, the longest of each kind. */
  readonly afterwards: readonly {
    readonly what: string;
    readonly seconds: number;
    readonly names: readonly string[];
  }[];
  /** Types without a figure of their own, counted as one API call. */
  readonly assumed: number;
  readonly durationsDate: string;
}

/** Seconds that the engine needs to start, read the state and load the provider. */
const startSeconds = 10;

interface Work {
  readonly node: ResourceNode;
  readonly operation: Step["operation"];
}

/** Everything made from nothing. */
export function firstUp(graph: Graph): Prediction {
  return predict(
    graph,
    graph.resources.filter(isReal).map((node) => ({ node, operation: "create" })),
    [],
  );
}

/** @param base for what is deleted: it goes when all else is done, what depends on it first */
export function upOf(base: Graph, head: Graph, changes: readonly ResourceChange[]): Prediction {
  const now = new Map(head.resources.map((node) => [node.urn, node]));
  const before = new Map(base.resources.map((node) => [node.urn, node]));
  const made: Work[] = [];
  const gone: Work[] = [];
  for (const { urn, was, operation } of changes) {
    const node = now.get(urn);
    if (node !== undefined && isReal(node) && operation !== "delete" && operation !== "rename") {
      made.push({ node, operation: operation === "update" ? "update" : "create" });
    }
    const old = operation === "delete" || operation === "replace" ? before.get(was ?? urn) : undefined;
    if (old !== undefined && isReal(old)) gone.push({ node: old, operation: "delete" });
  }
  return predict(head, made, gone, base);
}

function predict(graph: Graph, made: readonly Work[], gone: readonly Work[], base = graph): Prediction {
  const forward = longest(inOrder(graph.resources), made, waitsFor);
  const users = usersOf(base);
  const backward = longest(inOrder(base.resources).reverse(), gone, (node) => users.get(node.urn) ?? []);
  const path = [...forward, ...backward];
  const work = [...made, ...gone];
  const seconds = path.reduce((sum, step) => sum + step.seconds, 0);
  return {
    seconds: work.length === 0 ? 0 : startSeconds + seconds,
    path: path.filter((step) => step.seconds > 0),
    afterwards: afterwards(made),
    assumed: new Set(work.map(({ node }) => node.type).filter((type) => durations[type] === undefined)).size,
    durationsDate,
  };
}

/** The chain of work that ends last; what is not touched takes no time, but still stands between others. */
function longest(
  ordered: readonly ResourceNode[],
  work: readonly Work[],
  before: (node: ResourceNode) => readonly string[],
): Step[] {
  const todo = new Map(work.map((one) => [one.node.urn, one]));
  const ends = new Map<string, { readonly end: number; readonly step?: Step; readonly after?: string }>();
  let last: string | undefined;
  for (const node of ordered) {
    let after: string | undefined;
    for (const urn of before(node)) {
      if ((ends.get(urn)?.end ?? 0) > (ends.get(after ?? "")?.end ?? 0)) after = urn;
    }
    const one = todo.get(node.urn);
    const step = one && stepOf(one);
    const end = (ends.get(after ?? "")?.end ?? 0) + (step?.seconds ?? 0);
    ends.set(node.urn, { end, ...(step ? { step } : {}), ...(after === undefined ? {} : { after }) });
    if (end > (ends.get(last ?? "")?.end ?? 0)) last = node.urn;
  }
  const path: Step[] = [];
  for (let urn = last; urn !== undefined; urn = ends.get(urn)?.after)
    path.unshift(...[ends.get(urn)?.step ?? []].flat());
  return path;
}

function stepOf({ node, operation }: Work): Step {
  // Made by the engine itself.
  const instant = node.type.startsWith("random:");
  const seconds = instant ? 0 : (durations[node.type]?.[operation] ?? call[operation]);
  const slower = operation === "create" && node.inputs.multiAz === true ? multiAzFactor : 1;
  const { urn, name, type } = node;
  return { urn, name, type, operation, seconds: seconds * slower + hookSeconds(node, operation) };
}

/** What is bound to several moments of a resource is waited for once. */
function hookSeconds({ options }: ResourceNode, operation: Step["operation"]): number {
  if (operation === "delete") return 0;
  const bound = hookDurations.filter(({ hook }) => options.hooks?.some((name) => hook.test(name)));
  return bound.reduce((sum, duration) => sum + (duration[operation] ?? duration.create), 0);
}

function usersOf(graph: Graph): Map<string, string[]> {
  const users = new Map<string, string[]>();
  for (const node of graph.resources) {
    for (const urn of waitsFor(node)) {
      const known = users.get(urn);
      if (known === undefined) users.set(urn, [node.urn]);
      else known.push(node.urn);
    }
  }
  return users;
}

function afterwards(made: readonly Work[]): Prediction["afterwards"] {
  const found = new Map<string, { what: string; seconds: number; names: string[] }>();
  for (const { node } of made) {
    const after = durations[node.type]?.afterwards;
    // Where hooks wait for it, it is part of the chain.
    if (after === undefined || node.options.hooks !== undefined) continue;
    const known = found.get(after.what) ?? { ...after, names: [] };
    known.names.push(node.name);
    found.set(after.what, known);
  }
  return [...found.values()];
}

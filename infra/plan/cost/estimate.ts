// The monthly estimate of a program: by resource, by component, with what it leaves out.

import { componentOf } from "../component.ts";
import { type Graph, isReal, type ResourceNode } from "../graph.ts";
import { estimators, isFree } from "./estimators.ts";
import { type Context, type CostItem, isPriced, noPrice } from "./items.ts";
import { pricesDate, pricesOf } from "./prices.ts";
import { type Usage, usageByTier } from "./usage.ts";

export type Tier = keyof typeof usageByTier;

export interface ResourceCost {
  readonly urn: string;
  readonly name: string;
  readonly type: string;
  readonly monthly: number;
  readonly items: readonly CostItem[];
}

export interface ComponentCost {
  /** URN of the outermost component; empty for resources below none. */
  readonly urn: string;
  readonly name: string;
  readonly type: string;
  readonly monthly: number;
}

/** A resource that costs money of which nobody knows how much. */
export interface UnpricedResource {
  readonly urn: string;
  readonly name: string;
  readonly type: string;
  /** To be read after its name: `is of class db.x9.large, which the table of prices does not have`. */
  readonly says: string;
}

/** US dollars a month. */
export interface Estimate {
  readonly monthly: number;
  /** The part that depends on assumed usage. */
  readonly usageMonthly: number;
  /** Resources that cost something, the dearest first. */
  readonly resources: readonly ResourceCost[];
  /** The dearest first. */
  readonly components: readonly ComponentCost[];
  readonly tier: Tier;
  readonly usage: Usage;
  readonly region: string;
  readonly pricesDate: string;
  /** What costs money beside the sum: it can be any amount. */
  readonly unpriced: readonly UnpricedResource[];
  /** Sentences on what the sum does not hold. */
  readonly leftOut: readonly string[];
}

const neverCounted = [
  "tax, discounts, support, and free tiers but CloudFront's",
  "what autoscaling adds above the least number of tasks, and one-off tasks",
  "traffic between zones, CloudFront's requests beyond 10 million, storage of logs, S3's requests",
  "calls of keys and secrets, the logs of enhanced monitoring, restore tests, copies of backups between regions",
  "that schedules may stop tasks at night",
];

/** @param tier decides how much usage is assumed */
export function estimate(graph: Graph, tier: Tier, region: string): Estimate {
  const { prices, region: priced } = pricesOf(region);
  const usage = usageByTier[tier];
  const context: Context = { prices, region: priced, usage, ...relations(graph) };
  const parts = graph.resources.filter(isReal).map((node) => ({ node, parts: partsOf(node, context) }));
  const resources = parts.map(({ node: { urn, name, type }, parts }) => {
    const items = parts.filter(isPriced);
    return { urn, name, type, monthly: sum(items), items };
  });
  const unpriced = parts.flatMap(({ node: { urn, name, type }, parts }) =>
    parts.flatMap((part) => (isPriced(part) ? [] : [{ urn, name, type, says: part.unpriced }])),
  );
  const leftOut = [
    ...(priced === region ? [] : [`the difference between ${region} and ${priced}, whose prices these are`]),
    ...unpriced.map(({ name, says }) => `${name} ${says}`),
  ];
  if (graph.resources.some(({ type }) => type.startsWith("docker:"))) leftOut.push("the Docker host");
  const usageItems = resources.flatMap(({ items }) => items.filter((one) => one.usage));
  return {
    monthly: sum(resources),
    usageMonthly: sum(usageItems),
    resources: resources.filter(({ monthly }) => monthly > 0).sort(dearest),
    components: byComponent(graph, resources),
    tier,
    usage,
    region: priced,
    pricesDate,
    unpriced,
    leftOut: resources.every(({ items }) => items.length === 0) ? leftOut : [...leftOut, ...neverCounted],
  };
}

function partsOf(node: ResourceNode, context: Context) {
  const estimator = estimators[node.type];
  if (estimator !== undefined) return estimator(node, context);
  return isFree(node.type) ? [] : [noPrice(`is of type ${node.type}`)];
}

function relations(graph: Graph): Pick<Context, "count" | "source"> {
  const nodes = new Map(graph.resources.map((node) => [node.urn, node]));
  const counts = new Map<string, number>();
  for (const { type } of graph.resources) counts.set(type, (counts.get(type) ?? 0) + 1);
  return {
    count: (type) => counts.get(type) ?? 1,
    source: (node, property) => nodes.get(node.propertyDependencies[property]?.[0] ?? ""),
  };
}

function byComponent(graph: Graph, costs: readonly ResourceCost[]): ComponentCost[] {
  const nodes = new Map(graph.resources.map((node) => [node.urn, node]));
  const sums = new Map<string, ComponentCost>();
  for (const cost of costs) {
    const node = nodes.get(cost.urn) as ResourceNode;
    const { urn, name, type } = componentOf(nodes, node) ?? { urn: "", name: "", type: "" };
    sums.set(urn, { urn, name, type, monthly: (sums.get(urn)?.monthly ?? 0) + cost.monthly });
  }
  return [...sums.values()].filter(({ monthly }) => monthly > 0).sort(dearest);
}

function dearest(a: { monthly: number; urn: string }, b: { monthly: number; urn: string }): number {
  return b.monthly - a.monthly || (a.urn < b.urn ? -1 : 1);
}

function sum(costs: readonly { readonly monthly: number }[]): number {
  return costs.reduce((total, { monthly }) => total + monthly, 0);
}

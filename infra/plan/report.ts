// Everything that a plan says, as one plain object: `--json` is this, and every other output is made of it.
import { type Estimate, estimate, type Tier } from "./cost/estimate.ts";
import { changesBetween, type Operation, type ResourceChange } from "./diff/changes.ts";
import { type Gate, gateOf } from "./gate/gate.ts";
import type { Waiver } from "./gate/waivers.ts";
import { type Graph, isReal, type ResourceNode } from "./graph.ts";
import { firstUp, type Prediction, upOf } from "./minutes/critical-path.ts";
import { typeRisk } from "./risk/assess.ts";
import { type Risk, worst } from "./risk/risk.ts";

/** Raised with every change that a reader of `--json` would notice. */
export const reportVersion = 2;

/** What a plan is compared with. */
export interface Base {
  readonly kind: "revision" | "file" | "deployed";
  /** As it was asked for: `main`, `plan.json`, `deployed`. */
  readonly name: string;
  /** Commit of a revision. */
  readonly commit?: string;
}

/** What it was to be compared with and could not be: a sentence. */
export interface BrokenBase extends Base {
  readonly fault: string;
}

/** A policy that a resource does not keep. */
export interface PolicyFinding {
  readonly policy: string;
  readonly severity: "critical" | "high" | "medium" | "low";
  readonly urn: string;
  /** A sentence that starts with the resource's name. */
  readonly message: string;
  readonly why: string;
  readonly fix: string;
  readonly controls: readonly string[];
}

export interface PolicyFindings {
  /** What counts: it shuts the gate. The gravest first. */
  readonly open: readonly PolicyFinding[];
  /** What somebody answers for until a day. */
  readonly waived: readonly { readonly finding: PolicyFinding; readonly waiver: Waiver }[];
}

/** What somebody can reach or do, as a sentence. */
export interface ExposureSentence {
  readonly text: string;
  readonly kind: string;
  /** Whether anybody at all can. */
  readonly isPublic: boolean;
}

export interface ExposureChange {
  readonly gained: readonly ExposureSentence[];
  readonly lost: readonly ExposureSentence[];
}

export interface Comparison {
  readonly base: Base;
  /** In the order of URNs, deletions last. */
  readonly changes: readonly ResourceChange[];
  readonly operations: Readonly<Record<Operation, number>>;
  /** The worst of all; left out where nothing changes. */
  readonly risk?: Risk;
  /** US dollars a month, later less earlier. */
  readonly monthlyChange: number;
  /** By component, those that change only; the greatest first. */
  readonly componentChanges: readonly { readonly urn: string; readonly name: string; readonly monthlyChange: number }[];
  readonly minutes: Prediction;
  readonly exposure: ExposureChange;
  /** The deleted resources, as they were. */
  readonly removed: readonly ResourceNode[];
}

export interface Report {
  readonly version: typeof reportVersion;
  readonly project: string;
  readonly stack: string;
  readonly graph: Graph;
  readonly cost: Estimate;
  /** Of everything made from nothing. */
  readonly firstUp: Prediction;
  readonly comparison?: Comparison;
  readonly brokenBase?: BrokenBase;
  readonly gate: Gate;
  readonly policies: PolicyFindings;
  /** Types that the tables of risks do not know, with the resources that are of them and where they are made. */
  readonly unknownTypes: readonly { readonly type: string; readonly names: readonly string[] }[];
  /** Sentences on what no plan can see. */
  readonly limits: readonly string[];
}

export interface ReportInput {
  readonly graph: Graph;
  readonly tier: Tier;
  /** Where prices are looked up. */
  readonly region: string;
  readonly base?: { readonly base: Base; readonly graph: Graph } | { readonly broken: BrokenBase };
  readonly waivers: readonly Waiver[];
  readonly policies: PolicyFindings;
  /** Asked when there is something to compare with. */
  readonly exposureChange: (before: Graph, after: Graph) => ExposureChange;
  /** `2026-11-24` */
  readonly today: string;
  /** US dollars a month. */
  readonly budget?: number;
}

export function buildReport(input: ReportInput): Report {
  const { graph, tier, region, base, waivers, today, budget } = input;
  const cost = estimate(graph, tier, region);
  const comparison = base !== undefined && "graph" in base ? compare(base.base, base.graph, graph, cost) : undefined;
  const gate = gateOf({
    stack: graph.stack,
    changes: comparison?.changes ?? [],
    waivers,
    today,
    monthly: cost.monthly,
    unpriced: cost.unpriced,
    findings: input.policies.open.length,
    ...(budget === undefined ? {} : { budget }),
  });
  return {
    version: reportVersion,
    project: graph.project,
    stack: graph.stack,
    graph,
    cost,
    firstUp: firstUp(graph),
    ...(comparison === undefined ? {} : { comparison }),
    ...(base !== undefined && "broken" in base ? { brokenBase: base.broken } : {}),
    gate,
    policies: input.policies,
    unknownTypes: unknownTypes(graph),
    limits: limits(graph, comparison),
  };

  /** Both sides are reckoned with the same usage and prices: only the program makes a difference. */
  function compare(base: Base, before: Graph, after: Graph, cost: Estimate): Comparison {
    const changes = changesBetween(before, after);
    const earlier = estimate(before, tier, region);
    const deleted = new Set(changes.filter(({ operation }) => operation === "delete").map(({ urn }) => urn));
    return {
      base,
      changes,
      operations: count(changes),
      ...(changes.length === 0 ? {} : { risk: worst(changes.map(({ risk }) => risk)) }),
      monthlyChange: cost.monthly - earlier.monthly,
      componentChanges: componentChanges(earlier, cost),
      minutes: upOf(before, after, changes),
      exposure: input.exposureChange(before, after),
      removed: before.resources.filter(({ urn }) => deleted.has(urn)),
    };
  }
}

function count(changes: readonly ResourceChange[]): Record<Operation, number> {
  const counts: Record<Operation, number> = { create: 0, update: 0, replace: 0, delete: 0, rename: 0 };
  for (const { operation } of changes) counts[operation] += 1;
  return counts;
}

function componentChanges(before: Estimate, after: Estimate) {
  const sums = new Map<string, { urn: string; name: string; monthlyChange: number }>();
  for (const [components, sign] of [[after.components, 1] as const, [before.components, -1] as const]) {
    for (const { urn, name, monthly } of components) {
      const key = urn.split("::").slice(2).join("::");
      const known = sums.get(key);
      sums.set(key, { urn: known?.urn ?? urn, name, monthlyChange: (known?.monthlyChange ?? 0) + sign * monthly });
    }
  }
  return [...sums.values()]
    .filter(({ monthlyChange }) => Math.abs(monthlyChange) >= 0.005)
    .sort((a, b) => Math.abs(b.monthlyChange) - Math.abs(a.monthlyChange) || (a.urn < b.urn ? -1 : 1));
}

function unknownTypes(graph: Graph) {
  const found = new Map<string, string[]>();
  for (const { type, name, place } of graph.resources.filter(isReal)) {
    if (typeRisk(type) !== undefined) continue;
    found.set(type, [...(found.get(type) ?? []), place === undefined ? name : `${name}, ${place}`]);
  }
  return [...found].map(([type, names]) => ({ type, names }));
}

function limits(graph: Graph, comparison: Comparison | undefined): string[] {
  const types = new Set(graph.resources.map(({ type }) => type));
  return [
    ...(comparison === undefined ? [] : ["A changed value of a secret is not seen: no plan holds one."]),
    ...(types.has("docker:index/image:Image")
      ? [
          "Whether a built image changes is not seen: that is known when it is built, and replaces the containers that run it.",
        ]
      : []),
  ];
}

// What a plan must not do without somebody's word: lose data, break a policy, or cost more than its budget.
import type { ResourceChange } from "../diff/changes.ts";
import type { StatefulKind } from "../risk/risk.ts";
import { holds, type Waiver } from "./waivers.ts";

/** What a waiver names as its policy to answer for the cost of a resource that has no price. */
export const priceWaiver = "price-known";

/** A stateful resource that goes, or may go. */
export interface StatefulEntry {
  readonly urn: string;
  readonly name: string;
  readonly type: string;
  readonly holds: StatefulKind;
  /** `update`: a property changes of which nobody knows whether it replaces the resource. */
  readonly operation: "replace" | "delete" | "update";
  readonly says: string;
  /** Whoever answers for it; without one the gate is shut. */
  readonly waiver?: Waiver;
}

/** A resource that costs money of which nobody knows how much. */
export interface UnpricedEntry {
  readonly urn: string;
  readonly name: string;
  /** To be read after its name. */
  readonly says: string;
  /** Whoever answers for it; without one the gate is shut. */
  readonly waiver?: Waiver;
}

export interface Budget {
  /** US dollars a month. */
  readonly limit: number;
  readonly monthly: number;
  readonly exceeded: boolean;
  /** What may cost any amount: a budget that something dearer without a price passes is none. */
  readonly unpriced: readonly UnpricedEntry[];
}

export interface Gate {
  readonly open: boolean;
  readonly stateful: readonly StatefulEntry[];
  /** Left out for an environment without one. */
  readonly budget?: Budget;
  /** Sentences on waivers of this stack that hold no more. */
  readonly notes: readonly string[];
}

export interface GateInput {
  readonly stack: string;
  readonly changes: readonly ResourceChange[];
  readonly waivers: readonly Waiver[];
  /** `2026-11-24` */
  readonly today: string;
  readonly monthly: number;
  /** Resources that cost money and have no price. */
  readonly unpriced: readonly { readonly urn: string; readonly name: string; readonly says: string }[];
  /** Policies that are not kept and that nobody answers for. */
  readonly findings: number;
  /** US dollars a month. */
  readonly budget?: number;
}

export function gateOf({ stack, changes, waivers, today, monthly, unpriced, findings, budget }: GateInput): Gate {
  const ours = waivers.filter(
    ({ urn, policy }) => (policy === undefined || policy === priceWaiver) && urn.startsWith(`urn:pulumi:${stack}::`),
  );
  const valid = (name?: string) =>
    new Map(
      ours.filter((one) => one.policy === name && holds(one, today)).map((waiver) => [waiver.urn, waiver] as const),
    );
  const stateful = changes.flatMap((change) => entry(change, valid()));
  const limit = budget === undefined ? undefined : budgetOf(budget, monthly, unpriced, valid(priceWaiver));
  return {
    open:
      stateful.every(({ waiver }) => waiver !== undefined) &&
      !limit?.exceeded &&
      unansweredPrices(limit).length === 0 &&
      findings === 0,
    stateful,
    ...(limit === undefined ? {} : { budget: limit }),
    notes: ours
      .filter((waiver) => !holds(waiver, today))
      .map(({ urn, expires }) => `The waiver for ${nameOf(urn)} ended on ${expires}: remove it.`),
  };
}

/** What has no price and nobody who answers for it. */
export function unansweredPrices(budget: Budget | undefined): readonly UnpricedEntry[] {
  return (budget?.unpriced ?? []).filter(({ waiver }) => waiver === undefined);
}

function budgetOf(
  limit: number,
  monthly: number,
  unpriced: GateInput["unpriced"],
  waivers: ReadonlyMap<string, Waiver>,
): Budget {
  const entries = unpriced.map(({ urn, name, says }) => {
    const waiver = waivers.get(urn);
    return { urn, name, says, ...(waiver === undefined ? {} : { waiver }) };
  });
  return { limit, monthly, exceeded: monthly > limit, unpriced: entries };
}

function entry(change: ResourceChange, waivers: ReadonlyMap<string, Waiver>): StatefulEntry[] {
  const { urn, name, type, holds, operation } = change;
  if (holds === undefined || operation === "create" || operation === "rename") return [];
  const unknown = change.properties.filter(({ risk }) => risk === "unknown").map(({ path }) => path);
  if (operation === "update" && unknown.length === 0) return [];
  const why = change.properties.filter(({ replaces }) => replaces).map(({ path }) => path);
  const says =
    operation === "delete"
      ? change.risk === "data loss"
        ? `the ${holds} is deleted`
        : `the ${holds} is let go: ${change.says}`
      : operation === "replace"
        ? `the ${holds} is replaced, because of ${why.join(", ") || "what it is replaced with"}`
        : `the ${holds} may be replaced: nothing is known about ${unknown.join(", ")}`;
  const waiver = waivers.get(urn) ?? waivers.get(change.was ?? urn);
  return [{ urn, name, type, holds, operation, says, ...(waiver === undefined ? {} : { waiver }) }];
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}

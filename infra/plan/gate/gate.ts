// What a plan must not do without somebody's word: lose data, break a policy, or cost more than its budget.
import type { ResourceChange } from "../diff/changes.ts";
import type { StatefulKind } from "../risk/risk.ts";
import { holds, type Waiver } from "./waivers.ts";

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

export interface Budget {
  /** US dollars a month. */
  readonly limit: number;
  readonly monthly: number;
  readonly exceeded: boolean;
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
  /** Policies that are not kept and that nobody answers for. */
  readonly findings: number;
  /** US dollars a month. */
  readonly budget?: number;
}

export function gateOf({ stack, changes, waivers, today, monthly, findings, budget }: GateInput): Gate {
  const ours = waivers.filter(({ urn, policy }) => policy === undefined && urn.startsWith(`urn:pulumi:${stack}::`));
  const valid = new Map(ours.filter((waiver) => holds(waiver, today)).map((waiver) => [waiver.urn, waiver]));
  const stateful = changes.flatMap((change) => entry(change, valid));
  const limit = budget === undefined ? undefined : { limit: budget, monthly, exceeded: monthly > budget };
  return {
    open: stateful.every(({ waiver }) => waiver !== undefined) && !limit?.exceeded && findings === 0,
    stateful,
    ...(limit === undefined ? {} : { budget: limit }),
    notes: ours
      .filter((waiver) => !holds(waiver, today))
      .map(({ urn, expires }) => `The waiver for ${nameOf(urn)} ended on ${expires}: remove it.`),
  };
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

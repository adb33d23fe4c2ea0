// Runs the policies over a plan's graph, and sets aside what somebody has waived.
import type { Finding, Policy, PolicyWaiver, Resource, Resources, Stack } from "./model.ts";
import { severities } from "./model.ts";
import { policies } from "./policies.ts";
import { stackOf } from "./stack.ts";

/** Every policy that a resource of the graph does not keep: the gravest first, then by URN. */
export function checkPolicies(graph: Resources, rules: readonly Policy[] = policies): Finding[] {
  const stack = stackOf(graph);
  const byType = Map.groupBy(graph.resources, ({ type }) => type);
  return rules
    .filter((policy) => policy.notIn?.[stack.tier] === undefined)
    .flatMap((policy) =>
      policy.on.flatMap((type) => (byType.get(type) ?? []).flatMap((resource) => findings(policy, resource, stack))),
    )
    .toSorted(
      (a, b) =>
        severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
        compare(a.urn, b.urn) ||
        compare(a.policy, b.policy),
    );
}

function findings(policy: Policy, resource: Resource, stack: Stack): Finding[] {
  const fault = "check" in policy ? policy.check(resource, stack.tier) : policy.checkWithin(resource, stack);
  return fault === undefined ? [] : [finding(policy, resource, fault)];
}

function finding({ name, severity, why, fix, controls }: Policy, { urn, name: resource }: Resource, fault: string) {
  return { policy: name, severity, urn, message: `${resource} ${fault}.`, why, fix, controls };
}

export interface WaivedFindings {
  /** What counts. */
  readonly open: readonly Finding[];
  /** What somebody answers for until a day. */
  readonly waived: readonly { readonly finding: Finding; readonly waiver: PolicyWaiver }[];
  /** Waivers of policies that waive nothing: past their day, or of something that is no longer found. */
  readonly idle: readonly PolicyWaiver[];
}

/** @param today `2026-11-24`; a waiver holds up to and on the day it names */
export function applyWaivers(
  found: readonly Finding[],
  waivers: readonly PolicyWaiver[],
  today: string,
): WaivedFindings {
  const matches = found.map((one) => ({ finding: one, waiver: waiverOf(one, waivers, today) }));
  const used = new Set(matches.map(({ waiver }) => waiver));
  return {
    open: matches.filter(({ waiver }) => waiver === undefined).map(({ finding }) => finding),
    waived: matches.flatMap(({ finding, waiver }) => (waiver === undefined ? [] : { finding, waiver })),
    idle: waivers.filter((waiver) => waiver.policy !== undefined && !used.has(waiver)),
  };
}

/** The waiver of a finding that holds today. */
export function waiverOf(
  { urn, policy }: Pick<Finding, "urn" | "policy">,
  waivers: readonly PolicyWaiver[],
  today: string,
): PolicyWaiver | undefined {
  return waivers.find((waiver) => waiver.urn === urn && waiver.policy === policy && today <= waiver.expires);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

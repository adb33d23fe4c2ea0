// The policies as the Pulumi engine runs them: those on a resource alone before it is made, the others over the whole stack at
// the end of a preview and of an update.
import type {
  Policies,
  PolicyResource,
  Policy as PulumiPolicy,
  ReportViolation,
  ResourceValidationArgs,
  StackValidationArgs,
} from "@pulumi/policy";
import { waiverOf } from "./check.ts";
import type { Fault, Policy, PolicyWaiver, Resource, ResourcePolicy, StackPolicy } from "./model.ts";
import { stackOf, tierOf } from "./stack.ts";

export interface PackContext {
  readonly waivers: readonly PolicyWaiver[];
  /** `2026-11-24`. */
  readonly today: string;
}

/** All policies that the engine can be asked, as violations that stop it. */
export function pulumiPolicies(policies: readonly Policy[], context: PackContext): Policies {
  return policies
    .filter(({ planOnly }) => planOnly === undefined)
    .map((policy) => ("check" in policy ? onResource(policy, context) : onStack(policy, context)));
}

function describe({ name, title, why, fix, severity, controls }: Policy): PulumiPolicy {
  return {
    name,
    displayName: title,
    description: `${title}. ${why}`,
    enforcementLevel: "mandatory",
    severity,
    tags: [...controls],
    remediationSteps: fix,
  };
}

function onResource(policy: ResourcePolicy, context: PackContext): Policies[number] {
  return {
    ...describe(policy),
    validateResource: ({ type, name, urn, props, opts, provider }: ResourceValidationArgs, report) => {
      if (!policy.on.includes(type)) return;
      const resource = { urn, type, name, inputs: props, propertyDependencies: {}, options: { protect: opts.protect } };
      const fault = onceKnown(() => {
        const around = provider === undefined ? [] : [{ type: provider.type, inputs: provider.props }];
        const tier = tierOf([...around, resource]);
        return policy.notIn?.[tier] === undefined ? policy.check(resource, tier) : undefined;
      });
      tell(policy, resource, fault, context, report);
    },
  };
}

function onStack(policy: StackPolicy, context: PackContext): Policies[number] {
  return {
    ...describe(policy),
    validateStack: ({ resources }: StackValidationArgs, report) => {
      const stack = stackOf({ resources: resources.map(asResource) });
      if (policy.notIn?.[stack.tier] !== undefined) return;
      for (const resource of stack.resources) {
        if (!policy.on.includes(resource.type)) continue;
        tell(
          policy,
          resource,
          onceKnown(() => policy.checkWithin(resource, stack)),
          context,
          report,
        );
      }
    },
  };
}

function asResource({ urn, type, name, props, opts, propertyDependencies }: PolicyResource): Resource {
  return {
    urn,
    type,
    name,
    inputs: props,
    propertyDependencies: Object.fromEntries(
      Object.entries(propertyDependencies).map(([property, targets]) => [
        property,
        targets.map((target) => target.urn),
      ]),
    ),
    options: { protect: opts.protect },
  };
}

/**
 * What a preview cannot know yet throws when it is looked at. There is nothing to say about it before the update, which asks
 * again: with the value, and before it makes the resource.
 */
function onceKnown(check: () => Fault): Fault {
  try {
    return check();
  } catch (error) {
    if (error instanceof Error && error.message.endsWith("can't be known during preview")) return undefined;
    throw error;
  }
}

function tell(policy: Policy, resource: Resource, fault: Fault, context: PackContext, report: ReportViolation): void {
  if (fault === undefined) return;
  const waiver = waiverOf({ urn: resource.urn, policy: policy.name }, context.waivers, context.today);
  if (waiver === undefined) report(`${resource.name} ${fault}. ${policy.fix}`, resource.urn);
}

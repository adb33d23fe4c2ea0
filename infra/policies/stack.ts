// A stack's resources with an index of who refers to whom, and the tier that they are of.
import type { Resource, Resources, Stack, Tier } from "./model.ts";
import { at, textsAt } from "./read.ts";

const tiers: readonly string[] = ["development", "staging", "production"] satisfies Tier[];

export function stackOf({ resources }: Resources): Stack {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const referrers = new Map<string, { readonly resource: Resource; readonly property: string }[]>();
  for (const resource of resources) {
    for (const [property, urns] of Object.entries(resource.propertyDependencies)) {
      for (const urn of urns) {
        const known = referrers.get(urn);
        if (known === undefined) referrers.set(urn, [{ resource, property }]);
        else known.push({ resource, property });
      }
    }
  }
  return {
    tier: tierOf(resources),
    resources,
    referringTo: (target, type, property) =>
      (referrers.get(target.urn) ?? [])
        .filter((referrer) => referrer.property === property && referrer.resource.type === type)
        .map(({ resource }) => resource),
    referredBy: (resource, type, property) =>
      (property === undefined
        ? Object.values(resource.propertyDependencies).flat()
        : (resource.propertyDependencies[property] ?? [])
      ).flatMap((urn) => {
        const found = byUrn.get(urn);
        return found?.type === type ? [found] : [];
      }),
  };
}

/** By the tags of the AWS provider, or by what the containers are told; production, the strictest, where neither says. */
export function tierOf(resources: readonly Pick<Resource, "type" | "inputs">[]): Tier {
  for (const { type, inputs } of resources) {
    const tier = type === "pulumi:providers:aws" ? tierByTags(inputs) : tierByVariables(type, inputs);
    if (tier !== undefined) return tier;
  }
  return "production";
}

function tierByTags(provider: Readonly<Record<string, unknown>>): Tier | undefined {
  return asTier(at(provider, "defaultTags.tags.environment"));
}

function tierByVariables(type: string, inputs: Readonly<Record<string, unknown>>): Tier | undefined {
  if (type !== "docker:index/container:Container") return undefined;
  const variable = textsAt(inputs, "envs").find((entry) => entry.startsWith("ENVIRONMENT="));
  return asTier(variable?.slice("ENVIRONMENT=".length));
}

function asTier(value: unknown): Tier | undefined {
  return tiers.includes(value as string) ? (value as Tier) : undefined;
}

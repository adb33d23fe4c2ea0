// Availability zones that AWS does not offer everything in: a subnet there can be made, and what has to stand in it cannot. They
// are known by id, as each account has letters of its own for them.

/** When AWS's lists were looked up. */
export const zonesDate = "2026-11-24";

/** What an environment needs in each of its zones, and AWS's list of where it is not. */
const services = {
  fargate: {
    called: "Fargate",
    source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AWS_Fargate-Regions.html",
    missing: ["usw1-az2", "apne1-az3"],
  },
  vpcOrigins: {
    called: "CloudFront's VPC origins",
    source: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html",
    missing: ["use1-az3", "usw1-az2", "apne1-az3", "cac1-az3"],
  },
} as const;

/** Zones of a region by name, e.g. `us-east-1a`, and their ids in the same order. */
export interface RegionZones {
  readonly names: readonly string[];
  readonly zoneIds: readonly string[];
}

/**
 * @param zone its name, e.g. `us-east-1e`
 * @param zoneId e.g. `use1-az3`; in a plan, which asks nobody, one that is in no list
 * @param zonesOfRegion asked only where the zone will not do
 * @returns why nothing can run in the zone, and which others will do, as a sentence; undefined if all can
 */
export async function zoneFault(
  zone: string,
  zoneId: string,
  zonesOfRegion: () => Promise<RegionZones>,
): Promise<string | undefined> {
  const missing = missingIn(zoneId);
  if (missing.length === 0) return undefined;
  const { names, zoneIds } = await zonesOfRegion();
  const usable = names.filter((_, index) => missingIn(zoneIds[index] ?? "").length === 0);
  const letters = usable.map((name) => name.slice(-1)).sort();
  return `The zone ${zone} is ${zoneId} in this account, where AWS does not offer ${missing.join(" or ")} (as of ${zonesDate}): choose from ${letters.join(", ")} in environment.network.zones.`;
}

function missingIn(zoneId: string): string[] {
  return Object.values(services).flatMap(({ called, missing }) =>
    (missing as readonly string[]).includes(zoneId) ? [called] : [],
  );
}

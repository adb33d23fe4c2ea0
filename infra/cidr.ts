// IPv4 subnet arithmetic for a VPC: pure functions.

/** The three tiers of subnets, one block per zone each, in the order of the zones. */
export interface SubnetPlan {
  /** Load balancers and NAT gateways; the only subnets with a route to an internet gateway. */
  readonly public: readonly string[];
  /** Tasks: outbound only. */
  readonly private: readonly string[];
  /** Databases: no route out at all. */
  readonly isolated: readonly string[];
}

const tiers = ["public", "private", "isolated"] as const;

/** A VPC takes /16 to /28; an internet-facing load balancer wants subnets of /27 or more, 16 of which make a /23. */
export const vpcPrefix = { largest: 16, smallest: 23 } as const;

/** Zones a plan leaves room for: a zone that is added later moves no block that exists. */
export const maxZones = 4;

/**
 * Cuts a VPC's block into 16 equal ones: 4 for each tier, and 4 kept for what comes later.
 *
 * @param cidr the VPC's block, `/16` to `/23`, e.g. `10.20.0.0/16`
 * @param zones how many zones, 1 to 4
 * @throws what {@link cidrFault} says
 */
export function planSubnets(cidr: string, zones: number): SubnetPlan {
  const fault = cidrFault(cidr);
  if (fault !== undefined) throw new Error(`The VPC's block ${cidr} ${fault}.`);
  if (!Number.isInteger(zones) || zones < 1 || zones > maxZones) {
    throw new Error(`A network has 1 to ${maxZones} zones, not ${zones}.`);
  }
  const { base, prefix } = parse(cidr);
  const size = 2 ** (32 - prefix) / 16;
  const blocks = (tier: number) =>
    Array.from({ length: zones }, (_, zone) => `${dotted(base + (tier * maxZones + zone) * size)}/${prefix + 4}`);
  const [publicBlocks, privateBlocks, isolatedBlocks] = tiers.map((_, tier) => blocks(tier));
  return { public: publicBlocks ?? [], private: privateBlocks ?? [], isolated: isolatedBlocks ?? [] };
}

/** What is wrong with a VPC's block, as the end of a sentence; undefined if nothing is. */
export function cidrFault(cidr: string): string | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/.test(cidr)) return "is not an IPv4 block: write it like 10.20.0.0/16";
  const { octets, base, prefix } = parse(cidr);
  if (octets.some((octet) => octet > 255) || prefix > 32) return "is not an IPv4 block: write it like 10.20.0.0/16";
  if (prefix > vpcPrefix.smallest) {
    return `is too small: a /${vpcPrefix.smallest} or larger holds the subnets of all tiers and zones`;
  }
  if (prefix < vpcPrefix.largest) return `is too large: AWS allows a VPC at most a /${vpcPrefix.largest}`;
  const size = 2 ** (32 - prefix);
  if (base % size !== 0)
    return `has host bits set: the block that holds it is ${dotted(base - (base % size))}/${prefix}`;
  return undefined;
}

function parse(cidr: string): { octets: number[]; base: number; prefix: number } {
  const [address = "", prefix = ""] = cidr.split("/");
  const octets = address.split(".").map(Number);
  return { octets, base: octets.reduce((sum, octet) => sum * 256 + octet, 0), prefix: Number(prefix) };
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

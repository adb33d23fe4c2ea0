// The switch of the maintenance page on AWS: whose requests the firewall at the edge answers by itself. CloudFront asks the
// firewall anew within seconds; nothing is deployed.
import { isAwsError, wafv2 } from "./clients.ts";

/** A set of addresses as AWS finds it. */
export interface AddressSet {
  readonly id: string;
  readonly name: string;
}

/** The sets of a stack, by the version of IP. */
export type MaintenanceSets = Readonly<Record<"ipv4" | "ipv6", AddressSet>>;

/** CloudFront's firewalls are kept here. */
const region = "us-east-1";
const Scope = "CLOUDFRONT";

/** Two halves, as a set takes no block of everything. */
const everybody = { ipv4: ["0.0.0.0/1", "128.0.0.0/1"], ipv6: ["::/1", "8000::/1"] } as const;

/** Shows everybody the page, or nobody. Done again it changes nothing. */
export async function setMaintenance(sets: MaintenanceSets, on: boolean): Promise<void> {
  for (const version of ["ipv4", "ipv6"] as const) {
    await replaceAddresses(sets[version], on ? everybody[version] : []);
  }
}

/** Somebody else's change between our look and ours is looked at again, not overwritten unseen. */
async function replaceAddresses({ id, name }: AddressSet, addresses: readonly string[], attempts = 5): Promise<void> {
  const waf = await wafv2(region);
  const { IPSet, LockToken } = await waf.getIPSet({ Scope, Id: id, Name: name });
  try {
    await waf.updateIPSet({
      ...{ Scope, Id: id, Name: name, LockToken, Addresses: [...addresses] },
      // Left out, it would be taken away.
      ...(IPSet?.Description ? { Description: IPSet.Description } : {}),
    });
  } catch (error) {
    if (attempts === 1 || !isAwsError(error, "WAFOptimisticLockException")) throw error;
    await replaceAddresses({ id, name }, addresses, attempts - 1);
  }
}

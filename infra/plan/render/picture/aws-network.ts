// A VPC as areas: its subnets by tier, each with its zones.
import type { ResourceNode } from "../../graph.ts";
import type { Area } from "./model.ts";
import { count, inputAt, type Source, textAt } from "./source.ts";

const subnetType = "aws:ec2/subnet:Subnet";
const vpcType = "aws:ec2/vpc:Vpc";

/** From where the internet is to where it is not. */
const order = ["public", "private", "isolated"];

export interface Tiers {
  readonly areas: readonly Area[];
  /** The area of a resource by the subnets that it refers to, directly or by a group of subnets; undefined for none. */
  areaOf(node: ResourceNode): string | undefined;
  zonesOf(node: ResourceNode): readonly string[];
  /** Where tasks run that name no subnet: the first tier that is not public. */
  readonly inner: string | undefined;
}

export function tiersOf(source: Source): Tiers {
  const subnets = source.ofType(subnetType);
  const byTier = Map.groupBy(subnets, (subnet) => tierOf(subnet, source));
  const names = [...byTier.keys()].toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const subnetsOf = (node: ResourceNode) =>
    source
      .referred(node)
      .flatMap((other) => (other.type === "aws:rds/subnetGroup:SubnetGroup" ? source.referred(other) : other))
      .filter(({ type }) => type === subnetType);
  const inner = names.find((name) => name !== "public");
  return {
    areas: names.map((name) => tierArea(name, byTier.get(name) ?? [], source)),
    areaOf: (node) => {
      const [first] = subnetsOf(node);
      return first && tierId(tierOf(first, source));
    },
    zonesOf: (node) => [...new Set(subnetsOf(node).map(zoneOf))].toSorted(),
    inner: inner && tierId(inner),
  };
}

function tierId(name: string): string {
  return `tier ${name}`;
}

function tierArea(name: string, subnets: readonly ResourceNode[], source: Source): Area {
  const vpcs = source.ofType(vpcType);
  const cidrs = vpcs.map(({ inputs }) => textAt(inputs, "cidrBlock")).join(", ");
  const zones = new Set(source.ofType(subnetType).map(zoneOf)).size;
  return {
    id: tierId(name),
    title: `${name} subnets`,
    lines: subnets.map((subnet) => `${zoneOf(subnet)}  ${textAt(subnet.inputs, "cidrBlock")}`).toSorted(),
    place: "main",
    frame: ["Network", cidrs, count(zones, "zone")].filter(Boolean).join(" · "),
    stands: subnets.map(({ urn }) => urn),
  };
}

/** As its tag says; else public where its route table leads to an internet gateway. */
function tierOf(subnet: ResourceNode, source: Source): string {
  const tag = textAt(subnet.inputs, "tags.tier");
  if (tag !== "") return tag;
  const tables = source.referrers(subnet).flatMap((one) => source.referred(one, "routeTableId"));
  const leadsOut = tables.some((table) =>
    source.referrers(table).some((route) => inputAt(route.inputs, "gatewayId") !== undefined),
  );
  return leadsOut || subnet.inputs.mapPublicIpOnLaunch === true ? "public" : "private";
}

function rank(tier: string): number {
  const found = order.indexOf(tier);
  return found < 0 ? order.length : found;
}

/** `a` of `us-east-1a`: the region stands above. */
export function zoneOf({ inputs }: ResourceNode): string {
  return /[a-z]$/.exec(textAt(inputs, "availabilityZone"))?.[0] ?? textAt(inputs, "availabilityZone");
}

// A VPC over two to four zones: public, private and isolated subnets, and the way out that was configured.
//
//   new Network("network", { cidr: "10.20.0.0/16", region: "eu-central-1", zones: ["a", "b"], nat: "single" });
//
// Monthly cost: about $36.50 for each NAT gateway with its address, and $0.045 for each GB through it; the rest is free.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { planSubnets } from "../../cidr.ts";
import { found } from "./pure/lookup.ts";
import { zoneFault } from "./pure/zones.ts";

export interface NetworkArgs {
  /** The VPC's IPv4 block, /16 to /23. */
  readonly cidr: string;
  /** Region of the zones, e.g. `eu-central-1`. */
  readonly region: string;
  /** Letters of the availability zones. The region is asked for them, so that a preview says if one is missing or will not do. */
  readonly zones: readonly string[];
  /** NAT gateways. `none`: tasks stand in public subnets with public addresses, closed to all that comes in. */
  readonly nat: "perZone" | "single" | "none";
}

export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  /** Account that the VPC, and with it the environment, belongs to. */
  readonly accountId: pulumi.Output<string>;
  readonly region: string;
  /** The VPC's block. */
  readonly cidr: string;
  /** Load balancers. */
  readonly privateSubnetIds: pulumi.Output<string>[];
  /** Databases: no route out. */
  readonly isolatedSubnetIds: pulumi.Output<string>[];
  /** Tasks: private where there is NAT, else public. */
  readonly taskSubnetIds: pulumi.Output<string>[];
  /** Whether tasks need a public address to reach AWS and the internet. */
  readonly assignPublicIp: boolean;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    const plan = planSubnets(args.cidr, args.zones.length);
    super("berth:network:Network", name, {}, opts);

    const vpc = virtualNetwork(this, name, args);
    const internet = internetGateway(this, name, vpc);
    const zones = args.zones.map((letter) => availabilityZone(this, args.region, letter));
    const publicSubnets = subnets(this, name, args, vpc, "public", plan.public, zones);
    const privateSubnets = subnets(this, name, args, vpc, "private", plan.private, zones);
    const isolatedSubnets = subnets(this, name, args, vpc, "isolated", plan.isolated, zones);
    const gateways = natGateways(this, name, args, publicSubnets, internet);

    const publicTable = routeTable(this, `${name}-public`, vpc, publicSubnets);
    route(this, `${name}-public-out`, publicTable, { gatewayId: internet.id });
    const privateTables = privateRouteTables(this, name, args, vpc, privateSubnets, gateways);
    routeTable(this, `${name}-isolated`, vpc, isolatedSubnets);
    s3Endpoint(this, name, args, vpc, [publicTable, ...privateTables]);

    const ids = (group: aws.ec2.Subnet[]) => group.map((subnet) => subnet.id);
    this.vpcId = vpc.id;
    this.accountId = vpc.ownerId;
    this.region = args.region;
    this.cidr = args.cidr;
    this.privateSubnetIds = ids(privateSubnets);
    this.isolatedSubnetIds = ids(isolatedSubnets);
    this.assignPublicIp = args.nat === "none";
    this.taskSubnetIds = ids(this.assignPublicIp ? publicSubnets : privateSubnets);
    this.registerOutputs({ vpcId: this.vpcId });
  }
}

function virtualNetwork(parent: Network, name: string, args: NetworkArgs): aws.ec2.Vpc {
  const vpc = new aws.ec2.Vpc(
    `${name}-vpc`,
    { cidrBlock: args.cidr, enableDnsSupport: true, enableDnsHostnames: true, tags: { Name: name } },
    { parent },
  );
  // Takes all rules away: whatever ends up in the default group by mistake reaches nothing.
  new aws.ec2.DefaultSecurityGroup(
    `${name}-default-sg`,
    { vpcId: vpc.id, tags: { Name: `${name}-default` } },
    { parent },
  );
  return vpc;
}

/** CloudFront's VPC origins ask for one too, as a sign that traffic from the internet is wanted; they do not route over it. */
function internetGateway(parent: Network, name: string, vpc: aws.ec2.Vpc): aws.ec2.InternetGateway {
  return new aws.ec2.InternetGateway(`${name}-internet`, { vpcId: vpc.id, tags: { Name: name } }, { parent });
}

/**
 * A zone's name, looked up: not every account has every letter, and not every zone has what tasks and the edge need; a subnet
 * would say so halfway through an update, or never.
 */
function availabilityZone(parent: Network, region: string, letter: string): pulumi.Output<string> {
  const name = `${region}${letter}`;
  return found(
    aws.getAvailabilityZone({ name }, { parent }),
    `This account has no zone ${name}: choose others in environment.network.zones`,
    ({ zoneId }) => zoneFault(name, zoneId, () => zonesOf(parent, region)),
  ).apply(() => name);
}

/** Those of the region itself, without local zones and such. */
async function zonesOf(parent: Network, region: string): Promise<aws.GetAvailabilityZonesResult> {
  const filters = [
    { name: "region-name", values: [region] },
    { name: "zone-type", values: ["availability-zone"] },
  ];
  return aws.getAvailabilityZones({ filters, state: "available" }, { parent });
}

function subnets(
  parent: Network,
  name: string,
  args: NetworkArgs,
  vpc: aws.ec2.Vpc,
  tier: string,
  blocks: readonly string[],
  zones: readonly pulumi.Output<string>[],
): aws.ec2.Subnet[] {
  return args.zones.map((zone, index) => {
    const subnetName = `${name}-${tier}-${zone}`;
    return new aws.ec2.Subnet(
      subnetName,
      {
        vpcId: vpc.id,
        cidrBlock: blocks[index],
        availabilityZone: zones[index],
        mapPublicIpOnLaunch: false,
        tags: { Name: subnetName, tier },
      },
      { parent },
    );
  });
}

function natGateways(
  parent: Network,
  name: string,
  args: NetworkArgs,
  publicSubnets: aws.ec2.Subnet[],
  internet: aws.ec2.InternetGateway,
): aws.ec2.NatGateway[] {
  const count = { perZone: args.zones.length, single: 1, none: 0 }[args.nat];
  return publicSubnets.slice(0, count).map((subnet, index) => {
    const gatewayName = `${name}-nat-${args.zones[index]}`;
    const tags = { Name: gatewayName };
    const address = new aws.ec2.Eip(`${gatewayName}-ip`, { domain: "vpc", tags }, { parent, dependsOn: internet });
    return new aws.ec2.NatGateway(
      gatewayName,
      { subnetId: subnet.id, allocationId: address.id, tags },
      { parent, dependsOn: internet },
    );
  });
}

/** One table for each NAT gateway, so that a zone that fails takes only its own way out with it; without NAT one table. */
function privateRouteTables(
  parent: Network,
  name: string,
  args: NetworkArgs,
  vpc: aws.ec2.Vpc,
  privateSubnets: aws.ec2.Subnet[],
  gateways: aws.ec2.NatGateway[],
): aws.ec2.RouteTable[] {
  if (args.nat !== "perZone") {
    const table = routeTable(parent, `${name}-private`, vpc, privateSubnets);
    for (const gateway of gateways) route(parent, `${name}-private-out`, table, { natGatewayId: gateway.id });
    return [table];
  }
  return gateways.map((gateway, index) => {
    const tableName = `${name}-private-${args.zones[index]}`;
    const table = routeTable(parent, tableName, vpc, privateSubnets.slice(index, index + 1));
    route(parent, `${tableName}-out`, table, { natGatewayId: gateway.id });
    return table;
  });
}

function routeTable(
  parent: Network,
  name: string,
  vpc: aws.ec2.Vpc,
  members: readonly aws.ec2.Subnet[],
): aws.ec2.RouteTable {
  const table = new aws.ec2.RouteTable(`${name}-routes`, { vpcId: vpc.id, tags: { Name: name } }, { parent });
  members.forEach((subnet, index) => {
    new aws.ec2.RouteTableAssociation(
      `${name}-routes-${index}`,
      { routeTableId: table.id, subnetId: subnet.id },
      { parent },
    );
  });
  return table;
}

function route(
  parent: Network,
  name: string,
  table: aws.ec2.RouteTable,
  target: { gatewayId: pulumi.Output<string> } | { natGatewayId: pulumi.Output<string> },
): void {
  new aws.ec2.Route(name, { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", ...target }, { parent });
}

/** Free, and keeps image layers and static assets out of the NAT gateways' bill. */
function s3Endpoint(
  parent: Network,
  name: string,
  args: NetworkArgs,
  vpc: aws.ec2.Vpc,
  tables: readonly aws.ec2.RouteTable[],
): void {
  new aws.ec2.VpcEndpoint(
    `${name}-s3`,
    {
      vpcId: vpc.id,
      serviceName: `com.amazonaws.${args.region}.s3`,
      vpcEndpointType: "Gateway",
      routeTableIds: tables.map((table) => table.id),
      tags: { Name: `${name}-s3` },
    },
    { parent },
  );
}

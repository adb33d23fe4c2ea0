// Who reaches whom in a VPC.
import { areEverybody, blocksOf } from "../addresses.ts";
import type { Policy, Resource, Stack } from "../model.ts";
import { at, firstFault, listAt, unless } from "../read.ts";

const group = "aws:ec2/securityGroup:SecurityGroup";
const ingressRule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const egressRule = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
const oldRule = "aws:ec2/securityGroupRule:SecurityGroupRule";
const loadBalancer = "aws:lb/loadBalancer:LoadBalancer";

/** Rules of one direction that a resource brings: the resource itself, or those written into a group. */
function rulesOf({ type, inputs }: Resource, direction: "ingress" | "egress"): readonly unknown[] {
  if (type === group) return listAt(inputs, direction);
  if (type === oldRule) return at(inputs, "type") === direction ? [inputs] : [];
  return [inputs];
}

function protocolOf(rule: unknown): unknown {
  return at(rule, "ipProtocol") ?? at(rule, "protocol");
}

export const ingressClosedToInternet: Policy = {
  name: "ingress-closed-to-internet",
  title: "Nothing but a public load balancer's listener is open to the internet",
  why: "Whatever the internet reaches directly is attacked directly, past firewall and rate limits.",
  fix: "Let in a security group or a prefix list instead of every address.",
  severity: "critical",
  controls: [
    "EC2.18",
    "EC2.19",
    "CIS 5.3",
    "CIS 5.4",
    "AwsSolutions-EC23",
    "AwsSolutions-RDS8",
    "CKV_AWS_24",
    "CKV_AWS_25",
    "CKV_AWS_260",
  ],
  on: [group, ingressRule, oldRule],
  exceptions: [
    "Ports 80 and 443 of a load balancer that is not internal: that is what it is for.",
    "Fewer public addresses on a rule than a /8 has, or an IPv6 /16; private ones (RFC 1918, RFC 6598, ULA) are not the internet.",
  ],
  checkWithin: (resource, stack) =>
    firstFault(rulesOf(resource, "ingress"), (rule) =>
      unless(
        !areEverybody(blocksOf(rule, resource, stack)) || (isWebPort(rule) && isOnPublicBalancer(resource, stack)),
        `lets every address in on ${portsOf(rule)}`,
      ),
    ),
};

function isWebPort(rule: unknown): boolean {
  return at(rule, "fromPort") === at(rule, "toPort") && [80, 443].includes(Number(at(rule, "fromPort")));
}

function isOnPublicBalancer(resource: Resource, stack: Stack): boolean {
  const groups = resource.type === group ? [resource] : stack.referredBy(resource, group, "securityGroupId");
  const balancers = groups.flatMap((one) => stack.referringTo(one, loadBalancer, "securityGroups"));
  return balancers.length > 0 && balancers.every(({ inputs }) => at(inputs, "internal") !== true);
}

function portsOf(rule: unknown): string {
  const [from, to] = [at(rule, "fromPort"), at(rule, "toPort")];
  if (String(protocolOf(rule)) === "-1" || from === undefined) return "all ports";
  return from === to ? `port ${String(from)}` : `ports ${String(from)} to ${String(to)}`;
}

export const ingressNamesOnePort: Policy = {
  name: "ingress-names-one-port",
  title: "A rule that lets in names one port",
  why: "A range lets in what starts to listen there some day, unnoticed.",
  fix: "Set ipProtocol to tcp and fromPort and toPort to the same port, with one rule for each.",
  severity: "medium",
  controls: [],
  on: [group, ingressRule, oldRule],
  check: (resource) =>
    firstFault(rulesOf(resource, "ingress"), (rule) =>
      unless(
        String(protocolOf(rule)) !== "-1" &&
          at(rule, "fromPort") !== undefined &&
          at(rule, "fromPort") === at(rule, "toPort"),
        `lets in on ${portsOf(rule)}, not on one port`,
      ),
    ),
};

export const egressNamesPorts: Policy = {
  name: "egress-names-ports",
  title: "What may leave to every address is limited to ports",
  why: "A process that was taken over must not send out whatever it likes.",
  fix: "Name the protocol and port of each way out.",
  severity: "medium",
  controls: ["CKV_AWS_382"],
  on: [group, egressRule, oldRule],
  checkWithin: (resource, stack) =>
    firstFault(rulesOf(resource, "egress"), (rule) =>
      unless(
        !areEverybody(blocksOf(rule, resource, stack)) ||
          (String(protocolOf(rule)) !== "-1" && at(rule, "fromPort") === at(rule, "toPort")),
        `lets everything out to every address on ${portsOf(rule)}`,
      ),
    ),
};

export const securityGroupDescribed: Policy = {
  name: "security-group-described",
  title: "A security group and what it lets in say what they are for",
  why: "Nobody dares to close what nobody can explain.",
  fix: "Set description.",
  severity: "low",
  controls: ["AwsSolutions-EC27", "CKV_AWS_23"],
  on: [group, ingressRule],
  exceptions: ["Rules that let out: whom or what port they are for says why."],
  check: ({ inputs }) =>
    unless(![undefined, "", "Managed by Pulumi"].includes(at(inputs, "description") as string), "has no description"),
};

export const defaultSecurityGroupEmpty: Policy = {
  name: "default-security-group-empty",
  title: "The VPC's default security group lets nothing in or out",
  why: "What is started without a group of its own lands in the default one, where all members reach each other.",
  fix: "Add an aws.ec2.DefaultSecurityGroup without rules for the VPC.",
  severity: "high",
  controls: ["EC2.2", "CIS 5.5", "CKV2_AWS_12"],
  on: ["aws:ec2/vpc:Vpc"],
  checkWithin: (vpc, stack) => {
    const [taken] = stack.referringTo(vpc, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "vpcId");
    if (taken === undefined) return "has a default security group with AWS's own rules";
    const rules = [...listAt(taken.inputs, "ingress"), ...listAt(taken.inputs, "egress")];
    return unless(rules.length === 0, "has a default security group with rules");
  },
};

export const vpcFlowLogs: Policy = {
  name: "vpc-flow-logs",
  title: "Every connection in the VPC is recorded",
  why: "Without the record nobody can tell afterwards what an intruder reached.",
  fix: "Add an aws.ec2.FlowLog with trafficType ALL for the VPC.",
  severity: "medium",
  controls: ["EC2.6", "CIS 3.7", "AwsSolutions-VPC7", "CKV2_AWS_11"],
  on: ["aws:ec2/vpc:Vpc"],
  checkWithin: (vpc, stack) => {
    const logs = stack.referringTo(vpc, "aws:ec2/flowLog:FlowLog", "vpcId");
    return unless(
      logs.some(({ inputs }) => at(inputs, "trafficType") === "ALL"),
      "has no flow log of all traffic",
    );
  },
};

export const subnetNoAutomaticAddress: Policy = {
  name: "subnet-no-automatic-address",
  title: "Subnets hand out no public addresses by themselves",
  why: "What is started there would be on the internet without anybody having said so.",
  fix: "Set mapPublicIpOnLaunch: false.",
  severity: "medium",
  controls: ["EC2.15", "CKV_AWS_130"],
  on: ["aws:ec2/subnet:Subnet"],
  check: ({ inputs }) =>
    unless(at(inputs, "mapPublicIpOnLaunch") !== true, "gives a public address to all that starts in it"),
};

export const databaseSubnetsIsolated: Policy = {
  name: "database-subnets-isolated",
  title: "No route leads from a database's subnets to the internet",
  why: "Where there is no way out, a mistake in a security group exposes nothing, and stolen data has nowhere to go.",
  fix: "Put the database into subnets whose route table has no route to an internet or NAT gateway.",
  severity: "high",
  controls: ["RDS.46"],
  on: ["aws:rds/subnetGroup:SubnetGroup"],
  checkWithin: (subnetGroup, stack) => {
    const subnets = stack.referredBy(subnetGroup, "aws:ec2/subnet:Subnet", "subnetIds");
    if (subnets.length === 0) return "names no subnets of this stack";
    return firstFault(subnets, (subnet) => {
      const routes = routeTables(subnet, stack).flatMap((table) =>
        stack.referringTo(table, "aws:ec2/route:Route", "routeTableId"),
      );
      const out = routes.find(({ inputs }) => at(inputs, "gatewayId") ?? at(inputs, "natGatewayId"));
      return unless(out === undefined, `uses ${subnet.name}, from which ${out?.name} leads out`);
    });
  },
};

function routeTables(subnet: Resource, stack: Stack): readonly Resource[] {
  return stack
    .referringTo(subnet, "aws:ec2/routeTableAssociation:RouteTableAssociation", "subnetId")
    .flatMap((association) => stack.referredBy(association, "aws:ec2/routeTable:RouteTable", "routeTableId"));
}

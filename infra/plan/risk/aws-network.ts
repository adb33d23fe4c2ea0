// What AWS does with changed properties: networks, security groups, load balancers.
import type { RiskTable } from "./risk.ts";
import { cloudFormation, terraform } from "./source.ts";

const cutOff = { risk: "brief downtime", says: "what goes over it is cut off until the new one stands" } as const;
const openOrShut = {
  risk: "brief downtime",
  says: "the old rule goes and the new one comes; connections over it may be refused for a moment",
} as const;

export const awsNetwork: RiskTable = {
  "aws:ec2/vpc:Vpc": {
    source: cloudFormation("ec2-vpc"),
    inPlace: ["enableDnsHostnames", "enableDnsSupport"],
    replaces: ["cidrBlock"],
    replaced: { risk: "replacement", says: "everything in the network is made anew" },
  },
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {
    source: terraform("default_security_group"),
    inPlace: ["ingress", "egress"],
    replaces: ["vpcId"],
    replaced: { risk: "in place", says: "another network's group is taken over" },
    deleted: { risk: "in place", says: "the group stays as it is, without anybody who manages it" },
  },
  "aws:ec2/subnet:Subnet": {
    source: cloudFormation("ec2-subnet"),
    inPlace: ["mapPublicIpOnLaunch"],
    replaces: ["availabilityZone", "cidrBlock", "vpcId"],
    replaced: { risk: "replacement", says: "everything in the subnet has to move" },
  },
  "aws:ec2/internetGateway:InternetGateway": {
    source: cloudFormation("ec2-vpcgatewayattachment"),
    downtime: { vpcId: "it is taken from one network and put to the other" },
    replaced: cutOff,
  },
  "aws:ec2/eip:Eip": {
    source: cloudFormation("ec2-eip"),
    replaces: ["domain"],
    replaced: { risk: "replacement", says: "another public address: whoever has the old one on a list must be told" },
    deleted: { risk: "deletion", says: "the public address is given back and cannot be had again" },
  },
  "aws:ec2/natGateway:NatGateway": {
    source: cloudFormation("ec2-natgateway"),
    replaces: ["allocationId", "subnetId"],
    replaced: cutOff,
  },
  "aws:ec2/routeTable:RouteTable": {
    source: cloudFormation("ec2-routetable"),
    replaces: ["vpcId"],
    replaced: cutOff,
  },
  "aws:ec2/route:Route": {
    source: cloudFormation("ec2-route"),
    downtime: {
      gatewayId: "open connections over the route end",
      natGatewayId: "open connections over the route end",
    },
    replaces: ["destinationCidrBlock", "routeTableId"],
    replaced: cutOff,
  },
  "aws:ec2/routeTableAssociation:RouteTableAssociation": {
    source: cloudFormation("ec2-subnetroutetableassociation"),
    downtime: { routeTableId: "the subnet changes its routes at once; open connections may end" },
    replaces: ["subnetId"],
    replaced: cutOff,
  },
  "aws:ec2/vpcEndpoint:VpcEndpoint": {
    source: cloudFormation("ec2-vpcendpoint"),
    inPlace: ["policy", "privateDnsEnabled", "routeTableIds", "securityGroupIds", "subnetIds"],
    replaces: ["serviceName", "vpcEndpointType", "vpcId"],
    replaced: cutOff,
  },
  "aws:ec2/flowLog:FlowLog": {
    source: cloudFormation("ec2-flowlog"),
    replaces: ["iamRoleArn", "logDestination", "logDestinationType", "trafficType", "vpcId"],
    replaced: { risk: "in place", says: "connections of a few minutes may be recorded twice or not at all" },
  },
  "aws:ec2/securityGroup:SecurityGroup": {
    source: cloudFormation("ec2-securitygroup"),
    inPlace: ["ingress", "egress"],
    replaces: ["description", "name", "namePrefix", "vpcId"],
    replaced: { risk: "replacement", says: "all that wears the group has to take the new one" },
  },
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {
    source: cloudFormation("ec2-securitygroupegress"),
    inPlace: [
      "cidrIpv4",
      "description",
      "fromPort",
      "ipProtocol",
      "prefixListId",
      "referencedSecurityGroupId",
      "toPort",
    ],
    replaces: ["securityGroupId"],
    replaced: openOrShut,
    deleted: { risk: "deletion", says: "what went this way is refused from then on" },
  },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
    source: cloudFormation("ec2-securitygroupingress"),
    inPlace: [
      "cidrIpv4",
      "description",
      "fromPort",
      "ipProtocol",
      "prefixListId",
      "referencedSecurityGroupId",
      "toPort",
    ],
    replaces: ["securityGroupId"],
    replaced: openOrShut,
    deleted: { risk: "deletion", says: "what came this way is refused from then on" },
  },
  "aws:lb/loadBalancer:LoadBalancer": {
    source: cloudFormation("elasticloadbalancingv2-loadbalancer"),
    inPlace: [
      "accessLogs",
      "dropInvalidHeaderFields",
      "enableDeletionProtection",
      "idleTimeout",
      "securityGroups",
      "subnets",
      "xffHeaderProcessingMode",
    ],
    replaces: ["internal", "loadBalancerType", "name"],
    replaced: {
      risk: "replacement",
      says: "another load balancer with another name; requests fail until the edge knows it",
    },
  },
  "aws:lb/listener:Listener": {
    source: cloudFormation("elasticloadbalancingv2-listener"),
    inPlace: ["certificateArn", "defaultActions", "sslPolicy"],
    downtime: { port: "nothing answers on the old port from then on", protocol: "open connections end" },
    replaces: ["loadBalancerArn"],
    replaced: { risk: "brief downtime", says: "nothing listens until the new one does" },
  },
  "aws:lb/listenerRule:ListenerRule": {
    source: cloudFormation("elasticloadbalancingv2-listenerrule"),
    inPlace: ["actions", "conditions", "priority"],
    replaces: ["listenerArn"],
    replaced: { risk: "brief downtime", says: "requests take the listener's default until the new rule is there" },
    deleted: { risk: "deletion", says: "requests take the listener's default from then on" },
  },
  "aws:lb/targetGroup:TargetGroup": {
    source: cloudFormation("elasticloadbalancingv2-targetgroup"),
    inPlace: ["deregistrationDelay", "healthCheck", "loadBalancingAlgorithmType", "slowStart", "stickiness"],
    replaces: ["name", "port", "protocol", "targetType", "vpcId"],
    replaced: { risk: "brief downtime", says: "tasks have to register anew; requests fail until they have" },
  },
};

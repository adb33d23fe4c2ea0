// From the edge to the tasks: network, CloudFront, firewall, load balancer.
import { cloud, type Mutation } from "./mutation.ts";

const ingress = "vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const egress = "vpc/securityGroupEgressRule:SecurityGroupEgressRule";
const group = "ec2/securityGroup:SecurityGroup";
const everybody = "0.0.0.0/0";

const network: Mutation[] = [
  cloud(ingress, "ingress-closed-to-internet", { name: "web-database-in", set: { cidrIpv4: everybody } }),
  cloud(ingress, "ingress-closed-to-internet", { name: "web-database-in", set: { cidrIpv6: "::/0" } }),
  cloud(ingress, "ingress-closed-to-internet", { name: "web-lb-cloudfront", set: { cidrIpv4: everybody } }),
  cloud(group, "ingress-closed-to-internet", {
    name: "database-sg",
    set: { ingress: [{ protocol: "tcp", fromPort: 5432, toPort: 5432, cidrBlocks: [everybody] }] },
  }),
  ...["0.0.0.0/1", "128.0.0.0/1", "0.0.0.0/00", "64.0.0.0/2", "10.0.0.0/7", "44.0.0.0/8"].map((cidrIpv4) =>
    cloud(ingress, "ingress-closed-to-internet", { name: "web-database-in", set: { cidrIpv4 } }),
  ),
  ...["2000::/3", "0::/0", "2600::/12"].map((cidrIpv6) =>
    cloud(ingress, "ingress-closed-to-internet", { name: "web-database-in", set: { cidrIpv6 } }),
  ),
  cloud(group, "ingress-closed-to-internet", {
    name: "database-sg",
    set: { ingress: [{ protocol: "tcp", fromPort: 5432, toPort: 5432, cidrBlocks: ["44.0.0.0/9", "44.128.0.0/9"] }] },
  }),
  cloud("ec2/securityGroupRule:SecurityGroupRule", "ingress-closed-to-internet", {
    add: {
      inputs: {
        ...{ type: "ingress", protocol: "tcp", fromPort: 5432, toPort: 5432 },
        ipv6CidrBlocks: ["2000::/4", "3000::/4"],
      },
    },
  }),
  cloud(ingress, "ingress-names-one-port", { name: "web-database-in", set: { toPort: 6000 } }),
  cloud(ingress, "ingress-names-one-port", {
    name: "web-database-in",
    set: { ipProtocol: "-1", fromPort: undefined, toPort: undefined },
  }),
  cloud(egress, "egress-names-ports", { name: "web-out-443", set: { ipProtocol: "-1" } }),
  cloud(egress, "egress-names-ports", { name: "web-out-443", set: { fromPort: 0, toPort: 65_535 } }),
  cloud(egress, "egress-names-ports", { name: "web-out-443", set: { cidrIpv4: "128.0.0.0/1", ipProtocol: "-1" } }),
  cloud(group, "egress-names-ports", {
    name: "web-sg",
    set: { egress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: [everybody] }] },
  }),
  cloud(group, "security-group-described", { set: { description: undefined } }),
  cloud(ingress, "security-group-described", { set: { description: undefined } }),
  cloud("ec2/defaultSecurityGroup:DefaultSecurityGroup", "default-security-group-empty", { remove: true }),
  cloud("ec2/defaultSecurityGroup:DefaultSecurityGroup", "default-security-group-empty", {
    set: { ingress: [{ protocol: "-1", self: true }] },
  }),
  cloud("ec2/flowLog:FlowLog", "vpc-flow-logs", { remove: true }),
  cloud("ec2/flowLog:FlowLog", "vpc-flow-logs", { set: { trafficType: "REJECT" } }),
  cloud("ec2/subnet:Subnet", "subnet-no-automatic-address", { set: { mapPublicIpOnLaunch: true } }),
  cloud("ec2/route:Route", "database-subnets-isolated", {
    name: "network-public-out",
    refer: { property: "routeTableId", type: "aws:ec2/routeTable:RouteTable", name: "network-isolated-routes" },
  }),
];

const edgeType = "cloudfront/distribution:Distribution";
const headers = "cloudfront/responseHeadersPolicy:ResponseHeadersPolicy";
const edge: Mutation[] = [
  cloud(edgeType, "edge-https-only", { set: { "defaultCacheBehavior.viewerProtocolPolicy": "allow-all" } }),
  cloud(edgeType, "edge-https-only", { set: { "orderedCacheBehaviors.1.viewerProtocolPolicy": "allow-all" } }),
  cloud(edgeType, "edge-tls", {
    set: {
      viewerCertificate: { acmCertificateArn: "arn", sslSupportMethod: "sni-only", minimumProtocolVersion: "TLSv1" },
    },
  }),
  cloud(edgeType, "edge-tls", {
    set: {
      viewerCertificate: { acmCertificateArn: "arn", sslSupportMethod: "vip", minimumProtocolVersion: "TLSv1.2_2021" },
    },
  }),
  cloud(edgeType, "edge-origin-access", { set: { "origins.1.originAccessControlId": undefined } }),
  cloud("cloudfront/originAccessControl:OriginAccessControl", "edge-origin-access", {
    set: { signingBehavior: "no-override" },
  }),
  cloud(edgeType, "edge-origin-encrypted", {
    set: {
      "origins.0.vpcOriginConfig": undefined,
      "origins.0.customOriginConfig": { originProtocolPolicy: "http-only", originSslProtocols: ["TLSv1.2"] },
    },
  }),
  cloud(edgeType, "edge-origin-encrypted", {
    set: {
      "origins.0.vpcOriginConfig": undefined,
      "origins.0.customOriginConfig": { originProtocolPolicy: "https-only", originSslProtocols: ["TLSv1", "TLSv1.2"] },
    },
  }),
  cloud(edgeType, "edge-firewall", { set: { webAclId: undefined } }),
  cloud(edgeType, "edge-security-headers", { set: { "defaultCacheBehavior.responseHeadersPolicyId": undefined } }),
  cloud(edgeType, "edge-security-headers", { set: { "orderedCacheBehaviors.0.responseHeadersPolicyId": undefined } }),
  ...Object.entries({
    "strictTransportSecurity.accessControlMaxAgeSec": 3600,
    "strictTransportSecurity.includeSubdomains": false,
    "strictTransportSecurity.preload": false,
    "strictTransportSecurity.override": false,
    contentTypeOptions: undefined,
    "contentTypeOptions.override": false,
    "frameOptions.override": false,
    "referrerPolicy.override": false,
    "frameOptions.frameOption": "SAMEORIGIN",
    "referrerPolicy.referrerPolicy": "unsafe-url",
  }).map(([path, value]) =>
    cloud(headers, "edge-headers-strict", { set: { [`securityHeadersConfig.${path}`]: value } }),
  ),
  cloud("cloudwatch/logDeliverySource:LogDeliverySource", "edge-logs", { remove: true }),
  cloud("cloudwatch/logDelivery:LogDelivery", "edge-logs", { remove: true }),
];

const acl = "wafv2/webAcl:WebAcl";
const firewallLog = "wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration";
const firewall: Mutation[] = [
  ...["AmazonIpReputationList", "CommonRuleSet", "KnownBadInputsRuleSet", "SQLiRuleSet"].map((name) =>
    cloud(acl, "firewall-managed-rules", {
      set: { [`rules.name=${name}.statement.managedRuleGroupStatement.name`]: "AWSManagedRulesLinuxRuleSet" },
    }),
  ),
  cloud(acl, "firewall-blocks", { set: { "rules.name=CommonRuleSet.overrideAction": { count: {} } } }),
  cloud(acl, "firewall-blocks", { set: { "rules.name=SignIn.action": { count: {} } } }),
  cloud(acl, "firewall-sign-in-limit", { set: { "rules.name=SignIn.statement.rateBasedStatement.limit": 1000 } }),
  cloud(acl, "firewall-rate-limit", { set: { "rules.name=Rate.statement.rateBasedStatement.limit": 1_000_000 } }),
  cloud(acl, "firewall-metrics", {
    set: { "rules.name=SQLiRuleSet.visibilityConfig.cloudwatchMetricsEnabled": false },
  }),
  cloud(acl, "firewall-metrics", { set: { "visibilityConfig.cloudwatchMetricsEnabled": false } }),
  cloud(firewallLog, "firewall-logs", { remove: true }),
  cloud(firewallLog, "firewall-logs-redacted", { set: { redactedFields: [{ singleHeader: { name: "cookie" } }] } }),
];

const balancer = "lb/loadBalancer:LoadBalancer";
const loadBalancer: Mutation[] = [
  // The listener speaks HTTP, which is enough for an internal one only.
  cloud(balancer, ["listener-tls", "load-balancer-internal"], { set: { internal: false } }),
  cloud(balancer, "load-balancer-drops-invalid-headers", { set: { dropInvalidHeaderFields: false } }),
  cloud(balancer, "load-balancer-desync", { set: { desyncMitigationMode: "monitor" } }),
  cloud(balancer, "load-balancer-logs", { set: { "accessLogs.enabled": false } }),
  cloud(balancer, "load-balancer-deletion-protected", { set: { enableDeletionProtection: false } }),
  cloud(balancer, "load-balancer-several-zones", { set: { subnets: ["{network-private-a.id}"] } }),
];

export const edgeMutations: readonly Mutation[] = [...network, ...edge, ...firewall, ...loadBalancer];

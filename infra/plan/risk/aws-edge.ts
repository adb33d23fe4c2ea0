// What AWS does with changed properties: CloudFront and its firewall.
import type { RiskTable } from "./risk.ts";
import { cloudFormation, terraform } from "./source.ts";

const nothing = { risk: "in place", says: "" } as const;

export const awsEdge: RiskTable = {
  "aws:cloudfront/distribution:Distribution": {
    source: cloudFormation("cloudfront-distribution"),
    inPlace: [
      "aliases",
      "comment",
      "customErrorResponses",
      "defaultCacheBehavior",
      "defaultRootObject",
      "httpVersion",
      "isIpv6Enabled",
      "loggingConfig",
      "orderedCacheBehaviors",
      "origins",
      "priceClass",
      "restrictions",
      "viewerCertificate",
      "waitForDeployment",
      "webAclId",
    ],
    downtime: { enabled: "a distribution that is switched off answers nobody" },
    replaces: ["continuousDeploymentPolicyId", "staging"],
    replaced: { risk: "replacement", says: "another domain name: users do not find it before DNS says so" },
    deleted: { risk: "deletion", says: "nobody reaches the environment any more" },
  },
  "aws:cloudfront/vpcOrigin:VpcOrigin": {
    source: cloudFormation("cloudfront-vpcorigin"),
    downtime: { vpcOriginEndpointConfig: "requests may fail while CloudFront changes its way to the load balancer" },
    replaced: { risk: "brief downtime", says: "requests fail until CloudFront has its new way to the load balancer" },
  },
  "aws:cloudfront/cachePolicy:CachePolicy": {
    source: cloudFormation("cloudfront-cachepolicy"),
    inPlace: ["comment", "defaultTtl", "maxTtl", "minTtl", "name", "parametersInCacheKeyAndForwardedToOrigin"],
    replaced: nothing,
    deleted: nothing,
  },
  "aws:cloudfront/originAccessControl:OriginAccessControl": {
    source: cloudFormation("cloudfront-originaccesscontrol"),
    inPlace: ["description", "name", "originAccessControlOriginType", "signingBehavior", "signingProtocol"],
    replaced: nothing,
  },
  "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": {
    source: cloudFormation("cloudfront-responseheaderspolicy"),
    inPlace: ["comment", "corsConfig", "customHeadersConfig", "name", "removeHeadersConfig", "securityHeadersConfig"],
    replaced: nothing,
    deleted: nothing,
  },
  "aws:wafv2/webAcl:WebAcl": {
    source: cloudFormation("wafv2-webacl"),
    inPlace: ["customResponseBodies", "defaultAction", "description", "rules", "visibilityConfig"],
    replaces: ["name", "scope"],
    replaced: { risk: "replacement", says: "counts of its rate rules begin anew" },
    deleted: { risk: "deletion", says: "requests are no longer looked at" },
  },
  "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": {
    source: cloudFormation("wafv2-loggingconfiguration"),
    inPlace: ["loggingFilter", "redactedFields"],
    replaces: ["logDestinationConfigs", "resourceArn"],
    replaced: { risk: "in place", says: "what is stopped in between is not logged" },
  },
  "aws:wafv2/ipSet:IpSet": {
    source: cloudFormation("wafv2-ipset"),
    inPlace: ["addresses", "description"],
    replaces: ["ipAddressVersion", "name", "namePrefix", "scope"],
    replaced: nothing,
  },
  "aws:wafv2/regexPatternSet:RegexPatternSet": {
    source: cloudFormation("wafv2-regexpatternset"),
    inPlace: ["description", "regularExpressions"],
    replaces: ["name", "namePrefix", "scope"],
    replaced: nothing,
  },
  "aws:cloudfront/function:Function": {
    source: cloudFormation("cloudfront-function"),
    inPlace: ["code", "comment", "keyValueStoreAssociations", "publish", "runtime"],
    replaces: ["name"],
    replaced: nothing,
  },
  "aws:acm/certificate:Certificate": {
    source: cloudFormation("certificatemanager-certificate"),
    inPlace: ["options"],
    replaces: ["domainName", "keyAlgorithm", "subjectAlternativeNames", "validationMethod", "validationOptions"],
    replaced: { risk: "in place", says: "the edge takes the new certificate, then the old one goes" },
  },
  "aws:acm/certificateValidation:CertificateValidation": {
    source: terraform("acm_certificate_validation"),
    replaces: ["certificateArn", "validationRecordFqdns"],
    replaced: nothing,
    deleted: nothing,
  },
  "aws:route53/record:Record": {
    source: cloudFormation("route53-recordset"),
    // Another type: the provider takes the old record away and makes the new one in one batch, which Route 53 does as one.
    inPlace: ["aliases", "allowOverwrite", "records", "ttl", "type"],
    replaces: ["name", "setIdentifier", "zoneId"],
    replaced: { risk: "brief downtime", says: "the name is not found between the old record and the new one" },
    deleted: { risk: "deletion", says: "the name is no longer found" },
  },
  "aws:cloudwatch/logDelivery:LogDelivery": {
    source: cloudFormation("logs-delivery"),
    inPlace: ["fieldDelimiter", "recordFields", "s3DeliveryConfigurations"],
    replaces: ["deliveryDestinationArn", "deliverySourceName"],
    replaced: { risk: "in place", says: "requests of a few minutes may not be logged" },
  },
  "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": {
    source: terraform("cloudwatch_log_delivery_destination"),
    inPlace: ["deliveryDestinationConfiguration"],
    replaces: ["name", "outputFormat"],
    replaced: { risk: "in place", says: "requests of a few minutes may not be logged" },
  },
  "aws:cloudwatch/logDeliverySource:LogDeliverySource": {
    source: terraform("cloudwatch_log_delivery_source"),
    replaces: ["logType", "name", "resourceArn"],
    replaced: { risk: "in place", says: "requests of a few minutes may not be logged" },
  },
};

// The symbols that stand for what the cloud will answer: `{edge.domainName}` reads as "the domain name of edge".

type Symbols = Record<string, string | Record<string, string>[]>;

/**
 * Outputs that programs read of resources. A resource gets a symbol for each that is not among its inputs; one that its
 * type does not have is never read and does no harm. What is missing here comes out as "known after up".
 */
const commonOutputs = [
  "accountId",
  "address",
  "arn",
  "arnSuffix",
  "arnWithoutRevision",
  "bucket",
  "bucketDomainName",
  "bucketRegionalDomainName",
  "cloudfrontAccessControlHeader",
  "defaultNetworkAclId",
  "defaultRouteTableId",
  "defaultSecurityGroupId",
  "dnsName",
  "domainName",
  "endpoint",
  "fqdn",
  "hex",
  "hostedZoneId",
  "iamArn",
  "imageId",
  "keyId",
  "mainRouteTableId",
  "name",
  "networkId",
  "ownerId",
  "prefixListId",
  "publicIp",
  "ref",
  "registryUrl",
  "repoDigest",
  "repositoryUrl",
  "resourceId",
  "result",
  "secretId",
  "serviceName",
  "url",
  "versionId",
  "zoneId",
] as const;

/** Outputs that are lists of objects, by type. */
const structuredOutputs: Record<string, (name: string) => Symbols> = {
  "aws:rds/instance:Instance": (name) => ({
    masterUserSecrets: [{ secretArn: `{${name}.masterUserSecret.arn}`, secretStatus: "active" }],
  }),
  // One for each host name: the first name and one further.
  "aws:acm/certificate:Certificate": (name) => ({
    domainValidationOptions: [0, 1].map((index) => ({
      domainName: `{${name}.name.${index}}`,
      resourceRecordName: `{${name}.proof.${index}.name}`,
      resourceRecordType: "CNAME",
      resourceRecordValue: `{${name}.proof.${index}.value}`,
    })),
  }),
};

/** Symbols for the outputs of one resource, by property. */
export function outputsOf(type: string, name: string): Symbols {
  return {
    ...Object.fromEntries(commonOutputs.map((property) => [property, `{${name}.${property}}`])),
    ...structuredOutputs[type]?.(name),
  };
}

/** Answers of functions whose result is the same for everybody, or a symbol; undefined where only the cloud can tell. */
export function answerInvoke(token: string, args: unknown): Record<string, unknown> | undefined {
  return invokes[token]?.(args as Record<string, string>);
}

const invokes: Record<string, (args: Record<string, string>) => Record<string, unknown>> = {
  "aws:ec2/getManagedPrefixList:getManagedPrefixList": ({ name }) => ({ id: `{prefix-list ${name}}`, name }),
  "aws:route53/getZone:getZone": ({ name }) => ({ zoneId: `{zone ${name}}`, name }),
  "aws:index/getAvailabilityZone:getAvailabilityZone": ({ name }) => ({ name, zoneId: `{zone ${name}.id}` }),
};

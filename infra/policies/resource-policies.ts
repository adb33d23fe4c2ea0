// Who may use a resource by its own policy, in whichever resource that is written: a document, or a permission with fields.
import type { Resource } from "./model.ts";
import { at, listAt, textsAt } from "./read.ts";
import { type Statement, statementsOf } from "./statements.ts";

/** The input that holds the document, by type. A VPC endpoint's policy only narrows what goes through it: it is not here. */
export const policyDocumentInputs: Readonly<Record<string, string>> = {
  "aws:acmpca/policy:Policy": "policy",
  "aws:apigateway/restApi:RestApi": "policy",
  "aws:apigateway/restApiPolicy:RestApiPolicy": "policy",
  "aws:backup/vaultPolicy:VaultPolicy": "policy",
  "aws:cloudwatch/eventBusPolicy:EventBusPolicy": "policy",
  "aws:cloudwatch/logDeliveryDestinationPolicy:LogDeliveryDestinationPolicy": "deliveryDestinationPolicy",
  "aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy": "accessPolicy",
  "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyDocument",
  "aws:codeartifact/domainPermissions:DomainPermissions": "policyDocument",
  "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy": "policyDocument",
  "aws:codebuild/resourcePolicy:ResourcePolicy": "policy",
  "aws:dsql/clusterPolicy:ClusterPolicy": "policy",
  "aws:dynamodb/resourcePolicy:ResourcePolicy": "policy",
  "aws:ecr/registryPolicy:RegistryPolicy": "policy",
  "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": "repositoryPolicy",
  "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
  "aws:ecrpublic/repositoryPolicy:RepositoryPolicy": "policy",
  "aws:efs/fileSystemPolicy:FileSystemPolicy": "policy",
  "aws:elasticsearch/domain:Domain": "accessPolicies",
  "aws:elasticsearch/domainPolicy:DomainPolicy": "accessPolicies",
  "aws:glacier/vault:Vault": "accessPolicy",
  "aws:glue/resourcePolicy:ResourcePolicy": "policy",
  "aws:kinesis/resourcePolicy:ResourcePolicy": "policy",
  "aws:kms/externalKey:ExternalKey": "policy",
  "aws:kms/key:Key": "policy",
  "aws:kms/keyPolicy:KeyPolicy": "policy",
  "aws:kms/replicaExternalKey:ReplicaExternalKey": "policy",
  "aws:kms/replicaKey:ReplicaKey": "policy",
  "aws:lambda/resourcePolicy:ResourcePolicy": "policy",
  "aws:mediastore/containerPolicy:ContainerPolicy": "policy",
  "aws:msk/clusterPolicy:ClusterPolicy": "policy",
  "aws:oam/sinkPolicy:SinkPolicy": "policy",
  "aws:opensearch/domain:Domain": "accessPolicies",
  "aws:opensearch/domainPolicy:DomainPolicy": "accessPolicies",
  "aws:redshift/resourcePolicy:ResourcePolicy": "policy",
  "aws:redshiftserverless/resourcePolicy:ResourcePolicy": "policy",
  "aws:s3/accessPoint:AccessPoint": "policy",
  "aws:s3/bucket:Bucket": "policy",
  "aws:s3/bucketPolicy:BucketPolicy": "policy",
  "aws:s3/bucketV2:BucketV2": "policy",
  "aws:s3control/accessGrantsInstanceResourcePolicy:AccessGrantsInstanceResourcePolicy": "policy",
  "aws:s3control/accessPointPolicy:AccessPointPolicy": "policy",
  "aws:s3control/bucketPolicy:BucketPolicy": "policy",
  "aws:s3control/multiRegionAccessPointPolicy:MultiRegionAccessPointPolicy": "details.policy",
  "aws:s3control/objectLambdaAccessPointPolicy:ObjectLambdaAccessPointPolicy": "policy",
  "aws:s3tables/tableBucketPolicy:TableBucketPolicy": "resourcePolicy",
  "aws:s3tables/tablePolicy:TablePolicy": "resourcePolicy",
  "aws:schemas/registryPolicy:RegistryPolicy": "policy",
  "aws:secretsmanager/secret:Secret": "policy",
  "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
  "aws:ses/identityPolicy:IdentityPolicy": "policy",
  "aws:sesv2/emailIdentityPolicy:EmailIdentityPolicy": "policy",
  "aws:sns/topic:Topic": "policy",
  "aws:sns/topicPolicy:TopicPolicy": "policy",
  "aws:sqs/queue:Queue": "policy",
  "aws:sqs/queuePolicy:QueuePolicy": "policy",
  "aws:vpclattice/authPolicy:AuthPolicy": "policy",
  "aws:vpclattice/resourcePolicy:ResourcePolicy": "policy",
  "aws:xray/resourcePolicy:ResourcePolicy": "policyDocument",
};

/** Permissions that are written as fields, by type, as the statements that AWS makes of them. */
const permissionFields: Readonly<Record<string, (inputs: Resource["inputs"]) => readonly Statement[]>> = {
  "aws:lambda/permission:Permission": (inputs) => [
    permission(inputs, textsAt(inputs, "action"), at(inputs, "function"), {
      "ArnLike aws:SourceArn": at(inputs, "sourceArn"),
      "StringEquals aws:PrincipalOrgID": at(inputs, "principalOrgId"),
      "StringEquals aws:SourceAccount": at(inputs, "sourceAccount"),
      "StringEquals lambda:FunctionUrlAuthType": at(inputs, "functionUrlAuthType"),
    }),
  ],
  "aws:lambda/layerVersionPermission:LayerVersionPermission": (inputs) => [
    permission(inputs, textsAt(inputs, "action"), at(inputs, "layerName"), {
      "StringEquals aws:PrincipalOrgID": at(inputs, "organizationId"),
    }),
  ],
  // AWS allows everybody to call an address that asks for no signature.
  "aws:lambda/functionUrl:FunctionUrl": (inputs) =>
    at(inputs, "authorizationType") === "NONE"
      ? [permission({ principal: "*" }, ["lambda:InvokeFunctionUrl"], at(inputs, "functionName"), {})]
      : [],
  "aws:cloudwatch/eventPermission:EventPermission": (inputs) => [
    permission(inputs, [String(at(inputs, "action") ?? "events:PutEvents")], at(inputs, "eventBusName") ?? "default", {
      [`${String(at(inputs, "condition.type"))} ${String(at(inputs, "condition.key"))}`]: at(inputs, "condition.value"),
    }),
  ],
  "aws:kms/grant:Grant": (inputs) => [
    permission(
      { principal: at(inputs, "granteePrincipal") },
      textsAt(inputs, "operations").map((operation) => `kms:${operation}`),
      at(inputs, "keyId"),
      Object.fromEntries(
        listAt(inputs, "constraints").map((one) => ["encryption context", JSON.stringify(one)] as const),
      ),
    ),
  ],
};

/** All types whose policies or permissions let somebody in. */
export const resourcePolicyTypes: readonly string[] = [
  ...Object.keys(policyDocumentInputs),
  ...Object.keys(permissionFields),
];

/** What a resource lets whom do by its policy, or by being a part of another one's. */
export function resourceStatements({ type, inputs }: Resource): readonly Statement[] {
  const property = policyDocumentInputs[type];
  return property === undefined ? (permissionFields[type]?.(inputs) ?? []) : statementsOf(at(inputs, property));
}

function permission(
  { principal }: Readonly<Record<string, unknown>>,
  actions: readonly string[],
  resource: unknown,
  conditions: Readonly<Record<string, unknown>>,
): Statement {
  return {
    allows: true,
    actions,
    resources: [String(resource)],
    principals: [principalOf(String(principal))],
    conditions: Object.entries(conditions).flatMap(([key, value]) =>
      value === undefined ? [] : [`${key} = ${String(value)}`],
    ),
  };
}

function principalOf(principal: string): string {
  if (principal === "*") return principal;
  return /^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/.test(principal) ? `Service ${principal}` : `AWS ${principal}`;
}

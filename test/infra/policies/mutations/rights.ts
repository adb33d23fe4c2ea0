// Rights that are given in other ways than the components give them: a resource more, or an input of another shape.
import { cloud, type Mutation } from "./mutation.ts";

const role = { type: "aws:iam/role:Role", name: "web-task-role" };
const key = { type: "aws:kms/key:Key", name: "telemetry-key" };
const administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
const everything = JSON.stringify({ Statement: { Effect: "Allow", Action: "*", Resource: "*" } });
const both = ["permissions-name-actions", "permissions-name-resources"];

const identities: Mutation[] = [
  cloud("iam/role:Role", "role-own-policies", { name: role.name, set: { managedPolicyArns: [administrator] } }),
  cloud("iam/role:Role", "role-own-policies", {
    name: role.name,
    set: { managedPolicyArns: ["arn:aws-us-gov:iam::aws:policy/PowerUserAccess"] },
  }),
  cloud("iam/role:Role", both, { name: role.name, set: { inlinePolicies: [{ name: "more", policy: everything }] } }),
  ...(
    [
      ["iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive", { policyArns: [administrator] }],
      ["iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive", { policyArns: [administrator] }],
      ["iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive", { policyArns: [administrator] }],
      ["iam/userPolicyAttachment:UserPolicyAttachment", { user: "ana", policyArn: administrator }],
      ["iam/groupPolicyAttachment:GroupPolicyAttachment", { group: "ops", policyArn: administrator }],
      ["iam/policyAttachment:PolicyAttachment", { roles: ["web"], policyArn: administrator }],
      ["ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment", { managedPolicyArn: administrator }],
    ] as const
  ).map(([type, inputs]) => cloud(type, "role-own-policies", { add: { inputs } })),
  ...["iam/policy:Policy", "iam/userPolicy:UserPolicy", "iam/groupPolicy:GroupPolicy"].map((type) =>
    cloud(type, both, { add: { inputs: { policy: everything } } }),
  ),
  cloud("ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy", both, {
    add: { inputs: { inlinePolicy: everything } },
  }),
];

const open = JSON.stringify({ Statement: { Effect: "Allow", Principal: "*", Action: "x:Read", Resource: "*" } });
const forAnyAccount = JSON.stringify({
  Statement: { Effect: "Allow", Principal: { Service: "x.amazonaws.com" }, Action: "x:Read", Resource: "*" },
});

const resources: Mutation[] = [
  cloud("kms/keyPolicy:KeyPolicy", "key-policy-names-principals", { add: { inputs: { policy: open } } }),
  cloud("kms/replicaKey:ReplicaKey", "key-policy-names-principals", { add: { inputs: { policy: open } } }),
  cloud("kms/grant:Grant", "key-grant-names-role", {
    add: {
      inputs: { granteePrincipal: "arn:aws:iam::210987654321:role/other", operations: ["Decrypt"] },
      refer: { keyId: key },
    },
  }),
  ...[open, forAnyAccount].flatMap((policy) =>
    (
      [
        ["backup/vaultPolicy:VaultPolicy", "policy"],
        ["sqs/queuePolicy:QueuePolicy", "policy"],
        ["sqs/queue:Queue", "policy"],
        ["sns/topic:Topic", "policy"],
        ["ecr/repositoryPolicy:RepositoryPolicy", "policy"],
        ["secretsmanager/secretPolicy:SecretPolicy", "policy"],
        ["dynamodb/resourcePolicy:ResourcePolicy", "policy"],
        ["cloudwatch/logResourcePolicy:LogResourcePolicy", "policyDocument"],
        ["lambda/resourcePolicy:ResourcePolicy", "policy"],
        ["s3/accessPoint:AccessPoint", "policy"],
        ["s3control/accessPointPolicy:AccessPointPolicy", "policy"],
      ] as const
    ).map(([type, property]) =>
      cloud(type, "resource-policy-names-principals", {
        // What else a topic has to have.
        add: { inputs: { [property]: policy, kmsMasterKeyId: "key" } },
      }),
    ),
  ),
  cloud("s3/bucket:Bucket", "resource-policy-names-principals", { name: "storage-media", set: { policy: open } }),
  cloud("lambda/permission:Permission", "resource-policy-names-principals", {
    add: { inputs: { action: "lambda:InvokeFunction", function: "report", principal: "*" } },
  }),
  cloud("lambda/permission:Permission", "resource-policy-names-principals", {
    add: { inputs: { action: "lambda:InvokeFunction", function: "report", principal: "s3.amazonaws.com" } },
  }),
  cloud("lambda/functionUrl:FunctionUrl", "resource-policy-names-principals", {
    add: { inputs: { functionName: "report", authorizationType: "NONE" } },
  }),
  cloud("cloudwatch/eventPermission:EventPermission", "resource-policy-names-principals", {
    add: { inputs: { principal: "*", statementId: "all" } },
  }),
];

export const rightsMutations: readonly Mutation[] = [...identities, ...resources];

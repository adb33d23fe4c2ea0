// Where data is: database, buckets, backups.
import { publicAccessSwitches } from "../../../../infra/policies/rules/buckets.ts";
import { cloud, type Mutation } from "./mutation.ts";

const instance = "rds/instance:Instance";
const parameters = "rds/parameterGroup:ParameterGroup";
const database: Mutation[] = [
  ...Object.entries({
    storageEncrypted: [false, "database-encrypted"],
    kmsKeyId: [undefined, "database-encrypted"],
    publiclyAccessible: [true, "database-not-public"],
    multiAz: [false, "database-multi-az"],
    backupRetentionPeriod: [1, "database-backups"],
    deletionProtection: [false, "database-deletion-protected"],
    skipFinalSnapshot: [true, "database-final-snapshot"],
    finalSnapshotIdentifier: [undefined, "database-final-snapshot"],
    deleteAutomatedBackups: [true, "database-final-snapshot"],
    iamDatabaseAuthenticationEnabled: [false, "database-iam-sign-in"],
    manageMasterUserPassword: [undefined, "database-password-managed"],
    password: ["secret", "database-password-managed"],
    masterUserSecretKmsKeyId: [undefined, "database-password-managed"],
    username: ["postgres", "database-own-administrator"],
    enabledCloudwatchLogsExports: [["upgrade"], "database-logs"],
    monitoringInterval: [0, "database-monitoring"],
    performanceInsightsEnabled: [false, "database-performance-insights"],
    performanceInsightsKmsKeyId: [undefined, "database-performance-insights"],
    autoMinorVersionUpgrade: [false, "database-minor-upgrades"],
    copyTagsToSnapshot: [false, "database-snapshot-tags"],
    caCertIdentifier: ["rds-ca-2019", "database-modern-certificate"],
    maxAllocatedStorage: [undefined, "database-storage-grows"],
  } satisfies Record<string, [unknown, string]>).map(([property, [value, policy]]) =>
    cloud(instance, String(policy), { set: { [property]: value } }),
  ),
  cloud(instance, "database-protected-by-engine", { unset: "protect" }),
  cloud(parameters, "database-tls-forced", { set: { "parameters.0.value": "0" } }),
  cloud(parameters, ["database-query-log", "database-tls-forced"], { remove: true }),
  cloud(parameters, "database-query-log", { set: { "parameters.1.value": "-1" } }),
  cloud(parameters, "database-query-log", { set: { "parameters.2.value": "none" } }),
];

const bucketPart = (part: string) => `s3/bucket${part}:Bucket${part}`;
const buckets: Mutation[] = [
  cloud(bucketPart("PublicAccessBlock"), "bucket-not-public", { remove: true }),
  ...publicAccessSwitches.map((name) =>
    cloud(bucketPart("PublicAccessBlock"), "bucket-not-public", { set: { [name]: false } }),
  ),
  cloud(bucketPart("ServerSideEncryptionConfiguration"), "bucket-encrypted", { remove: true }),
  cloud(bucketPart("Policy"), "bucket-tls-only", { remove: true }),
  cloud(bucketPart("Policy"), "bucket-tls-only", {
    set: { "policy.Statement.0.Condition": { Bool: { "aws:SecureTransport": "true" } } },
  }),
  cloud(bucketPart("Policy"), "bucket-tls-only", { set: { "policy.Statement.0.Resource": "{storage-static.arn}" } }),
  cloud(bucketPart("Versioning"), "bucket-versioned", { remove: true }),
  cloud(bucketPart("Versioning"), "bucket-versioned", { set: { "versioningConfiguration.status": "Suspended" } }),
  cloud(bucketPart("OwnershipControls"), "bucket-no-acls", { set: { "rule.objectOwnership": "ObjectWriter" } }),
  cloud(bucketPart("OwnershipControls"), "bucket-no-acls", { remove: true }),
  cloud(bucketPart("LifecycleConfiguration"), "bucket-lifecycle", { remove: true }),
  cloud(bucketPart("LifecycleConfiguration"), "bucket-lifecycle", { set: { "rules.0.status": "Disabled" } }),
  cloud(bucketPart(""), "bucket-not-emptied", { set: { forceDestroy: true } }),
  cloud(bucketPart("Policy"), "bucket-policy-names-principals", { set: { "policy.Statement.1.Principal": "*" } }),
  cloud(bucketPart("Policy"), "bucket-policy-names-principals", { set: { "policy.Statement.1.Condition": undefined } }),
];

const vault = "backup/vault:Vault";
const table = "dynamodb/table:Table";
const backups: Mutation[] = [
  cloud("backup/selection:Selection", "database-in-backup-plan", { remove: true }),
  cloud("backup/plan:Plan", "backup-copied", { set: { "rules.0.copyActions": undefined } }),
  cloud(vault, "vault-own-key", { set: { kmsKeyArn: undefined } }),
  cloud(vault, "vault-not-emptied", { set: { forceDestroy: true } }),
  cloud(table, "table-deletion-protected", { set: { deletionProtectionEnabled: false } }),
  cloud(table, "table-point-in-time", { set: { "pointInTimeRecovery.enabled": false } }),
];

export const dataMutations: readonly Mutation[] = [...database, ...buckets, ...backups];

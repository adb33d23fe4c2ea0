// What AWS does with changed properties: databases, buckets, keys, secrets.
import type { RiskTable } from "./risk.ts";
import { cloudFormation, terraform } from "./source.ts";

const failover = "the instance restarts; with a standby that is a failover of about a minute, without one some minutes";

/** Parts of a bucket that are resources of their own: to move them is to have them on another bucket. */
const ofBucket = { risk: "replacement", says: "the old bucket is without it from then on" } as const;

export const awsData: RiskTable = {
  "aws:rds/instance:Instance": {
    // The column "downtime notes" of its table of settings.
    source:
      "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.DBInstance.Modifying.html#USER_ModifyInstance.Settings",
    holds: "database",
    inPlace: [
      "allocatedStorage",
      "allowMajorVersionUpgrade",
      "applyImmediately",
      "autoMinorVersionUpgrade",
      "backupWindow",
      "copyTagsToSnapshot",
      "deleteAutomatedBackups",
      "deletionProtection",
      "enabledCloudwatchLogsExports",
      "finalSnapshotIdentifier",
      "iamDatabaseAuthenticationEnabled",
      "iops",
      "maintenanceWindow",
      "manageMasterUserPassword",
      "masterUserSecretKmsKeyId",
      "maxAllocatedStorage",
      "monitoringInterval",
      "monitoringRoleArn",
      "multiAz",
      "performanceInsightsEnabled",
      "performanceInsightsKmsKeyId",
      "performanceInsightsRetentionPeriod",
      "publiclyAccessible",
      "skipFinalSnapshot",
      "storageThroughput",
      "vpcSecurityGroupIds",
    ],
    downtime: {
      backupRetentionPeriod:
        "between 0 and any other number of days the instance restarts, otherwise nothing is noticed",
      caCertIdentifier: failover,
      dbSubnetGroupName: "the instance moves to another network, which takes minutes",
      engineVersion: "the server is upgraded and restarts: minutes, for a major version more; it cannot go back",
      identifier: "the instance restarts under its new name; clients have to find it there",
      instanceClass: failover,
      parameterGroupName: "the instance restarts before all of the new group holds",
      storageType: "to and from magnetic storage the instance restarts; between SSD types it is only slower for hours",
    },
    replaces: [
      "availabilityZone",
      "characterSetName",
      "dbName",
      "engine",
      "kmsKeyId",
      "snapshotIdentifier",
      "storageEncrypted",
      "username",
    ],
  },
  "aws:rds/parameterGroup:ParameterGroup": {
    source: cloudFormation("rds-dbparametergroup"),
    inPlace: ["parameters"],
    replaces: ["description", "family", "name", "namePrefix"],
    replaced: { risk: "in place", says: "instances are told by their own change" },
  },
  "aws:rds/subnetGroup:SubnetGroup": {
    source: cloudFormation("rds-dbsubnetgroup"),
    inPlace: ["description", "subnetIds"],
    replaces: ["name", "namePrefix"],
  },
  "aws:s3/bucket:Bucket": {
    source: cloudFormation("s3-bucket"),
    holds: "bucket",
    inPlace: ["forceDestroy"],
    replaces: ["bucket", "bucketPrefix", "objectLockEnabled"],
  },
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {
    source: terraform("s3_bucket_lifecycle_configuration"),
    inPlace: ["rules", "transitionDefaultMinimumObjectSize"],
    replaces: ["bucket", "expectedBucketOwner"],
    replaced: ofBucket,
  },
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": {
    source: terraform("s3_bucket_ownership_controls"),
    inPlace: ["rule"],
    replaces: ["bucket"],
    replaced: ofBucket,
  },
  "aws:s3/bucketPolicy:BucketPolicy": {
    source: cloudFormation("s3-bucketpolicy"),
    inPlace: ["policy"],
    replaces: ["bucket"],
    replaced: ofBucket,
  },
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
    source: terraform("s3_bucket_public_access_block"),
    inPlace: ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"],
    replaces: ["bucket"],
    replaced: ofBucket,
  },
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
    source: terraform("s3_bucket_server_side_encryption_configuration"),
    inPlace: ["rules"],
    replaces: ["bucket", "expectedBucketOwner"],
    replaced: ofBucket,
  },
  "aws:s3/bucketVersioning:BucketVersioning": {
    source: terraform("s3_bucket_versioning"),
    inPlace: ["mfa", "versioningConfiguration"],
    replaces: ["bucket", "expectedBucketOwner"],
    replaced: ofBucket,
  },
  "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": {
    source: terraform("s3_bucket_cors_configuration"),
    inPlace: ["corsRules"],
    replaces: ["bucket", "expectedBucketOwner"],
    replaced: ofBucket,
  },
  "aws:kms/key:Key": {
    source: cloudFormation("kms-key"),
    holds: "key",
    inPlace: [
      "deletionWindowInDays",
      "description",
      "enableKeyRotation",
      "isEnabled",
      "policy",
      "rotationPeriodInDays",
    ],
    replaces: ["customerMasterKeySpec", "keyUsage", "multiRegion"],
  },
  "aws:secretsmanager/secret:Secret": {
    source: cloudFormation("secretsmanager-secret"),
    holds: "secret",
    inPlace: ["description", "kmsKeyId", "policy", "recoveryWindowInDays", "replicas"],
    replaces: ["name", "namePrefix"],
  },
  "aws:secretsmanager/secretVersion:SecretVersion": {
    source: terraform("secretsmanager_secret_version"),
    inPlace: ["versionStages"],
    replaces: ["secretId", "secretString"],
    replaced: { risk: "in place", says: "a new version; the one before can still be read" },
    deleted: { risk: "data loss", says: "this version of the secret goes" },
  },
  "aws:dynamodb/table:Table": {
    source: cloudFormation("dynamodb-table"),
    holds: "database",
    inPlace: [
      "attributes",
      "billingMode",
      "deletionProtectionEnabled",
      "pointInTimeRecovery",
      "serverSideEncryption",
      "tableClass",
      "ttl",
    ],
    replaces: ["hashKey", "name", "rangeKey"],
  },
  "aws:dynamodb/tableItem:TableItem": {
    source: terraform("dynamodb_table_item"),
    inPlace: ["item"],
    replaces: ["hashKey", "rangeKey", "tableName"],
    replaced: { risk: "in place", says: "the entry is written anew" },
    deleted: { risk: "data loss", says: "the entry goes" },
  },
  "aws:backup/vault:Vault": {
    source: cloudFormation("backup-backupvault"),
    holds: "vault",
    inPlace: ["forceDestroy"],
    replaces: ["kmsKeyArn", "name"],
  },
  "aws:backup/plan:Plan": {
    source: cloudFormation("backup-backupplan"),
    inPlace: ["advancedBackupSettings", "name", "rules"],
    deleted: { risk: "deletion", says: "nothing is backed up by it any more; what is in its vault stays" },
  },
  "aws:backup/selection:Selection": {
    source: cloudFormation("backup-backupselection"),
    replaces: ["conditions", "iamRoleArn", "name", "notResources", "planId", "resources", "selectionTags"],
    replaced: { risk: "in place", says: "a backup that falls into the moment between is missed" },
    deleted: { risk: "deletion", says: "these are no longer backed up" },
  },
  "aws:backup/restoreTestingPlan:RestoreTestingPlan": {
    source: cloudFormation("backup-restoretestingplan"),
    inPlace: ["recoveryPointSelection", "scheduleExpression", "scheduleExpressionTimezone", "startWindowHours"],
    replaces: ["name"],
    replaced: { risk: "in place", says: "" },
  },
  "aws:backup/restoreTestingSelection:RestoreTestingSelection": {
    source: cloudFormation("backup-restoretestingselection"),
    inPlace: [
      "iamRoleArn",
      "protectedResourceArns",
      "protectedResourceConditions",
      "restoreMetadataOverrides",
      "validationWindowHours",
    ],
    replaces: ["name", "protectedResourceType", "restoreTestingPlanName"],
    replaced: { risk: "in place", says: "" },
  },
  // Types that components may come to use: what they hold is lost with them, whatever else is known.
  "aws:rds/cluster:Cluster": { source: cloudFormation("rds-dbcluster"), holds: "database" },
  "aws:efs/fileSystem:FileSystem": { source: cloudFormation("efs-filesystem"), holds: "volume" },
  "aws:ebs/volume:Volume": { source: cloudFormation("ec2-volume"), holds: "volume" },
  "aws:ssm/parameter:Parameter": { source: cloudFormation("ssm-parameter"), holds: "secret" },
  "aws:kms/replicaKey:ReplicaKey": { source: cloudFormation("kms-replicakey"), holds: "key" },
};

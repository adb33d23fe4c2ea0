// PostgreSQL on RDS: private, encrypted, TLS only, no password in the app.
//
//   new Database("database", { network, instanceClass: "db.t4g.micro", version: "16", storage: 20, maxStorage: 50, … });
//
// The app signs in by IAM as `appUser`; the owner's password is made, kept and rotated by RDS, and only release reads it.
// Monthly cost: from $14 (db.t4g.micro, 20 GiB) to $118 (db.t4g.medium in two zones, 100 GiB); the key $1.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { maxConnections } from "../../rds-class.ts";
import type { Network } from "./network.ts";
import { changeFault } from "./pure/database-change.ts";
import { assumableBy } from "./pure/iam.ts";
import type { TelemetryKey } from "./telemetry-key.ts";

export interface DatabaseArgs {
  readonly network: Network;
  readonly instanceClass: string;
  /** PostgreSQL version, major or full, e.g. `16` or `16.9`. */
  readonly version: string;
  /** GiB at the start. */
  readonly storage: number;
  /** GiB that storage grows to by itself. */
  readonly maxStorage: number;
  /** A standby in another zone. */
  readonly multiAz: boolean;
  /** Days back that a point in time can be restored. */
  readonly backupDays: number;
  /** Refuse deletion, and leave a snapshot and the backups behind when it is forced. Otherwise all data goes. */
  readonly retain: boolean;
  /** The engine refuses to delete or replace the instance and its key. */
  readonly protect: boolean;
  /** Key of the secret that RDS keeps the owner's password in. */
  readonly secretKeyArn: pulumi.Input<string>;
  readonly logDays: number;
  readonly telemetryKey: TelemetryKey;
}

export class Database extends pulumi.ComponentResource {
  readonly address: pulumi.Output<string>;
  readonly port = 5432;
  readonly databaseName = "app";
  /** Signs in by IAM token; release creates it. */
  readonly appUser = "app";
  /** Owns the schema. */
  readonly ownerUser = "berth_owner";
  /** Secret with the owner's `username` and `password`. */
  readonly ownerSecretArn: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  readonly identifier: pulumi.Output<string>;
  /** Of the isolated subnets, for instances restored from a backup. */
  readonly subnetGroupName: pulumi.Output<string>;
  /** What IAM knows the instance by. */
  readonly resourceId: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;
  readonly maxConnections: number;
  /** Bytes of storage at the start. */
  readonly storageBytes: number;

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    assertStorage(args);
    const connections = maxConnections(args.instanceClass);
    super("berth:data:Database", name, {}, opts);

    const key = encryptionKey(this, name, args);
    const securityGroup = new aws.ec2.SecurityGroup(
      `${name}-sg`,
      { vpcId: args.network.vpcId, description: "PostgreSQL", tags: { Name: name } },
      { parent: this },
    );
    const identifier = identifierOf(this, name);
    const logs = logGroups(this, name, args, identifier);
    const instance = postgres(this, name, args, { key, securityGroup, identifier, logs });

    this.address = instance.address;
    // RDS keeps exactly one.
    this.ownerSecretArn = instance.masterUserSecrets.apply((all) => all.map((secret) => secret.secretArn).join());
    this.arn = instance.arn;
    this.identifier = instance.identifier;
    this.subnetGroupName = instance.dbSubnetGroupName;
    this.resourceId = instance.resourceId;
    this.securityGroupId = securityGroup.id;
    this.maxConnections = connections;
    this.storageBytes = args.storage * 1024 ** 3;
    this.registerOutputs({ address: this.address });
  }

  /** The app's connection; there is no password in it. */
  get url(): pulumi.Output<string> {
    return pulumi.interpolate`postgresql://${this.appUser}@${this.address}:${this.port}/${this.databaseName}`;
  }
}

function assertStorage({ storage, maxStorage }: DatabaseArgs): void {
  if (storage < 20 || maxStorage < storage) {
    throw new Error(
      `A database starts with 20 GiB or more and grows from there, not from ${storage} to ${maxStorage}.`,
    );
  }
}

function encryptionKey(parent: Database, name: string, args: DatabaseArgs): aws.kms.Key {
  return new aws.kms.Key(
    `${name}-key`,
    { description: "PostgreSQL", enableKeyRotation: true, deletionWindowInDays: args.retain ? 30 : 7 },
    { parent, protect: args.protect },
  );
}

/**
 * The name has to be known before the instance: RDS writes its log to a group of that name, and makes one that is kept for
 * ever, and left behind by `destroy`, where there is none.
 */
function identifierOf(parent: Database, name: string): pulumi.Output<string> {
  const suffix = new random.RandomId(`${name}-suffix`, { byteLength: 4 }, { parent });
  return pulumi.interpolate`${name}-${suffix.hex}`;
}

const logTypes = ["postgresql", "upgrade"];

function logGroups(
  parent: Database,
  name: string,
  args: DatabaseArgs,
  identifier: pulumi.Output<string>,
): aws.cloudwatch.LogGroup[] {
  return logTypes.map(
    (type) =>
      new aws.cloudwatch.LogGroup(
        `${name}-${type}`,
        {
          name: pulumi.interpolate`/aws/rds/instance/${identifier}/${type}`,
          retentionInDays: args.logDays,
          kmsKeyId: args.telemetryKey.arn,
        },
        { parent },
      ),
  );
}

interface Parts {
  readonly key: aws.kms.Key;
  readonly securityGroup: aws.ec2.SecurityGroup;
  readonly identifier: pulumi.Output<string>;
  readonly logs: readonly aws.cloudwatch.LogGroup[];
}

function postgres(parent: Database, name: string, args: DatabaseArgs, parts: Parts): aws.rds.Instance {
  const refusal = refusalOf(name);
  const monitoring = monitoringRole(parent, name, args, refusal);
  return new aws.rds.Instance(
    `${name}-postgres`,
    {
      identifier: parts.identifier,
      engine: "postgres",
      engineVersion: args.version,
      // The version in the configuration is the decision; without this only minor ones could be taken.
      allowMajorVersionUpgrade: true,
      autoMinorVersionUpgrade: true,
      instanceClass: args.instanceClass,
      multiAz: args.multiAz,
      ...storageOf(args, parts.key),
      dbName: parent.databaseName,
      username: parent.ownerUser,
      manageMasterUserPassword: true,
      masterUserSecretKmsKeyId: args.secretKeyArn,
      iamDatabaseAuthenticationEnabled: true,
      dbSubnetGroupName: subnetGroup(parent, name, args).name,
      vpcSecurityGroupIds: [parts.securityGroup.id],
      publiclyAccessible: false,
      parameterGroupName: parameterGroup(parent, name, args).name,
      caCertIdentifier: "rds-ca-rsa2048-g1",
      ...keeping(args, parts.identifier),
      enabledCloudwatchLogsExports: logTypes,
      performanceInsightsEnabled: true,
      performanceInsightsKmsKeyId: parts.key.arn,
      // 7 days are free.
      performanceInsightsRetentionPeriod: 7,
      monitoringInterval: 60,
      monitoringRoleArn: monitoring.role.arn,
      // What the plan shows happens now, not in some later night.
      applyImmediately: true,
      // The provider takes storage that was made smaller for storage that grew by itself, and no notice of it; this it sees.
      tags: { storage: `${args.storage} GiB` },
    },
    {
      parent,
      protect: args.protect,
      dependsOn: [...parts.logs, monitoring.permission],
      hooks: { beforeUpdate: [refusal] },
    },
  );
}

/** In a preview too: AWS would refuse only when the rest of the update is half done. */
function refusalOf(name: string): pulumi.ResourceHook {
  return new pulumi.ResourceHook(
    `${name}-refusal`,
    ({ oldInputs, newInputs }) => {
      const fault = changeFault(oldInputs ?? {}, newInputs ?? {});
      if (fault !== undefined) throw new Error(fault);
    },
    { onDryRun: true },
  );
}

function storageOf(args: DatabaseArgs, key: aws.kms.Key) {
  return {
    storageType: "gp3",
    allocatedStorage: args.storage,
    maxAllocatedStorage: args.maxStorage,
    storageEncrypted: true,
    kmsKeyId: key.arn,
  };
}

/** An environment that is not kept is thrown away whole, so that `destroy` leaves nothing to find and to pay for. */
function keeping(args: DatabaseArgs, identifier: pulumi.Output<string>) {
  return {
    deletionProtection: args.retain,
    skipFinalSnapshot: !args.retain,
    finalSnapshotIdentifier: pulumi.interpolate`${identifier}-final`,
    deleteAutomatedBackups: !args.retain,
    backupRetentionPeriod: args.backupDays,
    backupWindow: "03:00-04:00",
    maintenanceWindow: "sun:04:30-sun:05:30",
    copyTagsToSnapshot: true,
  };
}

function subnetGroup(parent: Database, name: string, args: DatabaseArgs): aws.rds.SubnetGroup {
  return new aws.rds.SubnetGroup(
    `${name}-subnets`,
    { description: "Isolated subnets", subnetIds: args.network.isolatedSubnetIds },
    { parent },
  );
}

function parameterGroup(parent: Database, name: string, args: DatabaseArgs): aws.rds.ParameterGroup {
  return new aws.rds.ParameterGroup(
    `${name}-parameters`,
    {
      family: `postgres${args.version.split(".")[0]}`,
      description: "TLS only; slow statements and schema changes are logged",
      parameters: [
        { name: "rds.force_ssl", value: "1" },
        // Milliseconds.
        { name: "log_min_duration_statement", value: "500" },
        { name: "log_statement", value: "ddl" },
      ],
    },
    { parent },
  );
}

/**
 * Lets RDS write the operating system's figures, one a minute, to CloudWatch; RDS checks that it may. Its tag tells where the
 * database is: in another region or network the engine would make a new, empty instance, which no hook of the old one hears
 * of, or AWS would refuse half-way. The role belongs to no region, so it is updated in either case, and asked first.
 */
function monitoringRole(parent: Database, name: string, args: DatabaseArgs, refusal: pulumi.ResourceHook) {
  const { accountId, cidr, region } = args.network;
  const role = new aws.iam.Role(
    `${name}-monitoring-role`,
    {
      assumeRolePolicy: assumableBy("monitoring.rds.amazonaws.com", accountId),
      tags: { network: `${cidr} of ${region}` },
    },
    { parent, hooks: { beforeUpdate: [refusal] } },
  );
  const permission = new aws.iam.RolePolicyAttachment(
    `${name}-monitoring`,
    { role: role.name, policyArn: "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole" },
    { parent },
  );
  return { role, permission };
}

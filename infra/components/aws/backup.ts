// Daily backups of the database and the media in a vault of their own, a copy in another region, and the proof, every week,
// that they can be restored.
//
//   new Backup("backup", { accountId, database, media: storage.media, keepDays: 35, copyRegion: "us-west-2", … });
//
// Beside the database's own point-in-time recovery, which lives and dies with the instance.
// Monthly cost: $0.095 for each GB of the database and $0.05 of the media that changed in the time kept (an estimate takes the
// first for both), the same for the copy and $0.02 for each GB of the way there; the keys $1 each; a restore test an instance
// for an hour or two.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Database } from "./database.ts";
import { assumableBy } from "./pure/iam.ts";

export interface BackupArgs {
  readonly accountId: pulumi.Input<string>;
  readonly database: Database;
  readonly media: aws.s3.Bucket;
  /** Days that a backup is kept. */
  readonly keepDays: number;
  /** Region of the copies. @default none */
  readonly copyRegion?: string;
  /** Restore the newest backup of the database every week, and delete what came of it. */
  readonly restoreTests: boolean;
  /** Refuse to delete a vault that holds backups. Otherwise they go with it. */
  readonly retain: boolean;
}

export class Backup extends pulumi.ComponentResource {
  readonly vaultName: pulumi.Output<string>;
  /** Whether restores are tried, so that one can fail. */
  readonly restoreTests: boolean;

  constructor(name: string, args: BackupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:data:Backup", name, {}, opts);

    const home = vault(this, name, args);
    const copy = args.copyRegion === undefined ? undefined : vault(this, `${name}-copy`, args, args.copyRegion);
    const role = backupRole(this, name, args);
    const plan = dailyPlan(this, name, args, home, copy);
    new aws.backup.Selection(
      `${name}-selection`,
      {
        name: `${name}-database-and-media`,
        planId: plan.id,
        iamRoleArn: role.arn,
        resources: [args.database.arn, args.media.arn],
      },
      { parent: this },
    );
    if (args.restoreTests) restoreTests(this, name, args, home, role);

    this.vaultName = home.name;
    this.restoreTests = args.restoreTests;
    this.registerOutputs({ vaultName: this.vaultName });
  }
}

function vault(parent: Backup, name: string, args: BackupArgs, region?: string): aws.backup.Vault {
  const place = region === undefined ? {} : { region };
  const key = new aws.kms.Key(
    `${name}-key`,
    { ...place, description: "Backups", enableKeyRotation: true, deletionWindowInDays: args.retain ? 30 : 7 },
    { parent },
  );
  return new aws.backup.Vault(
    `${name}-vault`,
    { ...place, kmsKeyArn: key.arn, forceDestroy: !args.retain },
    { parent },
  );
}

/** What AWS Backup does on the environment's behalf; AWS keeps these policies up to date. */
function backupRole(parent: Backup, name: string, args: BackupArgs): aws.iam.Role {
  const role = new aws.iam.Role(
    `${name}-role`,
    { assumeRolePolicy: assumableBy("backup.amazonaws.com", args.accountId) },
    { parent },
  );
  const policies = {
    backup: "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
    "backup-s3": "arn:aws:iam::aws:policy/AWSBackupServiceRolePolicyForS3Backup",
    ...(args.restoreTests
      ? { restore: "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores" }
      : {}),
  };
  for (const [policy, policyArn] of Object.entries(policies)) {
    new aws.iam.RolePolicyAttachment(`${name}-may-${policy}`, { role: role.name, policyArn }, { parent });
  }
  return role;
}

function dailyPlan(
  parent: Backup,
  name: string,
  args: BackupArgs,
  home: aws.backup.Vault,
  copy: aws.backup.Vault | undefined,
): aws.backup.Plan {
  const lifecycle = { deleteAfter: args.keepDays };
  return new aws.backup.Plan(
    `${name}-plan`,
    {
      rules: [
        {
          ruleName: "daily",
          targetVaultName: home.name,
          // An hour after the database's own backup, and outside its maintenance window.
          schedule: "cron(0 6 * * ? *)",
          // Minutes: a backup that cannot start within an hour, or end within eight, is given up, which rings.
          startWindow: 60,
          completionWindow: 480,
          lifecycle,
          ...(copy === undefined ? {} : { copyActions: [{ destinationVaultArn: copy.arn, lifecycle }] }),
        },
      ],
    },
    { parent },
  );
}

/** AWS Backup restores into the database's isolated subnets, and deletes the instance when the window is over. */
function restoreTests(
  parent: Backup,
  name: string,
  args: BackupArgs,
  home: aws.backup.Vault,
  role: aws.iam.Role,
): void {
  const identifier = args.database.identifier.apply((text) => text.replaceAll("-", "_"));
  const plan = new aws.backup.RestoreTestingPlan(
    `${name}-restore-tests`,
    {
      // Letters, digits and _ only; unique in account and region.
      name: pulumi.interpolate`restore_${identifier}`,
      scheduleExpression: "cron(0 12 ? * SUN *)",
      startWindowHours: 4,
      recoveryPointSelection: {
        algorithm: "LATEST_WITHIN_WINDOW",
        includeVaults: [home.arn],
        recoveryPointTypes: ["SNAPSHOT"],
        selectionWindowDays: Math.min(args.keepDays, 7),
      },
    },
    { parent },
  );
  new aws.backup.RestoreTestingSelection(
    `${name}-restore-database`,
    {
      name: pulumi.interpolate`database_${identifier}`,
      restoreTestingPlanName: plan.name,
      iamRoleArn: role.arn,
      protectedResourceType: "RDS",
      protectedResourceArns: [args.database.arn],
      // Hours that the restored instance is there for people or scripts to look at it.
      validationWindowHours: 1,
      restoreMetadataOverrides: { dbsubnetgroupname: args.database.subnetGroupName },
    },
    { parent },
  );
}

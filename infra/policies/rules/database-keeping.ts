// That PostgreSQL on RDS stays there, with its data.
import type { Policy } from "../model.ts";
import { at, numberAt, unless } from "../read.ts";

const instance = "aws:rds/instance:Instance";
const throwAway = {
  development: "as staging",
  staging: "an environment to try things with is thrown away whole, and its data with it",
} as const;

export const databaseMultiAz: Policy = {
  name: "database-multi-az",
  title: "The database has a standby in another zone",
  why: "Without one, a failed zone or a patch is an outage of minutes to hours.",
  fix: "Set database.multiAz: true.",
  severity: "high",
  controls: ["RDS.5", "CIS 2.2.4", "AwsSolutions-RDS3", "CKV_AWS_157"],
  on: [instance],
  notIn: {
    development: "as staging",
    staging: "a standby doubles the database's price, and nobody is on call for staging",
  },
  check: ({ inputs }) => unless(at(inputs, "multiAz") === true, "stands in one zone"),
};

export const databaseBackups: Policy = {
  name: "database-backups",
  title: "The database can be taken back to a point in time: 7 days and more in production, a day elsewhere",
  why: "A wrong DELETE is noticed hours or days later.",
  fix: "Set database.backupDays.",
  severity: "critical",
  controls: ["RDS.11", "AwsSolutions-RDS13", "CKV_AWS_133"],
  on: [instance],
  check: ({ inputs }, tier) => {
    const least = tier === "production" ? 7 : 1;
    return unless(numberAt(inputs, "backupRetentionPeriod") >= least, `keeps backups for less than ${least} days`);
  },
};

export const databaseDeletionProtected: Policy = {
  name: "database-deletion-protected",
  title: "AWS refuses to delete the database",
  why: "It takes two decisions, not one mistake, to lose it.",
  fix: "Set database.deletionProtection: true.",
  severity: "high",
  controls: ["RDS.8", "AwsSolutions-RDS10", "CKV_AWS_293"],
  on: [instance],
  notIn: throwAway,
  check: ({ inputs }) => unless(at(inputs, "deletionProtection") === true, "can be deleted"),
};

export const databaseProtectedByEngine: Policy = {
  name: "database-protected-by-engine",
  title: "The engine refuses to delete or replace the database",
  why: "A renamed resource must end in an error, not in a new and empty database.",
  fix: "Set the option protect.",
  severity: "high",
  controls: [],
  on: [instance],
  notIn: throwAway,
  check: ({ options }) => unless(options?.protect === true, "may be deleted or replaced by an update"),
};

export const databaseFinalSnapshot: Policy = {
  name: "database-final-snapshot",
  title: "A database that is deleted leaves a snapshot and its backups",
  why: "It is the last way back.",
  fix: "Set skipFinalSnapshot: false, finalSnapshotIdentifier and deleteAutomatedBackups: false.",
  severity: "high",
  controls: [],
  on: [instance],
  notIn: throwAway,
  check: ({ inputs }) =>
    unless(
      at(inputs, "skipFinalSnapshot") !== true && at(inputs, "finalSnapshotIdentifier") !== undefined,
      "leaves no snapshot behind",
    ) ?? unless(at(inputs, "deleteAutomatedBackups") === false, "takes its backups with it"),
};

export const databaseStorageGrows: Policy = {
  name: "database-storage-grows",
  title: "The database's storage grows by itself",
  why: "A full disk stops the database.",
  fix: "Set maxAllocatedStorage above allocatedStorage.",
  severity: "medium",
  controls: [],
  on: [instance],
  check: ({ inputs }) =>
    unless(
      numberAt(inputs, "maxAllocatedStorage") > numberAt(inputs, "allocatedStorage"),
      "stops when its storage is full",
    ),
};

export const databaseMinorUpgrades: Policy = {
  name: "database-minor-upgrades",
  title: "Minor versions come by themselves",
  why: "They mend security faults.",
  fix: "Set autoMinorVersionUpgrade: true.",
  severity: "medium",
  controls: ["RDS.13", "CIS 2.2.2", "CKV_AWS_226"],
  on: [instance],
  check: ({ inputs }) => unless(at(inputs, "autoMinorVersionUpgrade") !== false, "stays on old minor versions"),
};

// Backups beside the database's own, and tables that keep what was released.
import type { Policy } from "../model.ts";
import { at, firstFault, listAt, unless } from "../read.ts";

const vault = "aws:backup/vault:Vault";
const table = "aws:dynamodb/table:Table";
const throwAway = {
  development: "as staging",
  staging: "an environment to try things with is thrown away whole, and its data with it",
} as const;

export const databaseInBackupPlan: Policy = {
  name: "database-in-backup-plan",
  title: "The database is part of a backup plan",
  why: "The backups that RDS keeps go with the instance, or with the account that deletes it.",
  fix: "Add its ARN to an aws.backup.Selection.",
  severity: "high",
  controls: ["RDS.26"],
  on: ["aws:rds/instance:Instance"],
  notIn: throwAway,
  checkWithin: (database, stack) =>
    unless(
      stack.referringTo(database, "aws:backup/selection:Selection", "resources").length > 0,
      "is in no backup plan",
    ),
};

export const backupCopied: Policy = {
  name: "backup-copied",
  title: "Backups are copied to another vault",
  why: "A region that fails, or a vault that is emptied, must not take the last copy along.",
  fix: "Give every rule of the plan a copyAction to a vault in another region.",
  severity: "medium",
  controls: [],
  on: ["aws:backup/plan:Plan"],
  notIn: { development: "as staging", staging: "nobody would need its data after the region failed" },
  check: ({ inputs }) =>
    firstFault(listAt(inputs, "rules"), (rule) =>
      unless(
        listAt(rule, "copyActions").some((copy) => at(copy, "destinationVaultArn") !== undefined),
        `keeps what its rule ${String(at(rule, "ruleName"))} makes in one place`,
      ),
    ),
};

export const vaultOwnKey: Policy = {
  name: "vault-own-key",
  title: "Backups are encrypted with a key of their own",
  why: "They hold all that the database holds.",
  fix: "Set kmsKeyArn.",
  severity: "high",
  controls: ["CKV_AWS_166"],
  on: [vault],
  check: ({ inputs }) => unless(at(inputs, "kmsKeyArn") !== undefined, "is encrypted with the account's shared key"),
};

export const vaultNotEmptied: Policy = {
  name: "vault-not-emptied",
  title: "A vault with backups in it is not deleted",
  why: "They are there for the day on which everything else was deleted.",
  fix: "Set forceDestroy: false.",
  severity: "high",
  controls: [],
  on: [vault],
  notIn: throwAway,
  check: ({ inputs }) => unless(at(inputs, "forceDestroy") !== true, "is emptied when it is deleted"),
};

export const tableDeletionProtected: Policy = {
  name: "table-deletion-protected",
  title: "AWS refuses to delete a table",
  why: "It keeps what was released when, which a rollback needs.",
  fix: "Set deletionProtectionEnabled: true.",
  severity: "medium",
  controls: ["DynamoDB.6"],
  on: [table],
  notIn: throwAway,
  check: ({ inputs }) => unless(at(inputs, "deletionProtectionEnabled") === true, "can be deleted"),
};

export const tablePointInTime: Policy = {
  name: "table-point-in-time",
  title: "A table can be taken back to a point in time",
  why: "What a mistake overwrote is found in no other place.",
  fix: "Set pointInTimeRecovery: { enabled: true }.",
  severity: "medium",
  controls: ["DynamoDB.2", "CKV_AWS_28"],
  on: [table],
  notIn: throwAway,
  check: ({ inputs }) => unless(at(inputs, "pointInTimeRecovery.enabled") === true, "cannot be taken back"),
};

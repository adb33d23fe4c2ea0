// Who reads PostgreSQL on RDS, and what it tells of itself.
import type { Policy, Resource, Stack } from "../model.ts";
import { at, listAt, numberAt, textsAt, unless } from "../read.ts";

const instance = "aws:rds/instance:Instance";

export const databaseEncrypted: Policy = {
  name: "database-encrypted",
  title: "The database's storage is encrypted with a key of its own",
  why: "Storage, snapshots and replicas of a database in clear are readable to whoever gets hold of them.",
  fix: "Set storageEncrypted: true and kmsKeyId. RDS cannot change it later without a new instance.",
  severity: "critical",
  controls: ["RDS.3", "CIS 2.2.1", "AwsSolutions-RDS2", "CKV_AWS_16"],
  on: [instance],
  check: ({ inputs }) =>
    unless(at(inputs, "storageEncrypted") === true, "is stored in clear") ??
    unless(at(inputs, "kmsKeyId") !== undefined, "is encrypted with a key that others share"),
};

export const databaseNotPublic: Policy = {
  name: "database-not-public",
  title: "The database has no public address",
  why: "A database on the internet is one leaked password away from being everybody's.",
  fix: "Set publiclyAccessible: false.",
  severity: "critical",
  controls: ["RDS.2", "CIS 2.2.3", "CKV_AWS_17"],
  on: [instance],
  check: ({ inputs }) => unless(at(inputs, "publiclyAccessible") !== true, "has a public address"),
};

/** The value that an instance's parameter group gives a parameter. */
function parameter(database: Resource, stack: Stack, name: string): unknown {
  const groups = stack.referredBy(database, "aws:rds/parameterGroup:ParameterGroup", "parameterGroupName");
  const parameters = groups.flatMap(({ inputs }) => listAt(inputs, "parameters"));
  return at(
    parameters.find((one) => at(one, "name") === name),
    "value",
  );
}

export const databaseTlsForced: Policy = {
  name: "database-tls-forced",
  title: "The database refuses connections without TLS",
  why: "Queries and their results pass through the network as they are written.",
  fix: "Set rds.force_ssl to 1 in the instance's parameter group.",
  severity: "high",
  controls: ["RDS.38", "CKV2_AWS_69"],
  on: [instance],
  checkWithin: (database, stack) =>
    unless(String(parameter(database, stack, "rds.force_ssl")) === "1", "takes connections without TLS"),
};

export const databaseQueryLog: Policy = {
  name: "database-query-log",
  title: "Slow statements and changes of the schema are logged",
  why: "They tell what slows the app down, and who changed what.",
  fix: "Set log_min_duration_statement and log_statement (ddl, mod or all) in the instance's parameter group.",
  severity: "low",
  controls: ["CKV2_AWS_30"],
  on: [instance],
  checkWithin: (database, stack) =>
    unless(
      Number(parameter(database, stack, "log_min_duration_statement") ?? -1) >= 0 &&
        ["ddl", "mod", "all"].includes(String(parameter(database, stack, "log_statement"))),
      "logs neither slow statements nor changes of the schema",
    ),
};

export const databaseIamSignIn: Policy = {
  name: "database-iam-sign-in",
  title: "The app signs in to the database by IAM",
  why: "There is no password that could leak.",
  fix: "Set iamDatabaseAuthenticationEnabled: true.",
  severity: "medium",
  controls: ["RDS.10", "CKV_AWS_161"],
  on: [instance],
  check: ({ inputs }) => unless(at(inputs, "iamDatabaseAuthenticationEnabled") === true, "lets nobody sign in by IAM"),
};

export const databasePasswordManaged: Policy = {
  name: "database-password-managed",
  title: "The owner's password is made, kept and rotated by RDS",
  why: "Then no person, program or state ever holds it.",
  fix: "Set manageMasterUserPassword: true with masterUserSecretKmsKeyId, and no password.",
  severity: "high",
  controls: [],
  on: [instance],
  check: ({ inputs }) =>
    unless(
      at(inputs, "manageMasterUserPassword") === true && at(inputs, "password") === undefined,
      "has a password that RDS does not manage",
    ) ??
    unless(at(inputs, "masterUserSecretKmsKeyId") !== undefined, "keeps its password under a key that others share"),
};

export const databaseOwnAdministrator: Policy = {
  name: "database-own-administrator",
  title: "The owner has a name of its own",
  why: "Whoever guesses passwords begins with postgres and admin.",
  fix: "Set username to another name.",
  severity: "low",
  controls: ["RDS.25"],
  on: [instance],
  check: ({ inputs }) =>
    unless(
      ![undefined, "postgres", "admin", "root"].includes(at(inputs, "username") as string),
      "is owned by a user of a well-known name",
    ),
};

export const databaseLogs: Policy = {
  name: "database-logs",
  title: "The database's log is kept outside it",
  why: "It is needed most when the database does not answer.",
  fix: 'Set enabledCloudwatchLogsExports to ["postgresql", "upgrade"].',
  severity: "medium",
  controls: ["RDS.9", "RDS.36", "CKV_AWS_129"],
  on: [instance],
  check: ({ inputs }) =>
    unless(
      ["postgresql", "upgrade"].every((log) => textsAt(inputs, "enabledCloudwatchLogsExports").includes(log)),
      "does not send its logs to CloudWatch",
    ),
};

export const databaseMonitoring: Policy = {
  name: "database-monitoring",
  title: "The database's host is measured every minute or oftener",
  why: "Memory and disk queues explain what CPU alone does not.",
  fix: "Set monitoringInterval to 60 or less, with monitoringRoleArn.",
  severity: "low",
  controls: ["RDS.6", "CKV_AWS_118"],
  on: [instance],
  check: ({ inputs }) => {
    const seconds = numberAt(inputs, "monitoringInterval");
    return unless(
      seconds > 0 && seconds <= 60 && at(inputs, "monitoringRoleArn") !== undefined,
      "has no enhanced monitoring",
    );
  },
};

export const databasePerformanceInsights: Policy = {
  name: "database-performance-insights",
  title: "Performance Insights is on, under a key of its own",
  why: "It tells which statements a busy database is busy with; the statements are data.",
  fix: "Set performanceInsightsEnabled: true and performanceInsightsKmsKeyId.",
  severity: "low",
  controls: ["CKV_AWS_353", "CKV_AWS_354"],
  on: [instance],
  check: ({ inputs }) =>
    unless(at(inputs, "performanceInsightsEnabled") === true, "has no Performance Insights") ??
    unless(
      at(inputs, "performanceInsightsKmsKeyId") !== undefined,
      "keeps what Performance Insights sees under a key that others share",
    ),
};

export const databaseSnapshotTags: Policy = {
  name: "database-snapshot-tags",
  title: "Snapshots carry the database's tags",
  why: "Else an inventory by tag does not find them.",
  fix: "Set copyTagsToSnapshot: true.",
  severity: "low",
  controls: ["RDS.17", "CKV2_AWS_60"],
  on: [instance],
  check: ({ inputs }) => unless(at(inputs, "copyTagsToSnapshot") === true, "makes snapshots without tags"),
};

export const databaseModernCertificate: Policy = {
  name: "database-modern-certificate",
  title: "The database's certificate is of an authority that is not about to expire",
  why: "Clients that verify, as the app does, stop connecting on the day it expires.",
  fix: "Set caCertIdentifier to rds-ca-rsa2048-g1, rds-ca-rsa4096-g1 or rds-ca-ecc384-g1.",
  severity: "medium",
  controls: ["CKV_AWS_211"],
  on: [instance],
  check: ({ inputs }) =>
    unless(/-g1$/.test(String(at(inputs, "caCertIdentifier"))), "has a certificate of an old authority, or of any"),
};

// Keys and secrets.
import type { Policy } from "../model.ts";
import { at, firstFault, isHidden, numberAt, unless } from "../read.ts";
import { resourceStatements } from "../resource-policies.ts";

const key = "aws:kms/key:Key";
const secret = "aws:secretsmanager/secret:Secret";

export const keyRotation: Policy = {
  name: "key-rotation",
  title: "Keys turn over every year",
  why: "What one key ever encrypted bounds what its loss costs.",
  fix: "Set enableKeyRotation: true.",
  severity: "medium",
  controls: ["KMS.4", "CIS 3.6", "AwsSolutions-KMS5", "CKV_AWS_7"],
  on: [key],
  check: ({ inputs }) => unless(at(inputs, "enableKeyRotation") === true, "never turns over"),
};

export const keyDeletionWindow: Policy = {
  name: "key-deletion-window",
  title: "A key that is deleted can be taken back: for 30 days in production, 7 elsewhere",
  why: "All that it encrypted is lost with it.",
  fix: "Set deletionWindowInDays to 30, the most that AWS allows.",
  severity: "high",
  controls: ["KMS.3"],
  on: [key],
  check: ({ inputs }, tier) => {
    const least = tier === "production" ? 30 : 7;
    return unless(!(numberAt(inputs, "deletionWindowInDays") < least), `is lost in less than ${least} days`);
  },
};

export const keyPolicyNamesPrincipals: Policy = {
  name: "key-policy-names-principals",
  title: "A key's policy lets in only whom it names",
  why: "A principal of * lets any account decrypt.",
  fix: "Name the account, or a service with a condition on its source.",
  severity: "critical",
  controls: ["KMS.5", "CKV_AWS_33"],
  on: [
    key,
    "aws:kms/keyPolicy:KeyPolicy",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:kms/externalKey:ExternalKey",
    "aws:kms/replicaExternalKey:ReplicaExternalKey",
  ],
  check: (resource) =>
    firstFault(resourceStatements(resource), ({ allows, principals, conditions }) => {
      if (!allows) return undefined;
      const service = principals.some((principal) => principal.startsWith("Service "));
      return (
        unless(!principals.includes("*"), "lets everybody in") ??
        unless(!service || conditions.length > 0, "lets a service in for whatever account it acts")
      );
    }),
};

export const keyGrantNamesRole: Policy = {
  name: "key-grant-names-role",
  title: "A grant on a key is for a role of this environment",
  why: "A grant lets its grantee decrypt past the key's policy, where nobody would look for it.",
  fix: "Make the role here and name it as granteePrincipal, or name the other account in the key's policy.",
  severity: "high",
  controls: [],
  on: ["aws:kms/grant:Grant"],
  checkWithin: (grant, stack) =>
    unless(
      stack.referredBy(grant, "aws:iam/role:Role", "granteePrincipal").length > 0,
      `lets in ${String(at(grant.inputs, "granteePrincipal"))}`,
    ),
};

export const secretOwnKey: Policy = {
  name: "secret-own-key",
  title: "Secrets are encrypted with a key of the environment",
  why: "Who may read a secret is then also decided by who may use its key.",
  fix: "Set kmsKeyId.",
  severity: "medium",
  controls: ["CKV_AWS_149"],
  on: [secret],
  check: ({ inputs }) => unless(at(inputs, "kmsKeyId") !== undefined, "is encrypted with the account's shared key"),
};

export const secretRecoveryWindow: Policy = {
  name: "secret-recovery-window",
  title: "A secret that is deleted can be taken back for a week or more",
  why: "What users hold is signed with it: sessions, tokens, links.",
  fix: "Set recoveryWindowInDays to 7 to 30.",
  severity: "medium",
  controls: [],
  on: [secret],
  notIn: { development: "as staging", staging: "an environment to try things with must leave nothing behind" },
  check: ({ inputs }) => {
    const days = at(inputs, "recoveryWindowInDays");
    return unless(days === undefined || Number(days) >= 7, "is gone at once when it is deleted");
  },
};

export const secretValuesHidden: Policy = {
  name: "secret-values-hidden",
  title: "A secret's value is marked as one",
  why: "Else it stands in clear in state, previews and logs.",
  fix: "Pass it as an output of a secret, or wrap it with pulumi.secret.",
  severity: "critical",
  controls: [],
  on: ["aws:secretsmanager/secretVersion:SecretVersion", "aws:ssm/parameter:Parameter"],
  planOnly: "the engine hands secrets to a policy pack without their mark",
  check: ({ inputs }) =>
    firstFault(["secretString", "secretBinary", "value"], (property) => {
      const value = at(inputs, property);
      return unless(value === undefined || isHidden(value), "holds its value in clear");
    }),
};

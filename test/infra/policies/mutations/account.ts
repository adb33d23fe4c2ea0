// Keys, secrets, permissions, logs, alarms and tags.
import { cloud, type Mutation } from "./mutation.ts";

const secrets: Mutation[] = [
  cloud("kms/key:Key", "key-rotation", { set: { enableKeyRotation: false } }),
  cloud("kms/key:Key", "key-deletion-window", { set: { deletionWindowInDays: 7 } }),
  cloud("kms/key:Key", "key-policy-names-principals", {
    name: "telemetry-key",
    set: { "policy.Statement.0.Principal": { AWS: "*" } },
  }),
  cloud("kms/key:Key", "key-policy-names-principals", {
    name: "telemetry-key",
    set: { "policy.Statement.1.Condition": undefined },
  }),
  cloud("secretsmanager/secret:Secret", "secret-own-key", { set: { kmsKeyId: undefined } }),
  cloud("secretsmanager/secret:Secret", "secret-recovery-window", { set: { recoveryWindowInDays: 0 } }),
  cloud("secretsmanager/secretVersion:SecretVersion", "secret-values-hidden", { set: { secretString: "in clear" } }),
];

const rolePolicy = "iam/rolePolicy:RolePolicy";
const role = "iam/role:Role";
const access: Mutation[] = [
  cloud(rolePolicy, "permissions-name-actions", {
    name: "web-task-policy",
    set: { "policy.Statement.0.Action": "rds-db:*" },
  }),
  cloud(rolePolicy, "permissions-name-resources", {
    name: "web-task-policy",
    set: { "policy.Statement.0.Resource": "*" },
  }),
  cloud(rolePolicy, ["permissions-name-actions", "permissions-name-resources"], {
    name: "web-task-policy",
    set: { "policy.Statement.0": { Effect: "Allow", NotAction: "iam:*", Resource: "*" } },
  }),
  cloud(role, "role-trusts-one-service", { set: { "assumeRolePolicy.Statement.0.Principal": "*" } }),
  cloud(role, "role-trusts-one-service", {
    set: { "assumeRolePolicy.Statement.0.Principal": { AWS: "arn:aws:iam::210987654321:root" } },
  }),
  cloud(role, "role-trusts-one-service", { set: { "assumeRolePolicy.Statement.0.Condition": undefined } }),
  cloud("iam/rolePolicyAttachment:RolePolicyAttachment", "role-own-policies", {
    set: { policyArn: "arn:aws:iam::aws:policy/AdministratorAccess" },
  }),
];

const topicPolicy = "sns/topicPolicy:TopicPolicy";
const operations: Mutation[] = [
  cloud("cloudwatch/logGroup:LogGroup", "logs-kept", { set: { retentionInDays: undefined } }),
  cloud("cloudwatch/logGroup:LogGroup", "logs-kept", { set: { retentionInDays: 30 } }),
  cloud("cloudwatch/logGroup:LogGroup", "logs-own-key", { name: "web-app", set: { kmsKeyId: undefined } }),
  cloud("sns/topic:Topic", "topic-encrypted", { set: { kmsMasterKeyId: undefined } }),
  cloud(topicPolicy, "topic-policy-names-principals", { set: { "policy.Statement.0.Principal": "*" } }),
  cloud(topicPolicy, "topic-policy-names-principals", { set: { "policy.Statement.0.Condition": undefined } }),
  cloud("cloudwatch/metricAlarm:MetricAlarm", "alarm-tells-somebody", {
    name: "alarms-database-cpu",
    set: { alarmActions: [] },
  }),
  cloud("cloudwatch/metricAlarm:MetricAlarm", "alarm-tells-somebody", {
    name: "alarms-database-cpu",
    set: { actionsEnabled: false },
  }),
  cloud("cloudwatch/compositeAlarm:CompositeAlarm", "alarm-tells-somebody", { set: { alarmActions: [] } }),
  {
    in: "production",
    type: "pulumi:providers:aws",
    breaks: ["tags-present"],
    set: { "defaultTags.tags.owner": undefined },
  },
];

export const accountMutations: readonly Mutation[] = [...secrets, ...access, ...operations];

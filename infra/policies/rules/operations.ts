// Logs, alarms, messages and tags.
import type { Policy } from "../model.ts";
import { at, firstFault, listAt, numberAt, unless } from "../read.ts";
import { statementsOf } from "../statements.ts";

const logGroup = "aws:cloudwatch/logGroup:LogGroup";

export const logsKept: Policy = {
  name: "logs-kept",
  title: "Logs are kept for a set time: a year and more in production",
  why: "An intruder is noticed after months, and logs that are never deleted are paid for ever.",
  fix: "Set logDays and network.flowLogDays.",
  severity: "medium",
  controls: ["CloudWatch.16", "CKV_AWS_66", "CKV_AWS_338"],
  on: [logGroup],
  check: ({ inputs }, tier) => {
    const days = numberAt(inputs, "retentionInDays");
    return (
      unless(days > 0, "is kept for ever") ??
      unless(tier !== "production" || days >= 365, "is kept for less than a year")
    );
  },
};

export const logsOwnKey: Policy = {
  name: "logs-own-key",
  title: "Logs are encrypted with a key of the environment",
  why: "Who may read them is then also decided by who may use the key.",
  fix: "Set kmsKeyId.",
  severity: "low",
  controls: ["CKV_AWS_158"],
  on: [logGroup],
  exceptions: [
    "The firewall's group, aws-waf-logs-…: CloudFront wants it in us-east-1, where the environment need not have a key.",
  ],
  check: ({ inputs }) => {
    const isFirewall = [at(inputs, "namePrefix"), at(inputs, "name")].some((name) =>
      String(name).startsWith("aws-waf-logs-"),
    );
    return unless(isFirewall || at(inputs, "kmsKeyId") !== undefined, "is encrypted with AWS's own key");
  },
};

export const topicEncrypted: Policy = {
  name: "topic-encrypted",
  title: "Messages of alarms are encrypted",
  why: "They say what is broken.",
  fix: "Set kmsMasterKeyId.",
  severity: "low",
  controls: ["SNS.1", "AwsSolutions-SNS2", "CKV_AWS_26"],
  on: ["aws:sns/topic:Topic"],
  check: ({ inputs }) => unless(at(inputs, "kmsMasterKeyId") !== undefined, "is not encrypted"),
};

export const topicPolicyNamesPrincipals: Policy = {
  name: "topic-policy-names-principals",
  title: "A topic takes messages only from whom its policy names",
  why: "Else anybody could wake people up, or read what alarms say.",
  fix: "Name a service with a condition on aws:SourceAccount.",
  severity: "high",
  controls: ["SNS.4", "CKV_AWS_169"],
  on: ["aws:sns/topicPolicy:TopicPolicy"],
  check: ({ inputs }) =>
    firstFault(statementsOf(at(inputs, "policy")), ({ allows, principals, conditions }) =>
      unless(
        !allows ||
          (!principals.includes("*") && conditions.some((condition) => /aws:source(account|arn)/i.test(condition))),
        "lets in whom it does not name",
      ),
    ),
};

export const alarmTellsSomebody: Policy = {
  name: "alarm-tells-somebody",
  title: "An alarm tells somebody, is part of one that does, or takes a rollout back",
  why: "An alarm without an action rings in an empty room.",
  fix: "Set alarmActions to the topic, or name the alarm in a composite alarm that has actions.",
  severity: "medium",
  controls: ["CloudWatch.15"],
  on: ["aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm"],
  checkWithin: (alarm, stack) => {
    const summedUp = stack.referringTo(alarm, "aws:cloudwatch/compositeAlarm:CompositeAlarm", "alarmRule");
    // One that ECS watches takes a rollout back.
    if (stack.referringTo(alarm, "aws:ecs/service:Service", "alarms").length > 0) return undefined;
    return unless(
      at(alarm.inputs, "actionsEnabled") !== false &&
        [alarm, ...summedUp].some(({ inputs }) => listAt(inputs, "alarmActions").length > 0),
      "tells nobody",
    );
  },
};

const tags = ["project", "stack", "environment", "owner"];

export const tagsPresent: Policy = {
  name: "tags-present",
  title: "Everything is tagged with project, stack, environment and owner",
  why: "Costs, inventories and clean-ups go by tag.",
  fix: "Set defaultTags of the provider.",
  severity: "medium",
  controls: [],
  on: ["pulumi:providers:aws"],
  check: ({ inputs }) =>
    firstFault(tags, (tag) =>
      unless(
        ![undefined, ""].includes(at(inputs, `defaultTags.tags.${tag}`) as string),
        `does not tag what it makes with ${tag}`,
      ),
    ),
};

// What AWS does with changed properties: logs, alarms, messages; and with the provider itself.
import type { RiskTable } from "./risk.ts";
import { cloudFormation, terraform } from "./source.ts";

const silence = { risk: "in place", says: "nobody is told what happens in between" } as const;

export const awsOperations: RiskTable = {
  "aws:cloudwatch/logGroup:LogGroup": {
    source: cloudFormation("logs-loggroup"),
    inPlace: ["kmsKeyId", "retentionInDays", "skipDestroy"],
    replaces: ["logGroupClass", "name", "namePrefix"],
    replaced: { risk: "data loss", says: "the log so far goes with the old group" },
    deleted: { risk: "data loss", says: "the log goes with it" },
  },
  "aws:cloudwatch/metricAlarm:MetricAlarm": {
    source: cloudFormation("cloudwatch-alarm"),
    inPlace: [
      "actionsEnabled",
      "alarmActions",
      "alarmDescription",
      "comparisonOperator",
      "datapointsToAlarm",
      "dimensions",
      "evaluationPeriods",
      "insufficientDataActions",
      "metricName",
      "metricQueries",
      "namespace",
      "okActions",
      "period",
      "statistic",
      "threshold",
      "treatMissingData",
    ],
    replaces: ["name"],
    replaced: silence,
    deleted: { risk: "deletion", says: "nobody is told any more" },
  },
  "aws:cloudwatch/compositeAlarm:CompositeAlarm": {
    source: cloudFormation("cloudwatch-compositealarm"),
    inPlace: ["alarmActions", "alarmDescription", "alarmRule", "okActions"],
    replaces: ["alarmName"],
    replaced: silence,
    deleted: { risk: "deletion", says: "nobody is told any more" },
  },
  "aws:sns/topic:Topic": {
    source: cloudFormation("sns-topic"),
    inPlace: ["displayName", "kmsMasterKeyId"],
    replaces: ["fifoTopic", "name", "namePrefix"],
    replaced: { risk: "replacement", says: "subscribers have to confirm anew" },
  },
  "aws:sns/topicPolicy:TopicPolicy": {
    source: cloudFormation("sns-topicpolicy"),
    inPlace: ["policy"],
    replaces: ["arn"],
    replaced: silence,
  },
  "aws:sns/topicSubscription:TopicSubscription": {
    source: cloudFormation("sns-subscription"),
    inPlace: ["filterPolicy", "rawMessageDelivery"],
    replaces: ["endpoint", "protocol", "topic"],
    replaced: { risk: "replacement", says: "the subscriber has to confirm anew" },
    deleted: { risk: "deletion", says: "the subscriber is told nothing any more" },
  },
  "aws:cloudwatch/dashboard:Dashboard": {
    source: cloudFormation("cloudwatch-dashboard"),
    inPlace: ["dashboardBody"],
    replaces: ["dashboardName"],
    replaced: { risk: "in place", says: "" },
  },
  "aws:cloudwatch/logMetricFilter:LogMetricFilter": {
    source: cloudFormation("logs-metricfilter"),
    inPlace: ["metricTransformation", "pattern"],
    replaces: ["logGroupName", "name"],
    replaced: silence,
  },
  "aws:cloudwatch/queryDefinition:QueryDefinition": {
    source: cloudFormation("logs-querydefinition"),
    inPlace: ["logGroupNames", "name", "queryString"],
  },
  "aws:route53/healthCheck:HealthCheck": {
    source: cloudFormation("route53-healthcheck"),
    inPlace: ["enableSni", "failureThreshold", "fqdn", "port", "regions", "resourcePath", "searchString"],
    replaces: ["ipAddress", "measureLatency", "requestInterval", "type"],
    replaced: silence,
    deleted: { risk: "deletion", says: "nobody looks from outside any more" },
  },
  "aws:budgets/budget:Budget": {
    source: cloudFormation("budgets-budget"),
    inPlace: [
      "costFilters",
      "limitAmount",
      "limitUnit",
      "notifications",
      "timePeriodEnd",
      "timePeriodStart",
      "timeUnit",
      "budgetType",
    ],
    replaces: ["accountId", "name", "namePrefix"],
    replaced: silence,
  },
  "pulumi:providers:aws": {
    source: terraform("").replace(/resources\/$/, ""),
    inPlace: [
      // Whose credentials are refused. That it is another account is looked at with all that the provider makes.
      "allowedAccountIds",
      "defaultTags",
      "skipCredentialsValidation",
      "skipRegionValidation",
      "skipRequestingAccountId",
    ],
    replaces: ["region"],
    replaced: {
      risk: "data loss",
      says: "everything is made anew in another region, and all that the old one holds goes",
    },
  },
};

// What is watched: each alarm tells people by e-mail and links its runbook; one sums up those that users feel, to page on.
//
//   new Alarms("alarms", { environment: "production", loadBalancer, cluster, services: { web, worker }, database, … });
//
// Monthly cost: about $3 ($0.10 for each metric of an alarm, $0.50 for the one that sums up).
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "./cluster.ts";
import type { Database } from "./database.ts";
import type { LoadBalancer } from "./load-balancer.ts";
import type { Network } from "./network.ts";
import { type AlarmRule, databaseRules, queries, requestRules, serviceRules } from "./pure/alarm-rules.ts";
import { policyDocument } from "./pure/iam.ts";
import type { Service } from "./service.ts";
import type { TelemetryKey } from "./telemetry-key.ts";

export interface AlarmsArgs {
  /** What messages call the environment, e.g. `production`. */
  readonly environment: string;
  readonly network: Network;
  readonly loadBalancer: LoadBalancer;
  readonly cluster: Cluster;
  /** By what they are called in alarms. */
  readonly services: Readonly<Record<string, Service>>;
  readonly database: Database;
  readonly telemetryKey: TelemetryKey;
  /** Who is told. @default nobody: the alarms are there, their topic has no subscriber */
  readonly email?: string;
  /** Where runbooks are found, before `/<runbook>.md`. @default "docs/runbooks" */
  readonly runbooks?: string;
}

export class Alarms extends pulumi.ComponentResource {
  readonly topicArn: pulumi.Output<string>;
  /** The alarm to page on. */
  readonly pageAlarmArn: pulumi.Output<string>;

  constructor(name: string, args: AlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:operations:Alarms", name, {}, opts);

    const topic = topicOf(this, name, args);
    const rules = [
      ...requestRules(args.loadBalancer),
      ...serviceRules(args.cluster, args.services),
      ...databaseRules(args.database),
    ];
    const alarms = rules.map((rule) => ({ rule, alarm: metricAlarm(this, name, args, rule, topic) }));
    const paging = alarms.filter(({ rule }) => rule.pages).map(({ alarm }) => alarm);
    const page = pageAlarm(this, name, args, paging, topic);

    this.topicArn = topic.arn;
    this.pageAlarmArn = page.arn;
    this.registerOutputs({ topicArn: this.topicArn });
  }
}

function topicOf(parent: Alarms, name: string, args: AlarmsArgs): aws.sns.Topic {
  const topic = new aws.sns.Topic(`${name}-topic`, { kmsMasterKeyId: args.telemetryKey.arn }, { parent });
  new aws.sns.TopicPolicy(
    `${name}-topic-policy`,
    {
      arn: topic.arn,
      policy: policyDocument({
        Sid: "Alarms",
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: "sns:Publish",
        Resource: topic.arn,
        Condition: { StringEquals: { "aws:SourceAccount": args.network.accountId } },
      }),
    },
    { parent },
  );
  if (args.email !== undefined) {
    new aws.sns.TopicSubscription(
      `${name}-email`,
      { topic: topic.arn, protocol: "email", endpoint: args.email },
      { parent },
    );
  }
  return topic;
}

function metricAlarm(parent: Alarms, name: string, args: AlarmsArgs, rule: AlarmRule, topic: aws.sns.Topic) {
  const actions = rule.pages ? [] : [topic.arn];
  return new aws.cloudwatch.MetricAlarm(
    `${name}-${rule.name}`,
    {
      alarmDescription: describe(args, rule.says, rule.runbook),
      metricQueries: queries(rule),
      comparisonOperator: rule.below ? "LessThanThreshold" : "GreaterThanThreshold",
      threshold: rule.threshold,
      evaluationPeriods: rule.minutes,
      datapointsToAlarm: rule.minutes,
      // No requests, no tasks yet: nothing to tell anybody. What should run and does not is counted above.
      treatMissingData: "notBreaching",
      alarmActions: actions,
      okActions: actions,
    },
    { parent },
  );
}

/** Not itself a measurement: fires when one of the alarms does that users feel. */
function pageAlarm(
  parent: Alarms,
  name: string,
  args: AlarmsArgs,
  alarms: readonly aws.cloudwatch.MetricAlarm[],
  topic: aws.sns.Topic,
): aws.cloudwatch.CompositeAlarm {
  const terms = pulumi
    .all(alarms.map((alarm) => alarm.name))
    .apply((names) => names.map((alarm) => `ALARM("${alarm}")`));
  return new aws.cloudwatch.CompositeAlarm(
    `${name}-page`,
    {
      alarmName: pulumi.interpolate`page-${topic.name}`,
      alarmDescription: describe(args, "Users are affected", "page"),
      alarmRule: terms.apply((parts) => parts.join(" OR ")),
      alarmActions: [topic.arn],
      okActions: [topic.arn],
    },
    { parent },
  );
}

function describe(args: AlarmsArgs, says: string, runbook: string): string {
  return `[${args.environment}] ${says}. Runbook: ${args.runbooks ?? "docs/runbooks"}/${runbook}.md`;
}

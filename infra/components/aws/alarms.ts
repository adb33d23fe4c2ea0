// What is watched in one region: each alarm tells people by e-mail and links its runbook; one sums up those that users
// feel, to page on.
//
//   new Alarms("alarms", { environment: "production", topic, rules: [...requestRules(loadBalancer), ...databaseRules(database)] });
//
// Monthly cost: $0.10 for each metric of an alarm, $0.50 for the one that sums up; about $4 for an environment.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type AlarmRule, dataPoints, queries } from "./pure/alarm-rule.ts";
import type { Topic } from "./topic.ts";

export interface AlarmsArgs {
  /** What messages call the environment, e.g. `production`. */
  readonly environment: string;
  /** Of the same region. */
  readonly topic: Topic;
  readonly rules: readonly AlarmRule[];
  /** Region of the metrics that the rules read. @default the environment's */
  readonly region?: string;
  /** Where runbooks are found, before `/<runbook>.md`. @default "docs/runbooks" */
  readonly runbooks?: string;
}

export class Alarms extends pulumi.ComponentResource {
  readonly topicArn: pulumi.Output<string>;
  /** The alarm to page on; none if no rule pages. */
  readonly pageAlarmArns: pulumi.Output<string>[];
  /** Of every alarm, for the dashboard. */
  readonly alarmArns: pulumi.Output<string>[];

  constructor(name: string, args: AlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:operations:Alarms", name, {}, opts);

    const alarms = args.rules.map((rule) => ({ rule, alarm: metricAlarm(this, name, args, rule) }));
    const paging = alarms.filter(({ rule }) => rule.pages).map(({ alarm }) => alarm);

    this.topicArn = args.topic.arn;
    this.pageAlarmArns = paging.length === 0 ? [] : [pageAlarm(this, name, args, paging).arn];
    this.alarmArns = alarms.map(({ alarm }) => alarm.arn);
    this.registerOutputs({ topicArn: this.topicArn });
  }
}

function placeOf({ region }: AlarmsArgs) {
  return region === undefined ? {} : { region };
}

function metricAlarm(parent: Alarms, name: string, args: AlarmsArgs, rule: AlarmRule): aws.cloudwatch.MetricAlarm {
  const actions = rule.pages ? [] : [args.topic.arn];
  return new aws.cloudwatch.MetricAlarm(
    `${name}-${rule.name}`,
    {
      ...placeOf(args),
      alarmDescription: describe(args, rule.says, rule.runbook),
      metricQueries: queries(rule),
      comparisonOperator: rule.below ? "LessThanThreshold" : "GreaterThanThreshold",
      threshold: rule.threshold,
      ...dataPoints(rule),
      // No requests, no tasks yet: nothing to tell anybody. What should run and does not is counted by its own rules.
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
): aws.cloudwatch.CompositeAlarm {
  const terms = pulumi
    .all(alarms.map((alarm) => alarm.name))
    .apply((names) => names.map((alarm) => `ALARM("${alarm}")`));
  return new aws.cloudwatch.CompositeAlarm(
    `${name}-page`,
    {
      ...placeOf(args),
      alarmName: pulumi.interpolate`page-${args.topic.physicalName}`,
      alarmDescription: describe(args, "Users are affected", "page"),
      alarmRule: terms.apply((parts) => parts.join(" OR ")),
      alarmActions: [args.topic.arn],
      okActions: [args.topic.arn],
    },
    { parent },
  );
}

function describe(args: AlarmsArgs, says: string, runbook: string): string {
  return `[${args.environment}] ${says}. Runbook: ${args.runbooks ?? "docs/runbooks"}/${runbook}.md`;
}

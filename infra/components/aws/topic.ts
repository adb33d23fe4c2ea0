// Where alarms of one region are published, and who gets them by mail.
//
//   new Topic("alarms", { accountId: network.accountId, key: telemetryKey, email: "oncall@example.com" });
//
// Monthly cost: none; the first 1,000 mails are free.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument } from "./pure/iam.ts";
import type { TelemetryKey } from "./telemetry-key.ts";

export interface TopicArgs {
  readonly accountId: pulumi.Input<string>;
  /** Encrypts messages; of the topic's region. */
  readonly key: TelemetryKey;
  /** @default the environment's */
  readonly region?: string;
  /** Who is told. @default nobody: the topic has no subscriber */
  readonly email?: string;
}

export class Topic extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  /** Unique in account and region: its autonamed name. */
  readonly physicalName: pulumi.Output<string>;

  constructor(name: string, args: TopicArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:operations:Topic", name, {}, opts);
    const place = args.region === undefined ? {} : { region: args.region };
    const topic = new aws.sns.Topic(`${name}-topic`, { ...place, kmsMasterKeyId: args.key.arn }, { parent: this });
    new aws.sns.TopicPolicy(
      `${name}-topic-policy`,
      {
        ...place,
        arn: topic.arn,
        policy: policyDocument({
          Sid: "Alarms",
          Effect: "Allow",
          Principal: { Service: "cloudwatch.amazonaws.com" },
          Action: "sns:Publish",
          Resource: topic.arn,
          Condition: { StringEquals: { "aws:SourceAccount": args.accountId } },
        }),
      },
      { parent: this },
    );
    if (args.email !== undefined) {
      new aws.sns.TopicSubscription(
        `${name}-email`,
        { ...place, topic: topic.arn, protocol: "email", endpoint: args.email },
        { parent: this },
      );
    }
    this.arn = topic.arn;
    this.physicalName = topic.name;
    this.registerOutputs({ arn: this.arn });
  }
}

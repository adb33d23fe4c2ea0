// A record of every connection in a VPC, accepted or refused, in CloudWatch Logs.
//
//   new FlowLogs("flow-logs", { network, key, days: 30 });
//
// Monthly cost: $0.50 for each GB; a small environment writes less than one.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Network } from "./network.ts";
import { assumableBy, policyDocument } from "./pure/iam.ts";
import type { TelemetryKey } from "./telemetry-key.ts";

export interface FlowLogsArgs {
  readonly network: Network;
  readonly key: TelemetryKey;
  /** Days that records are kept. */
  readonly days: number;
}

export class FlowLogs extends pulumi.ComponentResource {
  constructor(name: string, args: FlowLogsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:network:FlowLogs", name, {}, opts);
    const group = new aws.cloudwatch.LogGroup(
      `${name}-group`,
      { retentionInDays: args.days, kmsKeyId: args.key.arn },
      { parent: this },
    );
    new aws.ec2.FlowLog(
      `${name}-log`,
      {
        vpcId: args.network.vpcId,
        trafficType: "ALL",
        logDestinationType: "cloud-watch-logs",
        logDestination: group.arn,
        iamRoleArn: writerRole(this, name, args, group).arn,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

function writerRole(parent: FlowLogs, name: string, args: FlowLogsArgs, group: aws.cloudwatch.LogGroup): aws.iam.Role {
  const role = new aws.iam.Role(
    `${name}-role`,
    { assumeRolePolicy: assumableBy("vpc-flow-logs.amazonaws.com", args.network.accountId) },
    { parent },
  );
  new aws.iam.RolePolicy(
    `${name}-write`,
    {
      role: role.id,
      policy: policyDocument({
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
        Resource: [group.arn, pulumi.interpolate`${group.arn}:*`],
      }),
    },
    { parent },
  );
  return role;
}

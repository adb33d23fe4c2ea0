// The key that logs and alarm messages of one environment are encrypted with.
//
//   const key = new TelemetryKey("telemetry", { accountId: network.accountId, region: "eu-central-1", retain: true });
//
// Monthly cost: $1.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument } from "./pure/iam.ts";

export interface TelemetryKeyArgs {
  readonly accountId: pulumi.Input<string>;
  /** Where the key is, and what it encrypts. */
  readonly region: string;
  /** Keep the key for 30 days after its deletion, else for 7, the least that AWS allows. */
  readonly retain: boolean;
}

export class TelemetryKey extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: TelemetryKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:security:TelemetryKey", name, {}, opts);
    const key = new aws.kms.Key(
      `${name}-key`,
      {
        region: args.region,
        description: "Logs and alarm messages",
        enableKeyRotation: true,
        deletionWindowInDays: args.retain ? 30 : 7,
        policy: keyPolicy(args),
      },
      { parent: this },
    );
    this.arn = key.arn;
    this.registerOutputs({ arn: this.arn });
  }
}

/** The account decides by IAM; besides, CloudWatch Logs may use the key for this account's groups, alarms to publish. */
function keyPolicy({ accountId, region }: TelemetryKeyArgs): pulumi.Output<string> {
  return policyDocument(
    {
      Sid: "Account",
      Effect: "Allow",
      Principal: { AWS: pulumi.interpolate`arn:aws:iam::${accountId}:root` },
      Action: "kms:*",
      Resource: "*",
    },
    {
      Sid: "Logs",
      Effect: "Allow",
      Principal: { Service: `logs.${region}.amazonaws.com` },
      Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
      Resource: "*",
      Condition: {
        ArnLike: {
          "kms:EncryptionContext:aws:logs:arn": pulumi.interpolate`arn:aws:logs:${region}:${accountId}:log-group:*`,
        },
      },
    },
    {
      Sid: "Alarms",
      Effect: "Allow",
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
      Resource: "*",
      Condition: { StringEquals: { "aws:SourceAccount": accountId } },
    },
  );
}

// IAM policy documents as text: pure functions, no lookups.
import * as pulumi from "@pulumi/pulumi";

type Values = pulumi.Input<string> | readonly pulumi.Input<string>[];

/** One statement of a policy. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | Readonly<Record<string, Values>>;
  readonly Action: string | readonly string[];
  readonly Resource: Values;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Values>>>>;
}

/** The JSON text of a policy. */
export function policyDocument(...statements: readonly Statement[]): pulumi.Output<string> {
  return pulumi.jsonStringify({ Version: "2012-10-17", Statement: statements });
}

/**
 * Lets an AWS service assume a role, for this account's resources only: without the condition, a service could be talked
 * into using the role for somebody else (https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html).
 */
export function assumableBy(service: string, account: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: service },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "aws:SourceAccount": account } },
      },
    ],
  });
}

/** Refuses every request to a bucket that does not come over TLS. */
export function tlsOnly(bucketArn: pulumi.Input<string>): Statement {
  return {
    Sid: "TlsOnly",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: [bucketArn, pulumi.interpolate`${bucketArn}/*`],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
}

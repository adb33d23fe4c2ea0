// Private buckets: static assets, media, and the logs of whoever serves them.
//
//   const storage = new Storage("storage", { accountId: network.accountId, logDays: 30, retain: true, protect: true });
//
// Monthly cost: $0.023 for each GB and $0.005 for 1,000 writes; an environment starts below $1.
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument, tlsOnly } from "./pure/iam.ts";

export interface StorageArgs {
  readonly accountId: pulumi.Input<string>;
  readonly region: string;
  /** Days that access logs are kept. */
  readonly logDays: number;
  /** Refuse to delete a bucket that holds objects. Otherwise they go with it. */
  readonly retain: boolean;
  /** The engine refuses to delete or replace the media bucket. */
  readonly protect: boolean;
}

/** A bucket's kind of rule on how long objects stay. */
type Lifecycle = { readonly expireDays: number } | { readonly oldVersionDays: number };

export class Storage extends pulumi.ComponentResource {
  /** Published by releases, in folders named by content hash. */
  readonly static: aws.s3.Bucket;
  /** Uploaded by users: what cannot be made again. */
  readonly media: aws.s3.Bucket;
  /** Name of the bucket of access logs; known when its policy lets them be written. */
  readonly logsBucket: pulumi.Output<string>;
  readonly logsBucketArn: pulumi.Output<string>;

  constructor(name: string, args: StorageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:storage:Storage", name, {}, opts);

    this.static = bucket(this, `${name}-static`, args, { oldVersionDays: 30 });
    this.media = bucket(this, `${name}-media`, args, { oldVersionDays: 90 }, args.protect);
    const logs = bucket(this, `${name}-logs`, args, { expireDays: args.logDays });
    const policy = logsPolicy(this, name, args, logs);

    this.logsBucket = policy.bucket;
    this.logsBucketArn = logs.arn;
    this.registerOutputs({ static: this.static.bucket, media: this.media.bucket, logs: logs.bucket });
  }
}

function bucket(parent: Storage, name: string, args: StorageArgs, lifecycle: Lifecycle, protect = false) {
  const made = new aws.s3.Bucket(name, { forceDestroy: !args.retain }, { parent, protect });
  const of = { bucket: made.bucket };
  new aws.s3.BucketPublicAccessBlock(
    `${name}-private`,
    { ...of, blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
    { parent },
  );
  new aws.s3.BucketOwnershipControls(
    `${name}-owner`,
    { ...of, rule: { objectOwnership: "BucketOwnerEnforced" } },
    { parent },
  );
  // S3's own keys: load balancers write their logs with no others, and CloudFront would need a grant on any other.
  new aws.s3.BucketServerSideEncryptionConfiguration(
    `${name}-encryption`,
    { ...of, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" }, bucketKeyEnabled: false }] },
    { parent },
  );
  const versioning = new aws.s3.BucketVersioning(
    `${name}-versions`,
    { ...of, versioningConfiguration: { status: "Enabled" } },
    { parent },
  );
  new aws.s3.BucketLifecycleConfiguration(
    `${name}-lifecycle`,
    { ...of, rules: lifecycleRules(lifecycle) },
    { parent, dependsOn: versioning },
  );
  return made;
}

function lifecycleRules(lifecycle: Lifecycle): aws.types.input.s3.BucketLifecycleConfigurationRule[] {
  const oldVersionDays = "expireDays" in lifecycle ? 1 : lifecycle.oldVersionDays;
  return [
    {
      id: "expire",
      status: "Enabled",
      filter: { prefix: "" },
      abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
      noncurrentVersionExpiration: { noncurrentDays: oldVersionDays },
      ...("expireDays" in lifecycle ? { expiration: { days: lifecycle.expireDays } } : {}),
    },
  ];
}

/** Load balancers and CloudFront of this account may write; nobody is let in without TLS. */
function logsPolicy(parent: Storage, name: string, args: StorageArgs, logs: aws.s3.Bucket): aws.s3.BucketPolicy {
  return new aws.s3.BucketPolicy(
    `${name}-logs-policy`,
    {
      bucket: logs.bucket,
      policy: policyDocument(
        tlsOnly(logs.arn),
        {
          Sid: "LoadBalancerLogs",
          Effect: "Allow",
          Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
          Action: "s3:PutObject",
          Resource: pulumi.interpolate`${logs.arn}/load-balancer/AWSLogs/${args.accountId}/*`,
          Condition: {
            ArnLike: {
              "aws:SourceArn": pulumi.interpolate`arn:aws:elasticloadbalancing:${args.region}:${args.accountId}:loadbalancer/*`,
            },
          },
        },
        {
          Sid: "EdgeLogs",
          Effect: "Allow",
          Principal: { Service: "delivery.logs.amazonaws.com" },
          Action: "s3:PutObject",
          Resource: pulumi.interpolate`${logs.arn}/edge/*`,
          Condition: {
            StringEquals: { "aws:SourceAccount": args.accountId, "s3:x-amz-acl": "bucket-owner-full-control" },
            ArnLike: {
              "aws:SourceArn": pulumi.interpolate`arn:aws:logs:us-east-1:${args.accountId}:delivery-source:*`,
            },
          },
        },
      ),
    },
    { parent },
  );
}

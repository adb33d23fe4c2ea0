// What an RDS instance costs: its class, its storage, its backups; a standby in a second zone doubles instance and storage.
import type { ResourceNode } from "../graph.ts";
import { instancePrices } from "./database-prices.ts";
import { type Context, type CostItem, item, noPrice, type Unpriced } from "./items.ts";

/** Days of performance insights that RDS keeps for nothing. Source: https://aws.amazon.com/rds/performance-insights/pricing/ */
const freeInsightDays = 7;

export function databaseCost({ inputs }: ResourceNode, context: Context): readonly (CostItem | Unpriced)[] {
  const { prices, usage } = context;
  const zones = inputs.multiAz === true ? 2 : 1;
  return [
    instance(inputs, zones, context),
    ...storage(inputs, zones, context),
    item("backups beyond the free size", usage.backupGb, prices.databaseBackup, true),
    ...insights(inputs),
    ...(inputs.manageMasterUserPassword === true ? [item("secret of the owner's password", 1, prices.secret)] : []),
  ];
}

type Inputs = ResourceNode["inputs"];

function instance({ engine, instanceClass }: Inputs, zones: number, { usage, region }: Context): CostItem | Unpriced {
  if (engine !== undefined && engine !== "postgres") {
    return { unpriced: `runs ${String(engine)}, and the table of prices has PostgreSQL only` };
  }
  const name = String(instanceClass);
  const prices = instancePrices(region);
  const price = Object.hasOwn(prices, name) ? prices[name] : undefined;
  if (price === undefined) return noPrice(`is of class ${name}`);
  return item(`${name}${zones === 2 ? " in two zones" : ""}`, zones * usage.hours, price);
}

function storage(inputs: Inputs, zones: number, { prices }: Context): (CostItem | Unpriced)[] {
  const { storageType = "gp3", iops, storageThroughput, allocatedStorage } = inputs;
  // Both types cost the same in RDS.
  if (storageType !== "gp3" && storageType !== "gp2") return [noPrice(`has storage of type ${String(storageType)}`)];
  return [
    item("storage", zones * Number(allocatedStorage), prices.databaseStorage),
    ...(iops === undefined && storageThroughput === undefined ? [] : [noPrice("has provisioned IOPS or throughput")]),
  ];
}

function insights({ performanceInsightsRetentionPeriod: days }: Inputs): Unpriced[] {
  return typeof days === "number" && days > freeInsightDays
    ? [noPrice(`keeps performance insights for ${days} days`)]
    : [];
}

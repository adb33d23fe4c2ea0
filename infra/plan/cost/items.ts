// What an estimate is made of: parts with a price, and what costs money of which nobody knows the price.
import type { ResourceNode } from "../graph.ts";
import type { Price, PriceName } from "./prices.ts";
import type { Usage } from "./usage.ts";

/** A part of a resource's monthly cost. */
export interface CostItem {
  readonly what: string;
  readonly quantity: number;
  readonly unit: string;
  /** Dollars for one unit. */
  readonly price: number;
  readonly monthly: number;
  /** Whether it depends on assumed usage. */
  readonly usage?: true;
}

/** A part that costs money and has no price. */
export interface Unpriced {
  /** To be read after the resource's name: `is of class db.x9.large, which the table of prices does not have`. */
  readonly unpriced: string;
}

export interface Context {
  readonly prices: Readonly<Record<PriceName, Price>>;
  /** Whose prices these are. */
  readonly region: string;
  readonly usage: Usage;
  /** How many resources of a type share an environment's usage. */
  count(type: string): number;
  /** The resource that an input comes from. */
  source(node: ResourceNode, property: string): ResourceNode | undefined;
}

/** All parts of what a resource costs: what has no price takes nothing else out of the sum. */
export type Estimator = (node: ResourceNode, context: Context) => readonly (CostItem | Unpriced)[];

/** A part whose quantity is not a number, because an input is not known, has no price either. */
export function item(what: string, quantity: number, { dollars, unit }: Price, usage = false): CostItem | Unpriced {
  const monthly = quantity * dollars;
  if (!Number.isFinite(monthly)) return { unpriced: `has ${what} of which nobody knows how much` };
  return { what, quantity, unit, price: dollars, monthly, ...(usage ? { usage: true as const } : {}) };
}

export function isPriced(part: CostItem | Unpriced): part is CostItem {
  return "monthly" in part;
}

/** @param fact what is dearer than the table knows: `runs sqlserver-ee` */
export function noPrice(fact: string): Unpriced {
  return { unpriced: `${fact}, which the table of prices does not have` };
}

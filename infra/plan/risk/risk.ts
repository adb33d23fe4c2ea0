// How a change is felt, and the shape of what is known about the properties of a type.

/** From harmless to worst; `unknown` stands where it is treated: below certain loss, above all that is known to be milder. */
export const risks = [
  "create",
  "in place",
  "restart",
  "brief downtime",
  "replacement",
  "deletion",
  "unknown",
  "data loss",
] as const;

export type Risk = (typeof risks)[number];

/** What is lost for good with a resource of a type. */
export type StatefulKind = "database" | "bucket" | "volume" | "key" | "secret" | "vault";

/** What a cloud does with the properties of one type of resource; top-level names, or paths where parts differ. */
export interface TypeRisk {
  /** Documentation that says so; the test of the table asks the provider besides. */
  readonly source: string;
  readonly inPlace?: readonly string[];
  /** Needs another resource in this one's place. */
  readonly replaces?: readonly string[];
  /** Changed where it is, but not unnoticed: what happens, by property. */
  readonly restarts?: Readonly<Record<string, string>>;
  readonly downtime?: Readonly<Record<string, string>>;
  /** Data that goes with the resource when it is replaced or deleted. */
  readonly holds?: StatefulKind;
  /** How a replacement is felt. @default replacement */
  readonly replaced?: Felt;
  /** How a deletion is felt. @default deletion */
  readonly deleted?: Felt;
}

export interface Felt {
  readonly risk: Risk;
  readonly says: string;
}

/** By Pulumi's type token. */
export type RiskTable = Readonly<Record<string, TypeRisk>>;

export function worst(found: readonly Risk[]): Risk {
  return risks[Math.max(0, ...found.map((risk) => risks.indexOf(risk)))] ?? "unknown";
}

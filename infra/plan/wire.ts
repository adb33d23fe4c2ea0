// Values as they travel between a program and the engine (`sdk/nodejs/runtime/rpc.ts` of Pulumi), and as a graph holds them.
import { assetOf } from "./assets.ts";
import { unknownValue } from "./graph.ts";

export type Plain = string | number | boolean | null | Plain[] | PlainObject;
export type PlainObject = { [key: string]: Plain };

export const signatureKey = "4dabf18193072939515e22adb298388d";
export const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";
const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";
const unknownMarker = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A record with its keys in order, from the wire's markers to what a graph holds. */
export function decodeObject(value: PlainObject): Record<string, unknown> {
  return decode(value) as Record<string, unknown>;
}

function decode(value: Plain): unknown {
  if (value === unknownMarker) return unknownValue;
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value !== "object" || value === null) return value;
  switch (value[signatureKey]) {
    case secretSignature:
      return { secret: secretName(value.value ?? null) };
    case assetSignature:
    case archiveSignature:
      return assetOf(value, decodeObject);
    default:
      return sortedRecord(value, decode);
  }
}

/** The same record with its keys in order, each value through `change`. */
export function sortedRecord<In, Out>(
  record: Readonly<Record<string, In>>,
  change: (value: In) => Out,
): Record<string, Out> {
  const keys = Object.keys(record).filter((key) => key !== signatureKey);
  return Object.fromEntries(keys.sort().map((key) => [key, change(record[key] as In)]));
}

/** Secrets show where they come from, `{database-password.result}`, if that is all they are. */
function secretName(value: Plain): string {
  return typeof value === "string" && /^\{[^{}]+\}$/.test(value) ? value : "…";
}

// When a certificate is due: two thirds of its life are over, it is of another kind, or it lacks a name.
import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { authorityName } from "./store.ts";

/** Why a new certificate is needed, as the end of a sentence; undefined if none is. */
export function whyDue(
  current: X509Certificate | undefined,
  wanted: { readonly names: readonly string[]; readonly own: boolean },
  now: number,
): string | undefined {
  if (current === undefined) return "there is none";
  const isOwn = current.issuer === `CN=${authorityName}`;
  if (isOwn !== wanted.own) return isOwn ? "the one in use is a stand-in" : "the one in use is another authority's";
  const isFor = (name: string) => (isIP(name) === 0 ? current.checkHost(name) : current.checkIP(name)) !== undefined;
  const missing = wanted.names.find((name) => !isFor(name));
  if (missing !== undefined) return `the one in use lacks ${missing}`;
  return now > dueAt(current) ? `the one in use ends on ${current.validTo}` : undefined;
}

/** When two thirds of a certificate's life are over, in milliseconds. */
export function dueAt({ validFrom, validTo }: X509Certificate): number {
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  return from + ((to - from) * 2) / 3;
}

/** Seconds until the next try after failures in a row: authorities count failures, five an hour at Let's Encrypt. */
export function pauseAfter(failures: number): number {
  return Math.min(6 * 3600, 60 * 3 ** (failures - 1));
}

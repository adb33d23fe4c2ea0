// Reading inputs whose shape nobody vouches for.
import type { Fault } from "./model.ts";

/** A message unless `condition` holds. */
export function unless(condition: boolean, message: string): Fault {
  return condition ? undefined : message;
}

/** The first fault among several things. */
export function firstFault<T>(things: readonly T[], fault: (thing: T) => Fault): Fault {
  for (const thing of things) {
    const found = fault(thing);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The value at a path such as `healthCheck.path` or `0.user`. JSON text on the way is read; null is as good as absent. */
export function at(value: unknown, path: string): unknown {
  let current = value;
  for (const key of path.split(".")) {
    const holder = parsed(current);
    if (typeof holder !== "object" || holder === null) return undefined;
    current = (holder as Record<string, unknown>)[key];
  }
  return current ?? undefined;
}

/** The elements of a list, or of JSON text that is one; a single object is a list of one. */
export function listAt(value: unknown, path: string): readonly unknown[] {
  const found = parsed(at(value, path));
  if (Array.isArray(found)) return found;
  return found === undefined || found === null ? [] : [found];
}

/** Strings at a path: one or a list of them. */
export function textsAt(value: unknown, path: string): readonly string[] {
  return listAt(value, path).filter((item) => typeof item === "string");
}

export function numberAt(value: unknown, path: string): number {
  const found = at(value, path);
  return typeof found === "number" || typeof found === "string" ? Number(found) : Number.NaN;
}

/** Whether the value, a string, is a secret's place in a plan: marked as such, without its content. */
export function isHidden(value: unknown): boolean {
  return typeof value === "object" && value !== null && "secret" in value;
}

function parsed(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    // `{network-vpc.id}` and its like are text, not JSON.
    return value;
  }
}

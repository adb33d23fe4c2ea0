// What changed between two inputs of a resource, property by property; the order counts only where it does in the cloud.
import { isOrdered } from "./order.ts";

/** One place in a resource's inputs that is not what it was. */
export interface ValueChange {
  /** Names from the top, `policy.Statement[Sid=Logs].Action`; elements of a list without names go by their place. */
  readonly path: string;
  /** Left out where there was nothing. */
  readonly before?: unknown;
  /** Left out where there is nothing any more. */
  readonly after?: unknown;
}

/** The properties that elements of a list go by, if each has one and no two the same. */
const identities = ["Sid", "name", "id", "originId", "key", "path", "containerPath"] as const;

/** @param type Pulumi's token, for what is known about the order of its lists */
export function valueChanges(
  type: string,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): ValueChange[] {
  return recordChanges({ type, path: "" }, before, after);
}

interface Place {
  readonly type: string;
  readonly path: string;
}

function below({ type, path }: Place, step: string): Place {
  return { type, path: path === "" || step.startsWith("[") ? path + step : `${path}.${step}` };
}

function changes(place: Place, before: unknown, after: unknown): ValueChange[] {
  const [was, is] = [document(before), document(after)];
  if (canonical(was) === canonical(is)) return [];
  if (isRecord(was) && isRecord(is)) return recordChanges(place, was, is);
  if (Array.isArray(was) && Array.isArray(is)) return listChanges(place, was, is);
  // A single action, resource or principal stands for a list of one in a policy.
  if (Array.isArray(was) !== Array.isArray(is) && !isOrdered(place.type, place.path)) {
    return listChanges(place, [was].flat(), [is].flat());
  }
  return [{ path: place.path, ...present("before", before), ...present("after", after) }];
}

function recordChanges(place: Place, was: Readonly<Record<string, unknown>>, is: Readonly<Record<string, unknown>>) {
  const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
  return keys.flatMap((key) => changes(below(place, key), was[key], is[key]));
}

function listChanges(place: Place, was: readonly unknown[], is: readonly unknown[]): ValueChange[] {
  const ordered = isOrdered(place.type, place.path);
  const identity = identities.find((key) => namesAll(key, was) && namesAll(key, is));
  if (identity !== undefined) return namedChanges(place, identity, was as Named[], is as Named[], ordered);
  if (!ordered) return bagChanges(place, was, is);
  const length = Math.max(was.length, is.length);
  return Array.from({ length }, (_, i) => changes(below(place, `[${i}]`), was[i], is[i])).flat();
}

type Named = Readonly<Record<string, unknown>>;

function namesAll(key: string, list: readonly unknown[]): boolean {
  const names = list.map((element) => (isRecord(element) ? element[key] : undefined));
  return names.every((name) => typeof name === "string") && new Set(names).size === names.length;
}

function namedChanges(place: Place, key: string, was: readonly Named[], is: readonly Named[], ordered: boolean) {
  const before = new Map(was.map((element) => [String(element[key]), element]));
  const after = new Map(is.map((element) => [String(element[key]), element]));
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const found = names.flatMap((name) => changes(below(place, `[${key}=${name}]`), before.get(name), after.get(name)));
  const sameOrder = !ordered || [...before.keys()].join("\n") === [...after.keys()].join("\n");
  if (found.length > 0 || sameOrder) return found;
  return [{ path: `${place.path} (order)`, before: [...before.keys()], after: [...after.keys()] }];
}

/** Elements without names and order: those that went and those that came. */
function bagChanges(place: Place, was: readonly unknown[], is: readonly unknown[]): ValueChange[] {
  const left = new Map<string, unknown[]>();
  for (const element of was) left.set(canonical(element), [...(left.get(canonical(element)) ?? []), element]);
  const came = is.filter((element) => left.get(canonical(element))?.pop() === undefined);
  const went = [...left.values()].flat();
  const path = `${place.path}[]`;
  const [one, other] = [went[0], came[0]];
  if (went.length === 1 && came.length === 1 && isRecord(one) && isRecord(other))
    return changes(below(place, "[]"), one, other);
  return [...went.map((before) => ({ path, before })), ...came.map((after) => ({ path, after }))];
}

/** JSON text as what it says: policies, container definitions. */
function document(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value) || /^\{[^{}":]+\}$/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    // Text that only looks like JSON, a configuration file for one, is compared as text.
    return value;
  }
}

/** The same text for the same value, whatever the order of its keys. */
export function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner: unknown) =>
      isRecord(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
    ) ?? "undefined"
  );
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function present<Key extends string>(key: Key, value: unknown): { [key in Key]?: unknown } {
  return value === undefined ? {} : ({ [key]: value } as { [key in Key]?: unknown });
}

// Who can reach and do what in a graph, and what of that is new in another.
import type { Resources, Stack } from "../model.ts";
import { stackOf } from "../stack.ts";
import { dataExposures } from "./data.ts";
import { memberships, networkHops, publishedPorts } from "./docker.ts";
import { edgeWays } from "./edge.ts";
import { type Exposure, type Grant, gainedSentence, lostSentence, sentence } from "./model.ts";
import { permissions } from "./permissions.ts";
import { paths, reaches } from "./reach.ts";
import { securityGroupHops } from "./security-groups.ts";

/** Every ability once: what anybody can do first, then in the order of the sentences. */
export function exposureOf(graph: Resources): Exposure[] {
  const stack = stackOf(graph);
  return inOrder([...network(stack), ...dataExposures(stack), ...permissions(stack)], sentence);
}

function network(stack: Stack): Exposure[] {
  const edge = edgeWays(stack);
  const direct = [...securityGroupHops(stack), ...publishedPorts(stack)];
  const hops = [...edge.map(({ hop }) => hop), ...direct, ...networkHops(stack)];
  return [...edge.map(({ exposure }) => exposure), ...direct.map(reaches), ...memberships(stack), ...paths(hops)];
}

/** A change of who can do what. */
export interface ExposureChange {
  /** What became reachable or permitted, as sentences; a denial that is gone is one of them. */
  readonly gained: readonly ChangeSentence[];
  /** What no longer is. */
  readonly lost: readonly ChangeSentence[];
}

export interface ChangeSentence {
  readonly text: string;
  readonly kind: Exposure["kind"];
  /** Whether anybody at all can do it: what a reviewer should look at first. */
  readonly isPublic: boolean;
}

/** @param before undefined where there was nothing: then everything is gained */
export function exposureChange(before: Resources | undefined, after: Resources): ExposureChange {
  const old = before === undefined ? [] : exposureOf(before);
  const now = exposureOf(after);
  const added = beyond(now, old);
  const removed = beyond(old, now);
  const isDenial = ({ verb }: Exposure) => verb === "is denied";
  const gained = [...added.filter((one) => !isDenial(one)), ...removed.filter(isDenial)];
  const lost = [...removed.filter((one) => !isDenial(one)), ...added.filter(isDenial)];
  return { gained: sentences(gained, gainedSentence), lost: sentences(lost, lostSentence) };
}

/** What of `some` is neither among `others` nor covered by a wider permission there. */
function beyond(some: readonly Exposure[], others: readonly Exposure[]): Exposure[] {
  const known = new Set(others.map(sentence));
  const grants = Map.groupBy(
    others.filter(({ grant }) => grant !== undefined),
    ({ who, verb }) => `${who} ${verb}`,
  );
  return some.filter((one) => {
    if (known.has(sentence(one))) return false;
    return !(grants.get(`${one.who} ${one.verb}`) ?? []).some(({ grant }) => covers(grant, one.grant));
  });
}

function covers(wide: Grant | undefined, narrow: Grant | undefined): boolean {
  return (
    wide !== undefined &&
    narrow !== undefined &&
    matches(wide.action, narrow.action) &&
    matches(wide.resource, narrow.resource) &&
    wide.conditions.every((condition) => narrow.conditions.includes(condition))
  );
}

/** Whether an IAM pattern, with `*` and `?`, takes in a text, which may be a pattern itself. */
export function matches(pattern: string, text: string): boolean {
  const expression = pattern
    .replace(/[\\^$.|+()[\]{}]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", "[^*]");
  return new RegExp(`^${expression}$`, "i").test(text);
}

function sentences(exposures: readonly Exposure[], write: (one: Exposure) => string): ChangeSentence[] {
  return inOrder(exposures, write).map((one) => ({ text: write(one), kind: one.kind, isPublic: one.isPublic }));
}

function inOrder(exposures: readonly Exposure[], write: (one: Exposure) => string): Exposure[] {
  const byText = new Map(exposures.map((one) => [write(one), one]));
  return [...byText]
    .toSorted(([a, one], [b, other]) => Number(other.isPublic) - Number(one.isPublic) || (a < b ? -1 : 1))
    .map(([, one]) => one);
}

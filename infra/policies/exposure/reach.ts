// How far the internet gets, step by step.
import { type Exposure, type Hop, internet } from "./model.ts";

/** The shortest way from the internet to each thing that is more than one hop away. */
export function paths(hops: readonly Hop[]): Exposure[] {
  const ways = new Map<string, readonly Hop[]>([[internet, []]]);
  const next = Map.groupBy(hops, ({ from }) => from);
  for (const [place, way] of ways) {
    for (const hop of next.get(place) ?? []) {
      // A map is walked in the order of insertion, those added on the way included: breadth first.
      if (!ways.has(hop.to)) ways.set(hop.to, [...way, hop]);
    }
  }
  return [...ways.values()].filter((way) => way.length > 1).map(path);
}

function path(way: readonly Hop[]): Exposure {
  const last = way.at(-1);
  const between = way.slice(0, -1).map(({ to }) => to);
  return {
    kind: "network",
    who: internet,
    verb: "can",
    does: `get to ${last?.to} on ${last?.ports} by way of ${between.join(", then ")}`,
    isPublic: true,
  };
}

export function reaches({ from, to, ports }: Hop): Exposure {
  return { kind: "network", who: from, verb: "can", does: `reach ${to} on ${ports}`, isPublic: from === internet };
}

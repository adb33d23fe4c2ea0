// A picture of a report's stack: what there is, in areas, with what flows, what is public, and what changes.
import { componentOf } from "../../component.ts";
import type { ResourceNode } from "../../graph.ts";
import type { Report } from "../../report.ts";
import { compare } from "../../style.ts";
import { awsSketch } from "./aws.ts";
import { dockerSketch } from "./docker.ts";
import { type Area, type Card, type Flow, internet, type Mark, type Picture, type Sketch } from "./model.ts";
import { count, type Source, sourceOf, textAt } from "./source.ts";

export function pictureOf({ graph, comparison }: Report): Picture {
  const source = sourceOf(graph, comparison);
  const sketches = [awsSketch(source), dockerSketch(source)].filter(({ cards }) => cards.length > 0);
  const drawn: Sketch = {
    areas: sketches.flatMap(({ areas }) => areas),
    cards: sketches.flatMap(({ cards }) => cards),
    flows: sketches.flatMap(({ flows }) => flows),
  };
  const flows = merged(drawn.flows);
  const open = reached(flows, drawn.cards);
  const shown = new Set([...drawn.areas, ...flows].flatMap(({ stands }) => stands));
  const { owned, rest } = shareOut(drawn.cards, shown, source, graph.resources);
  const outside = flows.some(({ from }) => from === internet) ? outsiders : { areas: [], cards: [] };
  const cards = [...outside.cards, ...drawn.cards, ...rest].map((card) => {
    const more = owned.get(card.id) ?? [];
    const mark = markOf(card.stands, more, source, card.stands.includes(card.id) ? card.id : undefined);
    return { ...card, ...(mark === undefined ? {} : { mark }), isPublic: open.has(card.id), more: more.length };
  });
  const areas = [...outside.areas, ...drawn.areas, ...(rest.length > 0 ? [restArea] : [])];
  return {
    title: [graph.project, graph.stack, ...regions(graph.resources)].join(" · "),
    areas: areas.map((area) => withMark(area, source)),
    cards,
    flows: flows.map((flow) => withMark(flow, source)),
    compares: comparison !== undefined,
  };
}

const outsiders: { readonly areas: readonly Area[]; readonly cards: readonly Card[] } = {
  areas: [{ id: "world", title: "Outside", lines: [], place: "main", stands: [] }],
  cards: [{ id: internet, area: "world", kind: "anybody", title: "The internet", lines: [], stands: [], zones: [] }],
};
const restArea: Area = { id: "rest", title: "Also part of it", lines: [], place: "below", stands: [] };

function regions(resources: readonly ResourceNode[]): string[] {
  const named = resources
    .filter(({ type }) => type === "pulumi:providers:aws")
    .map(({ inputs }) => textAt(inputs, "region"));
  return [...new Set(named)].filter(Boolean).toSorted();
}

/** What the internet reaches directly; a firewall is passed through. */
function reached(flows: readonly Flow[], cards: readonly Card[]): Set<string> {
  const found = new Set<string>();
  const firewalls = new Set(cards.filter(({ kind }) => kind === "firewall").map(({ id }) => id));
  const step = (from: string) => {
    for (const { to } of flows.filter((flow) => flow.from === from)) {
      if (found.has(to)) continue;
      found.add(to);
      if (firewalls.has(to)) step(to);
    }
  };
  step(internet);
  return found;
}

/** Every resource that nothing shows yet goes to a card: of its component, best one that it refers to; else to the rest. */
function shareOut(cards: readonly Card[], shown: ReadonlySet<string>, source: Source, all: readonly ResourceNode[]) {
  const nodes = new Map([...all, ...source.nodes].map((node) => [node.urn, node]));
  const byUrn = new Map(cards.flatMap((card) => card.stands.map((urn) => [urn, card] as const)));
  const component = (node: ResourceNode) => componentOf(nodes, node)?.urn ?? "";
  const ofComponent = new Map<string, Card>();
  for (const [urn, card] of byUrn) {
    const node = nodes.get(urn);
    if (node !== undefined && !card.id.startsWith("group ") && !ofComponent.has(component(node))) {
      ofComponent.set(component(node), card);
    }
  }
  const owned = new Map<string, string[]>();
  const left = new Map<string, ResourceNode[]>();
  for (const node of source.nodes.filter(({ urn }) => !byUrn.has(urn) && !shown.has(urn))) {
    const related = source
      .referred(node)
      .flatMap((other) => (component(other) === component(node) ? (byUrn.get(other.urn) ?? []) : []));
    const card = related.find(({ id }) => !id.startsWith("group ")) ?? ofComponent.get(component(node));
    if (card === undefined) left.set(component(node), [...(left.get(component(node)) ?? []), node]);
    else owned.set(card.id, [...(owned.get(card.id) ?? []), node.urn]);
  }
  return { owned, rest: restCards(left, nodes) };
}

function restCards(left: ReadonlyMap<string, readonly ResourceNode[]>, nodes: ReadonlyMap<string, ResourceNode>) {
  return [...left]
    .map(([urn, group]): Card => {
      const component = nodes.get(urn);
      const [first] = group;
      const title = component?.name ?? (group.length === 1 ? (first?.name ?? "") : "below no component");
      const kind = component?.type.split(":").at(-1) ?? "others";
      const stands = group.map((node) => node.urn);
      return {
        id: `rest ${urn}`,
        area: restArea.id,
        kind,
        title,
        lines: [count(group.length, "resource")],
        stands,
        zones: [],
      };
    })
    .toSorted((a, b) => compare(a.title, b.title) || compare(a.id, b.id));
}

/** One arrow between two cards, whatever there is between them. */
function merged(flows: readonly Flow[]): Flow[] {
  const found = new Map<string, Flow>();
  for (const flow of flows) {
    const key = JSON.stringify([flow.from, flow.to]);
    const known = found.get(key);
    const labels = [known?.label ?? "", flow.label].flatMap((label) => label.split(", ")).filter(Boolean);
    found.set(key, {
      ...flow,
      label: [...new Set(labels)].join(", "),
      stands: [...new Set([...(known?.stands ?? []), ...flow.stands])],
    });
  }
  return [...found.values()];
}

/** What becomes of the one that it is named for, or of all alike; else it is changed if anything of it is. */
function markOf(own: readonly string[], more: readonly string[], { marks }: Source, named?: string): Mark | undefined {
  const main = marks.get(named ?? "");
  if (main !== undefined) return main;
  const found = own.map((urn) => marks.get(urn));
  const [first] = found;
  if (named === undefined && first !== undefined && found.every((one) => one === first)) return first;
  return [...found, ...more.map((urn) => marks.get(urn))].some((one) => one !== undefined) ? "changed" : undefined;
}

function withMark<T extends { readonly stands: readonly string[] }>(
  thing: T,
  source: Source,
): T & { readonly mark?: Mark } {
  const mark = markOf(thing.stands, [], source);
  return mark === undefined ? thing : { ...thing, mark };
}

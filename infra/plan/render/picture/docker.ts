// A Docker host in a picture: its networks with the containers on them, what fills volumes, and the volumes.
import type { ResourceNode } from "../../graph.ts";
import { type Area, type Card, type Flow, internet, type Sketch } from "./model.ts";
import { count, inputAt, listAt, type Source, textAt } from "./source.ts";

const containerType = "docker:index/container:Container";
const networkType = "docker:index/network:Network";
const volumeType = "docker:index/volume:Volume";

/** Who reaches a port that is published for this machine only. */
const host = "host";

/** A container with its replicas. */
interface Replicas {
  readonly card: Card;
  readonly nodes: readonly ResourceNode[];
}

export function dockerSketch(source: Source): Sketch {
  const networks = source.ofType(networkType).toSorted((a, b) => Number(isInternal(a)) - Number(isInternal(b)));
  const all = [...Map.groupBy(source.ofType(containerType), (node) => `${node.parent} ${baseName(node)}`).values()];
  const [helping, running] = [all.filter(isHelping), all.filter((nodes) => !isHelping(nodes))];
  const replicas = running.map((nodes) => ({ nodes, card: containerCard(nodes, networks, source) }));
  const volumes = source.ofType(volumeType);
  const cards = [
    ...replicas.map(({ card }) => card),
    ...volumes.map((node) => volumeCard(node, source)),
    ...helperCards(helping.flat()),
    ...imageCards(source),
  ];
  const ports = replicas.flatMap(published);
  const local = ports.some(({ from }) => from === host);
  const used = new Set(cards.map(({ area }) => area));
  return {
    areas: [
      ...(local ? [hostArea] : []),
      ...networks.map(networkArea),
      { id: "alone", title: "On no network", lines: [], place: "main" as const, frame: "Docker host", stands: [] },
      { id: "volumes", title: "Volumes", lines: [], place: "side" as const, stands: [] },
      { id: "helpers", title: "Start-up", lines: [], place: "side" as const, stands: [] },
    ].filter(({ id }) => used.has(id) || id === hostArea.id || id.startsWith("urn:")),
    cards: local ? [hostCard, ...cards] : cards,
    flows: [...ports, ...calls(replicas, source)],
  };
}

const hostArea: Area = { id: "outside", title: "This machine", lines: [], place: "main", stands: [] };
const hostCard: Card = {
  id: host,
  area: hostArea.id,
  kind: "who may ask",
  title: "The host itself",
  lines: ["ports of 127.0.0.1 only"],
  stands: [],
  zones: [],
};

function networkArea(node: ResourceNode): Area {
  const lines = [isInternal(node) ? "leads nowhere else" : "leads out"];
  return { id: node.urn, title: node.name, lines, place: "main", frame: "Docker host", stands: [node.urn] };
}

function isInternal({ inputs }: ResourceNode): boolean {
  return inputAt(inputs, "internal") === true;
}

function baseName({ name }: ResourceNode): string {
  return name.replace(/-\d+$/, "");
}

/** Runs once, e.g. to fill a volume. */
function isHelping([node]: readonly ResourceNode[]): boolean {
  return node !== undefined && (inputAt(node.inputs, "mustRun") === false || inputAt(node.inputs, "attach") === true);
}

function containerCard(nodes: readonly ResourceNode[], networks: readonly ResourceNode[], source: Source): Card {
  const [node] = nodes as readonly [ResourceNode];
  const joined = source.referred(node, "networksAdvanced").map(({ urn }) => urn);
  const area = networks.find(({ urn }) => joined.includes(urn))?.urn ?? "alone";
  const others = networks.filter(({ urn }) => joined.includes(urn) && urn !== area).map(({ name }) => name);
  const memory = textAt(node.inputs, "memory");
  const limits = [memory && `${memory} MB`, textAt(node.inputs, "cpus") && `${textAt(node.inputs, "cpus")} CPU`];
  return {
    id: node.urn,
    area,
    kind: "container",
    title: nodes.length > 1 ? `${baseName(node)} × ${nodes.length}` : node.name,
    lines: [limits.filter(Boolean).join(", "), others.length === 0 ? "" : `also on ${others.join(", ")}`],
    stands: nodes.map(({ urn }) => urn),
    zones: [],
  };
}

function volumeCard(node: ResourceNode, source: Source): Card {
  const users = source.referrers(node).filter((user) => user.type === containerType && !isHelping([user]));
  const names = [...new Set(users.map(baseName))].toSorted();
  const lines = names.length === 0 ? [] : [`for ${names.join(", ")}`];
  return { id: node.urn, area: "volumes", kind: "volume", title: node.name, lines, stands: [node.urn], zones: [] };
}

function helperCards(nodes: readonly ResourceNode[]): Card[] {
  if (nodes.length === 0) return [];
  const title = count(nodes.length, "helper");
  const stands = nodes.map(({ urn }) => urn);
  const lines = ["fill volumes, then end"];
  return [{ id: "group helpers", area: "helpers", kind: "containers", title, lines, stands, zones: [] }];
}

function imageCards(source: Source): Card[] {
  const images = source.ofType("docker:index/image:Image", "docker:index/remoteImage:RemoteImage");
  return images.map((node) => {
    const built = node.type === "docker:index/image:Image";
    const lines = [built ? "built here" : textAt(node.inputs, "name")];
    return { id: node.urn, area: "helpers", kind: "image", title: node.name, lines, stands: [node.urn], zones: [] };
  });
}

function published({ card, nodes }: Replicas): Flow[] {
  return nodes.flatMap((node) =>
    listAt(node.inputs, "ports").map((port) => {
      const address = textAt(port, "ip") || "0.0.0.0";
      const from = /^127\.|^::1$/.test(address) ? host : internet;
      const label = textAt(port, "external") || textAt(port, "internal");
      return { from, to: card.id, label, stands: [node.urn] };
    }),
  );
}

/**
 * On one network everybody can reach everybody; who does is seen where one names another: in its own inputs, or in those
 * of a helper that fills one of its volumes, such as a proxy's configuration.
 */
function calls(replicas: readonly Replicas[], source: Source): Flow[] {
  const spoken = new Map(replicas.map(({ card, nodes }) => [card.id, words(nodes, source)]));
  return replicas.flatMap((one) =>
    replicas.flatMap((other) => {
      const names = other.nodes.flatMap(aliases);
      const named = names.some((name) => spoken.get(one.card.id)?.some((text) => mentions(text, name)));
      const shared = networksOf(one, source).some((urn) => networksOf(other, source).includes(urn));
      return one === other || !named || !shared
        ? []
        : [{ from: one.card.id, to: other.card.id, label: "", stands: [] }];
    }),
  );
}

function words(nodes: readonly ResourceNode[], source: Source): string[] {
  const helpers = nodes
    .flatMap((node) => source.referred(node, "volumes").filter(({ type }) => type === volumeType))
    .flatMap((volume) =>
      source.referrers(volume).filter(({ propertyDependencies }) => propertyDependencies.volumes?.includes(volume.urn)),
    )
    .filter((user) => user.type === containerType && isHelping([user]));
  return [...nodes, ...helpers].map(({ inputs: { envs, command, entrypoints, uploads } }) =>
    JSON.stringify([envs, command, entrypoints, uploads]),
  );
}

function aliases({ inputs }: ResourceNode): string[] {
  return listAt(inputs, "networksAdvanced").flatMap((network) => listAt(network, "aliases").map(String));
}

function mentions(text: string, name: string): boolean {
  const at = text.indexOf(name);
  return at >= 0 && /[@/ "]/.test(text[at - 1] ?? "") && /[:/; "\\]/.test(text[at + name.length] ?? "");
}

function networksOf({ nodes }: Replicas, source: Source): string[] {
  return nodes.flatMap((node) => source.referred(node, "networksAdvanced").map(({ urn }) => urn));
}

// What an `up` would do to turn one program's resources into another's, and how it would be felt.
import { type Graph, isProvider, type ResourceNode } from "../graph.ts";
import { inOrder } from "../order.ts";
import { type Assessment, assess, replacement, typeRisk, whenDeleted } from "../risk/assess.ts";
import { type Risk, type StatefulKind, worst } from "../risk/risk.ts";
import { match, type Pair, renamer } from "./match.ts";
import { type ProviderChanges, providerChanges } from "./providers.ts";
import { type ValueChange, valueChanges } from "./values.ts";

export type Operation = "create" | "update" | "replace" | "delete" | "rename";

export interface PropertyChange extends ValueChange, Assessment {
  /** Name of the resource whose replacement changes this one's input, where that is all. */
  readonly because?: string;
}

/** What happens to one resource. */
export interface ResourceChange {
  readonly urn: string;
  /** The URN it had. */
  readonly was?: string;
  readonly type: string;
  readonly name: string;
  readonly operation: Operation;
  readonly risk: Risk;
  /** What happens, where the risk alone does not tell. */
  readonly says?: string;
  readonly properties: readonly PropertyChange[];
  /** What kind of data goes with it when it is replaced or deleted. */
  readonly holds?: StatefulKind;
  /** The engine refuses to replace or delete it until the protection is lifted. */
  readonly protect?: true;
  /** Documentation that the risk is from. */
  readonly source?: string;
}

/** Changes in the order of URNs, deletions last; what stays as it is, is not among them. */
export function changesBetween(base: Graph, head: Graph): ResourceChange[] {
  const pairs = match(base, head);
  const rename = renamer(pairs);
  const before = new Map(
    pairs.flatMap((pair) => (pair.after && pair.before ? [[pair.after, pair.before] as const] : [])),
  );
  const replaced = new Map<string, string>();
  const providers = providerChanges(base, head);
  const found = new Map<string, ResourceChange>();
  // In the order of dependencies, because what is replaced has new ids, which can replace what depends on it in turn.
  for (const node of inOrder(head.resources)) {
    if (!node.custom) continue;
    const was = before.get(node);
    const change = was === undefined ? creation(node) : modification(was, node, { rename, replaced, providers });
    if (change === undefined) continue;
    found.set(node.urn, change);
    if (change.operation === "replace") replaced.set(node.urn, node.name);
  }
  const kept = head.resources.flatMap(({ urn }) => found.get(urn) ?? []);
  return [...kept, ...pairs.flatMap(deletion)];
}

function creation(node: ResourceNode): ResourceChange {
  return { ...about(node), operation: "create", risk: "create", properties: [] };
}

const letGo = { risk: "deletion", says: "it stays, without anybody who manages it" } as const;

function deletion({ before, after }: Pair): ResourceChange[] {
  if (after !== undefined || before === undefined || isProvider(before)) return [];
  const { risk, says } = before.options.retainOnDelete ? letGo : whenDeleted(typeRisk(before.type));
  return [{ ...about(before), operation: "delete", risk, ...(says === "" ? {} : { says }), properties: [] }];
}

interface Around {
  readonly rename: (value: unknown) => unknown;
  /** Names of what is replaced so far, by URN. */
  readonly replaced: ReadonlyMap<string, string>;
  readonly providers: ProviderChanges;
}

function modification(was: ResourceNode, is: ResourceNode, around: Around): ResourceChange | undefined {
  const { rename, replaced, providers } = around;
  const written = valueChanges(is.type, rename(was.inputs) as ResourceNode["inputs"], is.inputs);
  const properties = [...written, ...followed(is, written, replaced), ...options(was, is)]
    .filter(({ path }) => !ignored(is, path))
    .map((change): PropertyChange => ({ ...change, ...assessed(is, change.path) }))
    .concat(providers(was, is).map((change) => ({ ...change, ...replacement(typeRisk(is.type)) })));
  const renamed = was.name !== is.name || was.urn.split("::")[2] !== is.urn.split("::")[2] ? { was: was.urn } : {};
  const along = (is.options.replaceWith ?? []).some((urn) => replaced.has(urn));
  if (properties.length === 0 && !along) {
    return "was" in renamed
      ? {
          ...about(is),
          ...renamed,
          operation: "rename",
          risk: "in place",
          says: "known by another name; nothing is touched",
          properties,
        }
      : undefined;
  }
  const replaces = along || properties.some((property) => property.replaces);
  const assessments = [...properties, ...(along ? [replacement(typeRisk(is.type))] : [])];
  const risk = worst(assessments.map((assessment) => assessment.risk));
  const says = assessments.find((assessment) => assessment.risk === risk && assessment.says !== undefined)?.says;
  return {
    ...about(is),
    ...renamed,
    operation: replaces ? "replace" : "update",
    risk,
    ...(says === undefined ? {} : { says }),
    properties,
  };
}

function about(node: ResourceNode) {
  const known = typeRisk(node.type);
  return {
    urn: node.urn,
    type: node.type,
    name: node.name,
    ...(known?.holds === undefined ? {} : { holds: known.holds }),
    ...(known === undefined ? {} : { source: known.source }),
    ...(node.options.protect ? { protect: true as const } : {}),
  };
}

/** Inputs that read the same and still become others, because they come from a resource that is replaced. */
function followed(node: ResourceNode, written: readonly ValueChange[], replaced: ReadonlyMap<string, string>) {
  if (replaced.size === 0) return [];
  const changed = new Set(written.map(({ path }) => path.split(/[.[]/, 1)[0]));
  return Object.entries(node.propertyDependencies).flatMap(([property, urns]) => {
    if (changed.has(property)) return [];
    const text = JSON.stringify(node.inputs[property]) ?? "";
    const because = urns.map((urn) => replaced.get(urn)).find((name) => name !== undefined && comesFrom(text, name));
    return because === undefined ? [] : [{ path: property, because }];
  });
}

/** A secret that was put together shows none of its parts. */
function comesFrom(text: string, name: string): boolean {
  return text.includes(`{${name}.`) || text.includes('"secret":"…"');
}

function options(was: ResourceNode, is: ResourceNode): ValueChange[] {
  return (["protect", "retainOnDelete"] as const).flatMap((option) => {
    const [before, after] = [was.options[option] ?? false, is.options[option] ?? false];
    return before === after ? [] : [{ path: `(${option})`, before, after }];
  });
}

function ignored({ options }: ResourceNode, path: string): boolean {
  return (options.ignoreChanges ?? []).some(
    (property) => path === property || (/^[.[ ]/.test(path.slice(property.length)) && path.startsWith(property)),
  );
}

function assessed(node: ResourceNode, path: string): Assessment {
  if (path.startsWith("(")) return { risk: "in place", replaces: false };
  const forced = (node.options.replaceOnChanges ?? []).some(
    (property) => property === "*" || path.startsWith(property),
  );
  return forced ? replacement(typeRisk(node.type)) : assess(node.type, path);
}

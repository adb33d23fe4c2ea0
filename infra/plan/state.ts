// What is deployed, as a graph: the state that `pulumi stack export` prints, in the words of a program.
import { z } from "zod";
import type { Graph, ResourceNode } from "./graph.ts";
import { parseJson } from "./json.ts";

const record = z.record(z.string(), z.unknown());

const stateResource = z.looseObject({
  urn: z.string(),
  type: z.string(),
  custom: z.boolean().default(false),
  delete: z.boolean().default(false),
  external: z.boolean().default(false),
  id: z.string().optional(),
  parent: z.string().optional(),
  inputs: record.default({}),
  outputs: record.default({}),
  dependencies: z.array(z.string()).nullish(),
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).nullish(),
  provider: z.string().optional(),
  protect: z.boolean().default(false),
  retainOnDelete: z.boolean().default(false),
});

type StateResource = z.output<typeof stateResource>;

const stateSchema = z.looseObject({ deployment: z.looseObject({ resources: z.array(stateResource).nullish() }) });

const stackType = "pulumi:pulumi:Stack";
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/**
 * @param state what `pulumi stack export` printed
 * @param head the program as it is now: where its symbols, looked up in the state, give the deployed value, that value is
 * written as it writes it, so that only what changes is different
 * @returns a sentence if it is no state
 */
export function stateGraph(state: unknown, head: Graph): Graph | string {
  const parsed = stateSchema.safeParse(state);
  if (!parsed.success) return `it is no state: ${parsed.error.issues[0]?.path.join(".")}`;
  const resources = (parsed.data.deployment.resources ?? []).filter((one) => !one.delete && !one.external);
  const lookUp = symbols(resources, new Set(head.resources.map(({ name }) => name)));
  const now = new Map(
    head.resources.flatMap((node) => [node.urn, ...(node.options.aliases ?? [])].map((urn) => [urn, node])),
  );
  const nodes = resources
    .filter(({ type }) => type !== stackType)
    .map((resource) => nodeOf(resource, now.get(resource.urn), lookUp))
    .sort((a, b) => (a.urn < b.urn ? -1 : 1));
  return { project: head.project, stack: head.stack, resources: nodes, outputs: {} };
}

function nodeOf(resource: StateResource, now: ResourceNode | undefined, lookUp: LookUp): ResourceNode {
  const { urn, type, custom, parent, provider, protect, retainOnDelete } = resource;
  const inputs = withoutDefaults(resource.inputs, now?.inputs) as Record<string, unknown>;
  // The engine's own notes among a provider's inputs.
  if (type.startsWith("pulumi:providers:")) for (const note of ["version", "__internal"]) delete inputs[note];
  return {
    urn,
    type,
    name: urn.split("::").slice(3).join("::"),
    custom,
    ...(parent === undefined || parent.split("::")[2] === stackType ? {} : { parent }),
    inputs: asWritten(inputs, now?.inputs ?? {}, lookUp) as ResourceNode["inputs"],
    dependencies: (resource.dependencies ?? []).toSorted(),
    propertyDependencies: Object.fromEntries(
      Object.entries(resource.propertyDependencies ?? {}).map(([property, urns]) => [property, urns ?? []]),
    ),
    ...(provider === undefined ? {} : { provider: provider.split("::").at(-2) }),
    options: {
      ...(protect ? { protect: true as const } : {}),
      ...(retainOnDelete ? { retainOnDelete: true as const } : {}),
    },
  };
}

/** The text of a symbol, `network-vpc.id`; undefined where the state has none, and {@link anything} where none can be asked for. */
type LookUp = (symbol: string) => string | typeof anything | undefined;

/** What a symbol stands for that names no resource: an answer of the cloud's, or one that the program has rewritten. */
const anything = Symbol("anything");

function symbols(resources: readonly StateResource[], names: ReadonlySet<string>): LookUp {
  const named = Map.groupBy(
    resources.filter(({ custom }) => custom),
    ({ urn }) => urn.split("::").slice(3).join("::"),
  );
  return (symbol) => {
    const [name = "", ...path] = symbol.split(".");
    if (!names.has(name)) return anything;
    for (const { id, outputs } of named.get(name) ?? []) {
      if (path.join(".") === "id") return id;
      const found = valueAt(path, outputs);
      if (found !== undefined) return String(found);
    }
    return undefined;
  };
}

/** Of what the recorder has names of its own for, and of all else by its place. */
function valueAt(path: readonly string[], outputs: StateResource["outputs"]): unknown {
  const [kind, place = "", part = ""] = path;
  const proofs = outputs.domainValidationOptions;
  if (Array.isArray(proofs) && /^\d+$/.test(place)) {
    // A certificate's, which ACM gives in an order of its own.
    const domain = (proof: unknown) => String((proof as Record<string, unknown>).domainName);
    const proof = proofs.toSorted((a, b) => (domain(a) < domain(b) ? -1 : 1))[Number(place)] as
      | Record<string, unknown>
      | undefined;
    return proof?.[kind === "name" ? "domainName" : part === "name" ? "resourceRecordName" : "resourceRecordValue"];
  }
  const keys = path.join(".") === "masterUserSecret.arn" ? ["masterUserSecrets", "0", "secretArn"] : path;
  return keys.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], outputs);
}

/** Takes away what the provider filled in: it keeps a list of it, at every level. */
function withoutDefaults(value: unknown, now: unknown): unknown {
  if (Array.isArray(value))
    return value.map((item, i) => withoutDefaults(item, Array.isArray(now) ? now[i] : undefined));
  if (typeof value !== "object" || value === null) return value;
  const { __defaults: defaults, ...own } = value as Record<string, unknown>;
  const filled = new Set(Array.isArray(defaults) ? defaults : []);
  const written = (typeof now === "object" && now !== null ? now : {}) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(own)
      .filter(([key]) => !filled.has(key) || key in written)
      .map(([key, inner]) => [key, withoutDefaults(inner, written[key])]),
  );
}

/** The deployed value as the program writes it, wherever that is what its symbols come to. */
function asWritten(deployed: unknown, written: unknown, lookUp: LookUp): unknown {
  if (isSecret(deployed)) return isRecord(written) && "secret" in written ? written : { secret: "…" };
  if (typeof deployed === "string" && typeof written === "string") return textAsWritten(deployed, written, lookUp);
  if (Array.isArray(deployed)) {
    return deployed.map((item, i) => asWritten(item, Array.isArray(written) ? written[i] : undefined, lookUp));
  }
  if (!isRecord(deployed)) return deployed;
  const now = isRecord(written) ? written : {};
  return Object.fromEntries(Object.entries(deployed).map(([key, value]) => [key, asWritten(value, now[key], lookUp)]));
}

/** Documents are compared by their parts: providers write JSON anew, with its keys in another order. */
function textAsWritten(deployed: string, written: string, lookUp: LookUp): string {
  const [was, is] = [documentIn(deployed), documentIn(written)];
  if (was !== undefined && is !== undefined) return JSON.stringify(asWritten(was, is, lookUp));
  return sameText(deployed, written, lookUp) ? written : deployed;
}

function documentIn(text: string): object | undefined {
  const value = /^\s*[[{]/.test(text) ? parseJson(text) : undefined;
  return typeof value === "object" && value !== null ? value : undefined;
}

function sameText(deployed: string, written: string, lookUp: LookUp): boolean {
  if (deployed === written) return true;
  const parts = written
    .split(/(\{[^{}"]+\})/)
    .map((part, i) => (i % 2 === 0 ? part : (lookUp(part.slice(1, -1)) ?? part)))
    .filter((part) => part !== "");
  const [only] = parts;
  // A program that takes a value apart, for the revision at the end of an ARN, takes apart the symbol and gets it whole.
  if (parts.length === 1 && typeof only === "string")
    return only === deployed || /[:/.-]$/.test(before(only, deployed));
  const pattern = parts.map((part) => (typeof part === "symbol" ? ".*" : RegExp.escape(part))).join("");
  return new RegExp(`^${pattern}$`, "s").test(deployed);
}

/** What stands before `end`, if the text ends so. */
function before(text: string, end: string): string {
  return end !== "" && text.endsWith(end) ? text.slice(0, -end.length) : "";
}

function isSecret(value: unknown): boolean {
  return isRecord(value) && value[signatureKey] === secretSignature;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

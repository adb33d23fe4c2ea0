// Asks the real engine and provider what a changed property does, for many properties at once: a state is made of copies of a
// deployed stack's resources, and a program that registers each copy with one property changed is previewed. Nothing is deployed.
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { projectRoot } from "../../infra/cli/project.ts";
import { assess } from "../../infra/plan/risk/assess.ts";
import type { EngineStack } from "./engine.ts";

/** One property of one resource, changed, or a list in it reversed. */
export interface Probe {
  readonly type: string;
  /** For a list, its place in the inputs too: `policy.Statement[].Action`. */
  readonly property: string;
  /** Whether a list is only reversed. */
  readonly isOrder: boolean;
  readonly was: Readonly<Record<string, unknown>>;
  readonly is: Readonly<Record<string, unknown>>;
  /** What the engine would do. */
  readonly does: "update" | "replace" | "nothing";
}

export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly custom: boolean;
  readonly provider?: string;
  readonly inputs?: Record<string, unknown>;
  readonly outputs?: Record<string, unknown>;
}

interface State {
  readonly deployment: { resources: StateResource[]; pending_operations?: unknown[] };
}

/** A copy of a resource with one input changed. */
interface Copy extends Omit<Probe, "does"> {
  readonly name: string;
  readonly urn: string;
  readonly original: StateResource;
}

const signatureKey = "4dabf18193072939515e22adb298388d";

/** What is deployed, with its secrets in clear. */
export async function stateOf(stack: EngineStack): Promise<readonly StateResource[]> {
  return (JSON.parse((await stack.pulumi("stack", "export", "--show-secrets")).stdout) as State).deployment.resources;
}

/**
 * Every property that the stack's program sets, once for each type, and every list in them reversed. The stack's state is as
 * before afterwards.
 *
 * @param change another value for `type.property`; undefined for a property that is not to be asked about
 * @param more resources that the stack had earlier
 */
export async function probe(
  stack: EngineStack,
  change: (key: string, value: unknown) => unknown,
  more: readonly StateResource[] = [],
): Promise<readonly Probe[]> {
  const state = JSON.parse((await stack.pulumi("stack", "export", "--show-secrets")).stdout) as State;
  const copies = copiesOf([...state.deployment.resources, ...more], change);
  const before = join(stack.folder, "before.json");
  writeFileSync(before, (await stack.pulumi("stack", "export")).stdout);
  try {
    await importCopies(stack, state, copies);
    writeProgram(stack, state, copies);
    return await answers(stack, copies);
  } finally {
    const { code, stderr } = await stack.pulumi("stack", "import", "--file", before);
    if (code !== 0) console.error(`The state of ${stack.name} is not as before: ${stderr}`);
  }
}

/** Where the table of risks says another thing of a property than the engine did: both, for each. */
export function disagreements(probes: readonly Probe[]): readonly string[] {
  return probes.flatMap(({ type, property, isOrder, does }) => {
    const { risk, replaces } = assess(type, property);
    const table = risk === "unknown" ? "unknown" : replaces ? "replace" : "update";
    return isOrder || table === does ? [] : `${type} ${property}: the table says ${table}, the engine ${does}`;
  });
}

/** Another value of the same kind, for properties that take any. */
export function changed(value: unknown): unknown {
  if (typeof value === "boolean") return !value;
  if (typeof value === "number") return value + 1;
  if (typeof value === "string") return changedText(value);
  if (Array.isArray(value))
    return value.length === 0 ? ["arn:aws:sns:us-east-1:123456789012:x"] : [changed(value[0]), ...value.slice(1)];
  const record = value as Record<string, unknown>;
  const keys = Object.keys(record);
  const of = (type: string) => keys.find((key) => typeof record[key] === type);
  const key = of("boolean") ?? of("number") ?? of("object") ?? keys.at(-1) ?? "x";
  return { ...record, [key]: changed(record[key] ?? "y") };
}

function changedText(text: string): string {
  if (/^\s*(\[\s*\{|\{\s*")/.test(text)) return JSON.stringify(changed(JSON.parse(text)));
  if (/^\d+$/.test(text)) return String(Number(text) * 2);
  const block = /^(\d+)\.(\d+)(\.\d+\.\d+\/\d+)$/.exec(text);
  return block === null ? `${text}x` : `${block[1]}.${Number(block[2]) + 1}${block[3]}`;
}

async function answers(stack: EngineStack, copies: readonly Copy[]): Promise<Probe[]> {
  const { code, stdout, stderr } = await stack.pulumi("preview", "--json");
  const preview = JSON.parse(stdout) as {
    steps?: { op: string; urn: string }[];
    diagnostics?: { severity: string; message: string }[];
  };
  const errors = (preview.diagnostics ?? []).filter(({ severity }) => severity === "error");
  if (code !== 0) throw new Error(`The preview failed: ${errors.map(({ message }) => message).join("\n")}${stderr}`);
  const steps = Map.groupBy(preview.steps ?? [], ({ urn }) => urn);
  return copies.map(({ urn, name: _, original: __, ...rest }) => {
    const operations = (steps.get(urn) ?? []).map(({ op }) => op);
    const does = operations.includes("replace") ? "replace" : operations.includes("update") ? "update" : "nothing";
    return { ...rest, does };
  });
}

function copiesOf(resources: readonly StateResource[], change: (key: string, value: unknown) => unknown): Copy[] {
  const found = new Map<string, Copy>();
  for (const original of resources) {
    const { type, custom, inputs = {}, urn } = original;
    if (!custom || type.startsWith("pulumi:")) continue;
    const was = withoutDefaults(clear(inputs)) as Record<string, unknown>;
    const add = (property: string, isOrder: boolean, is: Record<string, unknown>) => {
      const name = `probe-${found.size}`;
      const copyUrn = `${urn.split("::").slice(0, 2).join("::")}::${type}::${name}`;
      found.set(`${type}.${property} ${isOrder}`, { name, urn: copyUrn, type, property, isOrder, was, is, original });
    };
    for (const [property, value] of Object.entries(was)) {
      const other = found.has(`${type}.${property} false`) ? undefined : change(`${type}.${property}`, value);
      // The other value may be this one's own already, and not that of the next resource of the type.
      if (other !== undefined && !isDeepStrictEqual(other, value)) add(property, false, { ...was, [property]: other });
      for (const [place, reversed] of reversals(value, property)) {
        if (!found.has(`${type}.${place} true`)) add(place, true, { ...was, [property]: reversed });
      }
    }
  }
  return [...found.values()];
}

/** The value with one list reversed, for each list in it, documents in JSON among them. */
function reversals(value: unknown, place: string): [string, unknown][] {
  if (typeof value === "string") {
    return reversals(documentIn(value), place).map(([at, changed]) => [at, JSON.stringify(changed)]);
  }
  if (Array.isArray(value)) {
    const own: [string, unknown][] = value.length > 1 ? [[place, value.toReversed()]] : [];
    const inner = value.flatMap((item, i) =>
      reversals(item, `${place}[]`).map(([at, changed]): [string, unknown] => [at, value.with(i, changed)]),
    );
    return [...own, ...inner];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    reversals(item, `${place}.${key}`).map(([at, changed]): [string, unknown] => [at, { ...value, [key]: changed }]),
  );
}

/** The lists and objects of a text in JSON; undefined for any other text, which may begin like one. */
function documentIn(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What stands in the state for each copy: the resource that it is one of. */
async function importCopies(stack: EngineStack, state: State, copies: readonly Copy[]): Promise<void> {
  const kept = state.deployment.resources.filter(({ type }) => type.startsWith("pulumi:"));
  const root = kept.find(({ type }) => type === "pulumi:pulumi:Stack")?.urn;
  const own = { parent: root, dependencies: [], propertyDependencies: {}, aliases: [], protect: false };
  const originals = copies.map(({ original, urn }) => ({ ...original, urn, ...own }));
  const resources = clear([...kept, ...originals]);
  const file = join(stack.folder, "copies.json");
  const deployment = { ...state.deployment, resources, pending_operations: [] };
  writeFileSync(file, JSON.stringify({ ...state, deployment }));
  const { code, stderr } = await stack.pulumi("stack", "import", "--file", file);
  if (code !== 0) throw new Error(`The copies are no state: ${stderr}`);
}

function writeProgram(stack: EngineStack, { deployment }: State, copies: readonly Copy[]): void {
  const providers = deployment.resources
    .filter(({ type, urn }) => type.startsWith("pulumi:providers:") && !urn.includes("::default"))
    .map(({ urn, id, type, inputs }) => ({
      key: `${urn}::${id}`,
      type,
      name: urn.split("::").at(-1),
      inputs: clear(inputs),
    }));
  const programs = copies.map(({ type, name, is, original }) => ({
    type,
    name,
    inputs: is,
    provider: original.provider,
  }));
  writeFileSync(join(stack.folder, "probes.json"), JSON.stringify({ providers, copies: programs }));
  symlinkSync(join(projectRoot, "node_modules"), join(stack.folder, "node_modules"));
  writeFileSync(join(stack.folder, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(
    join(stack.folder, "probes.js"),
    `import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
const { providers, copies } = JSON.parse(readFileSync(new URL("probes.json", import.meta.url), "utf8"));
const made = new Map(providers.map(({ key, type, name, inputs }) => [key, new pulumi.ProviderResource(type.split(":")[2], name, inputs)]));
for (const { type, name, inputs, provider } of copies) {
  const own = made.get(provider);
  new pulumi.CustomResource(type, name, inputs, own ? { provider: own } : { version: "4.21.2" });
}
`,
  );
  writeFileSync(
    join(stack.folder, "Pulumi.yaml"),
    "name: berth\nmain: probes.js\nruntime:\n  name: nodejs\n  options: { typescript: false }\n",
  );
}

/** Secrets in clear, which are those of a stack in an emulator. */
function clear(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clear);
  if (typeof value !== "object" || value === null) return value;
  const record = value as Record<string, unknown>;
  if (signatureKey in record) return JSON.parse(String(record.plaintext));
  return Object.fromEntries(Object.entries(record).map(([key, inner]) => [key, clear(inner)]));
}

function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== "object" || value === null) return value;
  const { __defaults: defaults, ...own } = value as Record<string, unknown>;
  const filled = new Set(Array.isArray(defaults) ? defaults : []);
  return Object.fromEntries(
    Object.entries(own)
      .filter(([key]) => !filled.has(key))
      .map(([key, inner]) => [key, withoutDefaults(inner)]),
  );
}

// A graph as text for a terminal or a log: totals, the tree of resources, outputs.
import { styleText } from "node:util";
import { type Graph, isSecretValue, type ResourceNode } from "./graph.ts";
import { salientInputs } from "./salient.ts";

interface TreeLine {
  readonly label: string;
  readonly node: ResourceNode;
}

/** The plan of a stack; the same bytes for the same graph, colours apart, which are there on a terminal only. */
export function renderText(graph: Graph): string {
  const lines = treeLines(graph.resources, undefined, "");
  const width = Math.min(60, Math.max(...lines.map(({ label }) => label.length), 0));
  return [
    heading(graph),
    "",
    ...lines.map((line) => treeLine(line, width)),
    "",
    bold("Outputs"),
    ...Object.entries(graph.outputs).flatMap(([name, value]) => outputLines(`  ${name}`, value)),
    "",
    bold("Resources"),
    ...countLines(graph.resources),
    "",
  ].join("\n");
}

function heading({ project, stack, resources }: Graph): string {
  const custom = resources.filter((resource) => resource.custom && !isProvider(resource)).length;
  const components = resources.filter((resource) => !resource.custom).length;
  return `${bold(`${project} ${stack}`)}: ${custom} resources in ${components} components`;
}

function treeLines(resources: readonly ResourceNode[], parent: string | undefined, indent: string): TreeLine[] {
  const children = resources
    .filter((resource) => resource.parent === parent)
    .toSorted((a, b) => Number(a.custom) - Number(b.custom) || compare(a.name, b.name) || compare(a.type, b.type));
  return children.flatMap((node, index) => {
    const last = index === children.length - 1;
    const branch = parent === undefined ? "" : last ? "└─ " : "├─ ";
    const below = parent === undefined ? "" : last ? "   " : "│  ";
    return [{ label: indent + branch + node.name, node }, ...treeLines(resources, node.urn, indent + below)];
  });
}

function treeLine({ label, node }: TreeLine, width: number): string {
  const type = node.custom ? shortType(node.type) : node.type;
  const details = salientInputs(node.type, node.inputs).map(([name, value]) => `${dim(name)} ${value}`);
  const options = Object.entries(node.options)
    .filter(([, value]) => value === true)
    .map(([name]) => styleText("yellow", name, { stream: process.stdout }));
  return [label.padEnd(width), dim(type), ...details, ...options].join("  ").trimEnd();
}

function outputLines(label: string, value: unknown): string[] {
  if (isSecretValue(value)) return [`${label}: (secret)`];
  if (Array.isArray(value))
    return [`${label}: ${value.map((item) => (typeof item === "string" ? item : JSON.stringify(item))).join(", ")}`];
  if (typeof value === "object" && value !== null) {
    return [
      `${label}:`,
      ...Object.entries(value).flatMap(([key, inner]) => outputLines(`  ${label.replace(/\S.*/, "")}${key}`, inner)),
    ];
  }
  return [`${label}: ${String(value)}`];
}

/** How many resources of which service, the most numerous first. */
function countLines(resources: readonly ResourceNode[]): string[] {
  const counts = new Map<string, number>();
  for (const resource of resources) {
    if (!resource.custom || isProvider(resource)) continue;
    const service = resource.type.split("/")[0]?.replace(":index", "") ?? resource.type;
    counts.set(service, (counts.get(service) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([a, many], [b, more]) => more - many || compare(a, b))
    .map(([service, count]) => `  ${String(count).padStart(3)}  ${service}`);
}

function isProvider(resource: ResourceNode): boolean {
  return resource.type.startsWith("pulumi:providers:");
}

/** `aws:ec2/vpc:Vpc` → `aws ec2 Vpc`. */
function shortType(type: string): string {
  const [pulumiPackage = "", module = "", name = ""] = type.split(":");
  return [pulumiPackage, module.split("/")[0]?.replace("index", ""), name].filter(Boolean).join(" ");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function bold(text: string): string {
  return styleText("bold", text, { stream: process.stdout });
}

function dim(text: string): string {
  return styleText("dim", text, { stream: process.stdout });
}

// All that the first screen leaves out: every change by property, every cost, the tree of resources, the outputs.
import type { PropertyChange, ResourceChange } from "./diff/changes.ts";
import { isSecretValue } from "./graph.ts";
import type { Prediction } from "./minutes/critical-path.ts";
import { refused } from "./phrases.ts";
import type { ExposureChange, PolicyFinding, Report } from "./report.ts";
import { bad, bold, dim, dollars, printable, riskText, short, shortType, time } from "./style.ts";
import { countLines, treeLines } from "./tree.ts";

export function renderDetails(report: Report): string {
  const { comparison, cost, firstUp, gate, graph, policies } = report;
  return [
    ...(comparison === undefined ? [] : section("Changes", comparison.changes.flatMap(changeLines))),
    ...(comparison === undefined ? [] : section("Exposure", exposureLines(comparison.exposure))),
    ...(comparison === undefined ? [] : section("Minutes of this change", pathLines(comparison.minutes))),
    ...section(
      "Data that would be lost",
      gate.stateful
        .filter(({ waiver }) => waiver === undefined)
        .flatMap(({ says, urn }) => [`  ${bad(printable(says))}`, dim(`    ${printable(urn)}`)]),
    ),
    ...section("Policies that are not kept", policies.open.flatMap(findingLines)),
    ...section(
      "Policies that somebody answers for",
      policies.waived.map(
        ({ finding, waiver }) =>
          `  ${finding.policy}: ${printable(finding.message)} ${printable(waiver.who)} until ${waiver.expires}: ${printable(waiver.reason)}`,
      ),
    ),
    ...section("Resources", treeLines(graph.resources)),
    ...section(
      "Outputs",
      Object.entries(graph.outputs).flatMap(([name, value]) => outputLines(`  ${name}`, value)),
    ),
    ...section("Services", countLines(graph.resources)),
    ...section("Cost a month", costLines(cost)),
    ...section("Minutes from nothing", pathLines(firstUp)),
    "",
  ].join("\n");
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", bold(title), ...lines];
}

function changeLines(change: ResourceChange): string[] {
  const { name, type, operation, risk, says, was, source, properties } = change;
  return [
    `  ${riskText(risk)}  ${printable(name)}  ${dim(shortType(type))}  ${operation}${was === undefined ? "" : `, was ${printable(was)}`}`,
    ...(says === undefined ? [] : [`    ${says}`]),
    ...[refused(change) ?? []].flat().map((reason) => `    ${reason}`),
    ...properties.map(propertyLine),
    ...(source === undefined ? [] : [dim(`    ${source}`)]),
  ];
}

function exposureLines({ gained, lost }: ExposureChange): string[] {
  return [...gained.map(({ text }) => `  + ${printable(text)}`), ...lost.map(({ text }) => `  - ${printable(text)}`)];
}

function findingLines({ severity, message, why, fix, controls, urn }: PolicyFinding): string[] {
  return [
    `  ${bad(severity)}  ${printable(message)}`,
    `    ${why} ${fix}`,
    dim(`    ${controls.join(", ")}`),
    dim(`    ${printable(urn)}`),
  ];
}

function propertyLine(change: PropertyChange): string {
  const { path, because, risk } = change;
  const what =
    because === undefined
      ? `${"before" in change ? short(change.before) : "nothing"} → ${"after" in change ? short(change.after) : "nothing"}`
      : `another one, because ${printable(because)} is replaced`;
  return `    ${riskText(risk)}  ${printable(path)}: ${what}`;
}

function costLines({ resources, leftOut, usage }: Report["cost"]): string[] {
  const assumed = Object.entries(usage).map(([name, value]) => `${name} ${value}`);
  return [
    ...resources.map(({ name, monthly, items }) => {
      const parts = items.filter((item) => item.monthly > 0).map((item) => `${item.what} ${dollars(item.monthly)}`);
      return `  ${dollars(monthly).padStart(8)}  ${printable(name)}  ${dim(parts.join(", "))}`;
    }),
    `  Assumed: ${assumed.join(", ")}`,
    ...leftOut.map((what) => `  Not counted: ${printable(what)}`),
  ];
}

function pathLines({ path, afterwards }: Prediction): string[] {
  return [
    ...path.map(
      ({ name, type, operation, seconds }) =>
        `  ${time(seconds).padStart(7)}  ${operation} ${printable(name)}  ${dim(shortType(type))}`,
    ),
    ...afterwards.map(
      ({ what, seconds, names }) =>
        `  ${time(seconds).padStart(7)}  afterwards ${what}: ${printable(names.join(", "))}`,
    ),
  ];
}

function outputLines(label: string, value: unknown): string[] {
  if (isSecretValue(value)) return [`${label}: (secret)`];
  if (Array.isArray(value)) return [`${label}: ${value.map((item) => short(item, 200)).join(", ")}`];
  if (typeof value === "object" && value !== null) {
    const indent = `  ${label.replace(/\S.*/, "")}`;
    return [`${label}:`, ...Object.entries(value).flatMap(([key, inner]) => outputLines(indent + key, inner))];
  }
  return [`${label}: ${short(value, 200)}`];
}

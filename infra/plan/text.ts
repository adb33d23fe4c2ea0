// The first screen of a plan: what there is or what changes, its risk, cost and minutes, and whether it may be.
import { componentOf } from "./component.ts";
import type { ResourceChange } from "./diff/changes.ts";
import { type Graph, isReal } from "./graph.ts";
import type { Prediction } from "./minutes/critical-path.ts";
import type { Comparison, Report } from "./report.ts";
import { risks } from "./risk/risk.ts";
import { bad, bold, compare, cut, dim, dollars, printable, riskText, shortType, time } from "./style.ts";

/** Changes that are shown by name; `--details` has all. */
const most = 12;

/** The same bytes for the same report, colours apart, which are there on a terminal only. */
export function renderText(report: Report): string {
  const { comparison, brokenBase, unknownTypes, limits, gate } = report;
  const notes = [
    ...unknownTypes.map(
      ({ type, names }) => `Nothing is known about ${type} (${names.join(", ")}): its risk is unknown.`,
    ),
    ...limits,
    ...gate.notes,
  ];
  return [
    heading(report.graph),
    "",
    ...(brokenBase === undefined
      ? []
      : [bad(`Not compared with ${brokenBase.name}: ${printable(brokenBase.fault)}`), ""]),
    ...(comparison === undefined ? componentLines(report) : comparisonLines(comparison)),
    "",
    ...factLines(report),
    ...(notes.length === 0 ? [] : ["", ...notes.map((note) => dim(printable(note)))]),
    "",
  ].join("\n");
}

function heading({ project, stack, resources }: Graph): string {
  const components = resources.filter((resource) => !resource.custom).length;
  return `${bold(`${project} ${stack}`)}: ${resources.filter(isReal).length} resources in ${components} components`;
}

function componentLines({ graph, cost }: Report): string[] {
  const nodes = new Map(graph.resources.map((node) => [node.urn, node]));
  const counts = new Map<string, number>();
  for (const node of graph.resources.filter(isReal)) {
    const urn = componentOf(nodes, node)?.urn ?? "";
    counts.set(urn, (counts.get(urn) ?? 0) + 1);
  }
  const monthly = new Map(cost.components.map((component) => [component.urn, component.monthly]));
  const rows = [...counts]
    .map(([urn, count]) => ({
      name: printable(nodes.get(urn)?.name ?? "(no component)"),
      type: nodes.get(urn)?.type ?? "",
      urn,
      count,
    }))
    .sort((a, b) => compare(a.name, b.name) || compare(a.type, b.type));
  const nameWidth = Math.max(9, ...rows.map(({ name }) => name.length));
  const typeWidth = Math.max(4, ...rows.map(({ type }) => type.length));
  return [
    dim(`${"component".padEnd(nameWidth)}  ${"type".padEnd(typeWidth)}  resources  a month`),
    ...rows.map(({ name, type, urn, count }) => {
      const price = monthly.has(urn) ? dollars(monthly.get(urn) ?? 0).padStart(9) : "";
      return `${name.padEnd(nameWidth)}  ${dim(type.padEnd(typeWidth))}  ${String(count).padStart(9)}${price}`.trimEnd();
    }),
  ];
}

function comparisonLines({ base, changes, operations }: Comparison): string[] {
  const commit = base.commit === undefined ? "" : ` (${base.commit.slice(0, 10)})`;
  const words = {
    create: "new",
    update: "updated",
    replace: "replaced",
    delete: "deleted",
    rename: "renamed",
  } as const;
  const counts = (Object.keys(words) as (keyof typeof words)[])
    .filter((operation) => operations[operation] > 0)
    .map((operation) => `${operations[operation]} ${words[operation]}`);
  const title = `Against ${printable(base.name)}${commit}: ${counts.join(", ") || "nothing changes"}`;
  const sorted = changes.toSorted(
    (a, b) => risks.indexOf(b.risk) - risks.indexOf(a.risk) || follows(a) - follows(b) || compare(a.urn, b.urn),
  );
  const shown = sorted.slice(0, most);
  const width = Math.max(0, ...shown.map(({ name }) => name.length));
  const more = changes.length - shown.length;
  return [
    bold(title),
    ...shown.map((change) => changeLine(change, width)),
    ...(more > 0 ? [dim(`  and ${more} more: --details`)] : []),
  ];
}

/** Causes stand before what only follows from them. */
function follows({ properties }: ResourceChange): number {
  return properties.length > 0 && properties.every(({ because }) => because !== undefined) ? 1 : 0;
}

function changeLine({ name, type, risk, operation, properties, says, was }: ResourceChange, width: number): string {
  const paths = [
    ...new Set(properties.map(({ path, because }) => (because === undefined ? path : `${path} of ${because}`))),
  ];
  const what =
    operation === "rename" || was !== undefined ? `was ${printable(was?.split("::").at(-1) ?? "")}` : operation;
  const which = paths.length > 2 ? `${paths.slice(0, 2).join(", ")} and ${paths.length - 2} more` : paths.join(", ");
  const shown = says === undefined || risk === "in place" ? [] : [says];
  const parts = [which === "" ? what : `${what}: ${cut(printable(which), 90)}`, ...shown];
  return `  ${riskText(risk, 14)}  ${printable(name).padEnd(width)}  ${dim(shortType(type))}  ${parts.join("; ")}`;
}

function factLines(report: Report): string[] {
  const { comparison, cost, firstUp, gate } = report;
  const left =
    cost.monthly > 0 ? dim(` (${cost.region} prices of ${cost.pricesDate}, usage of ${cost.tier} assumed)`) : "";
  const budget = gate.budget === undefined ? "" : `, budget ${dollars(gate.budget.limit)}`;
  const monthly = cost.monthly === 0 ? "nothing that a cloud charges for" : `about ${dollars(cost.monthly)} a month`;
  const worst = comparison?.risk;
  return [
    ...(comparison === undefined ? [] : [fact("Risk", worst === undefined ? "none" : `${riskText(worst)} at worst`)]),
    fact("Cost", `${monthly}${costChange(comparison)}${budget}${left}`),
    ...minuteLines(comparison?.minutes, firstUp),
    ...exposureLines(comparison),
    ...gateLines(report),
  ];
}

function costChange(comparison: Comparison | undefined): string {
  if (comparison === undefined) return "";
  const { monthlyChange, componentChanges } = comparison;
  if (componentChanges.length === 0) return ", as before";
  const signed = (amount: number) => `${amount < 0 ? "" : "+"}${dollars(amount)}`;
  const parts = componentChanges
    .slice(0, 3)
    .map((change) => `${printable(change.name || "others")} ${signed(change.monthlyChange)}`);
  return `, ${signed(monthlyChange)} (${parts.join(", ")})`;
}

function minuteLines(change: Prediction | undefined, firstUp: Prediction): string[] {
  const prediction = change ?? firstUp;
  const fresh = `about ${time(firstUp.seconds)} from nothing`;
  const path = prediction.path.map(({ name, operation, seconds }) => {
    const what = operation === "create" ? "" : ` (${operation})`;
    return `${printable(name)}${what} ${time(seconds)}`;
  });
  return [
    fact("Minutes", change === undefined ? fresh : `${thisChange(change)}; ${fresh}`),
    ...(path.length === 0 ? [] : [`         ${cut(path.join(" → "), 200)}`]),
    ...prediction.afterwards.map(({ what, seconds }) => `         afterwards ${what}: about ${time(seconds)}`),
  ];
}

function thisChange({ seconds }: Prediction): string {
  return seconds === 0 ? "none for this change" : `about ${time(seconds)} for this change`;
}

/** What became reachable; what no longer is stands in the details. */
function exposureLines(comparison: Comparison | undefined): string[] {
  const gained = comparison?.exposure.gained ?? [];
  if (gained.length === 0) return comparison === undefined ? [] : [fact("Exposed", "nothing more than before")];
  const shown = gained.slice(0, 6).map(({ text, isPublic }) => (isPublic ? bad(printable(text)) : printable(text)));
  const more = gained.length > shown.length ? [dim(`and ${gained.length - shown.length} more: --details`)] : [];
  return [...shown, ...more].map((line, i) => (i === 0 ? fact("Exposed", line) : `         ${line}`));
}

function gateLines({ gate, policies }: Report): string[] {
  const shut = gate.stateful.filter(({ waiver }) => waiver === undefined);
  const waived = gate.stateful.filter(({ waiver }) => waiver !== undefined);
  return [
    fact("Gate", gate.open ? "open" : bad("SHUT")),
    ...shut.map(({ says, urn }) => `         ${bad(printable(says))}\n         ${dim(printable(urn))}`),
    ...policies.open.map(({ severity, message }) => `         ${bad(severity)} ${printable(message)}`),
    ...waived.map(
      ({ name, says, waiver }) =>
        `         ${printable(name)}: ${printable(says)}; ${printable(waiver?.who ?? "")} answers for it until ${waiver?.expires}: ${printable(waiver?.reason ?? "")}`,
    ),
    ...(gate.budget?.exceeded ? [`         ${bad("the estimate is higher than the budget")}`] : []),
  ];
}

function fact(name: string, text: string): string {
  return `${bold(name.padEnd(7))}  ${text}`;
}

// The first screen of a plan: what there is or what changes, its risk, cost and minutes, and whether it may be.
import { componentOf } from "./component.ts";
import type { ResourceChange } from "./diff/changes.ts";
import { unansweredPrices } from "./gate/gate.ts";
import { type Graph, isReal } from "./graph.ts";
import type { Prediction } from "./minutes/critical-path.ts";
import { componentNames, happens, pathText, priceRemedy, refused, unknownNotes, without } from "./phrases.ts";
import type { Comparison, Report } from "./report.ts";
import { type Risk, risks } from "./risk/risk.ts";
import { bad, bold, compare, counted, dim, dollars, printable, riskText, shortType, time } from "./style.ts";

/** Changes that are shown by name; `--details` has all. */
const most = 12;
/** Reasons of one kind for a shut gate. */
const mostReasons = 8;

/** The same bytes for the same report, colours apart, which are there on a terminal only. */
export function renderText(report: Report): string {
  const { comparison, brokenBase, limits, gate } = report;
  const notes = [...unknownNotes(report), ...limits, ...gate.notes];
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
  return `${bold(`${project} ${stack}`)}: ${counted(resources.filter(isReal).length, "resource")} in ${counted(components, "component")}`;
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

function changeLine(change: ResourceChange, width: number): string {
  const { name, type, risk, says } = change;
  const shown = says === undefined || risk === "in place" ? [] : [says];
  const parts = [happens(change), ...shown, ...[refused(change) ?? []].flat()];
  return `  ${riskText(risk, 14)}  ${printable(name).padEnd(width)}  ${dim(shortType(type))}  ${parts.join("; ")}`;
}

function factLines(report: Report): string[] {
  const { comparison, cost, firstUp, gate } = report;
  const left =
    cost.monthly > 0
      ? dim(
          ` (${cost.region} prices of ${cost.pricesDate}, usage of ${cost.tier} assumed; --details says what is not counted)`,
        )
      : "";
  const budget = gate.budget === undefined ? "" : `, budget ${dollars(gate.budget.limit)}`;
  const monthly = cost.monthly === 0 ? "nothing that a cloud charges for" : `about ${dollars(cost.monthly)} a month`;
  const worst = comparison?.risk;
  return [
    ...(comparison === undefined ? [] : [fact("Risk", riskFact(worst))]),
    fact("Cost", `${monthly}${without(cost)}${costChange(comparison, cost)}${budget}${left}`),
    ...unpricedLines(report),
    ...minuteLines(comparison?.minutes, firstUp),
    ...exposureLines(comparison),
    ...gateLines(report),
  ];
}

/** What the sum does not hold, as it can be any amount. */
function unpricedLines({ cost: { unpriced } }: Report): string[] {
  return [
    ...unpriced
      .slice(0, mostReasons)
      .map(({ name, says }) => `         ${bad(`${printable(name)} ${printable(says)}`)}`),
    ...more(unpriced.length),
    ...(unpriced.length === 0 ? [] : [`         ${priceRemedy}`]),
  ];
}

function riskFact(worst: Risk | undefined): string {
  if (worst === undefined) return "none";
  return worst === "create" ? "none for what is there: all of it is new" : `${riskText(worst)} at worst`;
}

function costChange(comparison: Comparison | undefined, { components }: Report["cost"]): string {
  if (comparison === undefined) return "";
  const { monthlyChange, componentChanges } = comparison;
  if (componentChanges.length === 0) return ", as before";
  const signed = (amount: number) => `${amount < 0 ? "" : "+"}${dollars(amount)}`;
  const nameOf = componentNames([...components, ...componentChanges]);
  const parts = componentChanges.slice(0, 3).map((change) => `${nameOf(change)} ${signed(change.monthlyChange)}`);
  return `, ${signed(monthlyChange)} (${parts.join(", ")})`;
}

function minuteLines(change: Prediction | undefined, firstUp: Prediction): string[] {
  const prediction = change ?? firstUp;
  const fresh = `about ${time(firstUp.seconds)} from nothing`;
  return [
    fact("Minutes", change === undefined ? fresh : `${thisChange(change)}; ${fresh}`),
    ...(prediction.path.length === 0 ? [] : [`         ${pathText(prediction)}`]),
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
    ...shut
      .slice(0, mostReasons)
      .map(({ says, urn }) => `         ${bad(printable(says))}\n         ${dim(printable(urn))}`),
    ...more(shut.length),
    ...policies.open
      .slice(0, mostReasons)
      .map(({ severity, message }) => `         ${bad(severity)} ${printable(message)}`),
    ...more(policies.open.length),
    ...waived.map(
      ({ name, says, waiver }) =>
        `         ${printable(name)}: ${printable(says)}; ${printable(waiver?.who ?? "")} answers for it until ${waiver?.expires}: ${printable(waiver?.reason ?? "")}`,
    ),
    ...(gate.budget?.exceeded ? [`         ${bad("the estimate is higher than the budget")}`] : []),
    ...(unansweredPrices(gate.budget).length > 0
      ? [`         ${bad("what has no price may cost more than the budget")}`]
      : []),
    ...(gate.budget?.unpriced ?? []).flatMap(({ name, waiver }) =>
      waiver === undefined
        ? []
        : [
            `         ${printable(name)} has no price; ${printable(waiver.who)} answers for it until ${waiver.expires}: ${printable(waiver.reason)}`,
          ],
    ),
  ];
}

function more(reasons: number): string[] {
  return reasons > mostReasons ? [dim(`         and ${reasons - mostReasons} more: --details`)] : [];
}

function fact(name: string, text: string): string {
  return `${bold(name.padEnd(7))}  ${text}`;
}

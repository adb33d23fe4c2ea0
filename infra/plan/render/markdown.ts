// A plan as a comment on a pull request: what matters first, all else folded, and never longer than GitHub takes.
import type { ResourceChange } from "../diff/changes.ts";
import { componentNames, priceRemedy, unknownNotes } from "../phrases.ts";
import type { Report } from "../report.ts";
import { risks } from "../risk/risk.ts";
import { compare, dollars, short, shortType, time } from "../style.ts";
import { codeLine, escapeMarkdown } from "./escape.ts";

/** GitHub refuses longer comments: 65,536 characters. */
export const longestComment = 65_536;

/** By this a comment is found again, to be written anew; nobody sees it. */
export const commentMarker = "<!-- berth:plan -->";

/**
 * One comment for all stacks; the same text for the same reports.
 *
 * @param missing sentences on plans that could not be made
 */
export function renderMarkdown(reports: readonly Report[], missing: readonly string[] = []): string {
  const head = [
    commentMarker,
    "### Berth's plan",
    "",
    ...missing.flatMap((sentence) => [`**Not planned**: ${escapeMarkdown(sentence)}`, ""]),
    ...(reports.length === 0 ? [] : [...summaryTable(reports), ""]),
    "",
  ].join("\n");
  const parts = reports.map((report) => ({ opening: opening(report), folds: folds(report) }));
  const note =
    "\n*Details are left out here, because GitHub takes no longer comment: `berth plan STACK --details` has them.*\n";
  const fixed = head.length + parts.reduce((sum, part) => sum + part.opening.length + 1, 0) + note.length;
  if (fixed > longestComment)
    return `${head.slice(0, head.lastIndexOf("\n", longestComment - note.length - 1))}\n${note}`;
  let room = longestComment - fixed;
  let cut = false;
  const text = parts.map(({ opening, folds }) => {
    const kept = folds.filter((fold) => {
      const fits = fold.length + 1 <= room;
      if (fits) room -= fold.length + 1;
      else cut = true;
      return fits;
    });
    return [opening, ...kept].join("\n");
  });
  return `${head}${text.join("\n")}\n${cut ? note : ""}`;
}

function summaryTable(reports: readonly Report[]): string[] {
  return [
    "| stack | what changes | risk | a month | takes | policies | gate |",
    "|---|---|---|---:|---:|---:|---|",
    ...reports.map((report) => `| ${summaryCells(report).join(" | ")} |`),
  ];
}

function summaryCells({ stack, comparison, brokenBase, graph, cost, firstUp, gate, policies }: Report): string[] {
  const what =
    comparison === undefined
      ? brokenBase === undefined
        ? `${graph.resources.filter(({ custom }) => custom).length} resources`
        : "not compared"
      : whatChanges(comparison.operations);
  const change = comparison?.monthlyChange ?? 0;
  const changed = Math.abs(change) < 0.005 ? "" : ` (${change > 0 ? "+" : ""}${dollars(change)})`;
  const seconds = comparison?.minutes.seconds ?? firstUp.seconds;
  return [
    `**${escapeMarkdown(stack)}**`,
    what,
    comparison === undefined ? "" : (comparison.risk ?? "none"),
    `${dollars(cost.monthly)}${cost.unpriced.length === 0 ? "" : " and more"}${changed}`,
    seconds === 0 ? "no time" : time(seconds),
    policies.open.length === 0 ? "kept" : `${policies.open.length} not kept`,
    gate.open ? "open" : "**SHUT**",
  ];
}

const words = { create: "new", update: "changed", replace: "replaced", delete: "removed", rename: "renamed" } as const;

function whatChanges(operations: NonNullable<Report["comparison"]>["operations"]): string {
  const parts = (Object.keys(words) as (keyof typeof words)[])
    .filter((operation) => operations[operation] > 0)
    .map((operation) => `${operations[operation]} ${words[operation]}`);
  return parts.join(", ") || "nothing";
}

/** What nobody should have to unfold: why the gate is shut, and who can reach more than before. */
function opening(report: Report): string {
  const { stack, brokenBase, comparison, cost, gate, policies } = report;
  const shut = gate.stateful.filter(({ waiver }) => waiver === undefined);
  const gained = comparison?.exposure.gained ?? [];
  const lines = [
    ...(brokenBase === undefined
      ? []
      : [`- not compared with ${escapeMarkdown(brokenBase.name)}: ${escapeMarkdown(brokenBase.fault)}`]),
    ...shut.map(({ name, says }) => `- **data**: ${escapeMarkdown(name)}: ${escapeMarkdown(says)}`),
    ...(gate.budget?.exceeded ? [`- **cost**: more than the budget of ${dollars(gate.budget.limit)}`] : []),
    ...cost.unpriced.slice(0, 10).map(({ name, says }) => `- **cost**: ${escapeMarkdown(`${name} ${says}`)}`),
    ...more(cost.unpriced.length - 10),
    ...(cost.unpriced.length === 0 ? [] : [`- ${escapeMarkdown(priceRemedy)}`]),
    ...policies.open.slice(0, 10).map(({ severity, message }) => `- **${severity}**: ${escapeMarkdown(message)}`),
    ...more(policies.open.length - 10),
    ...gained
      .slice(0, 10)
      .map(({ text, isPublic }) => `- ${isPublic ? "**exposed**" : "exposed"}: ${escapeMarkdown(text)}`),
    ...more(gained.length - 10),
  ];
  return lines.length === 0 ? "" : [`**${escapeMarkdown(stack)}**`, "", ...lines, ""].join("\n");
}

function more(count: number): string[] {
  return count > 0 ? [`- and ${count} more`] : [];
}

function folds(report: Report): string[] {
  const { stack, comparison, policies, cost, firstUp, limits, gate } = report;
  const changes = comparison?.changes.toSorted(
    (a, b) => risks.indexOf(b.risk) - risks.indexOf(a.risk) || compare(a.urn, b.urn),
  );
  const path = comparison?.minutes ?? firstUp;
  const exposure = comparison?.exposure ?? { gained: [], lost: [] };
  const notes = [...unknownNotes(report), ...limits, ...gate.notes];
  return [
    ...fold(`${stack}: changes`, (changes ?? []).flatMap(changeLines), "diff"),
    ...fold(
      `${stack}: findings`,
      policies.open.flatMap(({ severity, message, why, fix, controls, urn }) => [
        `${severity}: ${message}`,
        `    ${why} ${fix}`,
        `    ${controls.join(", ")}`,
        `    ${urn}`,
      ]),
    ),
    ...fold(
      `${stack}: findings and losses that somebody answers for`,
      [
        ...policies.waived.map(({ finding, waiver }) => ({ says: finding.message, waiver })),
        ...gate.stateful.flatMap(({ name, says, waiver }) => (waiver ? [{ says: `${name}: ${says}`, waiver }] : [])),
        ...(gate.budget?.unpriced ?? []).flatMap(({ name, says, waiver }) =>
          waiver ? [{ says: `${name} ${says}`, waiver }] : [],
        ),
      ].map(({ says, waiver }) => `${says} ${waiver.who} until ${waiver.expires}: ${waiver.reason}`),
    ),
    ...fold(
      `${stack}: who can reach and do what`,
      [...exposure.gained.map(({ text }) => `+ ${text}`), ...exposure.lost.map(({ text }) => `- ${text}`)],
      "diff",
    ),
    ...fold(`${stack}: cost by component`, costLines(cost, comparison)),
    ...fold(
      `${stack}: what takes the time`,
      path.path.map(({ name, operation, seconds }) => `${time(seconds).padStart(7)}  ${operation} ${name}`),
    ),
    ...fold(`${stack}: what is not seen`, notes),
  ];
}

function costLines({ components, usage, tier, leftOut }: Report["cost"], comparison: Report["comparison"]): string[] {
  const nameOf = componentNames(components);
  const changes = new Map(comparison?.componentChanges.map(({ urn, monthlyChange }) => [urn, monthlyChange]));
  const sums = components.map(({ urn, name, monthly }) => {
    const change = changes.get(urn);
    const changed = change === undefined ? "" : `  (${change > 0 ? "+" : ""}${dollars(change)})`;
    return `${dollars(monthly).padStart(9)}  ${nameOf({ urn, name })}${changed}`;
  });
  const assumed = Object.entries(usage).map(([name, value]) => `${name} ${value}`);
  if (sums.length === 0) return [];
  return [...sums, `assumed for ${tier}: ${assumed.join(", ")}`, ...leftOut.map((what) => `not counted: ${what}`)];
}

const signs = { create: "+", update: "!", replace: "!", delete: "-", rename: "#" } as const;

function changeLines({ operation, name, type, risk, says, was, properties }: ResourceChange): string[] {
  const before = was === undefined ? "" : `, was ${was.split("::").at(-1)}`;
  return [
    `${signs[operation]} ${name} (${shortType(type)}): ${operation}${before}, ${risk}${says === undefined ? "" : `: ${says}`}`,
    ...properties.map(
      (property) =>
        `    ${property.path}: ${
          property.because === undefined
            ? `${"before" in property ? short(property.before) : "nothing"} → ${"after" in property ? short(property.after) : "nothing"}`
            : `another one, because ${property.because} is replaced`
        }`,
    ),
  ];
}

/** A folded block of code: nothing within is markup, whatever it holds. */
function fold(title: string, lines: readonly string[], language = "text"): string[] {
  if (lines.length === 0) return [];
  const body = lines.map(codeLine);
  const fence = "`".repeat(
    Math.max(3, ...body.flatMap((line) => [...line.matchAll(/`+/g)]).map(([run]) => run.length + 1)),
  );
  return [
    [
      `<details><summary>${escapeMarkdown(title)} (${lines.length})</summary>`,
      "",
      `${fence}${language}`,
      ...body,
      fence,
      "",
      "</details>",
    ].join("\n"),
  ];
}

// The sections of the page, each from one part of a report.
import type { PropertyChange, ResourceChange } from "../diff/changes.ts";
import type { ResourceNode } from "../graph.ts";
import type { Prediction } from "../minutes/critical-path.ts";
import { componentNames, happens, priceRemedy, refused, without } from "../phrases.ts";
import type { PolicyFinding, Report } from "../report.ts";
import { risks } from "../risk/risk.ts";
import { salientInputs } from "../salient.ts";
import { compare, dollars, short, shortType, time } from "../style.ts";
import { escapeXml } from "./escape.ts";
import { type Bar, bars, list, riskTag, type Section, section, soft, tag } from "./html-parts.ts";

export function changeSection({ comparison }: Report): Section[] {
  if (comparison === undefined) return [];
  const sorted = comparison.changes.toSorted(
    (a, b) => risks.indexOf(b.risk) - risks.indexOf(a.risk) || compare(a.urn, b.urn),
  );
  return [section("changes", "What changes", sorted.map(changeItem), "Nothing changes.")];
}

function changeItem(change: ResourceChange): string {
  const { name, type, risk, says, was, urn, source, properties } = change;
  const facts = [
    ...(says === undefined ? [] : [escapeXml(says)]),
    ...[refused(change) ?? []].flat(),
    ...(was === undefined ? [] : [`was <code>${escapeXml(was)}</code>`]),
    `<code>${escapeXml(urn)}</code>`,
    ...(source === undefined ? [] : [`source of the risk: ${soft(source)}`]),
  ];
  const table =
    properties.length === 0
      ? ""
      : `<table><thead><tr><th>property</th><th>before → after</th><th>risk</th></tr></thead><tbody>${properties.map(propertyRow).join("")}</tbody></table>`;
  return `<details><summary>${riskTag(risk)} <strong>${escapeXml(name)}</strong> ${soft(shortType(type))} ${escapeXml(happens(change))}</summary>${table}${list(facts)}</details>`;
}

function propertyRow(property: PropertyChange): string {
  const { path, because, risk } = property;
  const what =
    because === undefined
      ? `<del>${escapeXml("before" in property ? short(property.before, 400) : "nothing")}</del> → <ins>${escapeXml("after" in property ? short(property.after, 400) : "nothing")}</ins>`
      : escapeXml(`another one, because ${because} is replaced`);
  return `<tr><td class="mono">${escapeXml(path)}</td><td class="mono">${what}</td><td>${riskTag(risk)}</td></tr>`;
}

export function gateSection({ gate, policies, cost }: Report): Section {
  const answered = new Map(gate.budget?.unpriced.map(({ urn, waiver }) => [urn, waiver]));
  const entries = [
    ...gate.stateful.map(({ name, says, waiver, urn }) =>
      entry(waiver === undefined ? tag("data", "bad") : tag("waived", "mild"), `${name}: ${says}`, [
        `<code>${escapeXml(urn)}</code>`,
        ...(waiver === undefined ? [] : [escapeXml(`${waiver.who} until ${waiver.expires}: ${waiver.reason}`)]),
      ]),
    ),
    ...(gate.budget?.exceeded
      ? [
          entry(
            tag("cost", "bad"),
            `${dollars(gate.budget.monthly)} a month is more than the budget of ${dollars(gate.budget.limit)}`,
            [],
          ),
        ]
      : []),
    ...cost.unpriced.map(({ urn, name, says }) => {
      const waiver = answered.get(urn);
      return entry(waiver === undefined ? tag("cost", "bad") : tag("waived", "mild"), `${name} ${says}`, [
        escapeXml(waiver === undefined ? `${priceRemedy}.` : `${waiver.who} until ${waiver.expires}: ${waiver.reason}`),
        `<code>${escapeXml(urn)}</code>`,
      ]);
    }),
    ...policies.open.map((finding) => findingItem(finding, tag(finding.severity, "bad"), [])),
    ...policies.waived.map(({ finding, waiver }) =>
      findingItem(finding, tag("waived", "mild"), [`${waiver.who} until ${waiver.expires}: ${waiver.reason}`]),
    ),
  ];
  return section("findings", "Findings", entries, "Every policy is kept, and no data is lost.");
}

function findingItem(finding: PolicyFinding, mark: string, more: readonly string[]): string {
  const { message, why, fix, controls, urn, policy } = finding;
  return entry(mark, message, [
    ...more.map(escapeXml),
    escapeXml(`${why} ${fix}`),
    `${escapeXml(policy)} ${soft(controls.join(", "))}`,
    `<code>${escapeXml(urn)}</code>`,
  ]);
}

function entry(mark: string, says: string, facts: readonly string[]): string {
  return `<details><summary>${mark} ${escapeXml(says)}</summary>${list(facts)}</details>`;
}

export function exposureSection({ comparison }: Report): Section[] {
  if (comparison === undefined) return [];
  const { gained, lost } = comparison.exposure;
  const items = [
    ...gained.map(
      ({ text, isPublic }) => `${tag(isPublic ? "public" : "more", isPublic ? "open" : "mild")} ${escapeXml(text)}`,
    ),
    ...lost.map(({ text }) => `${tag("less", "good")} ${escapeXml(text)}`),
  ];
  return [section("exposure", "Who can reach and do what", items.length === 0 ? [] : [list(items)], "As before.")];
}

export function costSection({ cost, comparison }: Report): Section {
  const changes = new Map(comparison?.componentChanges.map(({ urn, monthlyChange }) => [urn, monthlyChange]) ?? []);
  const nameOf = componentNames(cost.components);
  const rows = cost.components.map(({ urn, name, monthly }): Bar => {
    const change = changes.get(urn) ?? 0;
    const changed = change === 0 ? "" : ` (${change > 0 ? "+" : ""}${dollars(change)})`;
    const mood = change === 0 ? {} : { mood: change > 0 ? ("more" as const) : ("less" as const) };
    return { name: nameOf({ urn, name }), value: monthly, text: `${dollars(monthly)}${changed}`, ...mood };
  });
  const assumed = Object.entries(cost.usage).map(([name, value]) => `${name} ${value}`);
  const body = [
    bars(["component", "a month"], rows),
    `<details><summary>What is assumed and what is left out</summary>${list([
      escapeXml(`Prices of ${cost.region}, ${cost.pricesDate}. Assumed for ${cost.tier}: ${assumed.join(", ")}`),
      ...cost.leftOut.map((what) => escapeXml(`Not counted: ${what}`)),
    ])}</details>`,
  ];
  return section(
    "cost",
    `Cost: about ${dollars(cost.monthly)} a month${without(cost)}`,
    rows.length === 0 && cost.unpriced.length === 0 ? [] : body,
    "Nothing that a cloud charges for.",
  );
}

export function pathSection({ comparison, firstUp }: Report): Section {
  const prediction = comparison?.minutes ?? firstUp;
  const what = comparison === undefined ? "from nothing" : "for this change";
  const items = prediction.path.length === 0 ? [] : [pathBars(prediction), ...afterwards(prediction)];
  return section("minutes", `Minutes: about ${time(prediction.seconds)} ${what}`, items, "It takes no time.");
}

function pathBars({ path }: Prediction): string {
  let from = 0;
  const rows = path.map(({ name, operation, seconds }): Bar => {
    const row = {
      name: operation === "create" ? name : `${name} (${operation})`,
      value: seconds,
      text: time(seconds),
      from,
    };
    from += seconds;
    return row;
  });
  return bars(["step of the longest chain", "takes"], rows);
}

function afterwards(prediction: Prediction): string[] {
  return prediction.afterwards.map(
    ({ what, seconds, names }) =>
      `<p>Afterwards ${escapeXml(what)}: about ${time(seconds)} ${soft(names.join(", "))}</p>`,
  );
}

export function treeSection({ graph, comparison }: Report): Section {
  const nodes = [...graph.resources, ...(comparison?.removed ?? [])];
  const changes = new Map(comparison?.changes.map((change) => [change.urn, change]) ?? []);
  const known = new Set(nodes.map(({ urn }) => urn));
  const children = Map.groupBy(nodes, ({ parent }) => (parent !== undefined && known.has(parent) ? parent : undefined));
  const branch = (parent: string | undefined): string => {
    const group = (children.get(parent) ?? []).toSorted(
      (a, b) => Number(a.custom) - Number(b.custom) || compare(a.name, b.name) || compare(a.urn, b.urn),
    );
    return `<ul>${group.map((node) => `<li>${twig(node, changes.get(node.urn), () => branch(node.urn), children.has(node.urn))}</li>`).join("\n")}</ul>`;
  };
  return { id: "resources", title: "Resources", body: `<div class="tree">${branch(undefined)}</div>` };
}

function twig(node: ResourceNode, change: ResourceChange | undefined, below: () => string, hasMore: boolean): string {
  const mark = change === undefined ? "" : ` ${riskTag(change.risk)}`;
  const kind = node.custom ? shortType(node.type) : node.type;
  const facts = salientInputs(node.type, node.inputs).map(([name, value]) => `${name} ${value}`);
  const line = `${escapeXml(node.name)} ${soft([kind, ...facts].join(" · "))}${mark}`;
  return hasMore ? `<details><summary>${line}</summary>${below()}</details>` : `<div class="leaf">${line}</div>`;
}

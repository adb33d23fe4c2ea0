// A plan as one page that needs nothing but itself: it works from a file, runs no script, and asks the network for nothing.
import { createHash } from "node:crypto";
import { unansweredPrices } from "../gate/gate.ts";
import { unknownNotes } from "../phrases.ts";
import type { Report } from "../report.ts";
import { dollars, time } from "../style.ts";
import { escapeXml } from "./escape.ts";
import { riskTag, type Section, tag } from "./html-parts.ts";
import { changeSection, costSection, exposureSection, gateSection, pathSection, treeSection } from "./html-sections.ts";
import { pageStyle } from "./page-style.ts";
import { pictureOf } from "./picture/picture.ts";
import { inlineSvg } from "./picture/svg.ts";

/** The same bytes for the same report. */
export function renderHtml(report: Report): string {
  const { project, stack } = report;
  const sections: readonly Section[] = [
    pictureSection(report),
    ...changeSection(report),
    gateSection(report),
    ...exposureSection(report),
    costSection(report),
    pathSection(report),
    treeSection(report),
  ];
  const style = createHash("sha256").update(pageStyle).digest("base64");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeXml(`${project} ${stack}`)} · plan</title>
<style>${pageStyle}</style>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header>
<h1>${escapeXml(`${project} ${stack}`)}</h1>
<p class="soft">${against(report)}</p>
${facts(report)}
<nav aria-label="Sections"><ul>${sections.map(({ id, title }) => `<li><a href="#${id}">${escapeXml(title.split(":")[0] ?? title)}</a></li>`).join("")}</ul></nav>
</header>
<main id="main" tabindex="-1">
${sections.map(({ id, title, body }) => `<section aria-labelledby="${id}"><h2 id="${id}" tabindex="-1">${escapeXml(title)}</h2>\n${body}\n</section>`).join("\n")}
</main>
<footer class="soft">${notes(report)}</footer>
</body>
</html>
`;
}

function against({ comparison, brokenBase, graph }: Report): string {
  const count = graph.resources.filter(({ custom }) => custom).length;
  if (brokenBase !== undefined) return escapeXml(`Not compared with ${brokenBase.name}: ${brokenBase.fault}`);
  if (comparison === undefined) return `All of it: ${count} resources`;
  const { name, commit } = comparison.base;
  return escapeXml(
    `Compared with ${name}${commit === undefined ? "" : ` (${commit.slice(0, 10)})`}; ${count} resources`,
  );
}

function facts(report: Report): string {
  const { comparison, cost, firstUp, gate, policies } = report;
  const operations = Object.entries(comparison?.operations ?? {}).filter(([, count]) => count > 0);
  const change = comparison?.monthlyChange ?? 0;
  const gained = comparison?.exposure.gained ?? [];
  const open = gained.filter(({ isPublic }) => isPublic).length;
  const changed = Math.abs(change) < 0.005 ? "as before" : `${change > 0 ? "+" : ""}${dollars(change)}`;
  const entries: readonly (readonly [string, string, string])[] = [
    ["Gate", gate.open ? tag("open", "good") : tag("SHUT", "bad"), shutBecause(report)],
    ...(comparison === undefined
      ? []
      : [
          [
            "Risk at worst",
            comparison.risk === undefined ? "none" : riskTag(comparison.risk),
            operations.map(([operation, count]) => `${count} ${operation}`).join(", ") || "nothing changes",
          ] as const,
        ]),
    [
      "Cost a month",
      `${dollars(cost.monthly)}${cost.unpriced.length === 0 ? "" : " and more"}`,
      comparison === undefined ? `${cost.tier} usage assumed` : changed,
    ],
    [
      "Takes",
      time((comparison?.minutes ?? firstUp).seconds),
      comparison === undefined ? "from nothing" : `${time(firstUp.seconds)} from nothing`,
    ],
    [
      "Policies",
      policies.open.length === 0 ? "kept" : `${policies.open.length} not kept`,
      `${policies.waived.length} waived`,
    ],
    ...(comparison === undefined
      ? []
      : [["Newly reachable", String(gained.length), open === 0 ? "none of it public" : `${open} public`] as const]),
  ];
  const tiles = entries.map(
    ([name, value, more]) => `<div><dt>${name}</dt><dd>${value}<small>${escapeXml(more)}</small></dd></div>`,
  );
  return `<dl class="facts">${tiles.join("")}</dl>`;
}

function shutBecause({ gate, policies }: Report): string {
  const reasons = [
    ...(gate.stateful.some(({ waiver }) => waiver === undefined) ? ["data would be lost"] : []),
    ...(gate.budget?.exceeded ? ["over budget"] : []),
    ...(unansweredPrices(gate.budget).length > 0 ? ["without a price"] : []),
    ...(policies.open.length > 0 ? ["policies are not kept"] : []),
  ];
  return reasons.join(", ") || "nothing in the way";
}

function pictureSection(report: Report): Section {
  const svg = inlineSvg(pictureOf(report));
  const body = `<div class="scroll" tabindex="0" role="region" aria-label="Picture of the architecture">${svg}</div>`;
  return { id: "architecture", title: "Architecture", body };
}

function notes(report: Report): string {
  const lines = [...unknownNotes(report), ...report.limits, ...report.gate.notes];
  return lines.map((line) => `<p>${escapeXml(line)}</p>`).join("\n");
}

// A picture as SVG: a file of its own with its style, or a part of a page that has the style.
import type { Report } from "../../report.ts";
import { escapeXml } from "../escape.ts";
import { type Arrow, arrows, type Frame, type Placed, type PlacedArea, size } from "./geometry.ts";
import { layout } from "./layout.ts";
import type { Mark, Picture } from "./model.ts";
import { pictureOf } from "./picture.ts";
import { pictureStyle } from "./style.ts";

/** The picture of a report's stack as a file. The same bytes for the same report. */
export function renderSvg(report: Report): string {
  return `${drawn(pictureOf(report), true)}\n`;
}

/** For a page that has {@link pictureStyle} in its own style. */
export function inlineSvg(picture: Picture): string {
  return drawn(picture, false);
}

const signs: { readonly [M in Mark]: string } = {
  new: "+ new",
  changed: "~ changed",
  replaced: "± replaced",
  removed: "− removed",
};

function drawn(picture: Picture, alone: boolean): string {
  const { width, height, frames, areas, cards } = layout(picture);
  const space = alone ? ' xmlns="http://www.w3.org/2000/svg"' : "";
  return [
    `<svg${space} class="picture" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="picture-title picture-text">`,
    `<title id="picture-title">${escapeXml(`Architecture of ${picture.title}`)}</title>`,
    `<desc id="picture-text">${escapeXml(spoken(picture))}</desc>`,
    ...(alone ? [`<style>${pictureStyle}</style>`, `<rect class="back" width="${width}" height="${height}"/>`] : []),
    heads,
    text("heading", size.margin, 34, picture.title),
    legend(picture, width),
    ...frames.map(frame),
    ...areas.map(area),
    ...arrows(picture.flows, cards).map(arrow),
    ...cards.map(card),
    "</svg>",
  ].join("\n");
}

const heads = `<defs>${["plain", "public", "new", "changed", "replaced", "removed"]
  .map(
    (kind) =>
      `<marker id="head-${kind}" class="${kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z"/></marker>`,
  )
  .join("")}</defs>`;

function spoken({ cards, flows }: Picture): string {
  const titles = new Map(cards.map(({ id, title }) => [id, title]));
  const open = cards.filter(({ isPublic }) => isPublic).map(({ title }) => title);
  const ways = flows.map(({ from, to, label }) => `${titles.get(from)} to ${titles.get(to)}${label && ` (${label})`}`);
  const marked = cards.flatMap(({ title, mark }) => (mark === undefined ? [] : [`${title} is ${mark}`]));
  return [
    open.length === 0 ? "Nothing is public." : `Public: ${open.join(", ")}.`,
    ...(ways.length === 0 ? [] : [`Data goes from ${ways.join("; ")}.`]),
    ...(marked.length === 0 ? [] : [`${marked.join(", ")}.`]),
  ].join(" ");
}

function legend({ cards, flows, areas, compares }: Picture, width: number): string {
  const used = new Set([...cards, ...flows, ...areas].map(({ mark }) => mark));
  const marks = (Object.keys(signs) as Mark[]).filter((mark) => compares && used.has(mark));
  const entries = [
    ...marks.map((mark) => ({ kind: mark as string, says: signs[mark] })),
    ...(cards.some(({ isPublic }) => isPublic) ? [{ kind: "public", says: "public: the internet reaches it" }] : []),
    ...(cards.some(({ more }) => more > 0) ? [{ kind: "plain", says: "+n: further resources that belong to it" }] : []),
  ];
  let x = width - size.margin;
  return entries
    .toReversed()
    .map(({ kind, says }) => {
      x -= says.length * 5.4 + 38;
      return `<g class="key ${kind}"><rect class="dot" x="${x}" y="24" width="10" height="10" rx="3"/>${text("line", x + 16, 33, says)}</g>`;
    })
    .toReversed()
    .join("");
}

function frame({ title, x, y, width, height }: Frame): string {
  return `${rect("frame", x, y, width, height, 12)}${text("frame-title", x + size.pad, y + 19, title)}`;
}

function area({ area: { title, lines, mark }, x, y, width, height }: PlacedArea): string {
  const kind = mark === undefined ? "area" : `area ${mark}`;
  return [
    `<g class="${kind}">${rect("ground", x, y, width, height, 10)}`,
    text("area-title", x + size.pad, y + 21, fitted(title, 20)),
    ...lines.map((line, i) => text("line", x + size.pad, y + 42 + i * size.line, fitted(line, 22))),
    `${badge(mark, x + width, y)}</g>`,
  ].join("");
}

function card({ card: one, x, y, width, height }: Placed): string {
  const { kind, title, lines, zones, mark, isPublic, more } = one;
  const what = more === 0 ? kind : `${kind} +${more}`;
  const shown = lines.filter(Boolean);
  const letters = Math.floor((width - 22) / 6.1);
  const hint = [title, kind, ...shown, ...(more === 0 ? [] : [`${more} more resources belong to it`])].join("\n");
  return [
    `<g class="card${mark === undefined ? "" : ` ${mark}`}${isPublic ? " public" : ""}">`,
    `<title>${escapeXml(hint).replaceAll("⏎", "\n")}</title>`,
    rect("body", x, y, width, height, 8),
    text("kind", x + 11, y + 17, what),
    ...(zones.length === 0
      ? []
      : [`<text class="zones" x="${x + width - 11}" y="${y + 17}">${escapeXml(zones.join(" "))}</text>`]),
    text("title", x + 11, y + 35, fitted(title, Math.floor((width - 22) / 7.4))),
    ...shown.map((line, i) => text("line", x + 11, y + 51 + i * size.line, fitted(line, letters))),
    ...(isPublic ? [pill("public", "public", x + 10, y - 2)] : []),
    // Below, where few arrows end and none of the card's text stands.
    badge(mark, x + width, y + height + 4),
    "</g>",
  ].join("");
}

function badge(mark: Mark | undefined, right: number, y: number): string {
  if (mark === undefined) return "";
  return pill(mark, signs[mark], right - 10 - pillWidth(signs[mark]), y);
}

function pill(kind: string, says: string, x: number, y: number): string {
  const width = pillWidth(says);
  return `<g class="pill ${kind}">${rect("lozenge", x, y - 8, width, 16, 8)}<text x="${x + width / 2}" y="${y + 4}">${says}</text></g>`;
}

function pillWidth(says: string): number {
  return says.length * 6.3 + 15;
}

function arrow({ flow, path, label, anchor }: Arrow): string {
  const kind = flow.mark ?? (flow.from === "internet" ? "public" : "plain");
  const says =
    flow.label === ""
      ? ""
      : `<text class="port" text-anchor="${anchor}" x="${label.x}" y="${label.y}">${escapeXml(fitted(flow.label, 24))}</text>`;
  return `<g class="flow ${kind}"><path d="${path}" marker-end="url(#head-${kind})"/>${says}</g>`;
}

function rect(kind: string, x: number, y: number, width: number, height: number, radius: number): string {
  return `<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}"/>`;
}

function text(kind: string, x: number, y: number, says: string): string {
  return `<text class="${kind}" x="${x}" y="${y}">${escapeXml(says)}</text>`;
}

function fitted(says: string, letters: number): string {
  return says.length > letters ? `${says.slice(0, letters - 1)}…` : says;
}

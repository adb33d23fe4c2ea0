// Small pieces of the page, escaped where they take text.
import type { Risk } from "../risk/risk.ts";
import { escapeXml } from "./escape.ts";

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: string;
}

const moods: { readonly [R in Risk]: string } = {
  create: "good",
  "in place": "good",
  restart: "mild",
  "brief downtime": "mild",
  replacement: "odd",
  deletion: "bad",
  unknown: "odd",
  "data loss": "bad",
};

export function riskTag(risk: Risk): string {
  return tag(risk, moods[risk]);
}

export function tag(says: string, mood: string): string {
  return `<span class="tag ${mood}">${escapeXml(says)}</span>`;
}

export function soft(says: string): string {
  return `<span class="soft">${escapeXml(says)}</span>`;
}

export function list(items: readonly string[]): string {
  return `<ul class="plain">${items.map((item) => `<li>${item}</li>`).join("\n")}</ul>`;
}

/** A section that says so where it has nothing. */
export function section(id: string, title: string, items: readonly string[], none: string): Section {
  return { id, title, body: items.length === 0 ? `<p class="soft">${escapeXml(none)}</p>` : items.join("\n") };
}

export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly text: string;
  readonly mood?: "more" | "less";
  /** Where the bar begins, in the unit of `value`. */
  readonly from?: number;
}

/** Horizontal bars as a table, so that they can be read without being seen. */
export function bars(head: readonly [string, string], rows: readonly Bar[]): string {
  const longest = Math.max(1e-9, ...rows.map(({ value, from = 0 }) => from + Math.abs(value)));
  const share = (value: number) => Math.round((Math.abs(value) / longest) * 1000) / 10;
  const lines = rows.map(({ name, value, text, mood = "", from = 0 }) => {
    const bar = `<svg aria-hidden="true" preserveAspectRatio="none" viewBox="0 0 100 10"><rect class="bar ${mood}" x="${share(from)}" width="${Math.max(0.4, share(value))}" height="10"/></svg>`;
    return `<tr><th scope="row">${escapeXml(name)}</th><td>${bar}</td><td class="n">${escapeXml(text)}</td></tr>`;
  });
  return `<table class="bars"><thead><tr><th>${head[0]}</th><td></td><th class="n">${head[1]}</th></tr></thead><tbody>${lines.join("\n")}</tbody></table>`;
}

// How plans look on a terminal: colours only there, control characters of whoever wrote a program nowhere.
import { styleText } from "node:util";
import type { Risk } from "./risk/risk.ts";

type Format = Parameters<typeof styleText>[0];

function style(format: Format, text: string): string {
  return styleText(format, text, { stream: process.stdout });
}

export const bold = (text: string) => style("bold", text);
export const dim = (text: string) => style("dim", text);
export const yellow = (text: string) => style("yellow", text);

const colours: { readonly [R in Risk]: Format } = {
  create: "green",
  "in place": "green",
  restart: "cyan",
  "brief downtime": "yellow",
  replacement: "yellow",
  deletion: "red",
  unknown: "magenta",
  "data loss": ["red", "bold"],
};

/** Padded before it is coloured, so that columns stand below each other. */
export function riskText(risk: Risk, width = 0): string {
  return style(colours[risk], risk.padEnd(width));
}

export function bad(text: string): string {
  return style(["red", "bold"], text);
}

/** `$12.30`. */
export function dollars(amount: number): string {
  return `${amount < 0 ? "-" : ""}$${Math.abs(amount).toFixed(2)}`;
}

/** `3 buckets`, `1 bucket`. */
export function counted(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? "" : "s"}`;
}

/** `40 s`, `6 min`. */
export function time(seconds: number): string {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

/** A value on one line; text as it is, all else as JSON; cut where it is long. */
export function short(value: unknown, length = 60): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
  return cut(printable(text), length);
}

export function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/** Escape sequences in names and values would let a program write what it likes on a reader's terminal. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => (character === "\n" ? "⏎" : "�"));
}

/** `aws:ec2/vpc:Vpc` → `aws ec2 Vpc`. */
export function shortType(type: string): string {
  const [pulumiPackage = "", module = "", name = ""] = type.split(":");
  return [pulumiPackage, module.split("/")[0]?.replace("index", ""), name].filter(Boolean).join(" ");
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

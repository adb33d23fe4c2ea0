// One reader for each kind of environment variable: text in, typed value out, or what the text must be.
import { isIP } from "node:net";
import type { Kind } from "./environment.ts";

/** The type that a kind reads to. */
export type ValueOf<K extends Kind> = K extends readonly string[]
  ? K[number]
  : K extends "port" | "seconds"
    ? number
    : K extends "flag"
      ? boolean
      : K extends "hosts" | "origins" | "networks"
        ? readonly string[]
        : string;

/** Says what a value must be; never holds the value, which may be a secret. */
export class InvalidValue extends Error {}

/** Reads `text` as a value of `kind`; throws `InvalidValue`. */
export function readValue(kind: Kind, text: string): string | number | boolean | readonly string[] {
  return typeof kind === "string" ? readers[kind](text) : oneOf(kind, text);
}

const readers = {
  text: (text: string) => text,
  path: (text: string) => text,
  key: readKey,
  port: (text: string) => wholeNumber(text, 0, 65_535),
  seconds: (text: string) => wholeNumber(text, 1, 3600),
  flag: (text: string) => oneOf(["true", "false"], text.toLowerCase()) === "true",
  hosts: (text: string) => list(text, isHost, "host names without scheme, port or path, separated by commas"),
  origins: (text: string) => list(text, isOrigin, "origins such as https://example.com, separated by commas"),
  networks: (text: string) => list(text, isNetwork, "IP addresses or blocks such as 10.0.0.0/8, separated by commas"),
  postgres: readPostgresUrl,
  url: readUrl,
  location: readLocation,
} as const;

const publishedKeys = [
  "changeme",
  "change-me",
  "change_me",
  "insecure",
  "local-only",
  "your-secret",
  "example",
  "default",
];
const fewestDistinctCharacters = 10;

function readKey(text: string): string {
  if (text.length < 50) throw new InvalidValue("must have 50 characters or more");
  const lower = text.toLowerCase();
  if (publishedKeys.some((word) => lower.includes(word)) || new Set(text).size < fewestDistinctCharacters) {
    throw new InvalidValue("must be random, not a known default");
  }
  return text;
}

function wholeNumber(text: string, least: number, most: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new InvalidValue(`must be a whole number from ${least} to ${most}`);
  return value;
}

function oneOf<T extends string>(allowed: readonly T[], text: string): T {
  const found = allowed.find((value) => value === text);
  if (found === undefined) throw new InvalidValue(`must be ${allowed.slice(0, -1).join(", ")} or ${allowed.at(-1)}`);
  return found;
}

function list(text: string, isValid: (item: string) => boolean, what: string): readonly string[] {
  const items = text
    .split(",")
    .map((item) => item.trim().toLowerCase())
    .filter((item) => item !== "");
  if (!items.every(isValid)) throw new InvalidValue(`must be ${what}`);
  return items;
}

function isHost(item: string): boolean {
  if (item.startsWith("[") && item.endsWith("]")) return isIP(item.slice(1, -1)) === 6;
  return /^\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(item);
}

function isOrigin(item: string): boolean {
  return /^https?:/.test(item) && URL.canParse(item) && new URL(item).origin === item;
}

function isNetwork(item: string): boolean {
  const [address = "", bits, ...rest] = item.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/** How `sslmode` of a database URL may read; what each means stands in `postgres-options.ts`. */
export const sslModes: readonly string[] = ["disable", "require", "verify-full"];

function readPostgresUrl(text: string): string {
  const problem = new InvalidValue("must read postgresql://user[:password]@host[:port]/database");
  if (!URL.canParse(text)) throw problem;
  const url = new URL(text);
  const named = url.username !== "" && url.hostname !== "" && url.pathname.length > 1;
  if (!/^postgres(ql)?:$/.test(url.protocol) || !named) throw problem;
  for (const [key, value] of url.searchParams) {
    if (key !== "sslmode") throw new InvalidValue("may carry sslmode and no other parameter");
    if (!sslModes.includes(value)) throw new InvalidValue(`must have an sslmode of ${sslModes.join(", ")}`);
  }
  return text;
}

function readUrl(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new InvalidValue("must be an http:// or https:// address");
  return text;
}

function readLocation(text: string): string {
  const location = text.endsWith("/") ? text : `${text}/`;
  const isPath = /^\/([\w-]+\/)+$/.test(location);
  if (!isPath && !(location.startsWith("https://") && URL.canParse(location))) {
    throw new InvalidValue("must be a path such as /static/ or an https:// address");
  }
  return location;
}

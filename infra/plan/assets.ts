// Files and folders that a program hands to a provider: their place and a hash of what is in them, so that a changed file
// is a changed plan.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** What a graph holds in the place of an asset or archive. */
export interface AssetValue {
  /** A path as the program wrote it, an address, or `text`. */
  readonly asset: string;
  /** SHA-256 of the content; left out for an address, which nobody asks here, and for a file that is not there. */
  readonly hash?: string;
  /** The parts of an archive that was put together. */
  readonly assets?: Readonly<Record<string, unknown>>;
}

/** @param decodeParts turns the parts of an archive into what a graph holds */
export function assetOf<Wire extends Readonly<Record<string, unknown>>>(
  wire: Wire,
  decodeParts: (parts: Wire) => Record<string, unknown>,
): AssetValue {
  if (typeof wire.text === "string") return { asset: "text", hash: hashOf(wire.text) };
  if (typeof wire.path === "string") return { asset: wire.path, ...hashOfPath(wire.path) };
  if (typeof wire.uri === "string") return { asset: wire.uri };
  return { asset: "archive", assets: decodeParts((wire.assets ?? {}) as Wire) };
}

function hashOfPath(path: string): { hash?: string } {
  if (!existsSync(path)) return {};
  if (!statSync(path).isDirectory()) return { hash: hashOf(readFileSync(path)) };
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const lines = files.map((entry) => {
    const file = join(entry.parentPath, entry.name);
    return `${file.slice(path.length)} ${hashOf(readFileSync(file))}`;
  });
  return { hash: hashOf(lines.sort().join("\n")) };
}

function hashOf(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

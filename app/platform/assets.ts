// Static assets: named by their content, so that browsers may keep them, held in memory and published by release.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join, parse } from "node:path";

/** One file. */
export interface Asset {
  /** Name with the hash of the content: site-1a2b3c4d5e.css. */
  readonly fileName: string;
  readonly contentType: string;
  readonly body: Buffer;
}

/** All of them, by the name that pages use: site.css. */
export type Assets = ReadonlyMap<string, Asset>;

/** 30 days; the content of a name never changes. */
export const assetCacheControl = "public, max-age=2592000, immutable";

const contentTypes: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
};

/** Names that pages use → names of the files in `static/`, as the build writes them beside the bundle. */
export type Manifest = Readonly<Record<string, string>>;

/** The build's assets if this is the bundle, else those of the sources. */
export function loadAssets(): Assets {
  const manifest = join(import.meta.dirname, "manifest.json");
  if (!existsSync(manifest)) return readAssets(join(import.meta.dirname, "..", "pages", "assets"));
  const names = JSON.parse(readFileSync(manifest, "utf8")) as Manifest;
  return new Map(
    Object.entries(names).map(([name, fileName]) => [
      name,
      { fileName, contentType: contentTypeOf(name), body: readFileSync(join(import.meta.dirname, "static", fileName)) },
    ]),
  );
}

/** Reads a folder of sources. @throws Error for a file of a type that is not known here */
export function readAssets(folder: string): Assets {
  const names = readdirSync(folder).toSorted();
  return new Map(names.map((name) => [name, makeAsset(name, readFileSync(join(folder, name)))]));
}

/** Names a file by its content. */
export function makeAsset(name: string, body: Buffer): Asset {
  const hash = createHash("sha256").update(body).digest("hex").slice(0, 10);
  const { name: stem, ext } = parse(name);
  return { fileName: `${stem}-${hash}${ext}`, contentType: contentTypeOf(name), body };
}

function contentTypeOf(name: string): string {
  const contentType = contentTypes[extname(name)];
  if (contentType === undefined)
    throw new Error(`Asset ${name} is of a type that assets.ts does not know: add it there.`);
  return contentType;
}

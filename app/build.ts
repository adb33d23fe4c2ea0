// Builds what the image runs: one bundle with the app's dependencies, and the static assets named by their content.
// Usage: node app/build.ts
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { build, transform } from "esbuild";
import { type Asset, makeAsset, readAssets } from "./platform/assets.ts";

const source = import.meta.dirname;
const target = join(source, "dist");

rmSync(target, { recursive: true, force: true });
mkdirSync(join(target, "static"), { recursive: true });
await bundle();
await writeAssets();
writeFonts();
writeFileSync(join(target, "package.json"), `${JSON.stringify({ type: "module", version: contentHash() })}\n`);

/** What platform/release-name.ts calls this build by. */
function contentHash(): string {
  const hash = createHash("sha256");
  const files = readdirSync(target, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.(js|css|svg)$/.test(name),
  );
  for (const name of files.toSorted())
    hash
      .update(name)
      .update("\0")
      .update(readFileSync(join(target, name)));
  return hash.digest("hex").slice(0, 12);
}

async function bundle(): Promise<void> {
  await build({
    entryPoints: [join(source, "main.ts")],
    outdir: target,
    bundle: true,
    // Each process loads only its part.
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node24",
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    legalComments: "linked",
    // What some dependencies would use if it were installed; none is.
    external: ["pg-native", "pg-cloudflare"],
    // Dependencies in CommonJS call require for Node's own modules.
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module";const require = __createRequire(import.meta.url);',
    },
    logLevel: "warning",
  });
}

/** The two fonts of reports, which are read as they are needed, and their licence, which goes with every copy. */
function writeFonts(): void {
  const { resolve } = createRequire(import.meta.url);
  const to = join(target, "fonts");
  mkdirSync(to);
  for (const name of ["ttf/DejaVuSansCondensed.ttf", "ttf/DejaVuSansCondensed-Bold.ttf", "LICENSE"])
    copyFileSync(resolve(`dejavu-fonts-ttf/${name}`), join(to, basename(name)));
}

async function writeAssets(): Promise<void> {
  const manifest: Record<string, string> = {};
  for (const [name, asset] of readAssets(join(source, "pages", "assets"))) {
    const built = await minified(name, asset);
    writeFileSync(join(target, "static", built.fileName), built.body);
    manifest[name] = built.fileName;
  }
  writeFileSync(join(target, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

async function minified(name: string, asset: Asset): Promise<Asset> {
  const loader = name.endsWith(".css") ? "css" : name.endsWith(".js") ? "js" : undefined;
  if (loader === undefined) return asset;
  const { code } = await transform(asset.body.toString("utf8"), { loader, minify: true });
  return makeAsset(name, Buffer.from(code));
}

// The frame of every page.
import { html } from "ghtml";
import type { Assets } from "../platform/assets.ts";

export interface PageContext {
  /** Address of an asset by its name in `assets/`. */
  readonly asset: (name: string) => string;
}

/** @param staticUrl where browsers find assets; ends with a slash */
export function pageContext(assets: Assets, staticUrl: string): PageContext {
  return {
    asset(name) {
      const asset = assets.get(name);
      if (asset === undefined) throw new Error(`There is no asset ${name} in app/pages/assets.`);
      return `${staticUrl}${asset.fileName}`;
    },
  };
}

export interface Page {
  readonly title: string;
  /** HTML of the main part. */
  readonly main: string;
}

/** A whole document. */
export function layout(context: PageContext, page: Page): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>${page.title} · Arena</title>
        <meta name="color-scheme" content="light dark">
        <link rel="icon" href="${context.asset("icon.svg")}" type="image/svg+xml">
        <link rel="stylesheet" href="${context.asset("site.css")}">
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <header class="top">
          <div class="wide">
            <a class="brand" href="/"><img src="${context.asset("icon.svg")}" alt="" width="28" height="28">Arena</a>
            <nav class="menu" aria-label="Main"><a href="/tournaments/">Tournaments</a></nav>
          </div>
        </header>
        <main id="main" class="wide" tabindex="-1">!${page.main}</main>
        <footer class="wide">Arena runs tournaments. Times are in UTC.</footer>
      </body>
    </html>`;
}

// The frame of every page: who is signed in and what they may do stands in its header.
import type { FastifyReply } from "fastify";
import { html } from "ghtml";
import type { Assets } from "../platform/assets.ts";
import { isAllowed, type Permission, type Principal } from "../platform/principal.ts";

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
  /** Names of style sheets in `assets/` that this page needs besides the shared one. @default none */
  readonly styles?: readonly string[];
  /** Names of scripts in `assets/`; each is a module that loads late and that the page works without. @default none */
  readonly scripts?: readonly string[];
  /** Origins besides ours that its forms and scripts send to. @default none */
  readonly elsewhere?: Parameters<FastifyReply["allowPage"]>[0];
}

/** Answers with a whole document, for whoever is signed in. */
export function sendPage(reply: FastifyReply, context: PageContext, page: Page): FastifyReply {
  reply.allowPage(page.elsewhere);
  const { principal } = reply.request;
  // What a page shows depends on who looks, and what a form of it holds is for one browser.
  const isOwn = principal !== undefined || reply.hasHeader("set-cookie") || page.main.includes('name="_csrf"');
  return reply
    .type("text/html; charset=utf-8")
    .header("cache-control", isOwn ? "private, no-store" : "no-cache")
    .header("vary", [reply.getHeader("vary") ?? [], "cookie"].flat().join(", "))
    .send(layout(context, page, reply));
}

/** A whole document. */
export function layout(context: PageContext, page: Page, reply: FastifyReply): string {
  const styles = ["site.css", ...(page.styles ?? [])];
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>${page.title} · Arena</title>
        <meta name="color-scheme" content="light dark">
        <link rel="icon" href="${context.asset("icon.svg")}" type="image/svg+xml">
        !${styles.map((name) => html`<link rel="stylesheet" href="${context.asset(name)}">`)}
        !${(page.scripts ?? []).map((name) => html`<script type="module" src="${context.asset(name)}"></script>`)}
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <header class="top">
          <div class="wide">
            <a class="brand" href="/"><img src="${context.asset("icon.svg")}" alt="" width="28" height="28">Arena</a>
            <nav class="menu" aria-label="Main">!${menu(reply.request.principal)}</nav>
            !${account(reply)}
          </div>
        </header>
        <main id="main" class="wide" tabindex="-1">!${page.main}</main>
        <footer class="wide">Arena runs tournaments. Times are in UTC.</footer>
      </body>
    </html>`;
}

/** Where the menu leads, and who sees it. */
const entries: readonly (readonly [label: string, href: string, permission: Permission])[] = [
  ["Tournaments", "/tournaments/", "public"],
  ["My teams", "/my/teams/", "user"],
  ["Organise", "/organise/tournaments/", "manager"],
  ["Shop", "/shop/", "cashier"],
  ["Staff", "/account/staff/", "admin"],
  ["Operations", "/operations/", "saas_admin"],
];

function menu(principal: Principal | undefined): string {
  return entries
    .filter(([, , permission]) => isAllowed(principal, permission))
    .map(([label, href]) => html`<a href="${href}">${label}</a>`)
    .join("");
}

function account(reply: FastifyReply): string {
  const { principal } = reply.request;
  if (principal?.via !== "session") {
    return html`<div class="account"><a href="/login/">Log in</a><a href="/register/">Register</a></div>`;
  }
  return html`<div class="account">
    <a href="/account/">${principal.name}</a>
    <form method="post" action="/logout/">
      <input type="hidden" name="_csrf" value="${reply.csrfToken()}">
      <button class="link">Log out</button>
    </form>
  </div>`;
}

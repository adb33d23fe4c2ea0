// What the pages of accounts share.
import type { FastifyReply, FastifyRequest } from "fastify";
import { html } from "ghtml";
import type { AccountRoutes } from "../../domains/accounts/auth-routes.ts";
import type { Cookie } from "../../platform/cookies.ts";
import { type PageContext, sendPage } from "../layout.ts";

export interface AccountPages extends AccountRoutes {
  readonly context: PageContext;
  /** The session's. */
  readonly cookie: Cookie;
}

/** A page of one narrow column. */
export function sendNarrow(
  reply: FastifyReply,
  context: PageContext,
  title: string,
  parts: readonly string[],
): FastifyReply {
  const main = html`<div class="narrow"><h1>${title}</h1>!${parts}</div>`;
  return sendPage(reply, context, { title, main, styles: ["accounts.css"] });
}

/** `next` if it is an address of ours, else the front page: a link to here must not lead people elsewhere. */
export function ownPath(next: string | undefined): string {
  const here = "http://here.invalid";
  if (next === undefined || !next.startsWith("/") || !URL.canParse(next, here)) return "/";
  const { origin, pathname, search } = new URL(next, here);
  return origin === here && !pathname.startsWith("//") ? `${pathname}${search}` : "/";
}

/** What somebody typed, as text; empty if it is none. */
export function typed(request: FastifyRequest, name: string): string {
  const { body } = request;
  const value =
    typeof body === "object" && body !== null ? Object.entries(body).find(([key]) => key === name)?.[1] : "";
  return typeof value === "string" ? value : "";
}

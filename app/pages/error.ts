// The page that a browser shows when something went wrong.
import type { FastifyReply } from "fastify";
import { html } from "ghtml";
import { layout, type PageContext } from "./layout.ts";

export interface ErrorPage {
  readonly status: number;
  readonly error: string;
  readonly request_id: string;
}

export function renderError(
  context: PageContext,
  { status, error, request_id }: ErrorPage,
  reply: FastifyReply,
): string {
  const title = status === 404 ? "Not found" : status < 500 ? "That did not work" : "Something went wrong";
  const main = html`<h1>${title}</h1>
    <p>${error}</p>
    <p><a href="/tournaments/">All tournaments</a></p>
    <p class="quiet">If you ask for help, give this id: <code>${request_id}</code></p>`;
  return layout(context, { title, main }, reply);
}

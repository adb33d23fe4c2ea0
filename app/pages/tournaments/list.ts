// Page: the list of tournaments, with the latest news beside it.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { html } from "ghtml";
import { type Activity, latestActivity, listTournaments } from "../../domains/tournaments/repository.ts";
import { type Tournament, TournamentQuery } from "../../domains/tournaments/schemas.ts";
import type { TournamentStatus } from "../../domains/tournaments/tables.ts";
import type { Page } from "../../platform/list.ts";
import { badge, moment, send, statusLabels, type TournamentPages } from "./shared.ts";

const newsShown = 8;

export const listPage: FastifyPluginAsyncTypebox<TournamentPages> = async (app, { database, context }) => {
  app.get("/", { config: { permission: "public", anonymous: true } }, async (_request, reply) =>
    reply.redirect("/tournaments/", 302),
  );

  const list = { config: { permission: "public" }, schema: { querystring: TournamentQuery } } as const;
  app.get("/tournaments/", list, async ({ query }, reply) => {
    const [page, news] = await Promise.all([
      listTournaments(database.db, query),
      latestActivity(database.db, newsShown),
    ]);
    const main = render(page, news, query);
    return send(reply, context, { title: "Tournaments", main });
  });
};

function render(page: Page<Tournament>, news: readonly Activity[], query: TournamentQuery): string {
  return html`<div class="intro">
      <h1>Tournaments</h1>
      <p>What is coming up, what is open for registration and what is being played.</p>
    </div>
    <nav class="filters" aria-label="Filter by status">!${filters(query.status)}</nav>
    <div class="columns">
      <section aria-label="List of tournaments">
        !${page.items.length === 0 ? empty(query) : html`<ul class="cards">!${page.items.map(card)}</ul>`}
        !${pager(page, query)}
      </section>
      <aside aria-labelledby="news">
        <h2 id="news">Latest news</h2>
        !${news.length === 0 ? html`<p class="quiet">Nothing yet.</p>` : html`<ol class="news">!${news.map(newsItem)}</ol>`}
      </aside>
    </div>`;
}

function filters(current: TournamentStatus | undefined): string {
  const link = (label: string, status?: TournamentStatus) =>
    html`<a href="${address({ status })}" !${status === current ? 'aria-current="page"' : ""}>${label}</a>`;
  const shown = ["registration", "check_in", "running", "completed", "archived"] as const;
  return [link("All"), ...shown.map((status) => link(statusLabels[status], status))].join("");
}

function card(tournament: Tournament): string {
  const { slug, name, status, starts_at, teams, capacity } = tournament;
  return html`<li class="card">
    <h2><a href="/tournaments/${slug}/">${name}</a></h2>
    !${badge(status)}
    <dl>
      <div><dt>Starts</dt><dd>!${moment(starts_at)}</dd></div>
      <div><dt>Teams</dt><dd>${teams} of ${capacity}</dd></div>
    </dl>
  </li>`;
}

function newsItem({ slug, message, created_at: time }: Activity): string {
  return html`<li><p><a href="/tournaments/${slug}/">${message}</a></p><p class="quiet">!${moment(time)}</p></li>`;
}

function empty(query: TournamentQuery): string {
  return query.status === undefined && query.cursor === undefined
    ? html`<p class="empty">There are no tournaments yet.</p>`
    : html`<p class="empty">No tournament fits. <a href="/tournaments/">Show all</a></p>`;
}

function pager(page: Page<Tournament>, query: TournamentQuery): string {
  const newest = query.cursor === undefined ? "" : html`<a href="${address({ status: query.status })}">Newest</a>`;
  const older =
    page.next === null
      ? ""
      : html`<a rel="next" href="${address({ status: query.status, cursor: page.next })}">Older tournaments</a>`;
  return newest + older === "" ? "" : html`<nav class="pager" aria-label="Pages">!${newest}!${older}</nav>`;
}

function address(query: { status?: string | undefined; cursor?: string }): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? "/tournaments/" : `/tournaments/?${new URLSearchParams(given)}`;
}

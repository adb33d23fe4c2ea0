// The list of tournaments, with the latest news beside it.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { html } from "ghtml";
import { type Activity, latestActivity, listTournaments, type Page } from "../domains/tournaments/repository.ts";
import { type Tournament, TournamentQuery } from "../domains/tournaments/schemas.ts";
import type { TournamentStatus } from "../domains/tournaments/tables.ts";
import type { Database } from "../platform/postgres.ts";
import { layout, type PageContext } from "./layout.ts";

export interface TournamentPages {
  readonly database: Database;
  readonly context: PageContext;
}

const newsShown = 8;

export const tournamentPages: FastifyPluginAsyncTypebox<TournamentPages> = async (app, { database, context }) => {
  app.get("/", async (_request, reply) => reply.redirect("/tournaments/", 302));

  app.get("/tournaments/", { schema: { querystring: TournamentQuery } }, async ({ query }, reply) => {
    const [page, news] = await Promise.all([
      listTournaments(database.db, query),
      latestActivity(database.db, newsShown),
    ]);
    reply.allowPage();
    return reply
      .type("text/html; charset=utf-8")
      .header("cache-control", "no-cache")
      .send(layout(context, { title: "Tournaments", main: render(page, news, query) }));
  });
};

const labels: Readonly<Record<TournamentStatus, string>> = {
  draft: "Draft",
  registration: "Registration open",
  check_in: "Check-in",
  running: "Running",
  completed: "Completed",
  archived: "Archived",
  cancelled: "Cancelled",
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
  const shown = ["registration", "check_in", "running", "completed"] as const;
  return [link("All"), ...shown.map((status) => link(labels[status], status))].join("");
}

function card(tournament: Tournament): string {
  return html`<li class="card">
    <h2>${tournament.name}</h2>
    <p class="status status-${tournament.status}">${labels[tournament.status]}</p>
    <dl>
      <div><dt>Starts</dt><dd><time datetime="${tournament.starts_at}">${day(tournament.starts_at)}</time></dd></div>
      <div><dt>Room for</dt><dd>${tournament.capacity} teams</dd></div>
    </dl>
  </li>`;
}

function newsItem(activity: Activity): string {
  const { message, created_at: time } = activity;
  return html`<li><p>${message}</p><time class="quiet" datetime="${time}">${day(time)}</time></li>`;
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

function address(query: { status?: string; cursor?: string }): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? "/tournaments/" : `/tournaments/?${new URLSearchParams(given)}`;
}

const dayFormat = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });

function day(iso: string): string {
  return dayFormat.format(new Date(iso));
}

// Page: all about one tournament. A small script polls its state and brings what has changed; without it, loading again does.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { html } from "ghtml";
import Type from "typebox";
import { asReader, isOrganiser } from "../../domains/tournaments/access.ts";
import { matchesOf, type Place, standingsOf } from "../../domains/tournaments/matches.ts";
import { readTournament } from "../../domains/tournaments/repository.ts";
import { SlugParams, type TournamentDetails } from "../../domains/tournaments/schemas.ts";
import type { Match, Team } from "../../domains/tournaments/team-schemas.ts";
import { teamsOf } from "../../domains/tournaments/teams.ts";
import { longestCursor, type Page } from "../../platform/list.ts";
import { formatMoney } from "../../platform/money.ts";
import type { Queries } from "../../platform/postgres.ts";
import { bracket } from "./bracket.ts";
import { badge, moment, paragraphs, send, type TournamentPages, teamLabels, trail } from "./shared.ts";

const DetailQuery = Type.Object({
  round: Type.Optional(Type.Integer({ minimum: 1, maximum: 12 })),
  teams: Type.Optional(Type.String({ maxLength: longestCursor, description: "Cursor of the page of teams" })),
});

interface Whole {
  readonly tournament: TournamentDetails & { readonly tenant_id: string };
  readonly teams: Page<Team>;
  readonly matches: readonly Match[];
}

export const detailPage: FastifyPluginAsyncTypebox<TournamentPages> = async (app, { database, context }) => {
  app.get(
    "/tournaments/:slug/",
    { config: { permission: "public" }, schema: { params: SlugParams, querystring: DetailQuery } },
    async ({ principal, params, query }, reply) => {
      const whole = await asReader(database, principal, (db) => read(db, principal, params.slug, query.teams));
      const { tournament } = whole;
      const organises = isOrganiser(principal, tournament);
      const main = render(whole, query.round, organises);
      return send(reply, context, { title: tournament.name, main, scripts: ["tournament-live.js"] });
    },
  );
};

async function read(
  db: Queries,
  principal: { readonly tenant: string | undefined } | undefined,
  slug: string,
  cursor: string | undefined,
): Promise<Whole> {
  const tournament = await readTournament(db, principal, slug);
  const teams = await teamsOf(db, tournament.id, { limit: 60, sort: "created", ...(cursor && { cursor }) });
  const hasBracket = !["draft", "registration", "check_in"].includes(tournament.status);
  const matches = hasBracket ? await matchesOf(db, tournament.id).orderBy("matches.id").execute() : [];
  return { tournament, teams, matches };
}

function render({ tournament, teams, matches }: Whole, round: number | undefined, organises: boolean): string {
  const { slug, name, status, description, rules, images, cancel_reason } = tournament;
  return html`!${trail(["Tournaments", "/tournaments/"])}
    <article class="tournament" data-state="/tournaments/api/${slug}/state/" data-version="${tournament.version}">
      <header class="headline">
        <h1>${name}</h1>
        <p class="unseen" role="status" data-told></p>
        !${organises ? html`<p><a href="/organise/tournaments/${slug}/">Organise this tournament</a></p>` : ""}
      </header>
      <div class="live" data-live="state">
        !${badge(status)}
        !${cancel_reason === "" ? "" : html`<p>${cancel_reason}</p>`}
        !${facts(tournament)}
        !${invitation(tournament)}
      </div>
      !${images.length === 0 ? "" : html`<ul class="images">!${images.map((image) => html`<li><img src="${image.url}" alt="${image.alt}" loading="lazy"></li>`)}</ul>`}
      !${description === "" ? "" : html`<section class="part"><h2>About</h2>!${paragraphs(description)}</section>`}
      !${rules === "" ? "" : html`<section class="part"><h2>Rules</h2>!${paragraphs(rules)}</section>`}
      <section class="part"><h2>Schedule</h2>!${schedule(tournament)}</section>
      <div class="live" data-live="play">!${matches.length === 0 ? "" : play(matches, round, slug)}</div>
      <section class="part" data-live="teams"><h2 id="teams">Teams</h2>!${teamList(teams, slug)}</section>
    </article>`;
}

function facts({ venue, teams, capacity, waiting, team_size, entry_fee }: TournamentDetails): string {
  const entries: readonly (readonly [string, string])[] = [
    ["Teams", `${teams} of ${capacity}${waiting > 0 ? `, ${waiting} waiting` : ""}`],
    ["Players of a team", `up to ${team_size}`],
    ["Entry fee", entry_fee.amount === 0 ? "none" : formatMoney(entry_fee)],
    ...(venue === "" ? [] : [["Where", venue] as const]),
  ];
  return html`<dl class="facts">!${entries.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function invitation({ slug, status, teams, capacity }: TournamentDetails): string {
  if (status === "check_in")
    return html`<p class="hint">Captains check their teams in now, on <a href="/my/teams/">their teams' pages</a>.</p>`;
  if (status !== "registration") return "";
  const label = teams < capacity ? "Register a team" : "Join the waiting list";
  return html`<p><a class="button" href="/tournaments/${slug}/register/">${label}</a></p>`;
}

function schedule(tournament: TournamentDetails): string {
  const { registration_closes_at, check_in_opens_at, starts_at, ends_at } = tournament;
  const steps: readonly (readonly [string, string | null])[] = [
    ["Registration closes", registration_closes_at],
    ["Check-in opens", check_in_opens_at],
    ["Starts", starts_at],
    ["Ends", ends_at],
  ];
  const items = steps
    .filter((step): step is [string, string] => step[1] !== null)
    .map(([what, when]) => html`<li><span>${what}</span> !${moment(when)}</li>`);
  return html`<ol class="schedule">!${items}</ol>`;
}

function play(matches: readonly Match[], round: number | undefined, slug: string): string {
  return html`<section class="part"><h2 id="bracket">Bracket</h2>!${bracket(matches, round, `/tournaments/${slug}/`)}</section>
    <section class="part"><h2>Standings</h2>!${table(standingsOf(matches))}</section>`;
}

const placesShown = 32;

function table(places: readonly Place[]): string {
  const rows = places
    .slice(0, placesShown)
    .map(
      ({ place, team, wins, is_in }) =>
        html`<tr><td>${is_in ? "still in" : place}</td><th scope="row">${team}</th><td>${wins}</td></tr>`,
    );
  return html`<table class="standings">
    <thead><tr><th scope="col">Place</th><th scope="col">Team</th><th scope="col">Wins</th></tr></thead>
    <tbody>!${rows}</tbody>
  </table>`;
}

function teamList({ items, next }: Page<Team>, slug: string): string {
  if (items.length === 0) return html`<p class="empty">No team has registered yet.</p>`;
  const entries = items.map(
    ({ id, name, status, players }) => html`<li>
      <a href="/tournaments/${slug}/teams/${id}/">${name}</a>
      <span class="quiet">${teamLabels[status]}, ${players} ${players === 1 ? "player" : "players"}</span>
    </li>`,
  );
  const more = next === null ? "" : html`<p><a href="/tournaments/${slug}/?teams=${next}#teams">More teams</a></p>`;
  return html`<ul class="teams">!${entries}</ul>!${more}`;
}

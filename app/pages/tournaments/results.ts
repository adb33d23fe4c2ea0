// Page for organisers: matches are started, results entered and corrected.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyReply } from "fastify";
import { html } from "ghtml";
import Type from "typebox";
import { asReader, findOwn, type StaffBy, staffBy, type TournamentRow } from "../../domains/tournaments/access.ts";
import { enterResult, matchesOf, startMatch } from "../../domains/tournaments/matches.ts";
import { SlugParams } from "../../domains/tournaments/schemas.ts";
import { type Match, MatchParams, Result } from "../../domains/tournaments/team-schemas.ts";
import { csrfField } from "../forms.ts";
import { roundName } from "./bracket.ts";
import { act, assertForm, badge, button, moment, problemBox, send, type TournamentPages, trail } from "./shared.ts";

const config = { permission: "manager" } as const;
const address = "/organise/tournaments/:slug/results/";
const ResultForm = Type.Object(
  { ...Result.properties, walkover: Type.Optional(Type.Literal("on")) },
  { additionalProperties: false, required: ["score_a", "score_b"] },
);

export const resultPages: FastifyPluginAsyncTypebox<TournamentPages> = async (app, { database, context }) => {
  const show = async (reply: FastifyReply, by: StaffBy, slug: string, problem?: string) => {
    const [tournament, matches] = await asReader(database, by, async (db) => {
      const found = await findOwn(db, by.tenant, slug);
      return [found, await matchesOf(db, found.id).orderBy("matches.id").execute()] as const;
    });
    const main = render(reply, tournament, matches, problem);
    return send(reply, context, { title: `Results of ${tournament.name}`, main });
  };

  app.get(address, { config, schema: { params: SlugParams } }, (request, reply) =>
    show(reply, staffBy(request), request.params.slug),
  );

  app.post(
    `${address}:match/`,
    { config, attachValidation: true, schema: { params: MatchParams, body: ResultForm } },
    (request, reply) => {
      const [by, { slug, match }] = [staffBy(request), request.params];
      const work = async () => {
        assertForm(request);
        const { score_a, score_b, walkover } = request.body;
        await enterResult(database, by, slug, match, { score_a, score_b, walkover: walkover === "on" });
        return `/organise/tournaments/${slug}/results/`;
      };
      return act(reply, work, (problem) => show(reply, by, slug, problem));
    },
  );

  app.post(`${address}:match/start/`, { config, schema: { params: MatchParams } }, (request, reply) => {
    const [by, { slug, match }] = [staffBy(request), request.params];
    const work = async () => {
      await startMatch(database, by, slug, match);
      return `/organise/tournaments/${slug}/results/`;
    };
    return act(reply, work, (problem) => show(reply, by, slug, problem));
  });
};

function render(
  reply: FastifyReply,
  { slug, name, status }: TournamentRow,
  matches: readonly Match[],
  problem: string | undefined,
): string {
  const here = `/organise/tournaments/${slug}/`;
  const rounds = Math.max(0, ...matches.map(({ round }) => round));
  const shown = matches.filter((match) => match.team_a !== null && match.team_b !== null);
  const open = shown.filter((match) => match.status !== "done");
  const done = shown.filter((match) => match.status === "done").toReversed();
  const list = (some: readonly Match[]) =>
    html`<ul class="managed">!${some.map((match) => one(reply, here, match, roundName(match.round, rounds), status === "running"))}</ul>`;
  return html`!${trail(["Organise", "/organise/tournaments/"], [name, here])}
    <div class="headline"><h1>Results of ${name}</h1>!${badge(status)}</div>
    !${problemBox(problem)}
    <section class="part"><h2>To be played</h2>!${open.length === 0 ? html`<p class="empty">Nothing: every match has a result.</p>` : list(open)}</section>
    !${done.length === 0 ? "" : html`<section class="part"><h2>Played</h2>!${list(done)}</section>`}`;
}

function one(reply: FastifyReply, here: string, match: Match, round: string, isRunning: boolean): string {
  const { id, team_a, team_b, score_a, score_b, status, walkover, scheduled_at } = match;
  const title = `${team_a} – ${team_b}`;
  const action = `${here}results/${id}/`;
  const score = (field: string, team: string | null, value: number | null) =>
    html`<label><span class="unseen">Score of </span>${team ?? ""}<input name="${field}" inputmode="numeric" pattern="[0-9]{1,5}" size="3" required value="${value ?? ""}"></label>`;
  const result = html`<form class="inline" method="post" action="${action}">!${csrfField(reply)}
    !${score("score_a", team_a, score_a)}!${score("score_b", team_b, score_b)}
    <label class="check"><input type="checkbox" name="walkover" value="on" !${walkover ? "checked" : ""}>Walkover</label>
    <button>!${status === "done" ? "Correct" : "Enter"}<span class="unseen"> result of ${title}</span></button></form>`;
  const start =
    status === "ready"
      ? button(reply, { action: `${action}start/`, label: "Started", about: title, kind: "quiet" })
      : "";
  const when = scheduled_at === null ? "" : html`, !${moment(scheduled_at)}`;
  const state = status === "playing" ? ", being played" : status === "done" ? `, ${score_a} : ${score_b}` : "";
  return html`<li>
    <div><p><strong>${title}</strong></p><p class="quiet">${round}!${when}${state}</p></div>
    <div class="actions">!${isRunning ? start + result : ""}</div>
  </li>`;
}

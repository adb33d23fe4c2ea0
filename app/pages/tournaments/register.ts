// Pages: registering a team, and the teams that somebody plays for.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyReply } from "fastify";
import { html } from "ghtml";
import { byOf } from "../../domains/tournaments/access.ts";
import { registerTeam } from "../../domains/tournaments/registration.ts";
import { SlugParams } from "../../domains/tournaments/schemas.ts";
import { NewTeam, type RegisterContext } from "../../domains/tournaments/team-schemas.ts";
import { listTeamsOfPlayer, type OwnTeamEntry, registerContext } from "../../domains/tournaments/teams.ts";
import { formatMoney } from "../../platform/money.ts";
import { type Principal, principalOf } from "../../platform/principal.ts";
import { inScope } from "../../platform/scope.ts";
import { attempt, type FormState, form } from "../forms.ts";
import { moment, paragraphs, send, type TournamentPages, teamLabels, trail } from "./shared.ts";

const config = { permission: "user" } as const;
const address = "/tournaments/:slug/register/";

export const registerPages: FastifyPluginAsyncTypebox<TournamentPages> = async (app, options) => {
  const { database, context, payments } = options;
  const show = async (reply: FastifyReply, principal: Principal, slug: string, state?: FormState) => {
    const about = await registerContext(database, principal, slug, payments !== undefined);
    return send(reply, context, { title: `Register for ${about.name}`, main: render(reply, about, state) });
  };

  app.get(address, { config, schema: { params: SlugParams } }, (request, reply) =>
    show(reply, principalOf(request), request.params.slug),
  );

  app.post(
    address,
    { config, attachValidation: true, schema: { params: SlugParams, body: NewTeam } },
    async (request, reply) => {
      const [by, { slug }] = [byOf(request), request.params];
      let team = "";
      const state = await attempt(request, async () => {
        team = (await registerTeam(database, by, slug, request.body.name.trim())).id;
      });
      if (state !== undefined) return show(reply.code(state.status), by, slug, state);
      return reply.redirect(`/tournaments/${slug}/teams/${team}/`, 303);
    },
  );

  app.get("/my/teams/", { config }, async (request, reply) => {
    const principal = principalOf(request);
    const teams = await inScope(database, principal, (trx) => listTeamsOfPlayer(trx, principal.user));
    const main = html`!${trail(["Tournaments", "/tournaments/"])}<h1>My teams</h1>
      !${teams.length === 0 ? html`<p class="empty">You are on no team yet. <a href="/tournaments/?status=registration">Find a tournament</a></p>` : html`<ul class="cards">!${teams.map(card)}</ul>`}`;
    return send(reply, context, { title: "My teams", main });
  });
};

function render(reply: FastifyReply, about: RegisterContext, state: FormState | undefined): string {
  const { slug, name, is_open, closed_because, joins_waiting_list, places_left, entry_fee, rules, own_teams } = about;
  const own = own_teams.filter(({ status }) => status !== "withdrawn");
  const lead = joins_waiting_list
    ? "All places are taken. Your team joins the waiting list and moves up when a place becomes free."
    : `${places_left} ${places_left === 1 ? "place is" : "places are"} left. You become the team's captain; players then ask to join, and you approve them.`;
  const fee = `The entry fee is ${formatMoney(entry_fee)}, to be paid before check-in.`;
  const submit = joins_waiting_list ? "Join the waiting list" : "Register the team";
  return html`!${trail(["Tournaments", "/tournaments/"], [name, `/tournaments/${slug}/`])}
    <div class="narrow">
      <h1>Register a team</h1>
      !${own.map((team) => html`<p class="hint">You are on <a href="/tournaments/${slug}/teams/${team.id}/">${team.name}</a> already.</p>`)}
      !${
        is_open
          ? html`<p>${lead}</p>
            !${entry_fee.amount === 0 ? "" : html`<p>${fee}</p>`}
            !${form(reply, { action: `/tournaments/${slug}/register/`, submit, fields: [{ name: "name", label: "Name of the team", autocomplete: "off", attributes: { maxlength: 80 } }] }, state)}
            !${rules === "" ? "" : html`<section class="part"><h2>Rules</h2>!${paragraphs(rules)}</section>`}`
          : html`<p class="hint">${closed_because ?? ""}</p>`
      }
    </div>`;
}

function card(team: OwnTeamEntry): string {
  const { id, name, status, slug, tournament, starts_at, is_captain, is_approved, requests } = team;
  const role = is_captain ? "You are the captain" : is_approved ? "You play" : "You have asked to play";
  const waiting = is_captain && requests > 0 ? html`<p><strong>${requests} waiting for your answer</strong></p>` : "";
  return html`<li class="card">
    <h2><a href="/tournaments/${slug}/teams/${id}/">${name}</a></h2>
    <div><p>${tournament}, !${moment(starts_at)}</p><p class="quiet">${role}. ${teamLabels[status]}.</p>!${waiting}</div>
  </li>`;
}

// Page: a team. Everybody sees who plays; players ask to join; the captain approves, checks in, pays and withdraws.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import { html } from "ghtml";
import { byOf } from "../../domains/tournaments/access.ts";
import { owedBy } from "../../domains/tournaments/fees.ts";
import { approvePlayer, askToJoin, removePlayer } from "../../domains/tournaments/members.ts";
import { payOnline } from "../../domains/tournaments/payments.ts";
import { checkInTeam, withdrawTeam } from "../../domains/tournaments/registration.ts";
import { type Member, MemberParams, TeamParams } from "../../domains/tournaments/team-schemas.ts";
import { readTeam, type TeamView } from "../../domains/tournaments/teams.ts";
import { formatMoney, money } from "../../platform/money.ts";
import { Problem } from "../../platform/problem.ts";
import { act, button, problemBox, send, type TournamentPages, teamLabels, trail } from "./shared.ts";

const config = { permission: "user" } as const;
const address = "/tournaments/:slug/teams/:team/";

export const teamPages: FastifyPluginAsyncTypebox<TournamentPages> = async (app, options) => {
  const { database, context, payments } = options;
  const show = async (request: FastifyRequest, reply: FastifyReply, slug: string, id: string, problem?: string) => {
    const view = await readTeam(database, request.principal, slug, id);
    const main = render(reply, view, { user: request.principal?.user, problem, paysOnline: payments !== undefined });
    const elsewhere = { forms: view.mayManage ? payments?.origin : undefined };
    return send(reply, context, { title: `${view.team.name} in ${view.tournament.name}`, main, elsewhere });
  };
  const here = (slug: string, team: string) => `/tournaments/${slug}/teams/${team}/`;

  app.get(address, { config: { permission: "public" }, schema: { params: TeamParams } }, (request, reply) =>
    show(request, reply, request.params.slug, request.params.team),
  );

  /** What the page's buttons do before they lead back here. */
  const deeds = { join: askToJoin, "check-in": checkInTeam, withdraw: withdrawTeam };
  for (const [name, deed] of Object.entries(deeds)) {
    app.post(`${address}${name}/`, { config, schema: { params: TeamParams } }, (request, reply) => {
      const { slug, team } = request.params;
      const work = async () => {
        await deed(database, byOf(request), slug, team);
        return here(slug, team);
      };
      return act(reply, work, (problem) => show(request, reply, slug, team, problem));
    });
  }

  app.post(`${address}pay/`, { config, schema: { params: TeamParams } }, (request, reply) => {
    const { slug, team } = request.params;
    if (payments === undefined) throw new Problem("NOT_FOUND", "Fees are not paid online here: pay the organiser.");
    const work = () => payOnline(database, byOf(request), payments, slug, team);
    return act(reply, work, (problem) => show(request, reply, slug, team, problem));
  });

  for (const [name, deed] of [
    ["approve", approvePlayer],
    ["remove", removePlayer],
  ] as const) {
    app.post(`${address}players/:user/${name}/`, { config, schema: { params: MemberParams } }, (request, reply) => {
      const { slug, team, user } = request.params;
      const work = async () => {
        await deed(database, byOf(request), slug, team, user);
        return user === request.principal?.user ? `/tournaments/${slug}/` : here(slug, team);
      };
      return act(reply, work, (problem) => show(request, reply, slug, team, problem));
    });
  }
};

interface Looking {
  readonly user: string | undefined;
  readonly problem: string | undefined;
  readonly paysOnline: boolean;
}

function render(reply: FastifyReply, view: TeamView, looking: Looking): string {
  const { tournament, team, members, mayManage } = view;
  const action = `/tournaments/${tournament.slug}/teams/${team.id}/`;
  const isOpen = tournament.status === "registration" || tournament.status === "check_in";
  const [asking, playing] = [members.filter(isAsking), members.filter((member) => !isAsking(member))];
  const decide = (member: Member) => html`<li><span>${member.name}</span><span class="actions">
    !${button(reply, { action: `${action}players/${member.user}/approve/`, label: "Approve", about: member.name })}
    !${button(reply, { action: `${action}players/${member.user}/remove/`, label: "Decline", about: member.name, kind: "quiet" })}
  </span></li>`;
  const player = (
    member: Member,
  ) => html`<li><span>${member.name}!${member.role === "captain" ? html` <span class="quiet">captain</span>` : ""}</span>
    !${mayManage && isOpen && member.role === "player" ? button(reply, { action: `${action}players/${member.user}/remove/`, label: "Take off the team", about: member.name, kind: "quiet" }) : ""}</li>`;
  return html`!${trail(["Tournaments", "/tournaments/"], [tournament.name, `/tournaments/${tournament.slug}/`])}
    <div class="narrow">
      <h1>${team.name}</h1>
      !${problemBox(looking.problem)}
      <p class="quiet">${teamLabels[team.status]}</p>
      !${mayManage ? captain(reply, view, action, looking.paysOnline) : ""}
      <section class="part"><h2>Players</h2><ul class="rows">!${playing.map(player)}</ul></section>
      !${mayManage && asking.length > 0 && isOpen ? html`<section class="part"><h2>Asking to join</h2><ul class="rows">!${asking.map(decide)}</ul></section>` : ""}
      !${isOpen && team.status !== "withdrawn" ? own(reply, view, action, looking) : ""}
      !${mayManage && isOpen && team.status !== "withdrawn" ? withdrawal(reply, action) : ""}
    </div>`;
}

const isAsking = ({ status }: Member) => status === "requested";

/** What the captain can do now. */
function captain(reply: FastifyReply, { tournament, team }: TeamView, action: string, paysOnline: boolean): string {
  const { status, fee: asked, paid } = team;
  const owed = money(owedBy({ status, fee: asked.amount, paid: paid.amount }, tournament), tournament.currency);
  const fee =
    owed.amount === 0
      ? ""
      : html`<p class="hint">${formatMoney(owed)} of the entry fee is still to be paid!${paysOnline ? "" : ", to the organiser"}.</p>
        !${paysOnline ? button(reply, { action: `${action}pay/`, label: `Pay ${formatMoney(owed)}` }) : ""}`;
  const checkIn =
    tournament.status === "check_in" && status === "registered"
      ? button(reply, { action: `${action}check-in/`, label: "Check in" })
      : "";
  return fee + checkIn;
}

/** What a player can do now. */
function own(reply: FastifyReply, { members }: TeamView, action: string, { user }: Looking): string {
  const me = members.find((member) => member.user === user);
  if (me?.role === "captain") return "";
  if (me === undefined) {
    const label = user === undefined ? "Log in to join this team" : "Ask to join this team";
    return user === undefined
      ? html`<p><a href="/login/?next=${action}">${label}</a></p>`
      : button(reply, { action: `${action}join/`, label });
  }
  const label = isAsking(me) ? "Take my request back" : "Leave the team";
  const lead = isAsking(me) ? html`<p class="hint">You have asked to join; the captain decides.</p>` : "";
  return html`!${lead}!${button(reply, { action: `${action}players/${me.user}/remove/`, label, kind: "quiet" })}`;
}

/** Behind a step of its own, as it cannot be taken back. */
function withdrawal(reply: FastifyReply, action: string): string {
  return html`<details><summary>Withdraw the team</summary>
    <p>The place goes to the next on the waiting list.</p>
    !${button(reply, { action: `${action}withdraw/`, label: "Withdraw the team", kind: "danger" })}
  </details>`;
}

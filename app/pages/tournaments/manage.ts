// Pages for organisers: their tournaments, and one of them: where it stands, what comes next, its teams.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyReply } from "fastify";
import { html } from "ghtml";
import Type from "typebox";
import { asReader, findOwn, type StaffBy, staffBy, type TournamentRow } from "../../domains/tournaments/access.ts";
import { owedBy } from "../../domains/tournaments/fees.ts";
import { movesFrom } from "../../domains/tournaments/life-cycle.ts";
import { takePayment } from "../../domains/tournaments/payments.ts";
import { checkInTeam, seedTeam, withdrawTeam } from "../../domains/tournaments/registration.ts";
import { listOwn } from "../../domains/tournaments/repository.ts";
import { moveTournament } from "../../domains/tournaments/run.ts";
import { MoveRequest, SlugParams, type Tournament, TournamentQuery } from "../../domains/tournaments/schemas.ts";
import { TeamParams } from "../../domains/tournaments/team-schemas.ts";
import { type ManagedTeam, teamsToManage } from "../../domains/tournaments/teams.ts";
import { decimal, formatMoney, money, parseMoney } from "../../platform/money.ts";
import { Problem } from "../../platform/problem.ts";
import { csrfField } from "../forms.ts";
import {
  act,
  assertForm,
  badge,
  button,
  moment,
  moveLabels,
  problemBox,
  send,
  type TournamentPages,
  teamLabels,
  trail,
} from "./shared.ts";

const config = { permission: "manager" } as const;
const address = "/organise/tournaments/:slug/";
const SeedForm = Type.Object({ seed: Type.String({ pattern: "^([1-9]\\d{0,3})?$" }) }, { additionalProperties: false });
const PaymentForm = Type.Object(
  {
    key: Type.String({ format: "uuid", maxLength: 36 }),
    amount: Type.String({ maxLength: 20 }),
    reference: Type.String({ maxLength: 200, default: "" }),
  },
  { additionalProperties: false, required: ["key", "amount"] },
);

export const managePages: FastifyPluginAsyncTypebox<TournamentPages> = async (app, { database, context }) => {
  app.get("/organise/tournaments/", { config, schema: { querystring: TournamentQuery } }, async (request, reply) => {
    const { items, next } = await listOwn(database, staffBy(request), request.query);
    const older =
      next === null
        ? ""
        : html`<nav class="pager" aria-label="Pages"><a rel="next" href="/organise/tournaments/?cursor=${next}">Older tournaments</a></nav>`;
    const main = html`!${trail(["Tournaments", "/tournaments/"])}<h1>Organise</h1>
      <p><a class="button" href="/organise/tournaments/new/">New tournament</a></p>
      !${items.length === 0 ? html`<p class="empty">You have no tournaments yet.</p>` : html`<ul class="cards">!${items.map(card)}</ul>`}
      !${older}`;
    return send(reply, context, { title: "Organise", main });
  });

  const show = async (reply: FastifyReply, by: StaffBy, slug: string, problem?: string) => {
    const [tournament, teams] = await asReader(database, by, async (db) => {
      const found = await findOwn(db, by.tenant, slug);
      return [found, await teamsToManage(db, found)] as const;
    });
    return send(reply, context, {
      title: `Organise ${tournament.name}`,
      main: render(reply, tournament, teams, problem),
    });
  };
  const home = (slug: string) => `/organise/tournaments/${slug}/`;

  app.get(address, { config, schema: { params: SlugParams } }, (request, reply) =>
    show(reply, staffBy(request), request.params.slug),
  );

  app.post(
    `${address}move/`,
    { config, attachValidation: true, schema: { params: SlugParams, body: MoveRequest } },
    (request, reply) => {
      const [by, { slug }] = [staffBy(request), request.params];
      const work = async () => {
        assertForm(request);
        await moveTournament(database, by, slug, request.body);
        return home(slug);
      };
      return act(reply, work, (problem) => show(reply, by, slug, problem));
    },
  );

  for (const [name, deed] of [
    ["check-in", checkInTeam],
    ["withdraw", withdrawTeam],
  ] as const) {
    app.post(`${address}teams/:team/${name}/`, { config, schema: { params: TeamParams } }, (request, reply) => {
      const [by, { slug, team }] = [staffBy(request), request.params];
      const work = async () => {
        // Staff of another organiser is no organiser here.
        await asReader(database, by, (db) => findOwn(db, by.tenant, slug));
        await deed(database, by, slug, team);
        return `${home(slug)}#teams`;
      };
      return act(reply, work, (problem) => show(reply, by, slug, problem));
    });
  }

  app.post(
    `${address}teams/:team/seed/`,
    { config, attachValidation: true, schema: { params: TeamParams, body: SeedForm } },
    (request, reply) => {
      const [by, { slug, team }] = [staffBy(request), request.params];
      const work = async () => {
        assertForm(request);
        const { seed } = request.body;
        await seedTeam(database, by, slug, team, seed === "" ? null : Math.min(Number(seed), 4096));
        return `${home(slug)}#teams`;
      };
      return act(reply, work, (problem) => show(reply, by, slug, problem));
    },
  );

  app.post(
    `${address}teams/:team/payment/`,
    { config, attachValidation: true, schema: { params: TeamParams, body: PaymentForm } },
    (request, reply) => {
      const [by, { slug, team }] = [staffBy(request), request.params];
      const work = async () => {
        assertForm(request);
        const { currency } = await asReader(database, by, (db) => findOwn(db, by.tenant, slug));
        const paid = parseMoney(request.body.amount, currency);
        if (paid === undefined || paid.amount === 0) {
          throw new Problem("VALIDATION_FAILED", "The amount must be one such as 25 or 12.50.");
        }
        const { key, reference } = request.body;
        await takePayment(database, by, slug, team, { amount: paid.amount, reference, key });
        return `${home(slug)}#teams`;
      };
      return act(reply, work, (problem) => show(reply, by, slug, problem));
    },
  );
};

function card({ slug, name, status, starts_at, teams, capacity }: Tournament): string {
  return html`<li class="card">
    <h2><a href="/organise/tournaments/${slug}/">${name}</a></h2>
    !${badge(status)}
    <dl>
      <div><dt>Starts</dt><dd>!${moment(starts_at)}</dd></div>
      <div><dt>Teams</dt><dd>${teams} of ${capacity}</dd></div>
    </dl>
  </li>`;
}

function render(
  reply: FastifyReply,
  tournament: TournamentRow,
  teams: readonly ManagedTeam[],
  problem: string | undefined,
): string {
  const { slug, name, status, capacity, waiting } = tournament;
  const here = `/organise/tournaments/${slug}/`;
  const isPublic = status !== "draft";
  const links = [
    ["Details", `${here}edit/`],
    ["Images", `${here}images/`],
    ...(status === "running" || status === "completed" ? [["Results", `${here}results/`] as const] : []),
    ["Finance", `${here}finance/`],
    ...(isPublic ? [["Public page", `/tournaments/${slug}/`] as const] : []),
  ];
  return html`!${trail(["Organise", "/organise/tournaments/"])}
    <div class="headline"><h1>${name}</h1>!${badge(status)}</div>
    !${problemBox(problem)}
    <nav class="links" aria-label="This tournament">!${links.map(([label, href]) => html`<a href="${href}">${label}</a>`)}</nav>
    <section class="part"><h2>What comes next</h2>!${moves(reply, tournament)}</section>
    <section class="part"><h2 id="teams">Teams</h2>
      <p>${tournament.teams} of ${capacity} places are taken!${waiting > 0 ? `, ${waiting} wait` : ""}.</p>
      !${teams.length === 0 ? html`<p class="empty">No team has registered yet.</p>` : html`<ul class="managed">!${teams.map((team) => managed(reply, tournament, team))}</ul>`}
    </section>`;
}

function moves(reply: FastifyReply, { slug, status }: TournamentRow): string {
  const action = `/organise/tournaments/${slug}/move/`;
  const steps = movesFrom(status).filter((move) => move !== "cancel");
  const forward = steps.map((move) => button(reply, { action, label: moveLabels[move], hidden: { move } }));
  const cancel = html`<details><summary>Cancel the tournament</summary>
    <form class="form" method="post" action="${action}">!${csrfField(reply)}<input type="hidden" name="move" value="cancel">
      <div class="field"><label for="reason">Why, for all to read <span class="quiet">(optional)</span></label>
        <input id="reason" name="reason" maxlength="500"></div>
      <button class="danger">Cancel the tournament</button>
    </form></details>`;
  if (forward.length === 0) return html`<p>Nothing: it is over.</p>`;
  return html`<div class="actions">!${forward}</div>!${movesFrom(status).includes("cancel") ? cancel : ""}`;
}

function managed(reply: FastifyReply, tournament: TournamentRow, team: ManagedTeam): string {
  const { slug, status, currency } = tournament;
  const { id, name, players } = team;
  const action = `/organise/tournaments/${slug}/teams/${id}/`;
  const isOpen = status === "registration" || status === "check_in";
  const owed = money(owedBy(team, tournament), currency);
  const parts = [
    ...(status === "check_in" && team.status === "registered"
      ? [button(reply, { action: `${action}check-in/`, label: "Check in", about: name })]
      : []),
    ...(isOpen ? [seedForm(reply, action, team)] : []),
    ...(owed.amount > 0
      ? [
          html`<form class="inline" method="post" action="${action}payment/">!${csrfField(reply)}<input type="hidden" name="key" value="${crypto.randomUUID()}">
            <label>Paid <span class="unseen">by ${name}, in ${currency}</span><input name="amount" inputmode="decimal" size="7" required value="${decimal(owed)}"></label>
            <button class="quiet">Enter<span class="unseen"> payment of ${name}</span></button></form>`,
        ]
      : []),
    ...(isOpen ? [button(reply, { action: `${action}withdraw/`, label: "Withdraw", about: name, kind: "quiet" })] : []),
  ];
  return html`<li>
    <div><a href="/tournaments/${slug}/teams/${id}/">${name}</a>
      <p class="quiet">${teamLabels[team.status]}, ${players} ${players === 1 ? "player" : "players"}${feeOf(team, tournament)}</p></div>
    <div class="actions">!${parts}</div>
  </li>`;
}

/** How a team's fee stands, to go on a sentence with. */
function feeOf(team: ManagedTeam, tournament: TournamentRow): string {
  const inMoney = (amount: number) => formatMoney(money(amount, tournament.currency));
  const owed = owedBy(team, tournament);
  if (owed > 0) return `, owes ${inMoney(owed)}`;
  if (tournament.status === "cancelled") return team.paid > 0 ? `, ${inMoney(team.paid)} to be paid back` : "";
  return team.fee === 0 ? "" : ", fee paid";
}

function seedForm(reply: FastifyReply, action: string, { name, seed }: ManagedTeam): string {
  return html`<form class="inline" method="post" action="${action}seed/">!${csrfField(reply)}
    <label>Seed <span class="unseen">of ${name}</span><input name="seed" inputmode="numeric" pattern="[1-9][0-9]{0,3}" size="4" value="${seed ?? ""}"></label>
    <button class="quiet">Set<span class="unseen"> seed of ${name}</span></button></form>`;
}

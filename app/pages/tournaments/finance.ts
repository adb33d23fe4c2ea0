// Page for organisers: what a tournament has taken in, payment by payment; admins give money back.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import { html } from "ghtml";
import { staffBy } from "../../domains/tournaments/access.ts";
import { listPayments, readFinance } from "../../domains/tournaments/finance-list.ts";
import { refundPayment } from "../../domains/tournaments/payments.ts";
import { SlugParams } from "../../domains/tournaments/schemas.ts";
import { type Finance, type Payment, PaymentParams, PaymentQuery } from "../../domains/tournaments/team-schemas.ts";
import type { Page } from "../../platform/list.ts";
import { formatMoney } from "../../platform/money.ts";
import { isAtLeast, staffOf } from "../../platform/principal.ts";
import { act, button, moment, problemBox, send, type TournamentPages, trail } from "./shared.ts";

const address = "/organise/tournaments/:slug/finance/";

export const financePages: FastifyPluginAsyncTypebox<TournamentPages> = async (app, { database, context }) => {
  const show = async (
    request: FastifyRequest,
    reply: FastifyReply,
    slug: string,
    query: PaymentQuery,
    problem?: string,
  ) => {
    const staff = staffOf(request);
    const finance = await readFinance(database, staff, slug);
    const payments = await listPayments(database, staff, slug, query);
    const main = render(reply, finance, payments, isAtLeast(staff.role, "admin"), problem);
    return send(reply, context, { title: `Finance of ${finance.name}`, main });
  };

  app.get(
    address,
    { config: { permission: "manager" }, schema: { params: SlugParams, querystring: PaymentQuery } },
    (request, reply) => show(request, reply, request.params.slug, request.query),
  );

  app.post(
    `${address}:payment/refund/`,
    { config: { permission: "admin" }, schema: { params: PaymentParams } },
    (request, reply) => {
      const { slug, payment } = request.params;
      const work = async () => {
        await refundPayment(database, staffBy(request), slug, payment);
        return `/organise/tournaments/${slug}/finance/`;
      };
      return act(reply, work, (problem) => show(request, reply, slug, { limit: 20, sort: "-created" }, problem));
    },
  );
};

function render(
  reply: FastifyReply,
  finance: Finance,
  { items, next }: Page<Payment>,
  mayRefund: boolean,
  problem: string | undefined,
): string {
  const { slug, name } = finance;
  const here = `/organise/tournaments/${slug}/`;
  const sums = [
    ["Paid", finance.paid],
    ["Refunded", finance.refunded],
    ["Taken in", finance.net],
    ["Still owed", finance.outstanding],
    ["For prizes", finance.prizes],
    ["For you", finance.organiser],
  ] as const;
  const older =
    next === null
      ? ""
      : html`<nav class="pager" aria-label="Pages"><a rel="next" href="${here}finance/?cursor=${next}">Older payments</a></nav>`;
  return html`!${trail(["Organise", "/organise/tournaments/"], [name, here])}
    <h1>Finance of ${name}</h1>
    !${problemBox(problem)}
    <dl class="facts">!${sums.map(([term, amount]) => html`<div><dt>${term}</dt><dd>${formatMoney(amount)}</dd></div>`)}</dl>
    <section class="part"><h2>Payments</h2>
      !${items.length === 0 ? html`<p class="empty">Nothing has been paid yet.</p>` : html`<ul class="managed">!${items.map((payment) => line(reply, here, payment, mayRefund))}</ul>`}
      !${older}
    </section>`;
}

const statuses: Readonly<Record<Payment["status"], string>> = { pending: "begun", done: "done", failed: "failed" };

function line(reply: FastifyReply, here: string, payment: Payment, mayRefund: boolean): string {
  const { id, team, kind, method, status, amount, reference, created_at } = payment;
  const canRefund = mayRefund && kind === "payment" && method === "manual" && status === "done";
  const about = `of ${formatMoney(amount)} by ${team}`;
  const refund = canRefund
    ? button(reply, { action: `${here}finance/${id}/refund/`, label: "Refund", about, kind: "quiet" })
    : "";
  const how = method === "stripe" ? "by Stripe" : "by hand";
  return html`<li>
    <div><p><strong>${kind === "refund" ? "−" : ""}${formatMoney(amount)}</strong> ${team}</p>
      <p class="quiet">${kind === "refund" ? "Refund" : "Payment"} ${how}, ${statuses[status]}, !${moment(created_at)}!${reference === "" ? "" : html`, ${reference}`}</p></div>
    <div class="actions">!${refund}</div>
  </li>`;
}

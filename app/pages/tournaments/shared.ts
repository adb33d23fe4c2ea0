// What the pages of tournaments share: how things are called, buttons that do one thing, what went wrong.
import type { FastifyReply, FastifyRequest } from "fastify";
import { html } from "ghtml";
import type { Media } from "../../domains/tournaments/images.ts";
import type { Move } from "../../domains/tournaments/life-cycle.ts";
import type { PaymentProvider } from "../../domains/tournaments/payment-port.ts";
import type { TeamStatus, TournamentStatus } from "../../domains/tournaments/tables.ts";
import type { Database } from "../../platform/postgres.ts";
import { Problem } from "../../platform/problem.ts";
import { csrfField } from "../forms.ts";
import { type Page, type PageContext, sendPage } from "../layout.ts";

export interface TournamentPages {
  readonly database: Database;
  readonly context: PageContext;
  /** Where images are kept. */
  readonly media: Media;
  /** Takes fees online; left out: they are paid by hand. */
  readonly payments?: PaymentProvider | undefined;
}

export const statusLabels: Readonly<Record<TournamentStatus, string>> = {
  draft: "Draft",
  registration: "Registration open",
  check_in: "Check-in",
  running: "Running",
  completed: "Completed",
  archived: "Archived",
  cancelled: "Cancelled",
};

export const teamLabels: Readonly<Record<TeamStatus, string>> = {
  registered: "Registered",
  waiting: "On the waiting list",
  checked_in: "Checked in",
  absent: "Did not check in",
  withdrawn: "Withdrawn",
};

export const moveLabels: Readonly<Record<Move, string>> = {
  open_registration: "Publish and open registration",
  open_check_in: "Close registration and open check-in",
  start: "Draw the bracket and start",
  complete: "Complete the tournament",
  archive: "Move to the archive",
  cancel: "Cancel the tournament",
};

export function badge(status: TournamentStatus): string {
  return html`<p class="status status-${status}">${statusLabels[status]}</p>`;
}

const momentFormat = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });

export function moment(iso: string): string {
  return html`<time datetime="${iso}">${momentFormat.format(new Date(iso))}</time>`;
}

/** People's own line breaks, as paragraphs. */
export function paragraphs(text: string): string {
  return text
    .split(/\n\s*\n|\r\n\s*\r\n/)
    .filter((part) => part.trim() !== "")
    .map((part) => html`<p class="prose">${part.trim()}</p>`)
    .join("");
}

export function send(reply: FastifyReply, context: PageContext, page: Page): FastifyReply {
  return sendPage(reply, context, { ...page, styles: ["tournaments.css", ...(page.styles ?? [])] });
}

/** Where a page belongs, above its heading. */
export function trail(...steps: readonly (readonly [label: string, href: string])[]): string {
  const links = steps.map(([label, href]) => html`<li><a href="${href}">${label}</a></li>`);
  return html`<nav class="trail" aria-label="Breadcrumbs"><ol>!${links}</ol></nav>`;
}

export interface Button {
  readonly action: string;
  readonly label: string;
  /** Says what it is about, where many buttons read alike. @default nothing */
  readonly about?: string;
  /** @default "" */
  readonly kind?: "" | "quiet" | "danger";
  /** @default none */
  readonly hidden?: Readonly<Record<string, string>>;
}

/** A form of nothing but a button. */
export function button(reply: FastifyReply, { action, label, about, kind = "", hidden = {} }: Button): string {
  const fields = Object.entries(hidden).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  const unseen = about === undefined ? "" : html`<span class="unseen"> ${about}</span>`;
  return html`<form method="post" action="${action}">!${csrfField(reply)}!${fields}<button class="${kind}">${label}!${unseen}</button></form>`;
}

export function problemBox(problem: string | undefined): string {
  if (problem === undefined) return "";
  return html`<div class="problem" role="alert" tabindex="-1" autofocus><p>${problem}</p></div>`;
}

/** Does what a button is for, then leads on; a refusal shows the page again with the reason. */
export async function act(
  reply: FastifyReply,
  work: () => Promise<string>,
  again: (problem: string) => Promise<FastifyReply>,
): Promise<FastifyReply> {
  try {
    return reply.redirect(await work(), 303);
  } catch (error) {
    const isRefusal = error instanceof Problem && (error.status === 409 || error.status === 400);
    if (!isRefusal) throw error;
    void reply.code(error.status);
    return again(error.message);
  }
}

/** What a schema found wrong with a small form, as a refusal. @throws Problem */
export function assertForm({ validationError }: FastifyRequest): void {
  if (validationError === undefined) return;
  const [fault] = validationError.validation;
  const field = String(fault?.params.missingProperty ?? fault?.instancePath.slice(1) ?? "");
  throw new Problem("VALIDATION_FAILED", `${field.replaceAll("_", " ")} ${fault?.message ?? "is not valid"}.`.trim());
}

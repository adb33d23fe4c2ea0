// The frame of the shop's pages: where one is in it, what a role may go to, and what just happened.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { html } from "ghtml";
import { type Actor, act, actorOf } from "../../domains/point-of-sale/acting.ts";
import type { Database, Trx } from "../../platform/postgres.ts";
import { isAtLeast, type TenantRole } from "../../platform/principal.ts";
import type { Storage } from "../../platform/storage.ts";
import { csrfField } from "../forms.ts";
import { type PageContext, sendPage } from "../layout.ts";

export interface ShopPages {
  readonly database: Database;
  readonly context: PageContext;
  /** Where exports are kept. */
  readonly storage: Storage;
}

export type Pages = (app: FastifyInstance, shop: ShopPages) => void;

const places: readonly (readonly [label: string, href: string, role: TenantRole])[] = [
  ["Sell", "/shop/sell/", "cashier"],
  ["Sales", "/shop/sales/", "cashier"],
  ["Products", "/shop/products/", "cashier"],
  ["Stock", "/shop/stock/", "cashier"],
  ["Customers", "/shop/customers/", "cashier"],
  ["Reports", "/shop/reports/", "manager"],
  ["Staff", "/shop/staff/", "cashier"],
  ["Outlets", "/shop/outlets/", "admin"],
];

export interface ShopPage {
  readonly title: string;
  /** The address in the shop's menu that this page belongs to. */
  readonly place: string;
  readonly main: string;
  /** What went wrong, in a sentence. */
  readonly problem?: string | undefined;
}

export function sendShop(reply: FastifyReply, { context }: ShopPages, page: ShopPage): FastifyReply {
  const { role } = actorOf(reply.request);
  const links = places
    .filter(([, , least]) => isAtLeast(role, least))
    .map(([label, href]) => html`<a href="${href}" !${href === page.place ? 'aria-current="page"' : ""}>${label}</a>`);
  const main = html`<nav class="shop-menu filters" aria-label="Shop">!${links}</nav>
    !${notice(reply.request)}!${problem(page.problem)}!${page.main}`;
  const look = { styles: ["point-of-sale.css"], scripts: ["point-of-sale.js"] };
  return sendPage(reply, context, { title: page.title, main, ...look });
}

function problem(sentence: string | undefined): string {
  return sentence === undefined ? "" : html`<p class="problem" role="alert">${sentence}</p>`;
}

/** What a redirect may say; an address that says something else says nothing. */
const notices: Readonly<Record<string, string>> = {
  saved: "Saved.",
  sold: "Sold.",
  voided: "The sale is voided: stock and credit are as before.",
  mailed: "The receipt is on its way.",
  stocked: "The stock is changed.",
  feed: "The list is taken; the stock follows in a moment.",
  paid: "The payment is entered.",
  ordered: "The export is being made: it is in the list in a moment.",
  in: "You are clocked in.",
  out: "You are clocked out.",
};

function notice({ query }: FastifyRequest): string {
  const said = notices[(query as { said?: string }).said ?? ""];
  return said === undefined ? "" : html`<p class="notice" role="status">${said}</p>`;
}

/** After a form was taken: to a page, which says so. */
export function leave(reply: FastifyReply, path: string, said?: keyof typeof notices): FastifyReply {
  return reply.redirect(said === undefined ? path : `${path}${path.includes("?") ? "&" : "?"}said=${said}`, 303);
}

/** Reads or writes as whoever asks. */
export function asActor<T>(
  { database }: ShopPages,
  request: FastifyRequest,
  work: (trx: Trx, actor: Actor) => Promise<T>,
) {
  const actor = actorOf(request);
  return act(database, actor, (trx) => work(trx, actor));
}

export function mayManage(request: FastifyRequest): boolean {
  return isAtLeast(actorOf(request).role, "manager");
}

/** A form of one button. */
export function button(
  reply: FastifyReply,
  action: string,
  label: string,
  hidden: Readonly<Record<string, string>> = {},
) {
  const fields = Object.entries(hidden).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return html`<form method="post" action="${action}">!${csrfField(reply)}!${fields}<button class="plain">${label}</button></form>`;
}

export interface Column {
  readonly label: string;
  /** To the right, with digits of one width. */
  readonly number?: boolean;
}

/** A table that becomes a list of cards on a narrow screen. Cells are HTML. */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  empty: string,
): string {
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`;
  const style = ({ number }: Column | undefined = { label: "" }) => (number ? 'class="number"' : "");
  const head = columns.map((column) => html`<th scope="col" !${style(column)}>${column.label}</th>`);
  // The roles keep it a table for screen readers where styles make its parts something else.
  const body = rows.map((cells) => {
    const parts = cells.map(
      (cell, index) =>
        html`<td role="cell" data-label="${columns[index]?.label ?? ""}" !${style(columns[index])}>!${cell}</td>`,
    );
    return html`<tr role="row">!${parts}</tr>`;
  });
  return html`<table role="table"><caption class="unseen">${caption}</caption><thead><tr>!${head}</tr></thead><tbody>!${body}</tbody></table>`;
}

/** Escaped text, for cells. */
export const text = (value: string | number): string => html`${value}`;

export function link(href: string, label: string): string {
  return html`<a href="${href}">${label}</a>`;
}

/** Address of a list with these filters, empty ones left out. */
export function address(path: string, query: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(query).flatMap(([key, value]) =>
    value === undefined || value === "" ? [] : [[key, String(value)] as [string, string]],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/** Links to the first page of a list and the one after this. */
export function pager(path: string, query: Readonly<Record<string, unknown>>, next: string | null): string {
  const first =
    query.cursor === undefined
      ? ""
      : html`<a href="${address(path, { ...query, cursor: undefined, said: undefined })}">First page</a>`;
  const more =
    next === null
      ? ""
      : html`<a rel="next" href="${address(path, { ...query, cursor: next, said: undefined })}">More</a>`;
  return first + more === "" ? "" : html`<nav class="pager" aria-label="Pages">!${first}!${more}</nav>`;
}

const moment = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });

export function time(iso: string): string {
  return html`<time datetime="${iso}">${moment.format(new Date(iso))}</time>`;
}

/** The day some days from now, UTC: 2027-05-01. */
export function dayFromNow(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

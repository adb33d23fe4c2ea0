// Whose account a sale at the till goes on: searched for by text, as a shop has more customers than a list that anybody reads.
import type { FastifyReply } from "fastify";
import { html } from "ghtml";
import type { Actor } from "../../domains/point-of-sale/acting.ts";
import { formatAmount } from "../../domains/point-of-sale/amounts.ts";
import type { Cart } from "../../domains/point-of-sale/cart.ts";
import { type Customer, findCustomer, listCustomers } from "../../domains/point-of-sale/customers.ts";
import type { Trx } from "../../platform/postgres.ts";
import { csrfField } from "../forms.ts";

/** Most that are offered at once. */
const most = 50;

/** Whom the cart's customer is chosen from. */
export interface CustomerChoice {
  /** What was searched for; empty for nothing. */
  readonly who: string;
  readonly found: readonly Customer[];
  /** There are more than were found. */
  readonly hasMore: boolean;
  /** Who is chosen already, found or not. */
  readonly chosen: Customer | undefined;
}

/** Of those with an account in the cart's currency. */
export async function customersFor(
  trx: Trx,
  actor: Actor,
  { currency, customer_id }: Cart,
  who: string,
): Promise<CustomerChoice> {
  const filters = who === "" ? {} : { q: who };
  const { items: found, next } = await listCustomers(trx, actor, { limit: most, currency, ...filters });
  const listed = found.find(({ id }) => id === customer_id);
  const chosen = listed ?? (customer_id === null ? undefined : await findCustomer(trx, actor, customer_id));
  return { who, found, hasMore: next !== null, chosen };
}

export function customerForms(
  reply: FastifyReply,
  { who, found, hasMore, chosen }: CustomerChoice,
  { currency }: Cart,
): string {
  const isListed = found.some(({ id }) => id === chosen?.id);
  const offered = chosen === undefined || isListed ? found : [chosen, ...found];
  const options = offered.map(({ id, name, currency: own, credit_limit, balance }) => {
    const room = formatAmount(Math.max(0, credit_limit - balance), own);
    return html`<option value="${id}" !${id === chosen?.id ? "selected" : ""}>${name} (credit ${room})</option>`;
  });
  const hint = hasMore
    ? html`<p class="quiet">The first ${most} by name are offered: search for others.</p>`
    : found.length === 0 && who !== ""
      ? html`<p class="quiet" role="status">No customer with an account in ${currency} is found by ${who}.</p>`
      : "";
  const isOpen = chosen !== undefined || who !== "";
  return html`<details class="aside" !${isOpen ? "open" : ""}><summary>Customer</summary>
    <form class="row" method="get" action="/shop/sell/" role="search">
      <div class="field"><label for="who">Find by name, e-mail or phone</label>
        <input id="who" name="who" type="search" value="${who}" maxlength="80" autocomplete="off"></div>
      <button class="plain">Find</button></form>
    !${hint}
    <form class="row" method="post" action="/shop/sell/customer/">!${csrfField(reply)}
      <div class="field"><label for="customer">Customer</label>
        <select id="customer" name="customer_id" !${who === "" ? "" : "autofocus"}><option value="">None</option>!${options}</select></div>
      <button class="plain">Choose</button></form>
  </details>`;
}

// What the till shows: the field for codes, what was found, the cart, and how to pay.
import type { FastifyReply } from "fastify";
import { html } from "ghtml";
import { decimalText, digitsOf, formatAmount } from "../../domains/point-of-sale/amounts.ts";
import type { Cart, CartLine } from "../../domains/point-of-sale/cart.ts";
import type { Outlet } from "../../domains/point-of-sale/outlets.ts";
import type { Product } from "../../domains/point-of-sale/products.ts";
import { csrfField } from "../forms.ts";
import { type CustomerChoice, customerForms } from "./till-customer.ts";

export interface Till {
  readonly outlets: readonly Outlet[];
  readonly cart: Cart | undefined;
  /** Undefined if nothing was looked for. */
  readonly found: readonly Product[] | undefined;
  readonly q: string;
  /** Undefined where there is nothing to pay. */
  readonly customers: CustomerChoice | undefined;
}

export function till(reply: FastifyReply, state: Till): string {
  const { cart, outlets } = state;
  if (outlets.length === 0) {
    return html`<h1>Sell</h1><p class="empty">There is no outlet yet. An admin opens one under <a href="/shop/outlets/">Outlets</a>.</p>`;
  }
  if (cart === undefined) return html`<h1>Sell</h1>!${chooser(reply, outlets, undefined)}`;
  return html`<div class="till" data-till data-digits="${digitsOf(cart.currency)}">
    <section class="ring-up" aria-labelledby="sell">
      <div class="till-head"><h1 id="sell">Sell</h1><p class="quiet">${cart.outlet}</p></div>
      <form class="scan" method="post" action="/shop/sell/add/">
        !${csrfField(reply)}
        <label for="code">Code, barcode or name</label>
        <div class="scan-row">
          <input id="code" name="code" type="search" value="${state.q}" maxlength="80" autocomplete="off" autocapitalize="off"
            spellcheck="false" !${(state.customers?.who ?? "") === "" ? "autofocus" : ""} enterkeyhint="enter">
          <button>Add</button>
        </div>
      </form>
      <div id="found" aria-live="polite">!${found(reply, state)}</div>
      !${lines(reply, cart)}
      !${outlets.length > 1 ? html`<details class="aside"><summary>Another outlet</summary>!${chooser(reply, outlets, cart.outlet_id)}</details>` : ""}
    </section>
    !${checkout(reply, state, cart)}
  </div>`;
}

function chooser(reply: FastifyReply, outlets: readonly Outlet[], current: string | undefined): string {
  const options = outlets.map(
    ({ id, name }) => html`<option value="${id}" !${id === current ? "selected" : ""}>${name}</option>`,
  );
  return html`<form class="row" method="post" action="/shop/sell/outlet/">!${csrfField(reply)}
    <div class="field"><label for="outlet">Outlet that you sell at</label><select id="outlet" name="outlet_id">!${options}</select></div>
    <button>Begin</button>
  </form>`;
}

function found(reply: FastifyReply, { found: products, q }: Till): string {
  if (products === undefined) return "";
  if (products.length === 0) return html`<p class="quiet">Nothing is sold here by the code or name ${q}.</p>`;
  const items = products.map(
    (product) => html`<li>
      <form method="post" action="/shop/sell/add/">!${csrfField(reply)}<input type="hidden" name="code" value="${product.code}">
        <button class="pick"><span>${product.name}</span> <span class="quiet">${product.code}</span>
          <strong>${formatAmount(product.price, product.currency)}</strong></button>
      </form></li>`,
  );
  return html`<ul class="found" aria-label="Products found">!${items}</ul>`;
}

function lines(reply: FastifyReply, { lines: rows, currency }: Cart): string {
  if (rows.length === 0)
    return html`<p class="empty">Nothing in the cart. Scan a code, or type one and press Enter.</p>`;
  return html`<ul class="cart" aria-label="Cart">!${rows.map((line) => cartLine(reply, line, currency))}</ul>`;
}

function cartLine(reply: FastifyReply, line: CartLine, currency: string): string {
  const { product_id, name, code, price, quantity, stock } = line;
  const short = stock !== null && stock < quantity ? html`<p class="short">Only ${stock} in stock</p>` : "";
  return html`<li>
    <div class="what"><strong>${name}</strong><span class="quiet">${code} · ${formatAmount(price, currency)} each</span>!${short}</div>
    <form class="amount" method="post" action="/shop/sell/line/">!${csrfField(reply)}
      <input type="hidden" name="product_id" value="${product_id}">
      <label class="unseen" for="quantity-${product_id}">Quantity of ${name}</label>
      <input id="quantity-${product_id}" name="quantity" type="number" min="0" max="10000" value="${quantity}" inputmode="numeric" data-quantity>
      <button class="plain" data-set>Set<span class="unseen"> quantity of ${name}</span></button>
    </form>
    <strong class="sum">${formatAmount(price * quantity, currency)}</strong>
    <form method="post" action="/shop/sell/line/">!${csrfField(reply)}
      <input type="hidden" name="product_id" value="${product_id}"><input type="hidden" name="quantity" value="0">
      <button class="plain remove" aria-label="Remove ${name}">×</button>
    </form>
  </li>`;
}

function checkout(reply: FastifyReply, state: Till, cart: Cart): string {
  const { totals, currency } = cart;
  const row = (label: string, amount: number) =>
    html`<div><dt>${label}</dt><dd>${formatAmount(amount, currency)}</dd></div>`;
  return html`<section class="checkout" aria-labelledby="pay">
    <h2 id="pay">Total</h2>
    <p class="total" data-total="${totals.total}">${formatAmount(totals.total, currency)}</p>
    <dl class="sums">
      !${totals.discount > 0 ? row("Before discount", totals.subtotal) + row("Discount", -totals.discount) : ""}
      !${row("Tax in it", totals.tax)}
    </dl>
    !${cart.lines.length === 0 ? "" : payment(reply, state, cart)}
  </section>`;
}

function payment(reply: FastifyReply, { customers }: Till, cart: Cart): string {
  const { currency, totals } = cart;
  const amount = (name: string, label: string) => html`<div class="field"><label for="${name}">${label}</label>
    <input id="${name}" name="${name}" inputmode="decimal" autocomplete="off" maxlength="20" placeholder="${decimalText(0, currency)}"></div>`;
  return html`<form class="pay" method="post" action="/shop/sell/pay/" data-pay>!${csrfField(reply)}
      <input type="hidden" name="cart" value="${cart.id}"><input type="hidden" name="total" value="${totals.total}">
      <div class="field"><label for="cash">Cash received <span class="quiet">(empty: exact)</span></label>
        <input id="cash" name="cash" inputmode="decimal" autocomplete="off" maxlength="20" placeholder="${decimalText(totals.total, currency)}"></div>
      <p class="change" role="status" data-change></p>
      <button name="how" value="cash">Cash</button>
      <button name="how" value="card" class="second">Card</button>
      !${cart.customer_id === null ? "" : html`<button name="how" value="credit" class="second">On account</button>`}
      <details class="aside"><summary>Split payment</summary>
        !${amount("split_cash", "Cash")}!${amount("split_card", "Card")}!${amount("split_credit", "On account")}
        <button name="how" value="split" class="second">Take split payment</button>
      </details>
    </form>
    !${customers === undefined ? "" : customerForms(reply, customers, cart)}
    <details class="aside" !${cart.discount > 0 ? "open" : ""}><summary>Discount</summary>
      <form class="row" method="post" action="/shop/sell/discount/">!${csrfField(reply)}
        <div class="field"><label for="discount">Off the total, in ${currency}</label>
          <input id="discount" name="discount" inputmode="decimal" autocomplete="off" maxlength="20"
            value="${cart.discount > 0 ? decimalText(cart.discount, currency) : ""}"></div>
        <button class="plain">Apply</button></form>
    </details>
    <form method="post" action="/shop/sell/clear/">!${csrfField(reply)}<button class="plain">Empty the cart</button></form>`;
}

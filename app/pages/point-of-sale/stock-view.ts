// What pages of stock show: levels, the choice of a product, the form that changes its stock, movements.
import type { FastifyReply } from "fastify";
import { html } from "ghtml";
import type { Outlet } from "../../domains/point-of-sale/outlets.ts";
import type { Product } from "../../domains/point-of-sale/products.ts";
import type { Movement, StockLevel } from "../../domains/point-of-sale/stock.ts";
import { type Field, form, type Refusal } from "../forms.ts";
import { searchForm } from "./product-view.ts";
import { address, link, pager, table, text, time } from "./shop.ts";

const place = "/shop/stock/";

/** What the list may be narrowed by. */
interface Filters {
  readonly cursor?: string;
  readonly q?: string;
  readonly low?: boolean;
}

/** A page of a list. */
interface Listed<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/** @param products to choose from for managers, by the same search; undefined for others */
export function list(
  { items, next }: Listed<StockLevel>,
  query: Filters,
  products: Listed<Product> | undefined,
): string {
  const rows = items.map((level) => [
    link(`${place}${level.product_id}/`, level.product),
    text(level.code),
    text(level.outlet),
    level.is_low ? html`<span class="badge unpaid">Low</span>` : html`<span class="badge paid">Fine</span>`,
    text(level.quantity),
  ]);
  const columns = [
    { label: "Product" },
    { label: "Code" },
    { label: "Outlet" },
    { label: "State" },
    { label: "Stock", number: true },
  ];
  const filter = (label: string, low?: true) =>
    html`<a href="${address(place, { low })}" !${low === query.low ? 'aria-current="page"' : ""}>${label}</a>`;
  return html`<div class="title-row"><h1>Stock</h1>!${products !== undefined ? html`<a class="button" href="${place}list/">Enter a list</a>` : ""}</div>
    <nav class="filters" aria-label="Filter by level">!${filter("All")}!${filter("Low", true)}</nav>
    !${searchForm(place, query.q ?? "", "Name or code of a product")}
    !${table("Stock levels", columns, rows, "No stock here.")}!${pager(place, { ...query }, next)}
    !${products !== undefined && products.items.length > 0 ? chooser(products) : ""}`;
}

/** Products that have never had stock are in no list of levels. */
function chooser({ items, next }: Listed<Product>): string {
  const options = items.map(({ id, name }) => html`<option value="${id}">${name}</option>`);
  return html`<form class="row" method="get" action="${place}product/">
    <div class="field"><label for="product">Take in, count or transfer</label>
      !${next === null ? "" : html`<p class="quiet" id="product-hint">The first ${items.length} by name: search above for others.</p>`}
      <select id="product" name="product_id" !${next === null ? "" : 'aria-describedby="product-hint"'}>!${options}</select></div>
    <button class="plain">Choose</button></form>`;
}

export function changing(
  reply: FastifyReply,
  id: string,
  outlets: readonly Outlet[],
  state: Refusal | undefined,
): string {
  const options = outlets.map(({ id: outlet, name }) => [outlet, name] as const);
  const to: Field = {
    name: "to_outlet_id",
    label: "To, for a transfer",
    type: "select",
    required: false,
    options: [["", "–"], ...options],
  };
  const fields: Field[] = [
    {
      name: "kind",
      label: "What happened",
      type: "select",
      options: [
        ["receipt", "Goods came in"],
        ["adjustment", "Counted: there are this many"],
        ...(outlets.length > 1 ? ([["transfer", "Goes to another outlet"]] as const) : []),
      ],
    },
    { name: "outlet_id", label: "Outlet", type: "select", options },
    ...(outlets.length > 1 ? [to] : []),
    {
      name: "quantity",
      label: "How many",
      type: "number",
      attributes: { min: 0, max: 1_000_000, inputmode: "numeric" },
    },
    { name: "reason", label: "Reason", required: false, attributes: { maxlength: 300 } },
  ];
  return html`<details class="aside" !${state === undefined ? "" : "open"}><summary>Change the stock</summary>
    !${form(reply, { action: `${place}${id}/`, fields, hidden: { key: crypto.randomUUID() }, submit: "Enter" }, state)}</details>`;
}

const kinds: Readonly<Record<Movement["kind"], string>> = {
  receipt: "Came in",
  sale: "Sold",
  void: "Sale voided",
  adjustment: "Adjusted",
  transfer: "Transferred",
};

export function movementTable(movements: readonly Movement[], outlets: readonly Outlet[]): string {
  const rows = movements.map((one) => [
    time(one.created_at),
    one.sale_id === null ? text(kinds[one.kind]) : link(`/shop/sales/${one.sale_id}/`, kinds[one.kind]),
    text(outlets.find(({ id }) => id === one.outlet_id)?.name ?? ""),
    text(one.reason ?? "–"),
    text(one.quantity > 0 ? `+${one.quantity}` : one.quantity),
    text(one.balance),
  ]);
  const columns = [
    { label: "Time" },
    { label: "What" },
    { label: "Outlet" },
    { label: "Reason" },
    { label: "Change", number: true },
    { label: "Then", number: true },
  ];
  return table("Movements", columns, rows, "Nothing has happened yet.");
}

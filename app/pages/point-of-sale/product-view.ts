// What pages of products show: the list, the search, the form's fields.
import { html } from "ghtml";
import { decimalText, formatAmount } from "../../domains/point-of-sale/amounts.ts";
import type * as products from "../../domains/point-of-sale/products.ts";
import type { Field } from "../forms.ts";
import { link, pager, table, text } from "./shop.ts";

const place = "/shop/products/";

/** What the list may be narrowed by. */
interface Filters {
  readonly cursor?: string;
  readonly q?: string;
}

export function list(
  { items, next }: { readonly items: readonly products.Product[]; readonly next: string | null },
  query: Filters,
  manages: boolean,
): string {
  const rows = items.map((product) => [
    manages ? link(`${place}${product.id}/`, product.name) : text(product.name),
    text(product.code),
    text(product.barcode ?? "–"),
    product.is_active ? html`<span class="badge paid">Sold</span>` : html`<span class="badge voided">Not sold</span>`,
    text(formatAmount(product.price, product.currency)),
  ]);
  const columns = [
    { label: "Name" },
    { label: "Code" },
    { label: "Barcode" },
    { label: "State" },
    { label: "Price", number: true },
  ];
  return html`<div class="title-row"><h1>Products</h1>!${manages ? html`<a class="button" href="${place}new/">Add a product</a>` : ""}</div>
    !${searchForm(place, query.q ?? "", "Name, code or barcode")}
    !${table("Products", columns, rows, "No products here.")}!${pager(place, { ...query }, next)}`;
}

export function searchForm(action: string, q: string, label: string): string {
  return html`<form class="row" method="get" action="${action}" role="search">
    <div class="field"><label for="q">${label}</label><input id="q" name="q" type="search" value="${q}" maxlength="80"></div>
    <button class="plain">Find</button></form>`;
}

/** @param category name of the product's */
export function fieldsOf(
  product: products.Product | undefined,
  category: string,
  currencies: readonly string[],
): Field[] {
  const currency = product?.currency ?? currencies[0] ?? "EUR";
  const offered = product === undefined ? [...new Set([...currencies, currency])] : [currency];
  const amount = { maxlength: 20, inputmode: "decimal" };
  const fixed = { readonly: product !== undefined };
  const active: Field = {
    name: "is_active",
    label: "Is it sold?",
    type: "select",
    options: [
      ["yes", "Yes"],
      ["no", "No"],
    ],
    value: product?.is_active === false ? "no" : "yes",
  };
  return [
    { name: "name", label: "Name", value: product?.name ?? "", attributes: { maxlength: 120 } },
    {
      name: "code",
      label: "Code",
      hint: "Typed at the till: letters, digits, dots and dashes",
      value: product?.code ?? "",
      attributes: { maxlength: 32, ...fixed },
    },
    {
      name: "barcode",
      label: "Barcode",
      required: false,
      value: product?.barcode ?? "",
      attributes: { maxlength: 48 },
    },
    {
      name: "category",
      label: "Category",
      required: false,
      value: category,
      attributes: { maxlength: 80, list: "categories" },
    },
    {
      name: "currency",
      label: "Currency",
      type: "select",
      options: offered.map((name) => [name, name] as const),
      value: currency,
    },
    {
      name: "price",
      label: "Price, tax included",
      value: product === undefined ? "" : decimalText(product.price, currency),
      attributes: amount,
    },
    {
      name: "cost",
      label: "Cost",
      hint: "What one costs the shop",
      required: false,
      value: product === undefined ? "" : decimalText(product.cost, currency),
      attributes: amount,
    },
    {
      name: "tax",
      label: "Tax in per cent",
      type: "number",
      value: String((product?.tax_rate ?? 0) / 100),
      attributes: { min: 0, max: 100, step: 0.01 },
    },
    {
      name: "low_stock",
      label: "Low from",
      hint: "At this stock or below it, it is listed as low",
      type: "number",
      value: String(product?.low_stock ?? 0),
      attributes: { min: 0, max: 1_000_000 },
    },
    ...(product === undefined ? [] : [active]),
  ];
}

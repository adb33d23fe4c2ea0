// What pages of customers show: the list, the forms, the account.
import type { FastifyReply } from "fastify";
import { html } from "ghtml";
import { decimalText, formatAmount } from "../../domains/point-of-sale/amounts.ts";
import type * as customers from "../../domains/point-of-sale/customers.ts";
import type * as ledger from "../../domains/point-of-sale/ledger.ts";
import { type Field, type FormState, form } from "../forms.ts";
import { searchForm } from "./product-view.ts";
import { address, link, pager, table, text, time } from "./shop.ts";

const place = "/shop/customers/";

/** What a list may be narrowed by. */
interface Filters {
  readonly cursor?: string;
  readonly q?: string;
  readonly owing?: boolean;
}

export function list(items: readonly customers.Customer[], next: string | null, query: Filters): string {
  const rows = items.map((customer) => [
    link(`${place}${customer.id}/`, customer.name),
    text(customer.email ?? "–"),
    text(customer.phone ?? "–"),
    text(formatAmount(customer.credit_limit, customer.currency)),
    text(formatAmount(customer.balance, customer.currency)),
  ]);
  const columns = [
    { label: "Name" },
    { label: "E-mail" },
    { label: "Phone" },
    { label: "Limit", number: true },
    { label: "Owes", number: true },
  ];
  const filter = (label: string, owing?: true) =>
    html`<a href="${address(place, { owing })}" !${owing === query.owing ? 'aria-current="page"' : ""}>${label}</a>`;
  return html`<div class="title-row"><h1>Customers</h1><a class="button" href="${place}new/">Add a customer</a></div>
    <nav class="filters" aria-label="Filter by balance">!${filter("All")}!${filter("Owing", true)}</nav>
    !${searchForm(place, query.q ?? "", "Name, e-mail or phone")}
    !${table("Customers", columns, rows, "No customers here.")}!${pager(place, { ...query }, next)}`;
}

export function fieldsOf(
  customer: customers.Customer | undefined,
  currencies: readonly string[],
  manages: boolean,
): Field[] {
  const own: Field[] = [
    { name: "name", label: "Name", value: customer?.name ?? "", autocomplete: "off", attributes: { maxlength: 120 } },
    {
      name: "email",
      label: "E-mail",
      type: "email",
      required: false,
      value: customer?.email ?? "",
      autocomplete: "off",
    },
    {
      name: "phone",
      label: "Phone",
      required: false,
      value: customer?.phone ?? "",
      autocomplete: "off",
      attributes: { maxlength: 40 },
    },
  ];
  const options = currencies.map((name) => [name, name] as const);
  const currency: Field[] =
    customer === undefined ? [{ name: "currency", label: "Currency", type: "select", options }] : [];
  if (!manages) return [...own, ...currency];
  const limit = customer === undefined ? "" : decimalText(customer.credit_limit, customer.currency);
  const blocked: Field = {
    name: "blocked",
    label: "Is the credit blocked?",
    type: "select",
    options: [
      ["no", "No"],
      ["yes", "Yes"],
    ],
    value: customer?.is_credit_blocked ? "yes" : "no",
  };
  return [
    ...own,
    ...currency,
    {
      name: "credit_limit",
      label: "Credit limit",
      required: false,
      value: limit,
      attributes: { inputmode: "decimal", maxlength: 20 },
    },
    ...(customer === undefined ? [] : [blocked]),
  ];
}

export function paying(
  reply: FastifyReply,
  { id, balance, currency }: customers.Customer,
  state: FormState | undefined,
): string {
  const fields: Field[] = [
    {
      name: "amount",
      label: "Amount",
      value: decimalText(Math.max(0, balance), currency),
      attributes: { inputmode: "decimal", maxlength: 20 },
    },
    {
      name: "method",
      label: "Paid by",
      type: "select",
      options: [
        ["cash", "Cash"],
        ["card", "Card"],
        ["transfer", "Bank transfer"],
      ],
    },
    { name: "note", label: "Note", required: false, attributes: { maxlength: 300 } },
  ];
  const hidden = { key: crypto.randomUUID() };
  return html`<details class="aside" open><summary>Take a payment</summary>
    !${form(reply, { action: `${place}${id}/payments/`, fields, hidden, submit: "Take the payment" }, state)}</details>`;
}

const kinds = { charge: "Bought on account", payment: "Payment", void: "Sale voided" } as const;

export function ledgerTable(
  entries: readonly ledger.LedgerEntry[],
  { currency }: customers.Customer,
  empty = "Nothing was bought on account.",
): string {
  const rows = entries.map((entry) => [
    time(entry.created_at),
    entry.sale_id === null ? text(kinds[entry.kind]) : link(`/shop/sales/${entry.sale_id}/`, kinds[entry.kind]),
    text(entry.note ?? "–"),
    text(formatAmount(entry.amount, currency)),
    text(formatAmount(entry.balance, currency)),
  ]);
  const columns = [
    { label: "Time" },
    { label: "What" },
    { label: "Note" },
    { label: "Amount", number: true },
    { label: "Owes then", number: true },
  ];
  return table("Account", columns, rows, empty);
}

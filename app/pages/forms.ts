// Forms of pages: fields with labels, what is wrong with each, and what was typed kept. They work without scripts.
import type { FastifyReply, FastifyRequest } from "fastify";
import { html } from "ghtml";
import { type Fields, Problem } from "../platform/problem.ts";

/** What a form shows: what was typed, and what is wrong with it. */
export interface FormState {
  /** By the field's name. @default nothing typed */
  readonly values?: Readonly<Record<string, unknown>>;
  /** By the field's name. @default nothing wrong */
  readonly errors?: Fields;
  /** What is wrong with the whole. @default nothing */
  readonly problem?: string | undefined;
}

/** One field. */
export interface Field {
  readonly name: string;
  readonly label: string;
  /** Id of the element, where a page has two fields of this name. @default `field-` and the name */
  readonly id?: string;
  /** An input's type, or another element. @default "text" */
  readonly type?:
    | "text"
    | "email"
    | "password"
    | "number"
    | "date"
    | "datetime-local"
    | "search"
    | "url"
    | "textarea"
    | "select";
  /** Said below the label. @default nothing */
  readonly hint?: string;
  /** @default true */
  readonly required?: boolean;
  /** What browsers may fill in: `username`, `current-password`, `new-password`, `off` … @default left to browsers */
  readonly autocomplete?: string;
  /** Further attributes: limits, patterns. @default none */
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  /** Values and labels of a `select`. */
  readonly options?: readonly (readonly [value: string, label: string])[];
  /** Shown where nothing was typed. @default "" */
  readonly value?: string;
  /** Name of the field that says what this one's value is in, as an amount is in a currency. @default none */
  readonly unit?: string;
}

export interface Form {
  readonly action: string;
  readonly fields: readonly Field[];
  /** What the button says. */
  readonly submit: string;
  /** Values that go along unseen. @default none */
  readonly hidden?: Readonly<Record<string, string>>;
  /** HTML between the fields and the button. @default "" */
  readonly extra?: string;
}

/** A whole form, with the token that this answer's browser must send back. */
export function form(
  reply: FastifyReply,
  { action, fields, submit, hidden, extra }: Form,
  state: FormState = {},
): string {
  return html`<form class="form" method="post" action="${action}">
    !${csrfField(reply)}
    !${Object.entries(hidden ?? {}).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
    !${summary(fields, state)}
    !${fields.map((one) => field(one, state))}
    !${extra ?? ""}
    <button>${submit}</button>
  </form>`;
}

/** The hidden field that each form carries. */
export function csrfField(reply: FastifyReply): string {
  return html`<input type="hidden" name="_csrf" value="${reply.csrfToken()}">`;
}

const allWrong = "Some of this cannot be taken as it is:";

/** What is wrong, above all fields: it gets the focus, so that nobody has to look for it. */
export function summary(fields: readonly Field[], { errors = {}, problem }: FormState): string {
  const wrong = fields.filter(({ name }) => errors[name] !== undefined);
  // What is wrong with something that the form does not show still has to be said.
  const others = Object.entries(errors).filter(([name]) => !fields.some((one) => one.name === name));
  const sentence = problem ?? others.map(([name, message]) => `${name} ${message}`).join("; ");
  if (wrong.length === 0 && sentence === "") return "";
  const links = wrong.map(
    ({ id, name, label }) => html`<li><a href="#${id ?? `field-${name}`}">${label} ${errors[name]}</a></li>`,
  );
  return html`<div class="problem" role="alert" tabindex="-1" autofocus>
    <p>${sentence === "" ? allWrong : sentence}</p>
    !${links.length === 0 ? "" : html`<ul>!${links}</ul>`}
  </div>`;
}

/** A field with its label; `aria-describedby` leads from the one to its hint and its error. */
export function field(one: Field, { values = {}, errors = {} }: FormState = {}): string {
  const id = one.id ?? `field-${one.name}`;
  const error = errors[one.name];
  const described = [one.hint === undefined ? "" : `${id}-hint`, error === undefined ? "" : `${id}-error`];
  const common = attributes({
    id,
    name: one.name,
    required: one.required ?? true,
    autocomplete: one.autocomplete ?? false,
    "aria-describedby": described.filter((part) => part !== "").join(" ") || false,
    "aria-invalid": error === undefined ? false : "true",
    ...one.attributes,
  });
  return html`<div class="field">
    <label for="${id}">${one.label}!${(one.required ?? true) ? "" : html` <span class="quiet">(optional)</span>`}</label>
    !${one.hint === undefined ? "" : html`<p class="quiet" id="${id}-hint">${one.hint}</p>`}
    !${error === undefined ? "" : html`<p class="error" id="${id}-error">${one.label} ${error}</p>`}
    !${control(one, common, typed(values[one.name]) ?? one.value ?? "")}
  </div>`;
}

function control({ type = "text", options = [] }: Field, common: string, value: string): string {
  if (type === "textarea") return html`<textarea !${common}>${value}</textarea>`;
  // What was typed as a password is not sent back.
  if (type !== "select") return html`<input type="${type}" !${common} value="${type === "password" ? "" : value}">`;
  const choices = options.map(
    ([key, label]) => html`<option value="${key}" !${key === value ? "selected" : ""}>${label}</option>`,
  );
  return html`<select !${common}>!${choices}</select>`;
}

/** What a field shows of a value; undefined for what none was typed as. */
export function typed(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

function attributes(given: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(given)
    .filter(([, value]) => value !== false)
    .map(([name, value]) => (value === true ? name : html`!${name}="${value}"`))
    .join(" ");
}

/** What a schema finds wrong with a form, as its fields' errors; undefined if nothing is. */
function faultsOf({ validationError, body }: FastifyRequest): FormState | undefined {
  if (validationError === undefined) return undefined;
  const errors: Record<string, string> = {};
  for (const { instancePath, params, keyword, message = "is not valid" } of validationError.validation) {
    const name = String(params.missingProperty ?? params.additionalProperty ?? instancePath.slice(1));
    errors[name] ??= sayings[`${keyword} ${params.format ?? params.limit ?? params.pattern ?? ""}`.trim()] ?? message;
  }
  return { values: valuesOf(body), errors };
}

/** What people are told in place of the schema's own words, by the keyword and its argument. */
const sayings: Readonly<Record<string, string>> = {
  "format email": "must be an e-mail address",
  "format uuid": "must be one of the list",
  "minLength 1": "is missing",
  "pattern \\S": "is missing",
  required: "is missing",
  additionalProperties: "is not known here",
};

/** The form again, with what a Problem says: for refusals below 500. @throws whatever else it was */
function refusalOf(error: unknown, body: unknown): Refusal {
  if (!(error instanceof Problem) || error.status >= 500) throw error;
  // What there is not is answered as such: by a page it would be told from what others have.
  if (error.code === "NOT_FOUND") throw error;
  const { fields, message, status } = error;
  const what = fields === undefined ? { problem: message } : { errors: fields };
  return { status, sentence: message, values: valuesOf(body), ...what };
}

function valuesOf(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === "object" && body !== null ? { ...body } : {};
}

/** A form that was not taken. */
export interface Refusal extends FormState {
  /** Of the answer that shows it again. */
  readonly status: number;
  /** What is wrong, for a page that does not show the form. */
  readonly sentence: string;
}

/**
 * Does what a form asks for, in routes with `attachValidation: true`. @returns what is wrong with it, by its schema or by a
 * Problem; undefined if it was done
 */
export async function attempt(request: FastifyRequest, work: () => Promise<unknown>): Promise<Refusal | undefined> {
  const faults = faultsOf(request);
  if (faults !== undefined) return { status: 400, sentence: allWrong, ...faults, errors: inWords(faults.errors ?? {}) };
  try {
    await work();
    return undefined;
  } catch (error) {
    return refusalOf(error, request.body);
  }
}

/** A pattern says nothing to people; each such field has a hint. */
function inWords(errors: Fields): Fields {
  const said = (message: string) =>
    /^must (match|be equal)/.test(message) ? "is not of the form that it must have" : message;
  return Object.fromEntries(Object.entries(errors).map(([name, message]) => [name, said(message)]));
}

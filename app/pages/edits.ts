// Forms that change what is there already. What a form showed goes along in it, so that only what was changed in it is written, and
// not over what somebody else has changed meanwhile: `editForm` shows one; `changesIn` reads it, in the transaction that holds the row.
import { createHash } from "node:crypto";
import type { FastifyReply } from "fastify";
import Type from "typebox";
import { type Fields, Problem } from "../platform/problem.ts";
import { type Field, type Form, type FormState, form, typed } from "./forms.ts";

/** Schema of the field `shown`, which goes along: a digest of what each field showed, written as in an address's query. */
export const Shown = Type.String({ maxLength: 1_000, default: "" });

type Sent = Readonly<Record<string, unknown>>;

interface Compared {
  readonly changed: readonly Field[];
  /** Those of them that are stored otherwise now than the form showed. */
  readonly clashing: readonly Field[];
}

/**
 * Names of the fields that were changed in a form.
 * @param fields with what is stored now as their values
 * @throws Problem if somebody else has changed one of these since the form was shown
 */
export function changesIn(fields: readonly Field[], sent: Sent): ReadonlySet<string> {
  const { changed, clashing } = compare(fields, sent);
  if (clashing.length > 0) throw new Problem("CONFLICT", sentenceOf(clashing), { fields: faultsOf(clashing) });
  return new Set(changed.map(({ name }) => name));
}

/** Of values, those whose fields were changed. @param fieldOf fields that are not called like what they stand for */
export function onlyChanged<Values extends object>(
  values: Values,
  changed: ReadonlySet<string>,
  fieldOf: Readonly<Record<string, string>> = {},
): Partial<Values> {
  const isChanged = (name: string) => changed.has(fieldOf[name] ?? name);
  return Object.fromEntries(Object.entries(values).filter(([name]) => isChanged(name))) as Partial<Values>;
}

/**
 * The form with what is stored now. Refused, it shows what was changed in it as it was typed, and tells what somebody else has
 * changed of that: whoever saves it again has seen both. @param edit its fields have what is stored now as their values
 */
export function editForm(reply: FastifyReply, edit: Form, state?: FormState): string {
  const { values: sent = {}, errors, problem } = state ?? {};
  const { changed, clashing } = compare(edit.fields, sent);
  const isClashing = new Set(clashing);
  const fields = edit.fields.map((one) =>
    isClashing.has(one) ? { ...one, hint: `Stored now: ${inWords(edit.fields, one) || "nothing"}` } : one,
  );
  return form(
    reply,
    { ...edit, fields, hidden: { ...edit.hidden, shown: shownBy(edit.fields) } },
    {
      values: Object.fromEntries(changed.map(({ name }) => [name, sent[name]])),
      errors: { ...faultsOf(clashing), ...errors },
      problem: clashing.length > 0 ? sentenceOf(clashing) : problem,
    },
  );
}

/** What goes along of fields that show what is stored. Long texts would go along twice: nobody reads digests back. */
export function shownBy(fields: readonly Field[]): string {
  const digests = fields.map((one) => [one.name, digestOf(storedIn(fields, one))] as const);
  return String(new URLSearchParams(Object.fromEntries(digests)));
}

/** Whoever made both changes alike, or sends the form twice, has changed nothing. */
function compare(fields: readonly Field[], sent: Sent): Compared {
  const shown = new URLSearchParams(typed(sent.shown) ?? "");
  const isAsShown = ({ name }: Field, text: string) => digestOf(text) === shown.get(name);
  const changed = fields.filter((one) => {
    const text = sentIn(fields, one, sent);
    return text !== undefined && !isAsShown(one, text) && text !== storedIn(fields, one);
  });
  return { changed, clashing: changed.filter((one) => !isAsShown(one, storedIn(fields, one))) };
}

function sentIn(fields: readonly Field[], one: Field, sent: Sent): string | undefined {
  const value = typed(sent[one.name]);
  if (value === undefined) return undefined;
  return withUnit(fields, one, value, (unit) => typed(sent[unit.name]) ?? storedOf(unit));
}

function storedIn(fields: readonly Field[], one: Field): string {
  return withUnit(fields, one, storedOf(one), storedOf);
}

function storedOf({ value = "" }: Field): string {
  return value;
}

/** An amount in another currency is another amount. */
function withUnit(fields: readonly Field[], one: Field, value: string, unitOf: (unit: Field) => string): string {
  const unit = fields.find(({ name }) => name === one.unit);
  return asSent(one, value) + (unit === undefined ? "" : ` ${unitOf(unit)}`);
}

/** Browsers send other line breaks than they are given, one fewer at the beginning, and none from a field of one line. */
function asSent({ type }: Field, value: string): string {
  return type === "textarea" ? value.replaceAll(/\r\n?/g, "\n").replace(/^\n+/, "") : value.replaceAll(/[\r\n]/g, "");
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 16);
}

function faultsOf(clashing: readonly Field[]): Fields {
  return Object.fromEntries(clashing.map(({ name }) => [name, "has been changed by somebody else meanwhile"]));
}

const lists = new Intl.ListFormat("en");

function sentenceOf(clashing: readonly Field[]): string {
  const labels = lists.format(clashing.map(({ label }) => `“${label}”`));
  return `Somebody else has changed ${labels} meanwhile: what is stored now stands beside what you typed, which replaces it when you save again.`;
}

function inWords(fields: readonly Field[], one: Field): string {
  return one.options?.find(([key]) => key === one.value)?.[1] ?? storedIn(fields, one);
}

// The form for a tournament's details: how its fields show, and what of them has been changed.
import Type, { type Static } from "typebox";
import { isOpenFor } from "../../domains/tournaments/edits.ts";
import { NewTournament, type TournamentChanges, type TournamentDetails } from "../../domains/tournaments/schemas.ts";
import { type Currency, currencies, decimal, parseMoney } from "../../platform/money.ts";
import { Problem } from "../../platform/problem.ts";
import { Shown } from "../edits.ts";
import type { Field } from "../forms.ts";

const { slug, name, capacity, description, rules, venue, team_size, currency } = NewTournament.properties;
/** As browsers send it, in UTC; empty for none. */
const localMoment = Type.String({ pattern: "^([12]\\d{3}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d)?)?$", maxLength: 19 });
const number = Type.String({ maxLength: 20 });

/** Fields that cannot be changed any more are not sent by browsers. */
const details = {
  name: Type.Optional(name),
  starts_at: Type.Optional(localMoment),
  ends_at: Type.Optional(localMoment),
  registration_closes_at: Type.Optional(localMoment),
  check_in_opens_at: Type.Optional(localMoment),
  capacity: Type.Optional(capacity),
  team_size: Type.Optional(team_size),
  entry_fee: Type.Optional(number),
  currency: Type.Optional(currency),
  prize_share: Type.Optional(number),
  venue: Type.Optional(venue),
  description: Type.Optional(description),
  rules: Type.Optional(rules),
};

export const EditForm = Type.Object({ ...details, shown: Shown }, { additionalProperties: false });
export const NewForm = Type.Object(
  { ...details, slug, name, starts_at: localMoment, capacity },
  { additionalProperties: false },
);

type Sent = Partial<Omit<Static<typeof NewForm>, "slug">>;
type Described = keyof Sent;
/** What the form needs to know of one that there is. */
type Current = Omit<TournamentDetails, "images">;

const labels: Readonly<Record<Described, Omit<Field, "name">>> = {
  name: { label: "Name", attributes: { maxlength: 120 } },
  starts_at: { label: "Starts", type: "datetime-local", hint: "All times are in UTC." },
  ends_at: { label: "Ends", type: "datetime-local", required: false },
  registration_closes_at: { label: "Registration closes", type: "datetime-local", required: false },
  check_in_opens_at: { label: "Check-in opens", type: "datetime-local", required: false },
  capacity: { label: "Places for teams", type: "number", value: "16", attributes: { min: 2, max: 4096 } },
  team_size: { label: "Most players of a team", type: "number", value: "5", attributes: { min: 1, max: 50 } },
  entry_fee: {
    label: "Entry fee",
    hint: "Such as 25 or 12.50; 0 for none.",
    value: "0",
    unit: "currency",
    attributes: { inputmode: "decimal" },
  },
  currency: { label: "Currency", type: "select", options: currencies.map((code) => [code, code]), value: "EUR" },
  prize_share: { label: "Part for prizes, in percent", value: "0", attributes: { inputmode: "decimal" } },
  venue: { label: "Where", required: false, attributes: { maxlength: 200 } },
  description: { label: "About", type: "textarea", required: false, attributes: { rows: 5, maxlength: 5000 } },
  rules: { label: "Rules", type: "textarea", required: false, attributes: { rows: 8, maxlength: 20_000 } },
};

const names = Object.keys(labels) as Described[];

/** @param current left out: for a new tournament */
export function editFields(current?: Current): readonly Field[] {
  const values = current === undefined ? {} : valuesOf(current);
  const details = names.map((one): Field => {
    const isFixed = current !== undefined && !isOpenFor(one, current.status);
    const attributes = { ...labels[one].attributes, ...(isFixed ? { disabled: true } : {}) };
    return { autocomplete: "off", ...labels[one], ...values[one], name: one, attributes };
  });
  const address: Field = {
    name: "slug",
    label: "Name in addresses",
    hint: "Small letters, digits and hyphens; it cannot be changed later.",
    autocomplete: "off",
    attributes: { maxlength: 60, pattern: "[a-z0-9]+(-[a-z0-9]+)*" },
  };
  return current === undefined ? [address, ...details] : details;
}

/** A tournament as the form shows it. */
function valuesOf(tournament: Current): Readonly<Partial<Record<Described, Pick<Field, "value">>>> {
  const local = (moment: string | null) => moment?.slice(0, 16) ?? "";
  const values = {
    ...tournament,
    starts_at: local(tournament.starts_at),
    ends_at: local(tournament.ends_at),
    registration_closes_at: local(tournament.registration_closes_at),
    check_in_opens_at: local(tournament.check_in_opens_at),
    entry_fee: decimal(tournament.entry_fee),
    currency: tournament.entry_fee.currency,
    prize_share: percent(tournament.prize_share),
  };
  return Object.fromEntries(names.map((one) => [one, { value: String(values[one]) }]));
}

function percent(basisPoints: number): string {
  return String(basisPoints / 100);
}

/** Hundredths of a percent; undefined if it is none from 0 to 100. */
function parsePercent(text: string): number | undefined {
  const found = /^(\d{1,3})(?:[.,](\d{1,2}))?$/.exec(text.trim());
  if (found === null) return undefined;
  const value = Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0"));
  return value <= 10_000 ? value : undefined;
}

/** What was changed. @param changed names of the fields that were; a new tournament's are all @throws Problem */
export function readForm(sent: Sent, changed: ReadonlySet<string>, current: Currency): TournamentChanges {
  const errors: Record<string, string> = {};
  const changes: TournamentChanges = {};
  const isNew = (one: Described) => sent[one] !== undefined && changed.has(one);
  for (const one of ["name", "capacity", "team_size", "venue", "description", "rules", "currency"] as const) {
    if (isNew(one)) Object.assign(changes, { [one]: sent[one] });
  }
  for (const one of ["ends_at", "registration_closes_at", "check_in_opens_at"] as const) {
    if (isNew(one)) changes[one] = inUtc(sent[one] ?? "");
  }
  if (isNew("starts_at")) {
    const starts = inUtc(sent.starts_at ?? "");
    if (starts === null) errors.starts_at = "is missing";
    else changes.starts_at = starts;
  }
  if (isNew("entry_fee")) {
    const fee = parseMoney(sent.entry_fee ?? "", sent.currency ?? current);
    if (fee === undefined) errors.entry_fee = "must be an amount such as 25 or 12.50";
    else changes.entry_fee = fee.amount;
  }
  if (isNew("prize_share")) {
    const share = parsePercent(sent.prize_share ?? "");
    if (share === undefined) errors.prize_share = "must be from 0 to 100";
    else changes.prize_share = share;
  }
  if (Object.keys(errors).length > 0) {
    throw new Problem("VALIDATION_FAILED", "Some of this cannot be taken as it is.", { fields: errors });
  }
  return changes;
}

function inUtc(local: string): string | null {
  return local === "" ? null : `${local.length === 16 ? `${local}:00` : local}Z`;
}

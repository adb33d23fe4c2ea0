// Inputs for operations of an OpenAPI description: valid by their schemas, on the edge of what these take, and valid ones with
// one thing wrong.
import fc from "fast-check";
import type { Operation } from "../../../app/http/openapi.ts";

/** What a request is made of. */
export interface Input {
  readonly path: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** Ids that exist, as some answer named them: most requests with invented ones would end at once. */
type Ids = () => readonly string[];

export function inputsOf({ parameters = [], requestBody }: Operation, ids: Ids, edge?: Edge): fc.Arbitrary<Input> {
  const of = (place: string) => {
    const here = parameters.filter((one) => one.in === place && one.name !== edge?.without);
    return fc.record<Record<string, unknown>>(
      Object.fromEntries(here.map(({ name, schema }) => [name, inputFor(schema, ids, edge)])),
      { requiredKeys: here.filter(({ required }) => required || edge !== undefined).map(({ name }) => name) },
    );
  };
  const schema = requestBody?.content["application/json"]?.schema;
  return fc.record({
    path: of("path"),
    query: of("query"),
    body: schema === undefined ? fc.constant(undefined) : inputFor(schema, ids, edge),
  });
}

/** What all days, or all texts, of an input are. Nothing that may be left out is, but one parameter. */
interface Edge {
  readonly day?: string;
  /** Stands in each text that its schema allows it in. */
  readonly character?: string;
  /** Name of a parameter. @default none */
  readonly without?: string;
}

/** The first and the last days that four digits write, the first of PostgreSQL's, leap days, and one that there was not. */
const days = ["0000-01-01", "0000-02-29", "0001-01-01", "9999-12-31", "2000-02-29", "2024-02-29", "1900-02-29"];
/** What no text of PostgreSQL's and no JSON of it keeps; a character outside of the basic plane. */
const characters = ["\u0000", "\ud800", "\udfff", "😀"];

/** Inputs on the edge of what an operation takes: of each, one with everything and one without each parameter. */
export function edgesOf(operation: Operation, ids: Ids): fc.Arbitrary<Input>[] {
  const { parameters = [], requestBody } = operation;
  const takesDays = /"format":"date/.test(JSON.stringify({ parameters, requestBody }));
  const optional = parameters.filter(({ required }) => !required).map(({ name }) => ({ without: name }));
  return [
    ...(takesDays ? days.flatMap((day) => [{ day }, ...optional.map((one) => ({ day, ...one }))]) : []),
    ...characters.map((character) => ({ character })),
  ].map((edge) => inputsOf(operation, ids, edge));
}

function inputFor(schema: Schema, ids: Ids, edge?: Edge): fc.Arbitrary<unknown> {
  if ("const" in schema) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((one) => inputFor(one, ids, edge)));
  const { minimum = -1_000, maximum = 1_000_000, minItems = 0, maxItems = 3 } = schema;
  switch (schema.type) {
    case "string":
      return stringOf(schema, ids, edge);
    case "integer":
      return fc.integer({ min: minimum, max: Math.max(minimum, Math.min(maximum, Number.MAX_SAFE_INTEGER)) });
    case "number":
      return fc.double({ min: minimum, max: maximum, noNaN: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(inputFor(schema.items ?? {}, ids, edge), {
        minLength: minItems,
        maxLength: Math.min(maxItems, minItems + 3),
      });
    case "object": {
      const { properties = {}, required = [] } = schema;
      const values = Object.entries(properties).map(([name, one]) => [name, inputFor(one, ids, edge)]);
      const requiredKeys = edge === undefined ? [...required] : Object.keys(properties);
      return fc.record<Record<string, unknown>>(Object.fromEntries(values), { requiredKeys });
    }
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

function stringOf(schema: Schema, ids: Ids, { day, character }: Edge = {}): fc.Arbitrary<string> {
  const { format, pattern, minLength = 0, maxLength = 40 } = schema;
  if (day !== undefined && format === "date") return fc.constant(day);
  if (day !== undefined && format === "date-time") return fc.constant(`${day}T00:00:00Z`);
  if (character !== undefined && format === undefined) {
    const isTaken = (text: string) =>
      text.length >= minLength && text.length <= maxLength && new RegExp(pattern ?? "", "u").test(text);
    return fc.tuple(stringOf(schema, ids), fc.nat()).map(([text, at]) => {
      const start = Math.min(at % (text.length + 1), Math.max(0, maxLength - character.length));
      const marked = `${text.slice(0, start)}${character}${text.slice(start)}`.slice(0, maxLength);
      return isTaken(marked) ? marked : text;
    });
  }
  const fits = (text: string) => text.length >= minLength && text.length <= maxLength;
  const moment = fc.date({ min: new Date("2020-01-01"), max: new Date("2035-01-01"), noInvalidDate: true });
  if (format === "uuid") return fc.oneof(fc.uuid({ version: 7 }), known(ids));
  if (format === "date-time") return moment.map((date) => date.toISOString());
  if (format === "date") return moment.map((date) => date.toISOString().slice(0, 10));
  if (format === "email") return fc.emailAddress().filter(fits);
  if (format === "uri") return fc.webUrl().filter(fits);
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern)).filter(fits);
  return fc.string({
    unit: fc.oneof(
      fc.constantFrom(..."ab '%_\\\u0000\ud800ß"),
      fc.string({ minLength: 1, maxLength: 1, unit: "binary" }),
    ),
    minLength,
    maxLength,
  });
}

function known(ids: Ids): fc.Arbitrary<string> {
  return fc.nat().map((at) => ids()[at % ids().length] ?? "01900000-0000-7000-8000-000000000001");
}

const junk = [
  null,
  true,
  -1,
  1.5,
  2 ** 53,
  1e300,
  "",
  "\u0000",
  "x".repeat(5_000),
  [],
  {},
  { a: 1 },
  "1 or 1=1",
  "../..",
  "NaN",
];

/** One thing of an input is missing, replaced or too much. */
export function broken(inputs: fc.Arbitrary<Input>): fc.Arbitrary<Input> {
  const change = fc.record({
    at: fc.nat(),
    how: fc.constantFrom("drop", "replace", "add"),
    value: fc.constantFrom(...junk),
  });
  return fc.tuple(inputs, fc.constantFrom("query", "body", "path"), change).map(([input, part, { at, how, value }]) => {
    const given = input[part as keyof Input];
    if (typeof given !== "object" || given === null || Array.isArray(given)) return { ...input, body: value };
    const names = Object.keys(given);
    const name = how === "add" ? "surplus" : (names[at % Math.max(names.length, 1)] ?? "surplus");
    const { [name]: _dropped, ...rest } = given as Record<string, unknown>;
    // A path without one of its parts is another path.
    return { ...input, [part]: how === "drop" && part !== "path" ? rest : { ...rest, [name]: value } };
  });
}

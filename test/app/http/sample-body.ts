// A body that a route's schema takes, so that a request gets past validation.
import fc from "fast-check";

interface Schema {
  readonly type?: string;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
}

const formats: Readonly<Record<string, string>> = {
  uuid: "01900000-0000-7000-8000-00000000dead",
  email: "somebody@example.com",
  "date-time": "2027-05-01T10:00:00Z",
  date: "2027-05-01",
  uri: "https://example.com/",
};

/** Required properties only, unless the schema has an example of the whole. */
export function sampleBody(given: unknown): unknown {
  const schema = (given ?? {}) as Schema;
  if (schema.examples !== undefined) return schema.examples[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.anyOf !== undefined) return sampleBody(schema.anyOf[0]);
  if (schema.properties !== undefined) {
    const { properties, required = [] } = schema;
    return Object.fromEntries(required.map((name) => [name, sampleBody(properties[name])]));
  }
  if (schema.type === "array") return Array.from({ length: schema.minItems ?? 0 }, () => sampleBody(schema.items));
  if (schema.type === "integer" || schema.type === "number")
    return (schema.minimum ?? schema.exclusiveMinimum ?? 0) + 1;
  if (schema.type === "boolean") return true;
  if (schema.type === "string") return sampleText(schema);
  return {};
}

function sampleText({ format, pattern, minLength = 0, maxLength = 1000 }: Schema): string {
  if (format !== undefined && formats[format] !== undefined) return formats[format];
  if (pattern === undefined) return "x".repeat(Math.max(1, minLength));
  const fits = fc
    .stringMatching(new RegExp(pattern))
    .filter((text) => text.length >= minLength && text.length <= maxLength);
  return fc.sample(fits, { numRuns: 1, seed: 7 })[0] ?? "";
}

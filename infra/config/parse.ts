// Checks a stack's configuration in one pass and says everything that is wrong with it, in words.
import { distance } from "fastest-levenshtein";
import { z } from "zod";
import { type Environment, environmentSchema } from "./environment.ts";

/** Everything wrong with a stack's configuration: one line a fault, each with its path, the value and what is allowed. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly faults: readonly string[];

  constructor(where: string, faults: readonly string[]) {
    super(
      faults.length === 1
        ? `${where}: ${faults[0]}`
        : `${where} has ${faults.length} faults:\n${faults.map((fault) => `  - ${fault}`).join("\n")}`,
    );
    this.faults = faults;
  }
}

/**
 * @param value what the stack's file says under `berth:environment`
 * @param where what to call its place in messages, e.g. `Pulumi.staging.yaml`
 * @throws ConfigError that lists every fault
 */
export function parseEnvironment(value: unknown, where: string): Environment {
  const parsed = environmentSchema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    where,
    parsed.error.issues.flatMap((issue) => describe(issue, value)),
  );
}

/** The one of `known` that was probably meant, if one is near enough to be a typing mistake. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((candidate) => ({ candidate, edits: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  return best !== undefined && best.edits <= Math.max(2, Math.floor(word.length / 3)) ? best.candidate : undefined;
}

function describe(issue: z.core.$ZodIssue, root: unknown): string[] {
  const path = ["environment", ...issue.path].join(".");
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = keysAt(issue.path, root);
      return issue.keys.map((key) => {
        const near = nearest(key, known);
        return `${path}.${key} is not a setting${near === undefined ? `; known here: ${known.join(", ")}` : `: did you mean ${near}?`}`;
      });
    }
    case "invalid_key": {
      const [broken] = issue.issues;
      return [
        `${path} is not a name that it may have; ${broken === undefined ? "allowed: another" : expected(broken)}`,
      ];
    }
    case "invalid_union": {
      const received = at(root, issue.path);
      const is = received === undefined ? "missing" : show(received);
      return [
        `${path} is ${is}; allowed: ${issue.discriminator === undefined ? unionMembers(issue) : architectures()}`,
      ];
    }
    default: {
      const received = at(root, issue.path);
      if (received === undefined) return [`${path} is missing; ${expected(issue)}`];
      return [`${path} is ${show(received)}; ${expected(issue)}`];
    }
  }
}

function expected(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `allowed: ${article(issue.expected)}`;
    case "invalid_value":
      return `allowed: ${issue.values.map(String).join(", ")}`;
    case "too_small":
      return `allowed: ${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}${unit(issue.origin)}`;
    case "too_big":
      return `allowed: ${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}${unit(issue.origin)}`;
    case "invalid_format":
      return `allowed: ${issue.message.startsWith("Invalid ") ? `a valid ${issue.format}` : issue.message}`;
    default:
      return `allowed: ${issue.message}`;
  }
}

function unionMembers(issue: z.core.$ZodIssueInvalidUnion): string {
  return issue.errors
    .map((branch) => branch.map((inner) => expected(inner).replace(/^allowed: /, "")).join(" and "))
    .join(", or ");
}

function unit(origin: string): string {
  if (origin === "string") return " characters";
  if (origin === "array" || origin === "set") return " entries";
  return "";
}

function article(type: string): string {
  const words: Record<string, string> = {
    int: "a whole number",
    object: "settings below it",
    record: "names with values",
    array: "a list",
  };
  return words[type] ?? (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);
}

function show(value: unknown): string {
  if (value === undefined) return "missing";
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function at(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    root,
  );
}

function architectures(): string {
  return environmentSchema.options.map(({ shape }) => shape.architecture.value).join(", ");
}

/** The settings that the schema knows at a place, for the architecture that the value names. */
function keysAt(path: readonly PropertyKey[], root: unknown): string[] {
  const architecture = at(root, ["architecture"]);
  const option = environmentSchema.options.find((schema) => schema.shape.architecture.value === architecture);
  let schema: z.core.$ZodType | undefined = option;
  for (const key of path) {
    schema = unwrap(schema);
    if (schema instanceof z.ZodUnion) schema = schema.options.find((member) => member instanceof z.ZodObject);
    schema = schema instanceof z.ZodObject ? schema.shape[String(key)] : undefined;
  }
  schema = unwrap(schema);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function unwrap(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault) inner = inner.unwrap() as z.core.$ZodType;
  return inner;
}

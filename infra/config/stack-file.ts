// Reads Pulumi.yaml and Pulumi.<stack>.yaml without the engine: what `plan` and the commands know of a stack.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { type Environment, secretNames } from "./environment.ts";
import { ConfigError, nearest, parseEnvironment } from "./parse.ts";

/** A stack as its committed file describes it. */
export interface Stack {
  readonly project: string;
  readonly name: string;
  /** The file's path. */
  readonly file: string;
  readonly environment: Environment;
  /** All keys with their namespace, as the engine hands them to a program: structured values as JSON text. */
  readonly config: Readonly<Record<string, string>>;
  /** Those of the keys whose value is encrypted; theirs is a name in braces, never the value. */
  readonly secretKeys: readonly string[];
}

/** Names of the stacks that have a file in `root`, in alphabetical order. */
export function stackNames(root: string): string[] {
  return readdirSync(root)
    .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();
}

/**
 * @param root folder of Pulumi.yaml
 * @throws ConfigError for an unknown stack, malformed YAML, every fault of the schema and every missing or clear secret
 */
export function readStack(root: string, name: string): Stack {
  const known = stackNames(root);
  if (!known.includes(name)) {
    const near = nearest(name, known);
    throw new ConfigError(`No stack "${name}"`, [
      `there is no Pulumi.${name}.yaml in ${root}; ${near === undefined ? `stacks here: ${known.join(", ")}` : `did you mean ${near}?`}`,
    ]);
  }
  const project = projectName(root);
  const where = `Pulumi.${name}.yaml`;
  const file = join(root, where);
  const document = asRecord(readYaml(file, where), where, "the file");
  const config = asRecord(document.config ?? {}, where, "config");
  const environment = parseEnvironment(config[`${project}:environment`], where);
  const faults = secretFaults(project, environment, config);
  if (faults.length > 0) throw new ConfigError(where, faults);
  const secretKeys = Object.keys(config).filter((key) => isSecure(config[key]));
  return { project, name, file, environment, config: flatten(config), secretKeys };
}

/** The name under which Pulumi keeps this project's configuration. */
export function projectName(root: string): string {
  const document = asRecord(readYaml(join(root, "Pulumi.yaml"), "Pulumi.yaml"), "Pulumi.yaml", "the file");
  if (typeof document.name !== "string")
    throw new ConfigError("Pulumi.yaml", ["name is missing; give the project one"]);
  return document.name;
}

function readYaml(file: string, where: string): unknown {
  const document = parseDocument(readFileSync(file, "utf8"));
  const [error] = document.errors;
  if (error !== undefined) {
    const line = error.linePos?.[0].line;
    throw new ConfigError(where, [
      `line ${line ?? "?"} is not valid YAML: ${error.message.split(/ at line|\n/)[0]?.replace(/[.:]$/, "")}`,
    ]);
  }
  return document.toJS() ?? {};
}

function secretFaults(project: string, environment: Environment, config: Record<string, unknown>): string[] {
  const key = (name: string) => `${project}:${name}`;
  const set = (name: string) => `pulumi config set --secret ${name}`;
  const wanted = secretNames(environment);
  const missing = wanted
    .filter((name) => config[key(name)] === undefined)
    .map(
      (name) =>
        `the secret ${key(name)} is missing, ${environment.secrets.includes(name) ? "environment.secrets asks" : "the environment's settings ask"} for it; set it with: ${set(name)}`,
    );
  const clear = wanted
    .filter((name) => config[key(name)] !== undefined && !isSecure(config[key(name)]))
    .map((name) => `the secret ${key(name)} stands in clear; set it anew with: ${set(name)}`);
  const allowed = ["environment", ...wanted];
  const unknown = Object.keys(config)
    .filter((name) => name.startsWith(`${project}:`) && !allowed.includes(name.slice(project.length + 1)))
    .map((name) => {
      const near = nearest(name.slice(project.length + 1), allowed);
      return `${name} is not a setting${near === undefined ? "; secrets are listed in environment.secrets" : `: did you mean ${key(near)}?`}`;
    });
  return [...missing, ...clear, ...unknown];
}

function flatten(config: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => {
      if (isSecure(value)) return [key, `{${key}}`];
      return [key, typeof value === "string" ? value : JSON.stringify(value)];
    }),
  );
}

function isSecure(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 1 && "secure" in value;
}

function asRecord(value: unknown, where: string, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new ConfigError(where, [
    `${what} holds ${Array.isArray(value) ? "a list" : JSON.stringify(value)}; allowed: keys with values`,
  ]);
}

// Reads the environment in one pass and reports every fault at once, by name and purpose, never by value.
import { readFileSync } from "node:fs";
import { type Kind, type Variable, type VariableName, variables } from "./environment.ts";
import { InvalidValue, readValue, type ValueOf } from "./read-value.ts";

type Table = typeof variables;
type KindOf<Row> = Row extends { kind: infer K extends Kind } ? K : "text";
type Sure<Row> = Row extends { required: string } | { default: string } ? true : false;

/** The checked environment; what is optional and left out is undefined. */
export type Environment = {
  readonly [Name in VariableName]: Sure<Table[Name]> extends true
    ? ValueOf<KindOf<Table[Name]>>
    : ValueOf<KindOf<Table[Name]>> | undefined;
};

/** Lists every variable that is missing or invalid. */
export class EnvironmentError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const count = problems.length === 1 ? "1 variable is" : `${problems.length} variables are`;
    super([`The app cannot start: ${count} missing or invalid.`, ...problems.map((line) => `  ${line}`)].join("\n"));
    this.name = "EnvironmentError";
    this.problems = problems;
  }
}

/** True where real users' data may be: everywhere but in development and test. */
export function isDeployed(environment: Pick<Environment, "ENVIRONMENT">): boolean {
  return environment.ENVIRONMENT === "staging" || environment.ENVIRONMENT === "production";
}

/** Checks all of `source`. @throws EnvironmentError with every fault */
export function loadEnvironment(source: Readonly<Record<string, string | undefined>>): Environment {
  const problems: string[] = [];
  const local = source.ENVIRONMENT === "development" || source.ENVIRONMENT === "test";
  const values: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries<Variable>(variables)) {
    try {
      values[name] = readVariable(name, variable, source, local);
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error;
      problems.push(`${name} ${error.message}: ${variable.purpose}.`);
    }
  }
  const environment = values as Environment;
  problems.push(...contradictions(environment, local));
  if (problems.length > 0) throw new EnvironmentError(problems);
  return environment;
}

function readVariable(
  name: string,
  variable: Variable,
  source: Readonly<Record<string, string | undefined>>,
  local: boolean,
): unknown {
  const text = variable.secret ? textOrFile(name, source) : source[name];
  // Compose files and task definitions hand over what is unset as an empty text; a list may be empty on purpose.
  const mayBeEmpty = variable.kind === "origins";
  if (text !== undefined && (text !== "" || mayBeEmpty)) return readValue(variable.kind ?? "text", text);
  // Defaults for development fail the check of keys on purpose: a deployed environment must not pass with them.
  if (local && variable.local !== undefined) return readDefault(variable, variable.local);
  if (variable.default !== undefined) return readDefault(variable, variable.default);
  if (variable.required !== undefined) throw new InvalidValue("is missing");
  return undefined;
}

function readDefault(variable: Variable, text: string): unknown {
  return variable.kind === "key" ? text : readValue(variable.kind ?? "text", text);
}

function textOrFile(name: string, source: Readonly<Record<string, string | undefined>>): string | undefined {
  const file = source[`${name}_FILE`];
  if (file === undefined || file === "") return source[name];
  if (source[name] !== undefined && source[name] !== "") {
    throw new InvalidValue(`must be given either itself or as ${name}_FILE, not both`);
  }
  try {
    return readFileSync(file, "utf8").replace(/\r?\n$/, "");
  } catch {
    throw new InvalidValue(`cannot be read from the file that ${name}_FILE names`);
  }
}

function contradictions(environment: Partial<Environment>, local: boolean): string[] {
  const problems: string[] = [];
  if (environment.DEBUG === true && !local) {
    problems.push(`DEBUG must be false in a deployed environment: ${variables.DEBUG.purpose}.`);
  }
  const user = environment.DATABASE_URL === undefined ? undefined : new URL(environment.DATABASE_URL).username;
  if (environment.DATABASE_OWNER !== undefined && environment.DATABASE_OWNER === user) {
    problems.push(`DATABASE_OWNER must be another role than DATABASE_URL's user: ${variables.DATABASE_OWNER.purpose}.`);
  }
  if (environment.EMAIL_HOST !== undefined && environment.EMAIL_FROM === undefined) {
    problems.push(`EMAIL_FROM is missing: ${variables.EMAIL_FROM.purpose}.`);
  }
  if (environment.MAIL_FOLDER !== undefined && !local) {
    problems.push(`MAIL_FOLDER must be left out in a deployed environment: ${variables.MAIL_FOLDER.purpose}.`);
  }
  if (
    environment.METRICS_PORT !== undefined &&
    environment.METRICS_PORT === environment.PORT &&
    environment.PORT !== 0
  ) {
    problems.push(`METRICS_PORT must be another port than PORT: ${variables.METRICS_PORT.purpose}.`);
  }
  if (environment.ALLOWED_HOSTS?.length === 0) {
    problems.push(`ALLOWED_HOSTS must name a host: ${variables.ALLOWED_HOSTS.purpose}.`);
  }
  return problems;
}

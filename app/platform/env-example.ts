// The environment as documents: `.env.example` and the table in the README, made from the same table as the check at
// start. Usage: node app/platform/env-example.ts, which writes both.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Variable, variables } from "./environment.ts";

export const exampleFile = join(import.meta.dirname, "..", ".env.example");
export const readmeFile = join(import.meta.dirname, "..", "README.md");

const entries = Object.entries<Variable>(variables);

export function renderExample(): string {
  const head = [
    "# Environment of the app, made from app/platform/environment.ts by: node app/platform/env-example.ts",
    "# A variable marked secret may also come from a file, named by the variable with _FILE behind its name.",
  ];
  return `${[head.join("\n"), ...entries.map(([name, variable]) => entry(name, variable))].join("\n\n")}\n`;
}

function entry(name: string, variable: Variable): string {
  const marks = [need(variable), ...(variable.secret ? ["secret"] : [])];
  const value = variable.secret ? "" : (variable.local ?? variable.default ?? "");
  // What must be filled in stands free; what has a default or may be left out is commented out.
  const comment = variable.required === undefined ? "# " : "";
  return `# ${name}: ${variable.purpose} (${marks.join(", ")}).\n${comment}${name}=${value}`;
}

/** For the README. */
export function renderTable(): string {
  const rows = entries.map(
    ([name, variable]) =>
      `| \`${name}\`${variable.secret ? " (secret)" : ""} | ${variable.purpose} | ${need(variable)} |`,
  );
  return ["| variable | what it is for | needed |", "|---|---|---|", ...rows].join("\n");
}

function need({ required, default: fallback }: Variable): string {
  if (required === "always") return "required";
  if (required === "deployed") return "required but in development and test";
  return fallback === undefined || fallback === "" ? "optional" : `default ${fallback}`;
}

if (import.meta.main) {
  writeFileSync(exampleFile, renderExample());
  const readme = readFileSync(readmeFile, "utf8");
  writeFileSync(
    readmeFile,
    readme.replace(/\| variable \|[\s\S]*?\n(?=\n)/, () => `${renderTable()}\n`),
  );
}

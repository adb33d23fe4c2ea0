// The text of `.env.example`: a line for each variable, made from the same table as the check at start.
// Usage: node app/platform/env-example.ts, which writes app/.env.example.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Variable, variables } from "./environment.ts";

export const exampleFile = join(import.meta.dirname, "..", ".env.example");

export function renderExample(): string {
  const head = [
    "# Environment of the app, made from app/platform/environment.ts by: node app/platform/env-example.ts",
    "# A variable marked secret may also come from a file, named by the variable with _FILE behind its name.",
  ];
  const entries = Object.entries<Variable>(variables).map(([name, variable]) => entry(name, variable));
  return `${[head.join("\n"), ...entries].join("\n\n")}\n`;
}

function entry(name: string, variable: Variable): string {
  const marks = [need(variable), ...(variable.secret ? ["secret"] : [])];
  const value = variable.local ?? variable.default ?? "";
  // What must be filled in stands free; what has a default or may be left out is commented out.
  const isFree = variable.required !== undefined;
  return `# ${name}: ${variable.purpose} (${marks.join(", ")}).\n${isFree ? "" : "# "}${name}=${variable.secret ? "" : value}`;
}

function need({ required, default: fallback }: Variable): string {
  if (required === "always") return "required";
  if (required === "deployed") return "required but in development and test";
  return fallback === undefined || fallback === "" ? "optional" : `default ${fallback}`;
}

if (import.meta.main) writeFileSync(exampleFile, renderExample());

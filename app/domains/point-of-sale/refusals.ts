// Refusals that several parts share.
import { Problem } from "../../platform/problem.ts";
import { constraintOf } from "./acting.ts";

export function notFound(what: string): Problem {
  return new Problem("NOT_FOUND", `There is no such ${what}.`);
}

/** For a field of a request that names something which is not there, or does not fit. */
export function invalid(field: string, message: string): Problem {
  return new Problem("VALIDATION_FAILED", `${field} ${message}`, { fields: { [field]: message } });
}

export function conflict(field: string, message: string): Problem {
  return new Problem("CONFLICT", `${field} ${message}`, { fields: { [field]: message } });
}

/** What a broken constraint of the schema means to whoever asked; an error of another kind is thrown as it is. */
export function explaining(meanings: Readonly<Record<string, Problem>>) {
  return (error: unknown): never => {
    const problem = meanings[constraintOf(error) ?? ""];
    throw problem ?? error;
  };
}

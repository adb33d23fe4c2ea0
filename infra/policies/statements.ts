// Statements of IAM policy documents, written in any of the ways that AWS allows.
import { at, listAt, textsAt } from "./read.ts";

export interface Statement {
  readonly allows: boolean;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** `*`, or by kind (`AWS`, `Service`, `Federated`) as `Service ecs-tasks.amazonaws.com`. */
  readonly principals: readonly string[];
  /** Conditions as `StringEquals aws:SourceAccount = 123456789012`. */
  readonly conditions: readonly string[];
}

/** @param document JSON text or an object; what cannot be read has no statements */
export function statementsOf(document: unknown): readonly Statement[] {
  return listAt({ document }, "document.Statement").map((statement) => ({
    allows: at(statement, "Effect") === "Allow",
    // NotAction and NotResource name what is left out: as wide as it gets.
    actions: at(statement, "NotAction") === undefined ? textsAt(statement, "Action") : ["*"],
    resources: at(statement, "NotResource") === undefined ? textsAt(statement, "Resource") : ["*"],
    principals: at(statement, "NotPrincipal") === undefined ? principalsOf(at(statement, "Principal")) : ["*"],
    conditions: conditionsOf(at(statement, "Condition")),
  }));
}

function principalsOf(principal: unknown): readonly string[] {
  if (principal === "*") return ["*"];
  return Object.entries((principal ?? {}) as Record<string, unknown>).flatMap(([kind, names]) =>
    [names].flat().map((name) => (name === "*" ? "*" : `${kind} ${name}`)),
  );
}

function conditionsOf(condition: unknown): readonly string[] {
  return Object.entries((condition ?? {}) as Record<string, Record<string, unknown>>)
    .flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => `${operator} ${key} = ${[values].flat().toSorted().join(" or ")}`),
    )
    .toSorted();
}

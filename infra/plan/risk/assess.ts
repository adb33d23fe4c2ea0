// Looks a property up in the tables: what changing it does, or "unknown".
import type { Felt, Risk, RiskTable, TypeRisk } from "./risk.ts";
import { table } from "./table.ts";

/** What is known about changing one property. */
export interface Assessment {
  readonly risk: Risk;
  /** Whether another resource takes this one's place. */
  readonly replaces: boolean;
  readonly says?: string;
}

/** Properties that mean the same for every type of a package. */
const everywhere: Readonly<Record<string, Readonly<Record<string, Assessment>>>> = {
  aws: {
    tags: { risk: "in place", replaces: false },
    region: { risk: "replacement", replaces: true },
  },
};

export function typeRisk(type: string, from: RiskTable = table): TypeRisk | undefined {
  return from[type];
}

/** @param path a changed place, `policy.Statement[Sid=Logs].Action`: its longest known beginning counts */
export function assess(type: string, path: string): Assessment {
  const known = typeRisk(type);
  const common = everywhere[type.split(":")[0] ?? ""];
  for (const candidate of beginnings(path)) {
    if (known?.replaces?.includes(candidate)) return replacement(known);
    const restart = known?.restarts?.[candidate];
    if (restart !== undefined) return { risk: "restart", replaces: false, says: restart };
    const downtime = known?.downtime?.[candidate];
    if (downtime !== undefined) return { risk: "brief downtime", replaces: false, says: downtime };
    if (known?.inPlace?.includes(candidate)) return { risk: "in place", replaces: false };
    const assessment = common?.[candidate];
    if (assessment !== undefined) return assessment.replaces && known ? replacement(known) : assessment;
  }
  return { risk: "unknown", replaces: false };
}

/** How a replacement of a resource of this type is felt. */
export function replacement(type: TypeRisk | undefined): Assessment {
  const felt = whenReplaced(type);
  return { risk: felt.risk, replaces: true, ...(felt.says === "" ? {} : { says: felt.says }) };
}

function whenReplaced(type: TypeRisk | undefined): Felt {
  if (type?.holds !== undefined) {
    return {
      risk: "data loss",
      says: `a new, empty ${type.holds} takes its place; what the old one holds goes with it`,
    };
  }
  return type?.replaced ?? { risk: type === undefined ? "unknown" : "replacement", says: "" };
}

/** How the deletion of a resource of this type is felt. */
export function whenDeleted(type: TypeRisk | undefined): Felt {
  if (type?.holds !== undefined) return { risk: "data loss", says: `the ${type.holds} goes with all that it holds` };
  return type?.deleted ?? { risk: type === undefined ? "unknown" : "deletion", says: "" };
}

function beginnings(path: string): string[] {
  const names = path.replaceAll(/\[[^\]]*\]| \(order\)/g, "").split(".");
  return names.map((_, i) => names.slice(0, names.length - i).join("."));
}

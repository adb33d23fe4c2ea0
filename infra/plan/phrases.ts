// What several outputs of a plan say in the same words.
import type { ResourceChange } from "./diff/changes.ts";
import type { Prediction } from "./minutes/critical-path.ts";
import type { Report } from "./report.ts";
import { counted, cut, dim, printable, time } from "./style.ts";

/** What happens to a resource and through which properties, `replace: dbName, storage and 2 more`. */
export function happens({ operation, properties, was }: ResourceChange): string {
  const paths = [
    ...new Set(properties.map(({ path, because }) => (because === undefined ? path : `${path} of ${because}`))),
  ];
  const what =
    operation === "rename" || was !== undefined ? `was ${printable(was?.split("::").at(-1) ?? "")}` : operation;
  const which = paths.length > 2 ? `${paths.slice(0, 2).join(", ")} and ${paths.length - 2} more` : paths.join(", ");
  return which === "" ? what : `${what}: ${cut(printable(which), 90)}`;
}

/** What stands in the engine's way, whatever the gate says; undefined for nothing. */
export function refused({ protect, operation }: ResourceChange): string | undefined {
  if (!protect || !(operation === "replace" || operation === "delete")) return undefined;
  return "protected: the engine refuses it until that is lifted";
}

/** The part of the longest chain that a step must take to be named. */
const shortest = 0.01;

/** The steps that count; those that are over in no time beside them are only counted. */
export function pathText({ path }: Prediction): string {
  const total = path.reduce((sum, { seconds }) => sum + seconds, 0);
  const long = path.filter(({ seconds }) => seconds >= total * shortest);
  const steps = long.map(({ name, operation, seconds }) => {
    const what = operation === "create" ? "" : ` (${operation})`;
    return `${printable(name)}${what} ${time(seconds)}`;
  });
  const rest = path.length - long.length;
  return `${steps.join(" → ")}${rest === 0 ? "" : dim(`, with ${counted(rest, "short step")} between`)}`;
}

/** One for each type that the tables do not know. */
export function unknownNotes({ unknownTypes }: Pick<Report, "unknownTypes">): string[] {
  return unknownTypes.map(
    ({ type, names }) => `Nothing is known about ${type} (${names.join("; ")}): its risk is unknown.`,
  );
}

/** What to do about a resource that has no price. */
export const priceRemedy =
  "Add its price to infra/plan/cost/database-prices.ts or prices.ts, or have somebody answer for it in berth.waivers.yaml, by URN, with policy: price-known";

/** How many resources the sum is without, for the sum's own line. */
export function without({ unpriced }: Report["cost"]): string {
  const names = [...new Set(unpriced.map(({ name }) => printable(name)))];
  if (names.length === 0) return "";
  return `, without ${names.slice(0, 3).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}`;
}

interface Named {
  readonly urn: string;
  readonly name: string;
}

/** Names of components; with what they are, where several have one name. */
export function componentNames(components: readonly Named[]): (component: Named) => string {
  const types = new Map<string, Set<string>>();
  for (const { name, urn } of components) types.set(name, new Set([...(types.get(name) ?? []), typeOf(urn)]));
  return ({ name, urn }) => {
    if (name === "") return "(no component)";
    return printable((types.get(name)?.size ?? 0) > 1 ? `${name} ${typeOf(urn)}` : name);
  };
}

/** `Service` of `urn:pulumi:production::berth::berth:compute:Service::web`. */
function typeOf(urn: string): string {
  return urn.split("::")[2]?.split(":").at(-1) ?? "";
}

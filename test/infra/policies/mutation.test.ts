// Takes each hardening out of the recorded graphs and expects the policies that hold it, and no others, to notice.
import { beforeAll, describe, expect, test } from "vitest";
import type { Graph } from "../../../infra/plan/graph.ts";
import { checkPolicies } from "../../../infra/policies/check.ts";
import type { Finding } from "../../../infra/policies/model.ts";
import { policies } from "../../../infra/policies/policies.ts";
import { committedGraph } from "../../support/committed.ts";
import { mutate } from "./mutate.ts";
import type { Base, Mutation } from "./mutations/mutation.ts";
import { mutations } from "./mutations.ts";

const bases = {} as Record<Base, Graph>;
const before = {} as Record<Base, ReadonlySet<string>>;
beforeAll(async () => {
  bases.production = await committedGraph("production");
  bases["vps production"] = await committedGraph("dev", { tier: "production", domain: "shop.example.com", port: 80 });
  for (const [base, graph] of Object.entries(bases)) before[base as Base] = new Set(checkPolicies(graph).map(key));
});

const key = ({ policy, urn }: Finding) => `${policy} ${urn}`;

/** The policies that a mutation breaks: a finding that was there before is not its own. */
function broken(mutation: Mutation): string[] {
  const more = checkPolicies(mutate(bases[mutation.in], mutation)).filter((one) => !before[mutation.in].has(key(one)));
  return [...new Set(more.map(({ policy }) => policy))].sort();
}

test.each(["production", "staging", "dev"])("%s, as committed, keeps every policy", async (name) => {
  expect(checkPolicies(await committedGraph(name))).toEqual([]);
});

test("a production server keeps every policy", () => {
  expect(checkPolicies(bases["vps production"])).toEqual([]);
});

describe("each hardening is held by its policy", () => {
  test.each(mutations.map((mutation) => [describeMutation(mutation), mutation] as const))("%s", (_, mutation) => {
    expect(broken(mutation)).toEqual(mutation.breaks);
  });
});

/** A listener is asked for TLS where its load balancer is on the internet, which is a finding by itself. */
const together = ["listener-tls", "load-balancer-internal"];

test("every policy has a mutation that it alone notices", () => {
  const alone = new Set(mutations.filter(({ breaks }) => breaks.length === 1).flatMap(({ breaks }) => breaks));
  expect(
    policies
      .map(({ name }) => name)
      .filter((name) => !alone.has(name))
      .sort(),
  ).toEqual(together);
  expect(mutations.some(({ breaks }) => breaks.join() === together.join())).toBe(true);
});

function describeMutation({ breaks, type, name, set, remove, refer, unset, add }: Mutation): string {
  const what = remove
    ? "removed"
    : JSON.stringify(add?.inputs ?? set ?? refer ?? { option: unset }, (_, value) => value ?? null);
  return `${breaks.join(" and ")}: ${type.split(":").at(-1)} ${name ?? ""} ${what.slice(0, 120)}`;
}

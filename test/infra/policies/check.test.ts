import { describe, expect, test } from "vitest";
import { applyWaivers, checkPolicies } from "../../../infra/policies/check.ts";
import type { Finding, Policy, Resource } from "../../../infra/policies/model.ts";
import { pulumiPolicies } from "../../../infra/policies/pulumi.ts";
import { at, listAt } from "../../../infra/policies/read.ts";
import { stackOf } from "../../../infra/policies/stack.ts";
import { statementsOf } from "../../../infra/policies/statements.ts";

const resource = (name: string, inputs: Resource["inputs"], type = "test:Thing"): Resource => ({
  urn: `urn:${name}`,
  type,
  name,
  inputs,
  propertyDependencies: {},
});

const closed: Policy = {
  name: "thing-closed",
  title: "Things are closed",
  why: "Open ones leak.",
  fix: "Set open: false.",
  severity: "low",
  controls: ["X.1"],
  on: ["test:Thing"],
  check: ({ inputs }) => (at(inputs, "open") === true ? "is open" : undefined),
};
const grave: Policy = { ...closed, name: "thing-grave", severity: "critical" };
const inProduction: Policy = { ...closed, name: "thing-production", notIn: { staging: "costs too much" } };
const provider = (environment: string) =>
  resource("aws", { defaultTags: JSON.stringify({ tags: { environment } }) }, "pulumi:providers:aws");

const things = [resource("b", { open: true }), resource("a", { open: true }), resource("c", { open: false })];

test("findings say what is wrong with what, the gravest first", () => {
  const found = checkPolicies({ resources: things }, [closed, grave]);
  expect(found.map(({ policy, urn }) => [policy, urn])).toEqual([
    ["thing-grave", "urn:a"],
    ["thing-grave", "urn:b"],
    ["thing-closed", "urn:a"],
    ["thing-closed", "urn:b"],
  ]);
  expect(found[0]).toMatchObject({ message: "a is open.", fix: "Set open: false.", controls: ["X.1"] });
});

test("what is not asked of a tier is not asked there", () => {
  const named = (environment: string) =>
    checkPolicies({ resources: [provider(environment), ...things] }, [inProduction]).length;
  expect([named("staging"), named("production")]).toEqual([0, 2]);
});

test("the tier is that of the tags or of what containers are told, else production, the strictest", () => {
  const told = resource("web", { envs: ["PORT=80", "ENVIRONMENT=staging"] }, "docker:index/container:Container");
  expect(stackOf({ resources: [provider("development")] }).tier).toBe("development");
  expect(stackOf({ resources: [told] }).tier).toBe("staging");
  expect(stackOf({ resources: [provider("nonsense")] }).tier).toBe("production");
  expect(stackOf({ resources: [] }).tier).toBe("production");
});

describe("waivers", () => {
  const found = checkPolicies({ resources: things }, [closed]);
  const waiver = { urn: "urn:a", policy: "thing-closed", reason: "being replaced", who: "ana", expires: "2026-12-01" };

  test("set a finding aside up to and on their last day", () => {
    for (const today of ["2026-11-24", "2026-12-01"]) {
      const { open, waived, idle } = applyWaivers(found, [waiver], today);
      expect(open.map(({ urn }) => urn)).toEqual(["urn:b"]);
      expect(waived).toEqual([{ finding: found[0], waiver }]);
      expect(idle).toEqual([]);
    }
    const later = applyWaivers(found, [waiver], "2026-12-02");
    expect(later.open).toEqual(found);
    expect(later.idle).toEqual([waiver]);
  });

  test("are for one policy of one resource", () => {
    const others = [
      { ...waiver, policy: "thing-grave" },
      { ...waiver, urn: "urn:x" },
    ];
    expect(applyWaivers(found, others, "2026-11-24")).toEqual({ open: found, waived: [], idle: others });
    // One without a policy is for the gate of stateful resources.
    const { policy, ...gate } = waiver;
    expect(applyWaivers(found, [gate], "2026-11-24")).toEqual({ open: found, waived: [], idle: [] });
  });
});

describe("in the engine", () => {
  const context = { waivers: [], today: "2026-11-24" };
  const unknown = {
    get open(): boolean {
      throw new Error("boolean value at .open can't be known during preview");
    },
  };

  function reported(policy: Policy, props: object, waivers = context.waivers as never[]): string[] {
    const [made] = pulumiPolicies([policy], { ...context, waivers });
    const said: string[] = [];
    if (made === undefined || !("validateResource" in made) || typeof made.validateResource !== "function") {
      throw new Error("not a policy on a resource");
    }
    const opts = { protect: false, ignoreChanges: [], aliases: [], additionalSecretOutputs: [] };
    const args = { type: "test:Thing", name: "a", urn: "urn:a", props, opts };
    made.validateResource(args as never, (message) => said.push(message));
    return said;
  }

  test("a fault is told with what to do", () => {
    expect(reported(closed, { open: true })).toEqual(["a is open. Set open: false."]);
    expect(reported(closed, { open: false })).toEqual([]);
  });

  test("what is not known before the update is left to the update; other errors are not swallowed", () => {
    expect(reported(closed, unknown)).toEqual([]);
    const broken: Policy = {
      ...closed,
      check: () => {
        throw new TypeError("a mistake in the policy");
      },
    };
    expect(() => reported(broken, {})).toThrow("a mistake in the policy");
  });

  test("a rule on several resources finds what belongs together, and goes on past what is not known yet", () => {
    const { name, title, why, fix, severity, controls, on } = grave;
    const guarded: Policy = {
      ...{ name, title, why, fix, severity, controls, on },
      checkWithin: (one, stack) => {
        const guards = stack.referringTo(one, "test:Guard", "of");
        return at(one.inputs, "open") === true && guards.length === 0 ? "has no guard" : undefined;
      },
    };
    const [made] = pulumiPolicies([guarded], context);
    if (made === undefined || !("validateStack" in made)) throw new Error("not a policy on a stack");
    const one = (name: string, type: string, props: object, of: readonly object[] = []) => ({
      urn: `urn:${name}`,
      type,
      name,
      props,
      opts: { protect: false },
      propertyDependencies: { of },
    });
    const safe = one("safe", "test:Thing", { open: true });
    const resources = [
      one("a", "test:Thing", unknown),
      safe,
      one("guard", "test:Guard", {}, [safe]),
      one("b", "test:Thing", { open: true }),
    ];
    const said: [string, string | undefined][] = [];
    made.validateStack({ resources } as never, (message, urn) => said.push([message, urn]));
    expect(said).toEqual([["b has no guard. Set open: false.", "urn:b"]]);
  });

  test("a waived finding is not told, and what the engine cannot be asked is not asked", () => {
    const waiver = { urn: "urn:a", policy: "thing-closed", reason: "r", who: "w", expires: "2026-11-24" };
    const [made] = pulumiPolicies([closed], { ...context, waivers: [waiver] });
    expect(made).toMatchObject({ name: "thing-closed", enforcementLevel: "mandatory", severity: "low", tags: ["X.1"] });
    expect(reported(closed, { open: true }, [waiver] as never[])).toEqual([]);
    expect(pulumiPolicies([{ ...closed, planOnly: "secrets" }], context)).toEqual([]);
  });
});

test("values are found by path, through JSON text, and null is as good as absent", () => {
  const inputs = { text: '[{"a":{"b":1}}]', symbol: "{web.id}", none: null, list: [1, 2] };
  expect(at(inputs, "text.0.a.b")).toBe(1);
  expect(at(inputs, "symbol.a")).toBeUndefined();
  expect(at(inputs, "none")).toBeUndefined();
  expect(at(inputs, "none.a")).toBeUndefined();
  expect(listAt(inputs, "text")).toHaveLength(1);
  expect(listAt(inputs, "list")).toEqual([1, 2]);
  expect(listAt(inputs, "missing")).toEqual([]);
});

test("statements are read in all the ways that AWS allows; what cannot be read has none", () => {
  const one = { Effect: "Allow", Action: "a:B", Resource: "r", Principal: { Service: ["x", "y"], AWS: "*" } };
  const [read] = statementsOf(JSON.stringify({ Statement: one }));
  expect(read).toEqual({
    allows: true,
    actions: ["a:B"],
    resources: ["r"],
    principals: ["Service x", "Service y", "*"],
    conditions: [],
  });
  const [wide] = statementsOf({
    Statement: [{ Effect: "Allow", NotAction: "a:B", NotResource: "r", NotPrincipal: {} }],
  });
  expect(wide).toMatchObject({ actions: ["*"], resources: ["*"], principals: ["*"] });
  const condition = { StringEquals: { k: ["b", "a"] }, Bool: { z: "false" } };
  expect(statementsOf({ Statement: [{ ...one, Condition: condition }] })[0]?.conditions).toEqual([
    "Bool z = false",
    "StringEquals k = a or b",
  ]);
  expect(statementsOf("(known after up)")).toEqual([]);
  expect(statementsOf(undefined)).toEqual([]);
});

/** Findings are data: a report and a test can hold them. */
test("findings survive JSON", () => {
  const found: Finding[] = checkPolicies({ resources: things }, [closed]);
  expect(JSON.parse(JSON.stringify(found))).toEqual(found);
});

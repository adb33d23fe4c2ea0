import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changeFault } from "../../../infra/components/aws/pure/database-change.ts";
import { synth } from "../../support/synth.ts";
import { database, network } from "./parts.ts";

const inputs = (allocatedStorage: number, engineVersion: string) => ({ allocatedStorage, engineVersion });

describe("a change that RDS would refuse", () => {
  test("is storage that shrinks", () => {
    expect(changeFault(inputs(50, "16"), inputs(20, "16"))).toBe(
      "The database has 50 GiB and cannot shrink to 20: leave database.storage at 50, or restore a dump into an environment with less.",
    );
  });

  test.each([
    ["17", "16"],
    ["16.9", "16.8"],
    ["16.10", "16.9"],
    ["17.1", "16.9"],
  ])("is PostgreSQL from %s to %s", (before, after) => {
    expect(changeFault(inputs(20, before), inputs(20, after))).toContain(
      `runs PostgreSQL ${before} and cannot go back`,
    );
  });

  test.each([
    ["16", "17"],
    ["16.8", "16.10"],
    // The same, said less or more exactly.
    ["16.9", "16"],
    ["16", "16.9"],
  ])("is not PostgreSQL from %s to %s", (before, after) => {
    expect(changeFault(inputs(20, before), inputs(20, after))).toBeUndefined();
  });

  const at = (network: string) => ({ tags: { network } });

  test("is another network or region, where the database would be a new, empty one", () => {
    expect(changeFault(at("10.0.0.0/16 of eu-central-1"), at("10.1.0.0/16 of eu-central-1"))).toBe(
      "The database is in 10.0.0.0/16 of eu-central-1 and cannot move to 10.1.0.0/16 of eu-central-1: leave environment.region and environment.network.cidr as they were, or bring up another stack there and restore a backup into it.",
    );
    expect(changeFault(at("10.0.0.0/16 of eu-central-1"), at("10.0.0.0/16 of us-east-1"))).toContain("cannot move to");
    expect(changeFault(at("10.0.0.0/16 of eu-central-1"), at("10.0.0.0/16 of eu-central-1"))).toBeUndefined();
    // One that was deployed before this was written down.
    expect(changeFault({}, at("10.0.0.0/16 of eu-central-1"))).toBeUndefined();
  });

  test("is in one direction only", () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 100 }), fc.integer({ min: 20, max: 100 }), (one, other) => {
        const refused = [
          changeFault(inputs(one, "16"), inputs(other, "16")),
          changeFault(inputs(other, "16"), inputs(one, "16")),
        ];
        expect(refused.filter((fault) => fault !== undefined)).toHaveLength(one === other ? 0 : 1);
      }),
    );
  });
});

test("the instance is guarded by it, and says its storage where the provider sees a change", async () => {
  const result = await synth(() => void database(network()));
  const instance = result.only("aws:rds/instance:Instance");
  const role = result.only("aws:iam/role:Role", "db-monitoring-role");
  expect([role.inputs.tags, role.options.hooks]).toEqual([{ network: "10.0.0.0/16 of eu-central-1" }, ["db-refusal"]]);
  expect(instance.options.hooks).toEqual(["db-refusal"]);
  expect(instance.inputs.tags).toEqual({ storage: "20 GiB" });
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { branchDatabase, slug } from "../../../infra/naming.ts";
import { createStatements } from "../../../infra/release/docker-database.ts";
import { type BranchRecord, choosePort, parseRecord } from "../../../infra/vps/branches.ts";

const record = (name: string, port: number): BranchRecord => ({
  branch: name,
  slug: name,
  stack: `branch-${name}`,
  url: `http://${name}.localhost:${port}`,
  port,
  expires: "2026-11-27T09:00:00.000Z",
});

test("a branch keeps its port, a new one gets one that no other has", () => {
  const range = { from: 9000, to: 9019 };
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 8995, max: 9025 }), { maxLength: 18 }), fc.nat(30), (ports, which) => {
      const records = ports.map((port, index) => record(`b${index}`, port));
      const port = choosePort(records, `b${which}`, range);
      const own = records[which]?.port ?? 0;
      expect(port).toBeGreaterThanOrEqual(range.from);
      expect(port).toBeLessThanOrEqual(range.to);
      if (own >= range.from && own <= range.to) expect(port).toBe(own);
      else expect(ports).not.toContain(port);
    }),
  );
});

test("where all ports are taken it is said", () => {
  expect(() => choosePort([record("a", 9000)], "b", { from: 9000, to: 9000 })).toThrow(
    /ports 9000 to 9000 are all taken by 1/,
  );
});

test("a record comes back from its comment; a database without one was left half-way and has ended", () => {
  const one = { ...record("fix-1", 9000), branch: "feature/It's here" };
  expect(parseRecord(`branch_fix_1 ${JSON.stringify(one)}`)).toEqual(one);
  expect(parseRecord("branch_fix_1 ")).toMatchObject({
    slug: "fix-1",
    stack: "branch-fix-1",
    expires: "1970-01-01T00:00:00.000Z",
  });
});

test("any branch's name makes names that PostgreSQL takes, and another name makes others", () => {
  const names = fc.string({ minLength: 1, maxLength: 80 }).filter((name) => /[a-z0-9]/i.test(name));
  fc.assert(
    fc.property(names, names, (a, b) => {
      const [first, second] = [a, b].map((name) => branchDatabase(slug(name, 20)));
      expect(`${first}_owner`).toMatch(/^[a-z][a-z0-9_]{0,62}$/);
      if (a !== b) expect(first).not.toBe(second);
    }),
  );
});

test("no statement holds the password", () => {
  const statements = createStatements("branch_x", "branch_x_owner", "branch_x_app");
  expect(statements).toContain("alter role branch_x_owner login password :'password';");
  expect(statements).toContain("\\getenv password BERTH_PASSWORD");
});

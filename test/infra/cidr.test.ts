import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cidrFault, maxZones, planSubnets } from "../../infra/cidr.ts";

const toNumber = (address: string) => address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
const range = (cidr: string) => {
  const [address = "", prefix = ""] = cidr.split("/");
  const first = toNumber(address);
  return { first, last: first + 2 ** (32 - Number(prefix)) - 1 };
};
const vpc = fc
  .record({ prefix: fc.integer({ min: 16, max: 23 }), address: fc.nat({ max: 2 ** 32 - 1 }) })
  .map(({ prefix, address }) => {
    const size = 2 ** (32 - prefix);
    const base = Math.floor(address / size) * size;
    return `${[24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join(".")}/${prefix}`;
  });

describe("planSubnets", () => {
  test("cuts blocks that lie in the VPC and never overlap", () => {
    fc.assert(
      fc.property(vpc, fc.integer({ min: 1, max: maxZones }), (cidr, zones) => {
        const plan = planSubnets(cidr, zones);
        const blocks = [...plan.public, ...plan.private, ...plan.isolated].map(range).sort((a, b) => a.first - b.first);
        expect(blocks).toHaveLength(3 * zones);
        expect(blocks[0]?.first).toBeGreaterThanOrEqual(range(cidr).first);
        expect(blocks.at(-1)?.last).toBeLessThanOrEqual(range(cidr).last);
        for (const [index, block] of blocks.entries()) {
          if (index > 0) expect(block.first).toBeGreaterThan(blocks[index - 1]?.last ?? 0);
        }
      }),
    );
  });

  test("a zone that is added later moves no block", () => {
    fc.assert(
      fc.property(vpc, (cidr) => {
        expect(planSubnets(cidr, 3).private.slice(0, 2)).toEqual(planSubnets(cidr, 2).private);
        expect(planSubnets(cidr, 3).isolated.slice(0, 2)).toEqual(planSubnets(cidr, 2).isolated);
      }),
    );
  });

  test("reads as expected for the usual block", () => {
    expect(planSubnets("10.20.0.0/16", 2)).toEqual({
      public: ["10.20.0.0/20", "10.20.16.0/20"],
      private: ["10.20.64.0/20", "10.20.80.0/20"],
      isolated: ["10.20.128.0/20", "10.20.144.0/20"],
    });
  });

  test.each([
    ["10.20.0.0/24", /too small/],
    ["10.0.0.0/8", /too large/],
    ["10.20.1.0/16", /host bits.*10\.20\.0\.0\/16/],
    ["10.20.0.256/16", /IPv4 block/],
    ["10.20.0.0", /IPv4 block/],
    ["fd00::/8", /IPv4 block/],
  ])("refuses %s", (cidr, message) => {
    expect(cidrFault(cidr)).toMatch(message);
    expect(() => planSubnets(cidr, 2)).toThrow(message);
  });

  test("refuses more zones than it keeps room for", () => {
    expect(() => planSubnets("10.20.0.0/16", 5)).toThrow(/1 to 4 zones, not 5/);
  });
});

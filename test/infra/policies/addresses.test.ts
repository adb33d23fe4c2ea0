// Which blocks of addresses are the internet.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { areEverybody, namedBlocks } from "../../../infra/policies/addresses.ts";

const dotted = (number: number) => [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
const address = fc.integer({ min: 0, max: 2 ** 32 - 1 });
/** Where private and reserved blocks are not: 1.0.0.0 to 9.255.255.255. */
const publicAddress = fc.integer({ min: 2 ** 24, max: 10 * 2 ** 24 - 1 });

test.each([
  ["0.0.0.0/0"],
  ["0.0.0.0/1"],
  ["128.0.0.0/1"],
  ["172.0.0.0/8"],
  ["100.0.0.0/8"],
  ["192.0.0.0/2"],
  ["::/0"],
  ["0:0:0:0:0:0:0:0/0"],
  ["2000::/3"],
  ["2600::/16"],
  ["fc00::/6"],
  ["::ffff:0.0.0.0/0"],
])("%s is everybody", (block) => {
  expect(areEverybody([block])).toBe(true);
});

test.each([
  ["10.0.0.0/8"],
  ["172.16.0.0/12"],
  ["192.168.0.0/16"],
  ["100.64.0.0/10"],
  ["127.0.0.0/8"],
  ["44.0.0.0/9"],
  ["203.0.113.7/32"],
  ["fd00::/8"],
  ["fc00::/7"],
  ["2600:1f00::/24"],
  ["2600::/17"],
  ["{network-vpc.cidrBlock}"],
  ["(known after up)"],
  ["0.0.0.0"],
  ["0.0.0.0/33"],
  ["nonsense/0"],
])("%s is not", (block) => {
  expect(areEverybody([block])).toBe(false);
});

describe("for any blocks", () => {
  test("one of a /8 or wider is everybody unless it is private, a narrower one never", () => {
    fc.assert(
      fc.property(publicAddress, fc.integer({ min: 0, max: 32 }), (first, prefix) => {
        expect(areEverybody([`${dotted(first)}/${prefix}`])).toBe(prefix <= 8);
      }),
    );
  });

  test("a block is what its two halves are", () => {
    fc.assert(
      fc.property(address, fc.integer({ min: 0, max: 31 }), (first, prefix) => {
        const start = first - (first % 2 ** (32 - prefix));
        const halves = [start, start + 2 ** (31 - prefix)].map((half) => `${dotted(half)}/${prefix + 1}`);
        // A half may be private where the whole is not.
        if (areEverybody(halves)) expect(areEverybody([`${dotted(start)}/${prefix}`])).toBe(true);
        if (prefix <= 6) expect(areEverybody(halves)).toBe(areEverybody([`${dotted(start)}/${prefix}`]));
      }),
    );
  });

  test("many small blocks count together, and the same one only once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 9, max: 12 }), fc.integer({ min: 1, max: 9 }), (prefix, at) => {
        const all = Array.from(
          { length: 2 ** (prefix - 8) },
          (_, i) => `${dotted(at * 2 ** 24 + i * 2 ** (32 - prefix))}/${prefix}`,
        );
        expect(areEverybody(all)).toBe(true);
        expect(areEverybody(all.slice(1))).toBe(false);
        expect(areEverybody(all.map(() => all[0] ?? ""))).toBe(false);
        expect(areEverybody([...all.slice(1), ...all.slice(1)])).toBe(false);
      }),
    );
  });

  test("the order says nothing, and more blocks are no less", () => {
    const block = fc
      .tuple(address, fc.integer({ min: 0, max: 32 }))
      .map(([first, prefix]) => `${dotted(first)}/${prefix}`);
    fc.assert(
      fc.property(fc.array(block), block, (blocks, more) => {
        expect(areEverybody(blocks.toReversed())).toBe(areEverybody(blocks));
        if (areEverybody(blocks)) expect(areEverybody([...blocks, more])).toBe(true);
      }),
    );
  });
});

test("what is left to be named beside everybody is private or not written out", () => {
  expect(namedBlocks(["10.0.0.0/8", "0.0.0.0/1", "{vpc.cidrBlock}", "128.0.0.0/1"])).toEqual([
    "10.0.0.0/8",
    "{vpc.cidrBlock}",
  ]);
  expect(namedBlocks(["10.0.0.0/8", "44.0.0.0/9"])).toEqual(["10.0.0.0/8", "44.0.0.0/9"]);
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  add,
  allocate,
  currencies,
  decimal,
  formatMoney,
  includedTax,
  money,
  mostMinorUnits,
  parseMoney,
  percentage,
  subtract,
  sum,
  times,
} from "../../../app/platform/money.ts";

const currency = fc.constantFrom(...currencies);
const amount = fc.integer({ min: -1_000_000_000_000, max: 1_000_000_000_000 });

describe("rounding", () => {
  test("is half away from zero, on both sides", () => {
    const part = (cents: number, basisPoints: number) => percentage(money(cents, "EUR"), basisPoints).amount;
    expect([part(1, 5_000), part(3, 5_000), part(-1, 5_000), part(-3, 5_000)]).toEqual([1, 2, -1, -2]);
    expect([part(1, 4_999), part(1, 5_001), part(10, 0), part(10, 10_000)]).toEqual([0, 1, 0, 10]);
    expect(part(199, 750)).toBe(15);
  });

  test("is off by half a unit at most, whatever the amount and the rate", () => {
    fc.assert(
      fc.property(amount, fc.integer({ min: 0, max: 20_000 }), (cents, rate) => {
        const exact = BigInt(cents) * BigInt(rate);
        const rounded = BigInt(percentage(money(cents, "EUR"), rate).amount) * 10_000n;
        const off = exact - rounded;
        expect(off <= 5_000n && off >= -5_000n).toBe(true);
        // The same on both sides of zero.
        expect(percentage(money(-cents, "EUR"), rate).amount).toBe(-percentage(money(cents, "EUR"), rate).amount + 0);
      }),
    );
  });

  test("tax that a price holds is what was put on top of its net", () => {
    expect(includedTax(money(1_190, "EUR"), 1_900).amount).toBe(190);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: mostMinorUnits }), fc.integer({ min: 0, max: 10_000 }), (net, rate) => {
        const tax = percentage(money(net, "EUR"), rate);
        const off = includedTax(add(money(net, "EUR"), tax), rate).amount - tax.amount;
        expect(Math.abs(off)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe("splitting", () => {
  const shares = (cents: number, weights: readonly number[]) =>
    allocate(money(cents, "EUR"), weights, (weight) => weight).map(({ share }) => share.amount);

  test("gives out every unit, each part within one of its share, and zero weights nothing", () => {
    const weights = fc
      .array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 12 })
      .filter((list) => list.some((weight) => weight > 0));
    fc.assert(
      fc.property(amount, weights, (cents, list) => {
        const parts = shares(cents, list);
        const total = list.reduce((all, weight) => all + weight, 0);
        expect(parts.reduce((all, part) => all + part, 0)).toBe(cents);
        for (const [index, part] of parts.entries()) {
          const weight = list[index] ?? 0;
          const off = BigInt(part) * BigInt(total) - BigInt(cents) * BigInt(weight);
          expect(off < BigInt(total) && off > -BigInt(total)).toBe(true);
          if (weight === 0) expect(part).toBe(0);
        }
      }),
    );
  });

  test("of equals, the first get what is left", () => {
    expect(shares(100, [1, 1, 1])).toEqual([34, 33, 33]);
    expect(shares(-100, [1, 1, 1])).toEqual([-34, -33, -33]);
  });

  test.each([[[]], [[0, 0]], [[2, -1]]])("weights %j are refused", (weights) => {
    expect(() => shares(100, weights)).toThrow(RangeError);
  });
});

describe("arithmetic", () => {
  test("adding and subtracting undo each other, and a sum is in any order", () => {
    fc.assert(
      fc.property(amount, amount, currency, (one, other, code) => {
        const [a, b] = [money(one, code), money(other, code)];
        expect(subtract(add(a, b), b)).toEqual(a);
        expect(sum([a, b], code)).toEqual(sum([b, a], code));
      }),
    );
    expect(times(money(250, "EUR"), 3)).toEqual(money(750, "EUR"));
  });

  test("currencies do not mix, fractions and numbers that are not exact are no amounts", () => {
    expect(() => add(money(1, "EUR"), money(1, "USD"))).toThrow("USD cannot be added to EUR");
    expect(() => money(0.5, "EUR")).toThrow(RangeError);
    expect(() => money(2 ** 53, "EUR")).toThrow(RangeError);
    expect(Object.is(money(-0, "EUR").amount, 0)).toBe(true);
  });
});

describe("reading and writing", () => {
  test("what is written is read as the same amount", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: mostMinorUnits }), currency, (cents, code) => {
        expect(parseMoney(decimal(money(cents, code)), code)).toEqual(money(cents, code));
      }),
    );
  });

  test("people's ways of typing, and what is no amount", () => {
    const cents = (text: string) => parseMoney(text, "EUR")?.amount;
    expect(["12", " 12.5 ", "12,50", "0"].map(cents)).toEqual([1200, 1250, 1250, 0]);
    for (const text of ["", "-1", "1.234", "1e3", "twelve", "10000000.01", "1.", "9".repeat(13)]) {
      expect(cents(text)).toBeUndefined();
    }
    expect(parseMoney("500", "JPY")).toEqual(money(500, "JPY"));
    expect(parseMoney("500.0", "JPY")).toBeUndefined();
  });

  test("people see the currency and all digits", () => {
    expect(formatMoney(money(1_250, "EUR"))).toBe("€12.50");
    expect(formatMoney(money(-5, "GBP"))).toBe("-£0.05");
    expect(formatMoney(money(500, "JPY"))).toMatch(/^JP¥500$/);
  });

  test("each currency has the minor digits that the standard gives it", () => {
    for (const code of currencies) {
      const format = new Intl.NumberFormat("en", { style: "currency", currency: code });
      const digits = format.resolvedOptions().maximumFractionDigits ?? 0;
      expect(decimal(money(0, code)), code).toBe((0).toFixed(digits));
    }
  });
});

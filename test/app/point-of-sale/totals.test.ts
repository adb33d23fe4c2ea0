import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decimalText, digitsOf, formatAmount, parseAmount } from "../../../app/domains/point-of-sale/amounts.ts";
import { settle } from "../../../app/domains/point-of-sale/settlement.ts";
import { sum, totalsOf } from "../../../app/domains/point-of-sale/totals.ts";
import { Problem } from "../../../app/platform/problem.ts";

const line = fc.record({
  unitPrice: fc.integer({ min: 0, max: 100_000_000 }),
  quantity: fc.integer({ min: 1, max: 10_000 }),
  taxRate: fc.integer({ min: 0, max: 10_000 }),
});
const lines = fc.array(line, { minLength: 1, maxLength: 100 });
const grossOf = (items: { unitPrice: number; quantity: number }[]) =>
  sum(items.map(({ unitPrice, quantity }) => unitPrice * quantity));

describe("totals", () => {
  test("the example of the rules", () => {
    const items = [
      { unitPrice: 1000, quantity: 1, taxRate: 2300 },
      { unitPrice: 333, quantity: 2, discount: 66, taxRate: 600 },
    ];
    expect(totalsOf(items, "EUR", { percent: 1000 })).toEqual({
      lines: [
        { item: items[0], discount: 100, total: 900, tax: 168 },
        { item: items[1], discount: 126, total: 540, tax: 31 },
      ],
      subtotal: 1666,
      discount: 226,
      tax: 199,
      total: 1440,
    });
  });

  test("lines add up to the total, whatever is taken off, and nothing falls below zero", () => {
    fc.assert(
      fc.property(lines, fc.nat(10_000), fc.boolean(), (items, share, byPercent) => {
        const gross = grossOf(items);
        const discount = byPercent ? { percent: share } : { amount: Number((BigInt(gross) * BigInt(share)) / 10_000n) };
        const totals = totalsOf(items, "EUR", discount);
        expect(sum(totals.lines.map(({ total }) => total))).toBe(totals.total);
        expect(sum(totals.lines.map((one) => one.discount))).toBe(totals.discount);
        expect(totals.subtotal).toBe(gross);
        expect(totals.total).toBe(gross - totals.discount);
        for (const [index, one] of totals.lines.entries()) {
          expect(one.total).toBeGreaterThanOrEqual(0);
          expect(one.tax).toBeGreaterThanOrEqual(0);
          expect(one.tax).toBeLessThanOrEqual(one.total);
          // Each line loses its share, to the unit.
          const exact =
            gross === 0
              ? 0
              : (totals.discount * ((items[index]?.unitPrice ?? 0) * (items[index]?.quantity ?? 0))) / gross;
          expect(Math.abs(one.discount - exact)).toBeLessThanOrEqual(1.001);
        }
      }),
    );
  });

  test("tax is in the price, rounded half up, whatever the rate", () => {
    const taxIn = (unitPrice: number, taxRate: number) => totalsOf([{ unitPrice, quantity: 1, taxRate }], "EUR").tax;
    // 0.5 exactly: 3 at 20 %.
    expect([taxIn(123, 2300), taxIn(21, 500), taxIn(3, 2000), taxIn(0, 2300), taxIn(99, 0)]).toEqual([23, 1, 1, 0, 0]);
  });

  test("no more is taken off than there is", () => {
    const items = [{ unitPrice: 100, quantity: 1, taxRate: 0 }];
    expect(totalsOf(items, "EUR", { amount: 100 }).total).toBe(0);
    expect(() => totalsOf(items, "EUR", { amount: 101 })).toThrow("discount is more than the sale comes to");
    expect(() => totalsOf([{ unitPrice: 100, quantity: 2, discount: 201, taxRate: 0 }], "EUR")).toThrow(
      "lines.0.discount is more than the line comes to",
    );
  });
});

describe("payments", () => {
  test("cash may be more, the change comes back", () => {
    expect(settle(1250, [{ kind: "cash", amount: 2000 }])).toEqual({
      payments: [{ kind: "cash", amount: 1250, tendered: 2000, reference: null }],
      change: 750,
      onCredit: 0,
    });
  });

  test("several together, credit among them", () => {
    const tenders = [
      { kind: "card", amount: 500, reference: "slip 7" },
      { kind: "credit", amount: 300 },
      { kind: "cash", amount: 500 },
    ] as const;
    const { payments, change, onCredit } = settle(1250, tenders);
    expect([payments.map(({ amount }) => amount), change, onCredit]).toEqual([[500, 300, 450], 50, 300]);
    expect(payments[0]?.reference).toBe("slip 7");
  });

  test.each([
    ["too little", 100, [{ kind: "cash", amount: 99 }], "payments come to 1 less than the total of 100"],
    ["nothing", 100, [], "payments come to 100 less"],
    ["too much by card", 100, [{ kind: "card", amount: 101 }], "only cash can be given back"],
    [
      "cash out of a card",
      100,
      [
        { kind: "card", amount: 150 },
        { kind: "cash", amount: 20 },
      ],
      "only cash can be given back",
    ],
    [
      "cash twice",
      100,
      [
        { kind: "cash", amount: 50 },
        { kind: "cash", amount: 50 },
      ],
      "payments may have cash once only",
    ],
    [
      "credit twice",
      100,
      [
        { kind: "credit", amount: 50 },
        { kind: "credit", amount: 50 },
      ],
      "may have credit once only",
    ],
  ] as const)("%s is refused", (_name, total, tenders, message) => {
    expect(() => settle(total, tenders)).toThrow(message);
  });

  test("what is free needs no payment", () => {
    expect(settle(0, [])).toEqual({ payments: [], change: 0, onCredit: 0 });
  });

  test("whatever is handed over, what counts is the total, or it is refused as a mistake", () => {
    const tender = fc.record({
      kind: fc.constantFrom("cash", "card", "credit"),
      amount: fc.integer({ min: 1, max: 2000 }),
    });
    fc.assert(
      fc.property(fc.nat(3000), fc.array(tender, { maxLength: 4 }), (total, tenders) => {
        try {
          const { payments, change } = settle(total, tenders);
          expect(sum(payments.map(({ amount }) => amount))).toBe(total);
          expect(payments.every(({ amount, tendered }) => amount >= 0 && amount <= tendered)).toBe(true);
          expect(change).toBe(sum(tenders.map(({ amount }) => amount)) - total);
        } catch (error) {
          expect(error).toBeInstanceOf(Problem);
        }
      }),
    );
  });
});

describe("amounts as text", () => {
  test("have the digits of their currency", () => {
    expect([decimalText(1250, "EUR"), decimalText(5, "EUR"), decimalText(-5, "EUR"), decimalText(1250, "JPY")]).toEqual(
      ["12.50", "0.05", "-0.05", "1250"],
    );
    expect([formatAmount(123456, "EUR"), formatAmount(-50, "EUR"), formatAmount(500, "JPY")]).toEqual([
      "€1,234.56",
      "-€0.50",
      "JP¥500",
    ]);
  });

  test("are read as people type them", () => {
    expect(["12.50", "12,5", " 12 ", "0.05"].map((text) => parseAmount(text, "EUR"))).toEqual([1250, 1250, 1200, 5]);
    expect(["", "-1", "1.234", "1e3", "12.5.0", "€5", "12345678901"].map((text) => parseAmount(text, "EUR"))).toEqual(
      Array(7).fill(undefined),
    );
    expect([parseAmount("500", "JPY"), parseAmount("5.0", "JPY")]).toEqual([500, undefined]);
  });

  test("what is written is read back", () => {
    fc.assert(
      fc.property(fc.nat(1_000_000_000), fc.constantFrom("EUR", "JPY"), (amount, currency) => {
        expect(parseAmount(decimalText(amount, currency), currency)).toBe(amount);
      }),
    );
    expect([digitsOf("EUR"), digitsOf("JPY")]).toEqual([2, 0]);
    expect(() => formatAmount(1, "XXX")).toThrow("XXX is no currency of Arena's.");
  });
});

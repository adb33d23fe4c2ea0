// Reports on paper: what they say in full, what gives way where there is no room, in which letters.
import { expect, test } from "vitest";
import { toPdf } from "../../../app/domains/point-of-sale/pdf.ts";
import { fitColumns } from "../../../app/domains/point-of-sale/pdf-columns.ts";
import { textsOf } from "../../support/pdf-text.ts";

const heading = ["Receipt", "Time", "Cashier", "Customer", "Total", "Currency"];
const row = (number: number, cashier = "Łukasz Wiśniewski", customer = "Ελένη Κ.") => [
  `MAIN-${number}`,
  "2026-05-01 10:00:00",
  cashier,
  customer,
  { decimal: "1234567.89" },
  "EUR",
];

async function print(rows: ReturnType<typeof row>[]) {
  return textsOf(await toPdf({ title: "Sales", subtitle: "2026-05-01 to 2026-05-31", table: { heading, rows } }));
}

test("each page has the heading and its number; letters are not only Western Europe's", async () => {
  const pages = await print(Array.from({ length: 70 }, (_, index) => row(index, "Владимир", "Ελένη Κ.")));
  expect(pages).toHaveLength(3);
  for (const [index, texts] of pages.entries()) {
    expect(texts).toEqual(expect.arrayContaining([...heading, `Sales · Page ${index + 1} of 3`]));
  }
  const all = pages.flat();
  expect(all.slice(0, 2)).toEqual(["Sales", "2026-05-01 to 2026-05-31"]);
  expect(all.filter((text) => text.startsWith("MAIN-"))).toHaveLength(70);
  expect(all.filter((text) => text === "Владимир")).toHaveLength(70);
  expect(all.filter((text) => text === "Ελένη Κ.")).toHaveLength(70);
});

test("a long name gives way and says so; times, amounts and short names stay whole", async () => {
  const long = "A customer whose name is so long that nobody could ever read it ".repeat(4);
  const [texts = []] = await print([row(1), row(2, "Łukasz Wiśniewski", long), row(3, "Tab\tand\nline", "東")]);
  expect(texts).toEqual(
    expect.arrayContaining(["2026-05-01 10:00:00", "Łukasz Wiśniewski", "1234567.89", "EUR", "Tab and line", "\0"]),
  );
  const cut = texts.find((text) => text.startsWith("A customer")) ?? "";
  expect(cut).toMatch(/…$/);
  expect(cut.length).toBeGreaterThan(40);
  expect(cut.length).toBeLessThan(long.length);
});

test("an empty report says so", async () => {
  expect(await print([])).toEqual([
    ["Sales", "2026-05-01 to 2026-05-31", "Sales · Page 1 of 1", ...heading, "Nothing in this period."],
  ]);
});

test("columns keep apart and within the page, numbers whole, short texts before long ones", () => {
  const text = (width: number) => ({ width, isNumber: false });
  const number = (width: number) => ({ width, isNumber: true });
  const right = (columns: readonly { left: number; width: number }[]) =>
    Math.max(...columns.map(({ left, width }) => left + width));
  const tight = fitColumns([text(900), number(100), text(50), text(600)], 700);
  expect(tight.map(({ width }) => width)).toEqual([263, 100, 50, 263]);
  expect(right(tight)).toBe(700);
  const roomy = fitColumns([text(50), number(30), text(20)], 700);
  expect(roomy).toEqual([
    { left: 0, width: 50 },
    { left: 78, width: 30 },
    { left: 136, width: 20 },
  ]);
  // Deterministic pseudo-random tables: nothing overlaps, nothing leaves the page, no number is cut.
  for (let seed = 1; seed <= 500; seed += 1) {
    const value = (index: number) => (seed * 7_919 + index * 104_729) % 997;
    const wishes = Array.from({ length: 1 + (seed % 11) }, (_, index) =>
      index % 3 === 2 ? number(10 + (value(index) % 50)) : text(1 + value(index)),
    );
    const columns = fitColumns(wishes, 762);
    expect(right(columns)).toBeLessThanOrEqual(762 + 1e-9);
    for (const [index, { left, width }] of columns.entries()) {
      const next = columns[index + 1];
      if (next !== undefined) expect(next.left - left - width).toBeGreaterThanOrEqual(8 - 1e-9);
      if (wishes[index]?.isNumber) expect(width).toBe(wishes[index]?.width);
      expect(width).toBeLessThanOrEqual(wishes[index]?.width ?? 0);
    }
  }
});

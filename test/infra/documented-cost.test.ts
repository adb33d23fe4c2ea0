// What docs/architectures/cloud.md says an environment costs is what `berth plan` prints of the committed ones.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { projectRoot } from "../../infra/cli/project.ts";
import { estimate } from "../../infra/plan/cost/estimate.ts";
import { committedGraph } from "../support/committed.ts";

const text = readFileSync(join(projectRoot, "docs/architectures/cloud.md"), "utf8");
const columns = ["staging", "production"] as const;

const monthly: number[] = [];
beforeAll(async () => {
  // One after the other: programs are evaluated in this process.
  for (const stack of columns) monthly.push(estimate(await committedGraph(stack), stack, "us-east-1").monthly);
});

/** Dollars of a row's cells, one for each environment. */
const dollarsOf = (row: string) =>
  row
    .split("|")
    .slice(2, 4)
    .map((cell) => Number(cell.replaceAll(/[*$\s]/g, "")));

const rows = text
  .slice(text.indexOf("\n## Cost\n"))
  .split("\n")
  .filter((line) => line.startsWith("|") && line.includes("$"));

test("the sums are what a plan prints", () => {
  const sum = rows.find((row) => row.startsWith("| **sum**"));
  expect(dollarsOf(sum ?? "")).toEqual(monthly.map((dollars) => Number(dollars.toFixed(2))));
});

test("and each is that of its column", () => {
  const parts = rows.filter((row) => !row.startsWith("| **sum**"));
  expect(parts.length).toBeGreaterThan(10);
  columns.forEach((_, column) => {
    const cents = parts.map((row) => Math.round(100 * (dollarsOf(row)[column] ?? 0)));
    expect(cents.reduce((all, one) => all + one, 0)).toBe(Math.round(100 * (monthly[column] ?? 0)));
  });
});

test("the first paragraph rounds them", () => {
  const [, staging, production] = /From about \$(\d+) a month \(staging\) and \$(\d+) \(production\)/.exec(text) ?? [];
  expect([staging, production]).toEqual(monthly.map((dollars) => String(Math.round(dollars))));
});

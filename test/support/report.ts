// Reports for tests of what a plan says.
import { buildReport, type Report, type ReportInput } from "../../infra/plan/report.ts";
import { exposureChange } from "../../infra/policies/exposure/exposure.ts";
import { synth } from "./synth.ts";

/** The day that reports of tests are made on. */
export const today = "2026-11-24";

/** The report of a program, compared with another one if that is given. */
export async function report(
  after: () => unknown,
  before?: () => unknown,
  rest: Partial<Omit<ReportInput, "graph" | "base">> = {},
): Promise<Report> {
  const base = before === undefined ? undefined : await synth(before);
  const { project, stack, resources, outputs } = await synth(after);
  return buildReport({
    graph: { project, stack, resources, outputs },
    tier: "staging",
    region: "us-east-1",
    waivers: [],
    policies: { open: [], waived: [] },
    exposureChange,
    today,
    ...(base === undefined
      ? {}
      : { base: { base: { kind: "revision", name: "main", commit: "0123456789abcdef" }, graph: base } }),
    ...rest,
  });
}

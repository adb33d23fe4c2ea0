// Reads a graph that another process or an earlier run wrote down, and trusts none of it unseen.
import { z } from "zod";
import type { Graph } from "./graph.ts";
import { parseJson } from "./json.ts";
import { type Report, reportVersion } from "./report.ts";
import { graphSchema, reportSchema } from "./report-schema.ts";

const saved = z.looseObject({ version: z.literal(reportVersion), graph: graphSchema });

/** The graph of what `berth plan --json` printed; a sentence if it is none. */
export function readSaved(text: string): Graph | string {
  const value = parseJson(text);
  if (value === undefined) return "it is not JSON";
  const parsed = saved.safeParse(value);
  return parsed.success ? parsed.data.graph : `it is no plan of version ${reportVersion}: ${firstFault(parsed.error)}`;
}

/** All of what `berth plan --json` printed; a sentence if it is none. */
export function readReport(text: string): Report | string {
  const value = parseJson(text);
  if (value === undefined) return "it is not JSON";
  const parsed = reportSchema.safeParse(value);
  return parsed.success ? parsed.data : firstFault(parsed.error);
}

/** The graph that a child process sent; a sentence if it is none. */
export function readGraph(value: unknown): Graph | string {
  const parsed = graphSchema.safeParse(value);
  return parsed.success ? parsed.data : `what it evaluates to is no graph: ${firstFault(parsed.error)}`;
}

function firstFault({ issues }: z.ZodError): string {
  const [issue] = issues;
  return issue === undefined ? "" : `${issue.path.join(".") || "the top"}: ${issue.message}`;
}

// berth review: every stack's plan against a base, in a folder, with the comment that a pull request gets.
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../config/parse.ts";
import { readStack, stackNames } from "../config/stack-file.ts";
import type { Graph } from "../plan/graph.ts";
import { renderHtml } from "../plan/render/html.ts";
import { renderMarkdown } from "../plan/render/markdown.ts";
import { renderSvg } from "../plan/render/picture/svg.ts";
import type { Report } from "../plan/report.ts";
import { counted } from "../plan/style.ts";
import { exitCodes, Failure } from "./failure.ts";
import { reportOf } from "./plan.ts";
import { type OpenBase, openRevision } from "./plan-base.ts";
import { withProgress } from "./progress.ts";
import { projectRoot } from "./project.ts";

export interface ReviewOptions {
  readonly against: string;
  readonly output: string;
}

/** Fails where a gate is shut or a plan cannot be made; what can be said is written all the same. */
export async function review({ against, output }: ReviewOptions): Promise<void> {
  const stacks = stackNames(projectRoot).filter(isStack);
  if (stacks.length === 0) throw new Failure("there is no Pulumi.<stack>.yaml here to plan", exitCodes.usage);
  const plans = await planAll(stacks, against);
  const reports = plans.flatMap(({ report }) => report ?? []);
  mkdirSync(output, { recursive: true });
  for (const report of reports) writeReport(output, report);
  const failures = plans.flatMap(({ failure }) => failure ?? []);
  const unplanned = plans.flatMap(({ report, failure }) => (report === undefined ? (failure ?? []) : []));
  const text = renderMarkdown(reports, unplanned);
  writeFileSync(join(output, "comment.md"), text);
  // Where GitHub Actions shows a job's summary.
  const summary = process.env.GITHUB_STEP_SUMMARY;
  if (summary !== undefined) appendFileSync(summary, text);
  process.stdout.write(`${reports.map(verdict).join("\n")}\nPlans, pages and the comment are in ${output}.\n`);
  const shut = reports.filter(({ gate }) => !gate.open).map(({ stack }) => stack);
  if (shut.length > 0) failures.push(`the gate is shut: ${shut.join(", ")}`);
  if (failures.length > 0) throw new Failure(failures.join("; "), shut.length > 0 ? exitCodes.gate : exitCodes.failed);
}

/** A file for branches is a template, of which `berth branch` makes stacks. */
function isStack(name: string): boolean {
  try {
    const { environment } = readStack(projectRoot, name);
    return !(environment.architecture === "branch" && environment.instance === undefined);
  } catch (error) {
    // What is wrong with it is said when it is planned.
    if (error instanceof ConfigError) return true;
    throw error;
  }
}

interface Planned {
  readonly report?: Report;
  /** Why there is none, or none that was compared. */
  readonly failure?: string;
}

/** The base is checked out once, and evaluated for as many stacks at a time as there are processors. */
async function planAll(names: readonly string[], against: string): Promise<Planned[]> {
  const { base, revision } = await openRevision(against);
  const graphs = names.map((name) => revision.graph(name));
  const all = Promise.allSettled(graphs);
  try {
    const plans: Planned[] = [];
    for (const [i, name] of names.entries()) {
      const open: OpenBase = { base, graph: async () => (await graphs[i]) as Graph };
      plans.push(await withProgress(`Planning ${name} against ${against}`, planned(name, open)));
    }
    return plans;
  } finally {
    await all;
    await revision.close();
  }
}

async function planned(name: string, base: OpenBase): Promise<Planned> {
  try {
    const stack = readStack(projectRoot, name);
    const report = await reportOf(stack, async () => base);
    const { brokenBase } = report;
    if (brokenBase === undefined) return { report };
    return { report, failure: `${name} could not be compared with ${brokenBase.name}: ${brokenBase.fault}` };
  } catch (error) {
    if (!(error instanceof Failure || error instanceof ConfigError)) throw error;
    return { failure: `${name}: ${error.message}` };
  }
}

function writeReport(folder: string, report: Report): void {
  writeFileSync(join(folder, `${report.stack}.json`), `${JSON.stringify(report)}\n`);
  writeFileSync(join(folder, `${report.stack}.html`), renderHtml(report));
  writeFileSync(join(folder, `${report.stack}.svg`), renderSvg(report));
}

function verdict({ stack, gate, comparison }: Report): string {
  const changes = comparison === undefined ? "not compared" : counted(comparison.changes.length, "change");
  return `${stack}: ${changes}, risk ${comparison?.risk ?? "none"}, gate ${gate.open ? "open" : "SHUT"}`;
}

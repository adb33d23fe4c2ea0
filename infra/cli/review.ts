// berth review: every stack's plan against a base, in a folder, with the comment that a pull request gets.
import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderHtml } from "../plan/render/html.ts";
import { renderMarkdown } from "../plan/render/markdown.ts";
import { renderSvg } from "../plan/render/picture/svg.ts";
import type { Report } from "../plan/report.ts";
import { readReport } from "../plan/saved.ts";
import { exitCodes, Failure } from "./failure.ts";
import { withProgress } from "./progress.ts";
import { projectRoot } from "./project.ts";
import { capture } from "./run.ts";

export interface ReviewOptions {
  readonly against: string;
  readonly output: string;
}

/** Fails where a gate is shut or a plan cannot be made; what can be said is written all the same. */
export async function review({ against, output }: ReviewOptions): Promise<void> {
  const stacks = stackNames();
  mkdirSync(output, { recursive: true });
  const plans: Planned[] = [];
  for (const stack of stacks) {
    // One after the other: a base with another lock file has its dependencies installed each time.
    plans.push(await withProgress(`Planning ${stack} against ${against}`, planned(stack, against)));
  }
  const reports = plans.flatMap(({ report }) => report ?? []);
  for (const report of reports) writeReport(output, report);
  const failures = plans.flatMap(({ failure }) => failure ?? []);
  const text = renderMarkdown(reports);
  writeFileSync(join(output, "comment.md"), text);
  // Where GitHub Actions shows a job's summary.
  const summary = process.env.GITHUB_STEP_SUMMARY;
  if (summary !== undefined) appendFileSync(summary, text);
  process.stdout.write(`${reports.map(verdict).join("\n")}\nPlans, pages and the comment are in ${output}.\n`);
  if (failures.length > 0) throw new Failure(failures.join("; "));
  const shut = reports.filter(({ gate }) => !gate.open).map(({ stack }) => stack);
  if (shut.length > 0) throw new Failure(`the gate is shut: ${shut.join(", ")}`, exitCodes.gate);
}

function stackNames(): string[] {
  const names = readdirSync(projectRoot).flatMap((file) => /^Pulumi\.([^.]+)\.yaml$/.exec(file)?.[1] ?? []);
  if (names.length === 0) throw new Failure("there is no Pulumi.<stack>.yaml here to plan", exitCodes.usage);
  return names.toSorted();
}

interface Planned {
  readonly report?: Report;
  /** Why there is none, or none that was compared. */
  readonly failure?: string;
}

/** In a process of its own, because a program is evaluated once in each. */
async function planned(stack: string, against: string): Promise<Planned> {
  const args = [process.argv[1] ?? "", "plan", stack, "--against", against, "--json"];
  const { code, stdout, stderr } = await capture(process.execPath, args, { cwd: process.cwd() });
  const report = readReport(stdout);
  const said =
    stderr
      .trim()
      .split("\n")
      .at(-1)
      ?.replace(/^berth: /, "") ?? "";
  if (typeof report === "string") return { failure: said === "" ? `${stack}: ${report}` : said };
  return code === 0 || code === exitCodes.gate ? { report } : { report, failure: said };
}

function writeReport(folder: string, report: Report): void {
  writeFileSync(join(folder, `${report.stack}.json`), `${JSON.stringify(report)}\n`);
  writeFileSync(join(folder, `${report.stack}.html`), renderHtml(report));
  writeFileSync(join(folder, `${report.stack}.svg`), renderSvg(report));
}

function verdict({ stack, gate, comparison }: Report): string {
  const changes = comparison === undefined ? "not compared" : `${comparison.changes.length} changes`;
  return `${stack}: ${changes}, risk ${comparison?.risk ?? "none"}, gate ${gate.open ? "open" : "SHUT"}`;
}

// berth plan: what a stack consists of, and what a change does to it, from one evaluation of the program in this process.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readStack, type Stack } from "../config/stack-file.ts";
import { renderDetails } from "../plan/details.ts";
import { EvaluationFault } from "../plan/fault.ts";
import { unansweredPrices } from "../plan/gate/gate.ts";
import { parseWaivers, type Waiver, WaiversError, waiversFile } from "../plan/gate/waivers.ts";
import type { Graph } from "../plan/graph.ts";
import { priceRemedy } from "../plan/phrases.ts";
import { buildReport, type Report } from "../plan/report.ts";
import { renderText } from "../plan/text.ts";
import { applyWaivers, checkPolicies } from "../policies/check.ts";
import { exposureChange } from "../policies/exposure/exposure.ts";
import { debug, exitCodes, Failure } from "./failure.ts";
import { type OpenBase, openBase, settleBase } from "./plan-base.ts";
import { placed } from "./plan-place.ts";
import { withProgress } from "./progress.ts";
import { projectRoot } from "./project.ts";

export interface PlanOptions {
  /** A git revision, a saved plan's file, or `deployed`. */
  readonly against?: string;
  readonly details?: boolean;
  readonly json?: boolean;
  readonly markdown?: boolean;
  /** Files to write a page and a picture to. */
  readonly html?: string;
  readonly svg?: string;
}

/** Prints the plan of a stack; nothing else of this process is touched, nothing is deployed. */
export async function plan(stack: string, options: PlanOptions): Promise<void> {
  if (options.json && options.markdown) {
    throw new Failure("--json and --markdown are two outputs: name one of them", exitCodes.usage);
  }
  const { against } = options;
  const open = against === undefined ? undefined : (of: Stack) => openBase(against, of);
  const report = await withProgress(`Evaluating ${stack}`, reportOf(readStack(projectRoot, stack), open));
  const text = await rendered(report, options);
  await writeFiles(report, options);
  process.stdout.write(text);
  const { brokenBase, gate } = report;
  if (!gate.open) throw new Failure(gateFailure(report), exitCodes.gate);
  if (brokenBase !== undefined) {
    throw new Failure(`${stack} could not be compared with ${brokenBase.name}: ${brokenBase.fault}`);
  }
}

async function rendered(report: Report, { json, markdown, details }: PlanOptions): Promise<string> {
  if (markdown) return (await import("../plan/render/markdown.ts")).renderMarkdown([report]);
  if (json) return `${JSON.stringify(report, undefined, 2)}\n`;
  return details ? renderText(report) + renderDetails(report) : renderText(report);
}

async function writeFiles(report: Report, { html, svg }: PlanOptions): Promise<void> {
  if (html !== undefined) writePlan(html, (await import("../plan/render/html.ts")).renderHtml(report));
  if (svg !== undefined) writePlan(svg, (await import("../plan/render/picture/svg.ts")).renderSvg(report));
}

function writePlan(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(`${file} cannot be written: ${reason}`);
  }
}

/**
 * Everything that a plan says about a stack.
 *
 * @param against opens what it is compared with
 * @throws Failure with the place, for a program that no plan can be made of
 */
export async function reportOf(stack: Stack, against?: (stack: Stack) => Promise<OpenBase>): Promise<Report> {
  const today = new Date().toISOString().slice(0, 10);
  const waivers = readWaivers(today);
  const open = await against?.(stack);
  const graph = await evaluateStack(stack);
  const base = open && (await settleBase(open, graph));
  const { open: openFindings, waived } = applyWaivers(checkPolicies(graph), waivers, today);
  const { environment } = stack;
  return buildReport({
    graph,
    tier: environment.tier,
    region: "region" in environment ? environment.region : "us-east-1",
    waivers,
    policies: { open: openFindings, waived },
    exposureChange,
    today,
    ...(base === undefined ? {} : { base }),
    ...("monthlyBudget" in environment && environment.monthlyBudget !== undefined
      ? { budget: environment.monthlyBudget }
      : {}),
  });
}

async function evaluateStack({ project, name, config, secretKeys }: Stack): Promise<Graph> {
  // Pulumi takes a third of a plan's time to load: not before the base, if there is one, is evaluated beside it.
  const { evaluate } = await import("../plan/evaluate.ts");
  // Once for each stack: a module is evaluated once for each address.
  const program = async () => ((await import(`../index.ts?${name}`)) as { default: unknown }).default;
  try {
    return await evaluate(program, { project, stack: name, config, secretKeys, debug });
  } catch (error) {
    throw await placed(error, name, error instanceof EvaluationFault ? error.at : {});
  }
}

function readWaivers(today: string): Waiver[] {
  const file = join(projectRoot, waiversFile);
  if (!existsSync(file)) return [];
  try {
    return parseWaivers(readFileSync(file, "utf8"), today);
  } catch (error) {
    if (error instanceof WaiversError) throw new Failure(error.message, exitCodes.usage);
    throw error;
  }
}

function gateFailure({ stack, gate, policies }: Report): string {
  const names = gate.stateful.filter(({ waiver }) => waiver === undefined).map(({ name, says }) => `${name} (${says})`);
  const unpriced = unansweredPrices(gate.budget);
  const broken = policies.open.map(({ policy, message }) => `${message.replace(/\.$/, "")} (${policy})`);
  const reasons = [
    ...(broken.length === 0
      ? []
      : [
          `policies are not kept: ${broken.slice(0, 3).join("; ")}${broken.length > 3 ? ` and ${broken.length - 3} more` : ""}`,
        ]),
    ...(names.length === 0
      ? []
      : [
          `data would be lost: ${names.slice(0, 3).join("; ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}. If that is meant, say so in ${waiversFile}, by URN, with reason, who and expires`,
        ]),
    ...(gate.budget?.exceeded
      ? [
          `it costs about $${gate.budget.monthly.toFixed(2)} a month, more than the monthlyBudget of $${gate.budget.limit} in Pulumi.${stack}.yaml`,
        ]
      : []),
    ...(unpriced.length === 0
      ? []
      : [
          `what has no price may cost more than the monthlyBudget in Pulumi.${stack}.yaml: ${unpriced
            .slice(0, 3)
            .map(({ name, says }) => `${name} ${says}`)
            .join("; ")}${unpriced.length > 3 ? ` and ${unpriced.length - 3} more` : ""}. ${priceRemedy}`,
        ]),
  ];
  return `the gate of ${stack} is shut: ${reasons.join("; and ")}`;
}

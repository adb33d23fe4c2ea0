// berth plan: what a stack consists of, from one evaluation of the program in this process.
import { readStack } from "../config/stack-file.ts";
import { evaluate } from "../plan/evaluate.ts";
import type { Graph } from "../plan/graph.ts";
import { renderText } from "../plan/text.ts";
import { debug } from "./failure.ts";
import { withProgress } from "./progress.ts";
import { projectRoot } from "./project.ts";

/** Prints the plan of a stack; nothing else of this process is touched, nothing is deployed. */
export async function plan(stack: string, options: { json?: boolean }): Promise<void> {
  const graph = await withProgress(`Evaluating ${stack}`, evaluateStack(stack));
  process.stdout.write(
    options.json ? `${JSON.stringify({ version: 1, ...graph }, undefined, 2)}\n` : renderText(graph),
  );
}

async function evaluateStack(name: string): Promise<Graph> {
  const { project, config, secretKeys } = readStack(projectRoot, name);
  const program = async () => ((await import("../index.ts")) as { default: unknown }).default;
  return evaluate(program, { project, stack: name, config, secretKeys, debug });
}

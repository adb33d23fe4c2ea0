// Evaluates a Pulumi program in this process: no engine, no credentials, no network.
import * as pulumi from "@pulumi/pulumi";
import type { Graph } from "./graph.ts";
import { Recorder } from "./recorder.ts";

/** The stack a program runs as. */
export interface EvaluationContext {
  readonly project: string;
  readonly stack: string;
  /** Configuration by namespaced key, as the engine hands it over: structured values as JSON text. */
  readonly config: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
  /** Keep stack traces of the program's errors; slower. @default false */
  readonly debug?: boolean;
}

/**
 * Runs `program` as a preview of the stack and returns what it registered. One evaluation at a time: Pulumi's settings
 * are global to a process.
 *
 * @param program returns the stack's outputs
 * @throws whatever the program throws, and an Error for what only a cloud could answer
 */
export async function evaluate(program: () => unknown, context: EvaluationContext): Promise<Graph> {
  const recorder = new Recorder();
  await pulumi.runtime.setMocks(
    { newResource: () => ({ id: "", state: {} }), call: () => ({}) },
    context.project,
    context.stack,
    true,
  );
  pulumi.runtime.setMockOptions(recorder, context.project, context.stack, true);
  pulumi.runtime.setAllConfig({ ...context.config }, [...context.secretKeys]);
  // Registrations run on after the program has returned, and theirs is the only way to hear of a failed one.
  const failures: unknown[] = [];
  // The SDK takes a stack trace for every promise it makes, a quarter of the whole evaluation, to explain those that hang.
  const { stackTraceLimit } = Error;
  if (!context.debug) Error.stackTraceLimit = 0;
  const listeners = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", (error) => failures.push(error));
  try {
    await pulumi.runtime.runInPulumiStack(async () => program() as Record<string, unknown>);
    await pulumi.runtime.disconnect();
  } finally {
    // A promise counts as unhandled a turn of the event loop after it was rejected.
    await new Promise((resolve) => setImmediate(resolve));
    Error.stackTraceLimit = stackTraceLimit;
    process.removeAllListeners("unhandledRejection");
    for (const listener of listeners) process.on("unhandledRejection", listener);
  }
  const [failure] = [...recorder.faults, ...failures];
  if (failure !== undefined) throw failure;
  return recorder.graph(context.project, context.stack);
}

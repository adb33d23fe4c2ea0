// Evaluates a Pulumi program in this process: no engine, no credentials, no network.
import "./lean-sdk.ts";
import * as pulumi from "@pulumi/pulumi";
import state from "@pulumi/pulumi/runtime/state.js";
import { EvaluationFault } from "./fault.ts";
import type { Graph } from "./graph.ts";
import { deepPlace, Guard } from "./guard.ts";
import { PendingPromises } from "./pending.ts";
import { Recorder } from "./recorder.ts";
import { typeRisk } from "./risk/assess.ts";

/** The stack a program runs as. */
export interface EvaluationContext {
  readonly project: string;
  readonly stack: string;
  /** Configuration by namespaced key, as the engine hands it over: structured values as JSON text. */
  readonly config: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
  /** Keep stack traces of the program's errors; slower. @default false */
  readonly debug?: boolean;
  /** Seconds that the program may take. @default 60 */
  readonly limitSeconds?: number;
}

/**
 * Runs `program` as a preview of the stack and returns what it registered. One evaluation at a time: Pulumi's settings
 * are global to a process.
 *
 * @param program returns the stack's outputs
 * @throws whatever the program throws; an EvaluationFault for what only a cloud could answer, for the network, the clock and
 * chance, and for a program that does not come to its end
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
  // The SDK exports its store without declaring it.
  (state as unknown as { getStore(): { callbacks: object } }).getStore().callbacks = noCallbacks;
  pulumi.runtime.setAllConfig({ ...context.config }, [...context.secretKeys]);
  const guard = new Guard();
  const run = watch(program, recorder);
  const pending = new PendingPromises();
  // Registrations run on after the program has returned, and theirs is the only way to hear of a failed one.
  const failures: unknown[] = [];
  // The SDK takes a stack trace for every promise it makes, a quarter of the whole evaluation, to explain those that hang.
  const { stackTraceLimit } = Error;
  if (!context.debug) Error.stackTraceLimit = 0;
  const listeners = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", (error) => failures.push(error));
  guard.start();
  if (context.debug) pending.start();
  try {
    await withinLimit(settle(run.program), context.limitSeconds ?? 60, run.hanging, () => pending.place());
  } catch (error) {
    // What the program was refused comes back as its own error, with less to say.
    throw guard.faults[0] ?? error;
  } finally {
    guard.stop();
    pending.stop();
    // A promise counts as unhandled a turn of the event loop after it was rejected.
    await new Promise((resolve) => setImmediate(resolve));
    Error.stackTraceLimit = stackTraceLimit;
    process.removeAllListeners("unhandledRejection");
    for (const listener of listeners) process.on("unhandledRejection", listener);
  }
  const [failure] = [...guard.faults, ...recorder.faults, ...failures];
  if (failure !== undefined) throw failure;
  return recorder.graph(context.project, context.stack);
}

/** No engine calls back, so the SDK need not start a server that listens for it as soon as there is a hook. */
const noCallbacks = {
  awaitStackRegistrations: async () => {},
  registerErrorHook: async () => {},
  registerResourceHook: async () => {},
  registerStackInvokeTransform: () => {},
  registerStackInvokeTransformAsync: () => Promise.reject(noTransforms()),
  registerStackTransform: () => {},
  registerTransform: () => Promise.reject(noTransforms()),
  shutdown: () => {},
};

function noTransforms(): EvaluationFault {
  return new EvaluationFault(
    "The program registers transforms, which run in the engine: set what they set where it belongs.",
  );
}

async function settle(program: () => Promise<unknown>): Promise<void> {
  await pulumi.runtime.runInPulumiStack(async () => (await program()) as Record<string, unknown>);
  await pulumi.runtime.disconnect();
}

/** Keeps account of what a program has begun, to name what is not done when time is up. */
function watch(program: () => unknown, recorder: Recorder) {
  const begun: { readonly type: string; readonly name: string }[] = [];
  let returned = false;
  return {
    program: async () => {
      pulumi.runtime.registerStackTransformation(({ resource, type, name }) => {
        begun.push({ type, name });
        const isUnknown = resource instanceof pulumi.CustomResource && typeRisk(type) === undefined;
        const place = isUnknown ? deepPlace().place : undefined;
        if (place !== undefined) recorder.locate(type, name, place);
        return undefined;
      });
      const outputs = await program();
      returned = true;
      return outputs;
    },
    hanging(): string {
      const waiting = begun.filter(({ type, name }) => !recorder.has(type, name));
      const names = waiting.slice(0, 5).map(({ type, name }) => `${name} (${type})`);
      if (names.length > 0) {
        const more = waiting.length > 5 ? ` and ${waiting.length - 5} more` : "";
        return `the inputs of ${names.join(", ")}${more} never come`;
      }
      return returned ? "an output of the stack never comes" : "the program itself does not return";
    },
  };
}

/** Ends what does not end by itself: at once where nothing is left that could go on, else after the limit. */
async function withinLimit(
  work: Promise<void>,
  seconds: number,
  hanging: () => string,
  placeOf: () => string | undefined,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let drained = () => {};
  const stuck = new Promise<never>((_, reject) => {
    const end = (why: string) => {
      const place = placeOf();
      const message = `The program does not come to its end${why}: ${hanging()}.`;
      reject(new EvaluationFault(message, place === undefined ? {} : { place }));
    };
    timer = setTimeout(end, seconds * 1000, ` in ${seconds} s`).unref();
    drained = () => end("");
    process.once("beforeExit", drained);
  });
  try {
    await Promise.race([work, stuck]);
  } finally {
    clearTimeout(timer);
    process.off("beforeExit", drained);
    // Whatever the abandoned work still comes to is no longer of interest.
    work.catch(() => undefined);
  }
}

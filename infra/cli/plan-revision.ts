// The plans of another git revision: its program, in processes that have no secrets, write nothing and start nothing.
import { spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { Graph } from "../plan/graph.ts";
import { parseJson } from "../plan/json.ts";
import { readGraph } from "../plan/saved.ts";
import { type Checkout, checkOut, environment } from "./checkout.ts";
import { Failure } from "./failure.ts";
import { callsOf } from "./plan-place.ts";

/** Seconds after which the process is ended; an evaluation that hangs says so itself before. */
const limitSeconds = 90;
const heapMegabytes = 1024;

/** A revision that is checked out once, for all the stacks that are asked for. */
export class Revision {
  readonly #checkout: Promise<Checkout>;
  #room = availableParallelism();
  readonly #waiting: (() => void)[] = [];

  /** Begins to check it out. */
  constructor(commit: string) {
    this.#checkout = checkOut(commit);
    // Whoever asks for a graph hears of it.
    this.#checkout.catch(() => undefined);
  }

  /**
   * Evaluates a stack as it is there, beside as many others as there are processors; without anything in it where there is no
   * such stack.
   *
   * @param onStart told when its process runs, which needs nothing of this one any more until it is done
   * @throws Failure, with a sentence, for whatever keeps that program from being evaluated
   */
  async graph(stack: string, onStart: () => void = () => {}): Promise<Graph> {
    const checkout = await this.#checkout;
    if (!existsSync(join(checkout.root, `Pulumi.${stack}.yaml`))) {
      return { project: "", stack, resources: [], outputs: {} };
    }
    if (this.#room > 0) this.#room -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await evaluated(checkout, stack, onStart);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#room += 1;
      else next();
    }
  }

  /** To be called when all graphs are there. */
  async close(): Promise<void> {
    await this.#checkout.then(
      (checkout) => checkout.remove(),
      () => undefined,
    );
  }
}

/** What its program may see. */
const forProgram = /^(PATH|LANG|NODE_COMPILE_CACHE)$/;

async function evaluated(checkout: Checkout, stack: string, onStart: () => void): Promise<Graph> {
  const first = await childOf(checkout, [stack], onStart);
  if ("graph" in first) return first.graph;
  const { fault, calls, isPlaced } = first;
  if (isPlaced) throw new Failure(fault);
  const place = first.place ?? (calls === undefined ? await placeIn(checkout, stack) : callsOf(calls, checkout.root));
  throw new Failure(place === undefined ? fault : `${fault} (${place})`);
}

/** As for the program of now: it is evaluated again, with stack traces. */
async function placeIn(checkout: Checkout, stack: string): Promise<string | undefined> {
  const again = await childOf(checkout, [stack, "--debug"], () => {});
  return "fault" in again ? again.place : undefined;
}

const faultSchema = z.object({
  fault: z.string(),
  place: z.string().optional(),
  calls: z.string().regex(/^\w+$/).optional(),
  isPlaced: z.boolean().default(false),
});

type Evaluated = { readonly graph: Graph } | z.output<typeof faultSchema>;

async function childOf(checkout: Checkout, args: readonly string[], onStart: () => void): Promise<Evaluated> {
  const { root, evaluator } = checkout;
  const readable = [root, realpathSync(join(root, "node_modules")), process.env.NODE_COMPILE_CACHE ?? root];
  const child = spawn(
    process.execPath,
    [
      "--permission",
      ...readable.map((path) => `--allow-fs-read=${path}`),
      `--max-old-space-size=${heapMegabytes}`,
      "--disable-warning=SecurityWarning",
      join(evaluator, "child.ts"),
      root,
      ...args,
    ],
    { cwd: root, env: { ...environment(forProgram), HOME: root }, stdio: ["ignore", "ignore", "pipe", "pipe"] },
  );
  child.once("spawn", onStart);
  const timer = setTimeout(() => child.kill("SIGKILL"), limitSeconds * 1000);
  const [sent, stderr, how] = await Promise.all([textOf(child.stdio[3]), textOf(child.stderr), ended(child)]);
  clearTimeout(timer);
  return resultIn(sent) ?? { fault: how ?? lastError(stderr), isPlaced: true };
}

function resultIn(sent: string): Evaluated | undefined {
  const result = parseJson(sent);
  if (typeof result !== "object" || result === null) return undefined;
  const fault = faultSchema.safeParse(result);
  if (fault.success) return fault.data;
  const graph = readGraph("graph" in result ? result.graph : undefined);
  return typeof graph === "string" ? { fault: graph, isPlaced: true } : { graph };
}

async function ended(child: ReturnType<typeof spawn>): Promise<string | undefined> {
  return await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (_, signal) =>
      resolve(signal === "SIGKILL" ? `it took more than ${limitSeconds} s` : undefined),
    );
  });
}

async function textOf(stream: unknown): Promise<string> {
  let text = "";
  for await (const chunk of stream as AsyncIterable<Buffer>) text += chunk.toString();
  return text;
}

function lastError(text: string): string {
  return text.split("\n").findLast((line) => /error/i.test(line)) ?? "its program ends the process that evaluates it";
}

// What a plan is compared with: another git revision, a saved plan, or what is deployed.
import { existsSync, readFileSync, statSync } from "node:fs";
import type { Stack } from "../config/stack-file.ts";
import type { Graph } from "../plan/graph.ts";
import type { Base, BrokenBase } from "../plan/report.ts";
import { exitCodes, Failure } from "./failure.ts";
import type { Revision } from "./plan-revision.ts";

/** A base whose graph is on its way, because the program of now is evaluated meanwhile. */
export interface OpenBase {
  readonly base: Base;
  /** @param head the program as it is now */
  graph(head: Graph): Promise<Graph>;
}

/**
 * Finds out what `--against` means and begins to work on it.
 *
 * @throws Failure if it means nothing here
 */
export async function openBase(name: string, stack: Stack): Promise<OpenBase> {
  if (name === "deployed") return deployed(stack);
  if (existsSync(name) && statSync(name).isFile()) return await savedPlan(name);
  const { base, revision } = await openRevision(name);
  const started = Promise.withResolvers<void>();
  const graph = revision.graph(stack.name, started.resolve).finally(() => revision.close());
  // An evaluation keeps its thread busy: begun before the base's own process runs, it would hold that up. What fails until
  // then, whoever waits for the graph hears of.
  await Promise.race([started.promise, graph.catch(() => undefined)]);
  return { base, graph: () => graph };
}

/**
 * Begins to check a revision out, for one stack or several; whoever asked closes it.
 *
 * @throws Failure if there is none of that name here
 */
export async function openRevision(name: string): Promise<{ readonly base: Base; readonly revision: Revision }> {
  const [{ commitOf }, { Revision }] = await Promise.all([import("./checkout.ts"), import("./plan-revision.ts")]);
  const commit = await commitOf(name);
  if (commit === undefined) {
    throw new Failure(
      `--against ${name} is neither a git revision here nor a file: fetch the revision (git fetch origin ${name}), or name another`,
      exitCodes.usage,
    );
  }
  return { base: { kind: "revision", name, commit }, revision: new Revision(commit) };
}

/** The graph of a base, or the sentence that says why there is none: the plan of now is shown all the same. */
export async function settleBase(
  open: OpenBase,
  head: Graph,
): Promise<{ readonly base: Base; readonly graph: Graph } | { readonly broken: BrokenBase }> {
  try {
    return { base: open.base, graph: await open.graph(head) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { broken: { ...open.base, fault: error.message } };
  }
}

async function savedPlan(name: string): Promise<OpenBase> {
  const { readSaved } = await import("../plan/saved.ts");
  const graph = readSaved(readFileSync(name, "utf8"));
  if (typeof graph === "string") {
    throw new Failure(`${name} is not what berth plan --json prints: ${graph}`, exitCodes.usage);
  }
  return { base: { kind: "file", name }, graph: async () => graph };
}

function deployed(stack: Stack): OpenBase {
  return {
    base: { kind: "deployed", name: "deployed" },
    async graph(head) {
      const [{ stackState }, { stateGraph }, { parseJson }] = await Promise.all([
        import("./engine.ts"),
        import("../plan/state.ts"),
        import("../plan/json.ts"),
      ]);
      const graph = stateGraph(parseJson(await stackState(stack)), head);
      if (typeof graph === "string") throw new Failure(graph);
      return graph;
    },
  };
}

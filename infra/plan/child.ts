// Evaluates the program of another revision in a process of its own, which Node.js lets read that revision's folder and write
// nothing; the result, or the fault, goes to file descriptor 3, where no output of the program can get between.
import { writeSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type EvaluationContext, evaluate } from "./evaluate.ts";
import { EvaluationFault } from "./fault.ts";
import { placeOf } from "./guard.ts";

const [root = "", stack = "", ...rest] = process.argv.slice(2);
/** Whether it is evaluated again, for the place of its fault. */
const debug = rest.includes("--debug");

interface StackFiles {
  readStack(root: string, name: string): EvaluationContext;
}

function send(result: object): void {
  const bytes = Buffer.from(JSON.stringify(result));
  for (let sent = 0; sent < bytes.length; ) sent += writeSync(3, bytes, sent);
}

async function load<Module>(file: string): Promise<Module> {
  return (await import(pathToFileURL(join(root, file)).href)) as Module;
}

/** Without its place, if that takes stack traces; what it calls is found by whoever asked. */
function faultOf(error: unknown): object {
  const fault = error instanceof Error ? error.message : String(error);
  const calls = error instanceof EvaluationFault ? error.at.calls : undefined;
  const known = error instanceof EvaluationFault ? error.at.place : undefined;
  const place = debug ? placeOf(error) : known;
  return { fault, ...(calls === undefined ? {} : { calls }), ...(place === undefined ? {} : { place }) };
}

try {
  const { project, config, secretKeys } = (await load<StackFiles>("infra/config/stack-file.ts")).readStack(root, stack);
  const program = async () => (await load<{ default: unknown }>("infra/index.ts")).default;
  const evaluation = evaluate(program, { project, stack, config, secretKeys, debug });
  send(await evaluation.then((graph) => ({ graph }), faultOf));
} catch (error) {
  // Of its configuration, which names its own places.
  send({ fault: error instanceof Error ? error.message : String(error), isPlaced: true });
}

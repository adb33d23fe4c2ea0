// Evaluates the program of another revision in a process of its own, which Node.js lets read that revision's folder and write
// nothing; the result, or the fault, goes to file descriptor 3, where no output of the program can get between.
import { writeSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type EvaluationContext, evaluate } from "./evaluate.ts";

const [root = "", stack = ""] = process.argv.slice(2);

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

try {
  const { project, config, secretKeys } = (await load<StackFiles>("infra/config/stack-file.ts")).readStack(root, stack);
  const program = async () => (await load<{ default: unknown }>("infra/index.ts")).default;
  send({ graph: await evaluate(program, { project, stack, config, secretKeys }) });
} catch (error) {
  send({ fault: error instanceof Error ? error.message : String(error) });
}

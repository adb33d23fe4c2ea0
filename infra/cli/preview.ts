// berth preview: the engine's own preview of a stack.
import { readStack } from "../config/stack-file.ts";
import { enginePreview, missingForEngine } from "./engine.ts";
import { Failure } from "./failure.ts";
import { projectRoot } from "./project.ts";

export async function preview(name: string): Promise<void> {
  const stack = readStack(projectRoot, name);
  const missing = await missingForEngine(stack);
  if (missing !== undefined) throw new Failure(`${name} cannot be previewed: ${missing}`);
  if (await enginePreview(stack)) return;
  process.stdout.write(`The backend has no stack ${name} yet: all that berth plan ${name} shows would be made.\n`);
}

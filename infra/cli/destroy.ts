// berth destroy: takes an environment of the engine down, with all it holds.
import { readStack } from "../config/stack-file.ts";
import { engineDestroy, missingForEngine } from "./engine.ts";
import { exitCodes, Failure } from "./failure.ts";
import { projectRoot } from "./project.ts";

/** Destroys a stack; what the program protects stays protected, and the engine says so. */
export async function destroy(name: string, options: { yes?: boolean }): Promise<void> {
  const stack = readStack(projectRoot, name);
  if (stack.environment.tier !== "development" && !options.yes) {
    throw new Failure(
      `${name} is of tier ${stack.environment.tier}, and its data would be gone: add --yes if you mean it`,
      exitCodes.usage,
    );
  }
  const missing = await missingForEngine(stack);
  if (missing !== undefined) throw new Failure(missing);
  await engineDestroy(stack);
}

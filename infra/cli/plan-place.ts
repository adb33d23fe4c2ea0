// Says where in the program a fault is. Evaluating without stack traces is a quarter faster, so they are there only when the
// program is evaluated again for them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FaultPlace } from "../plan/fault.ts";
import { placeOf, placeText } from "../plan/guard.ts";
import { debug, Failure } from "./failure.ts";
import { projectRoot } from "./project.ts";
import { capture } from "./run.ts";

/** The same fault as a sentence that begins or ends with its place, as far as that can be found out. */
export async function placed(error: unknown, stack: string, at: FaultPlace): Promise<Error> {
  const message = error instanceof Error ? error.message : String(error);
  if (debug) return error instanceof Error ? withPlace(error) : new Failure(message);
  const place = at.place ?? (at.calls === undefined ? await placeByTrace(stack) : callsOf(at.calls, projectRoot));
  return new Failure(place === undefined ? message : `${message} (${place})`);
}

/** With `--debug` the trace is shown, and the sentence before it says the place for whoever evaluates again. */
function withPlace(error: Error): Error {
  const place = placeOf(error);
  if (place !== undefined) error.message = `${error.message} (${place})`;
  return error;
}

async function placeByTrace(stack: string): Promise<string | undefined> {
  const { stderr } = await capture(process.execPath, [process.argv[1] ?? "", "plan", stack, "--debug"], {
    cwd: process.cwd(),
  });
  return /\(([^()\n]+\.ts:\d+)\)\n/.exec(stderr)?.[1];
}

/** What of this project the program consists of, below `infra/`. */
const ofProgram = /^(index\.ts|(architectures|components|config|release)\/.*\.ts)$/;

/** Files and lines of the program in `root` that call a function of that name. */
export function callsOf(name: string, root: string): string | undefined {
  const folder = join(root, "infra");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => ofProgram.test(file));
  const call = new RegExp(`\\b${name}(Output)?\\s*\\(`);
  const places = files.flatMap((file) =>
    readFileSync(join(folder, file), "utf8")
      .split("\n")
      .flatMap((line, i) => (call.test(line) ? placeText(join(folder, file), i + 1, root) : [])),
  );
  return places.length === 0 ? undefined : places.slice(0, 3).join(", ");
}

// berth bench: the figures this project holds itself to, measured here and now.
import { styleText } from "node:util";
import type { Measurement } from "../../bench/measurement.ts";
import { exitCodes, Failure } from "./failure.ts";

const parts: Record<string, () => Promise<Measurement[]>> = {
  plan: async () => (await import("../../bench/plan.ts")).benchPlan(),
  app: async () => (await import("../../bench/app.ts")).benchApp(),
};

/** Prints each figure with its floor; fails if one is not held. */
export async function bench(what: readonly string[]): Promise<void> {
  const unknown = what.find((name) => !Object.hasOwn(parts, name));
  if (unknown !== undefined) {
    throw new Failure(
      `there is no benchmark "${unknown}"; there are: ${Object.keys(parts).join(", ")}`,
      exitCodes.usage,
    );
  }
  const measured: Measurement[] = [];
  for (const [name, run] of Object.entries(parts)) {
    if (what.length > 0 && !what.includes(name)) continue;
    process.stdout.write(`${name}\n`);
    for (const measurement of await run()) {
      measured.push(measurement);
      process.stdout.write(`  ${line(measurement)}\n`);
    }
  }
  const missed = measured.filter(({ held }) => !held).length;
  if (missed > 0) throw new Failure(`${missed} of ${measured.length} figures are not held`);
}

function line({ figure, value, floor, held }: Measurement): string {
  const verdict = held
    ? styleText("green", "held", { stream: process.stdout })
    : styleText("red", "MISSED", { stream: process.stdout });
  return `${figure}: ${value} (floor ${floor}) ${verdict}`;
}

// Finds the place in the program of a promise that never comes. Following every promise is slow: it is done only when a program is
// evaluated again for the place of its fault.
import { createHook } from "node:async_hooks";
import { programFrame } from "./guard.ts";

/** Frames of a stack trace that are looked at; components call each other through Pulumi. */
const depth = 40;

export class PendingPromises {
  /** By the promise's number, in the order in which they were made. */
  readonly #made = new Map<number, { readonly place: string; readonly byHand: boolean }>();
  readonly #hook = createHook({
    init: (id, type) => {
      const made = type === "PROMISE" ? origin() : undefined;
      if (made !== undefined) this.#made.set(id, made);
    },
    promiseResolve: (id) => this.#made.delete(id),
  });

  start(): void {
    this.#hook.enable();
  }

  stop(): void {
    this.#hook.disable();
  }

  /** All that waits is pending too: what was made by hand comes before what was made of it, and of those the first. */
  place(): string | undefined {
    const pending = [...this.#made.values()];
    return (pending.find(({ byHand }) => byHand) ?? pending[0])?.place;
  }
}

/** Where in the program a promise is made, and whether by `new Promise`, there or in what it calls but Pulumi. */
function origin() {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = depth;
  const lines = (new Error().stack ?? "").split("\n").slice(1);
  Error.stackTraceLimit = stackTraceLimit;
  const at = lines.findIndex((line) => programFrame(line) !== undefined);
  const place = programFrame(lines[at] ?? "");
  if (place === undefined) return undefined;
  const before = lines.slice(0, at);
  return {
    place,
    byHand:
      before.some((line) => line.includes("at new Promise ")) &&
      !before.some((line) => line.includes("/node_modules/@pulumi/")),
  };
}

// Tells how long each statement of a connection took.
import type { PoolClient } from "pg";

export type OnQuery = (text: string, milliseconds: number, failed: boolean) => void;

/** All that a statement is asked with: text or object, values, callback. */
type Ask = (...args: readonly unknown[]) => unknown;

export function watchQueries(client: PoolClient, onQuery: OnQuery): void {
  const ask = client.query.bind(client) as Ask;
  const watched: Ask = (...args) => {
    const text = textOf(args[0]);
    // A cursor or a copy, which takes as long as whoever reads it.
    if (text === undefined) return ask(...args);
    const started = performance.now();
    const end = (failed: boolean) => onQuery(text, performance.now() - started, failed);
    const last = args.at(-1);
    if (typeof last === "function") {
      const answered = (error: unknown, result: unknown) => {
        end(error != null);
        last(error, result);
      };
      return ask(...args.slice(0, -1), answered);
    }
    const result = ask(...args) as Promise<unknown>;
    result.then(
      () => end(false),
      () => end(true),
    );
    return result;
  };
  Object.assign(client, { query: watched });
}

function textOf(query: unknown): string | undefined {
  if (typeof query === "string") return query;
  const isSubmittable = typeof query === "object" && query !== null && "submit" in query;
  if (isSubmittable || typeof query !== "object" || query === null || !("text" in query)) return undefined;
  return typeof query.text === "string" ? query.text : undefined;
}

// What the present work is done for: known wherever it leads, without being handed from function to function.
import { AsyncLocalStorage } from "node:async_hooks";

/** The request, or the job, that work is done for. */
export interface Cause {
  /** Id of the request that it began with; a job that runs by itself has none. */
  readonly request_id?: string | undefined;
  /** Where it stands in a trace, as in the header of that name (https://www.w3.org/TR/trace-context/). */
  readonly traceparent?: string | undefined;
}

const causes = new AsyncLocalStorage<Cause>();

/** Runs `work`, and all that comes of it, for `cause`. */
export function because<T>(cause: Cause | undefined, work: () => T): T {
  return cause === undefined ? work() : causes.run(cause, work);
}

/** Undefined where nobody asked, as at start. */
export function causeOf(): Cause | undefined {
  return causes.getStore();
}

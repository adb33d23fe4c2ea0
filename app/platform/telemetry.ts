// What is told of the work of a process to those who watch it: metrics, traces and errors, each where it is configured and
// loaded only there.
import type { Environment } from "./load-environment.ts";
import type { Logger } from "./logger.ts";
import type { Database } from "./postgres.ts";

/** A statement that the database has run. */
export interface Query {
  readonly text: string;
  readonly milliseconds: number;
  readonly failed: boolean;
  /** Where in a trace it was asked. */
  readonly traceparent: string | undefined;
}

/** How a request or a job ended. */
export interface Ending {
  /** Route or kind of job. */
  readonly name: string;
  readonly method?: string;
  /** HTTP status; a job has none. */
  readonly status?: number;
  readonly failed: boolean;
  readonly milliseconds: number;
}

/** A request or a job that runs. */
export interface Work {
  /** Its place in a trace, for what it causes. */
  readonly traceparent?: string | undefined;
  end(ending: Ending): void;
}

export interface Telemetry {
  /** @param parent its header `traceparent` */
  begin(kind: "request" | "job", parent: string | undefined): Work | undefined;
  query(query: Query): void;
  /** An error that somebody has to look at. */
  report(error: unknown, where: { readonly name: string; readonly request_id: string | undefined }): void;
  /** Looks after connections and queue from now on. */
  watch(database: Database): Promise<void>;
  /** Sends what is still to be sent. */
  close(): Promise<void>;
}

/** Nobody watches. */
export const noTelemetry: Telemetry = {
  begin: () => undefined,
  query() {},
  report() {},
  async watch() {},
  async close() {},
};

/** @param process `web` or `worker` */
export async function startTelemetry(environment: Environment, process: string, logger: Logger): Promise<Telemetry> {
  const parts: Telemetry[] = [];
  if (environment.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined) {
    const { startTraces } = await import("./traces.ts");
    parts.push(startTraces(environment, environment.OTEL_EXPORTER_OTLP_ENDPOINT, process));
  }
  if (environment.METRICS_PORT !== undefined) {
    const { startMetrics } = await import("./metrics.ts");
    parts.push(startMetrics(environment.METRICS_PORT, logger));
  }
  if (environment.SENTRY_DSN !== undefined) {
    const { startErrorReports } = await import("./error-reports.ts");
    parts.push(startErrorReports(environment, environment.SENTRY_DSN, process));
  }
  return parts.length === 0 ? noTelemetry : all(parts);
}

function all(parts: readonly Telemetry[]): Telemetry {
  return {
    begin(kind, parent) {
      const begun = parts.flatMap((part) => part.begin(kind, parent) ?? []);
      return {
        traceparent: begun.find(({ traceparent }) => traceparent !== undefined)?.traceparent,
        end: (ending) => {
          for (const work of begun) work.end(ending);
        },
      };
    },
    query(query) {
      for (const part of parts) part.query(query);
    },
    report(error, where) {
      for (const part of parts) part.report(error, where);
    },
    async watch(database) {
      for (const part of parts) await part.watch(database);
    },
    async close() {
      await Promise.all(parts.map((part) => part.close()));
    },
  };
}

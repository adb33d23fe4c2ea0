// Traces by OpenTelemetry (OTLP over HTTP): a request or job, and the statements it has the database run. One in ten that begin
// here; of those that begin elsewhere, those that are traced there.
import { type Attributes, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { Environment } from "./load-environment.ts";
import { releaseName } from "./release-name.ts";
import type { Ending, Telemetry } from "./telemetry.ts";

const sampledShare = 0.1;
const longestQuery = 500;

export function startTraces(environment: Environment, endpoint: string, process: string): Telemetry {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, "")}/v1/traces` });
  const provider = new TracerProvider({
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampledShare) }),
    resource: resourceFromAttributes({
      "service.name": `arena-${process}`,
      "service.version": releaseName(),
      "deployment.environment.name": environment.ENVIRONMENT,
    }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer("arena");
  return {
    begin(kind, parent) {
      const spanKind = kind === "request" ? SpanKind.SERVER : SpanKind.CONSUMER;
      const span = tracer.startSpan(kind, { kind: spanKind }, contextOf(parent));
      return { traceparent: traceparentOf(span), end: (ending) => endWork(span, kind, ending) };
    },
    query({ text, milliseconds, failed, traceparent }) {
      // Only as a part of something that is traced.
      if (traceparent === undefined || !isSampled(traceparent)) return;
      const end = Date.now();
      const name = /^\s*(\w+)/.exec(text)?.[1]?.toUpperCase() ?? "QUERY";
      const attributes = { "db.system.name": "postgresql", "db.query.text": text.slice(0, longestQuery) };
      const options = { kind: SpanKind.CLIENT, startTime: end - milliseconds, attributes };
      const span = tracer.startSpan(name, options, contextOf(traceparent));
      if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(end);
    },
    report() {},
    async watch() {},
    close: () => provider.shutdown(),
  };
}

function endWork(span: Span, kind: "request" | "job", { name, method, status, failed }: Ending): void {
  const attributes: Attributes =
    kind === "request"
      ? { "http.route": name, "http.request.method": method, "http.response.status_code": status }
      : { "messaging.system": "graphile_worker", "messaging.destination.name": name };
  span.updateName(kind === "request" ? `${method} ${name}` : name);
  span.setAttributes(attributes);
  if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

const shape = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

function isSampled(traceparent: string): boolean {
  return (Number.parseInt(traceparent.slice(-2), 16) & 1) === 1;
}

function contextOf(traceparent: string | undefined) {
  const [, traceId, spanId, flags] = shape.exec(traceparent ?? "") ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT;
  const traceFlags = Number.parseInt(flags, 16);
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}

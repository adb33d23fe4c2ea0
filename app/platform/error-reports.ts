// Errors to Sentry: what went wrong and where, by whose request id; nothing of who asked and what they sent.
import { createStackParser, createTransport } from "@sentry/core";
import { nodeStackLineParser, ServerRuntimeClient } from "@sentry/core/server";
import type { Environment } from "./load-environment.ts";
import { redactText } from "./redact.ts";
import { releaseName } from "./release-name.ts";
import type { Telemetry } from "./telemetry.ts";

/** How long the process waits, when it ends, for what is still on its way. */
const closeMs = 2_000;

export function startErrorReports(environment: Environment, dsn: string, process: string): Telemetry {
  const client = new ServerRuntimeClient({
    dsn,
    environment: environment.ENVIRONMENT,
    release: releaseName(),
    platform: "node",
    runtime: { name: "node", version: globalThis.process.version },
    integrations: [],
    stackParser: createStackParser(nodeStackLineParser()),
    transport: (options) =>
      createTransport(options, async ({ body }) => {
        const bytes = typeof body === "string" ? body : new Uint8Array(body);
        const response = await fetch(options.url, { method: "POST", body: bytes, headers: { ...options.headers } });
        await response.arrayBuffer();
        return {
          statusCode: response.status,
          headers: {
            "x-sentry-rate-limits": response.headers.get("x-sentry-rate-limits"),
            "retry-after": response.headers.get("retry-after"),
          },
        };
      }),
    beforeSend(event) {
      for (const exception of event.exception?.values ?? []) exception.value = redactText(exception.value ?? "");
      return event;
    },
  });
  client.init();
  return {
    begin: () => undefined,
    query() {},
    report(error, { name, request_id }) {
      client.captureException(error, { data: {}, captureContext: { tags: { process, where: name, request_id } } });
    },
    async watch() {},
    async close() {
      await client.close(closeMs);
    },
  };
}

// For container health checks: asks the web or worker process in this container whether it is ready. Exit code 0 or 1.
import type { Environment } from "./platform/load-environment.ts";

const timeoutMs = 4_000;

export async function start({ PORT }: Environment): Promise<void> {
  const problem = await ask(`http://127.0.0.1:${PORT}/health/ready/`);
  if (problem === undefined) return;
  process.stderr.write(`Not healthy: ${problem}.\n`);
  process.exitCode = 1;
}

/** Undefined if the answer is 200, else what is wrong. */
function ask(url: string): Promise<string | undefined> {
  // Not imported: an import of node:http also loads Node's WebSocket client, and this runs every few seconds.
  const { get } = process.getBuiltinModule("node:http");
  return new Promise((resolve) => {
    const request = get(url, { timeout: timeoutMs, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? undefined : `${url} answers ${response.statusCode}`);
    });
    request.on("timeout", () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    request.on("error", (error) => resolve(`${url}: ${error.message}`));
  });
}

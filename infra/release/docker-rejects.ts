// What becomes of a container that did not get healthy: its log is shown and it is removed, so that it gets no request and
// neither a refresh nor the next update takes it for the one to keep.
import * as pulumi from "@pulumi/pulumi";
import { docker, engineOptions, logEnd } from "./docker-cli.ts";

/**
 * A hook for `onError` of containers.
 *
 * @param host the engine's address, as the provider has it; undefined is the local engine
 * @param secrets what a log may hold and no message may show
 */
export function rejectUnhealthy(
  name: string,
  host: string | undefined,
  secrets: readonly pulumi.Input<string>[],
): pulumi.ErrorHook {
  const values = new Promise<readonly string[]>((resolve) => {
    pulumi.all([...secrets]).apply((known) => resolve(known));
  });
  return new pulumi.ErrorHook(name, async ({ failedOperation, newInputs }) => {
    const container: unknown = newInputs?.name;
    if (failedOperation === "create" && typeof container === "string") {
      const finding = await rejectContainer(container, host, await values);
      if (finding !== undefined) await pulumi.log.error(finding);
    }
    // Not tried again: the same definition would fail the same way.
    return false;
  });
}

/** State of a container in words, for `docker inspect --format`. */
const state =
  "{{.State.Status}}, {{with .State.Health}}{{.Status}}{{else}}no health check{{end}}, exit code {{.State.ExitCode}}, restarted {{.RestartCount}} times{{if .State.OOMKilled}}, out of memory{{end}}";

/** Removes a container. Says how it was and what it logged last; undefined if there is none. */
export async function rejectContainer(
  container: string,
  host: string | undefined,
  secrets: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const run = (...args: string[]) => docker([...engineOptions(host, environment), ...args], environment);
  const found = await run("container", "inspect", "--format", state, container);
  if (found.exit !== 0) return undefined;
  const log = await run("logs", "--tail", "50", container);
  const removed = await run("rm", "--force", container);
  const fate = removed.exit === 0 ? "was removed" : `could not be removed (${removed.output.trim()})`;
  return `Container ${container} did not get healthy (${found.output.trim()}) and ${fate}. ${logEnd(log.output, secrets)}`;
}

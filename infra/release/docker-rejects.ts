// What becomes of a container that does not get healthy: as soon as that shows, its log is shown and it is removed, so that
// it gets no request, neither a refresh nor the next update takes it for the one to keep, and nobody waits any longer.
import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { blotOut, type CommandResult, docker, engineOptions, logEnd } from "./docker-cli.ts";

/** Hooks for a container that is gated by its health. */
export interface HealthGate {
  readonly beforeCreate: pulumi.ResourceHook;
  readonly onError: pulumi.ErrorHook;
}

/**
 * Hooks for `beforeCreate` and `onError` of containers.
 *
 * @param host the engine's address, as the provider has it; undefined is the local engine
 * @param seconds after which the provider gives up anyway
 * @param secrets what a log may hold and no message may show
 */
export function rejectUnhealthy(
  name: string,
  host: string | undefined,
  seconds: number,
  secrets: readonly pulumi.Input<string>[],
): HealthGate {
  const values = new Promise<readonly string[]>((resolve) => {
    pulumi.all([...secrets]).apply((known) => resolve(known));
  });
  const watches = new Map<string, Promise<string | undefined>>();
  const beforeCreate = new pulumi.ResourceHook(`${name}-watch`, async ({ newInputs }) => {
    const container: unknown = newInputs?.name;
    if (typeof container !== "string") return;
    const unwatched = (error: Error) => `Container ${container} could not be watched: ${error.message}.`;
    watches.set(container, watchStart(container, host, seconds, await values).catch(unwatched));
  });
  const onError = new pulumi.ErrorHook(name, async ({ failedOperation, newInputs }) => {
    const container: unknown = newInputs?.name;
    if (failedOperation === "create" && typeof container === "string") {
      const left = await rejectContainer(container, host, await values);
      // Gone already: the watch knows why, and says so as soon as the removal has returned.
      const finding = left ?? (await Promise.race([watches.get(container), sleep(reportWait, undefined)]));
      if (finding !== undefined) await pulumi.log.error(finding);
    }
    // Not tried again: the same definition would fail the same way.
    return false;
  });
  return { beforeCreate, onError };
}

/** State of a container in words, for `docker inspect --format`. */
const state =
  "{{.State.Status}}, {{with .State.Health}}{{.Status}}{{else}}no health check{{end}}, exit code {{.State.ExitCode}}, restarted {{.RestartCount}} times{{if .State.OOMKilled}}, out of memory{{end}}";

/** What the health check printed last. */
const lastProbe = '{{with .State.Health}}{{$last := ""}}{{range .Log}}{{$last = .Output}}{{end}}{{$last}}{{end}}';

/** Milliseconds that a watch may take to report what it has removed. */
const reportWait = 10_000;

/** Milliseconds between looks; over SSH each is a connection. */
const lookEvery = { local: 1000, remote: 3000 };

/**
 * Watches a container start, and removes it as soon as it is clear that it does not work: it ended, was started again, or
 * its health check gave it up. The provider, which would wait to the end of its time, then sees that it is gone.
 *
 * @returns how it was, as of {@link rejectContainer}; undefined if it got healthy or its time is over
 */
export async function watchStart(
  container: string,
  host: string | undefined,
  seconds: number,
  secrets: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const inspect = ["container", "inspect", "--format", state, container];
  const pause = host === undefined ? lookEvery.local : lookEvery.remote;
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    await sleep(pause, undefined, { ref: false });
    const { exit, output } = await docker([...engineOptions(host, environment), ...inspect], environment);
    // Not there yet, or nobody answers: the provider says what it is.
    if (exit !== 0 || output.startsWith("created")) continue;
    if (/^running, healthy, .* restarted 0 times$/.test(output.trim())) return undefined;
    if (!/^running, (starting|no health check), .* restarted 0 times$/.test(output.trim())) {
      return rejectContainer(container, host, secrets, environment);
    }
  }
  return undefined;
}

/** Removes a container. Says how it was and what it logged last; undefined if there is none. */
export async function rejectContainer(
  container: string,
  host: string | undefined,
  secrets: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const run = (...args: string[]): Promise<CommandResult> =>
    docker([...engineOptions(host, environment), ...args], environment);
  const found = await run("container", "inspect", "--format", state, container);
  if (found.exit !== 0) return undefined;
  const probe = await run("container", "inspect", "--format", lastProbe, container);
  const log = await run("logs", "--tail", "50", container);
  const removed = await run("rm", "--force", container);
  const fate = removed.exit === 0 ? "was removed" : `could not be removed (${removed.output.trim()})`;
  const said = probe.exit === 0 ? blotOut(probe.output, secrets).trim() : "";
  const check = said === "" ? "" : ` Its health check said "${said}".`;
  return `Container ${container} did not get healthy (${found.output.trim()}) and ${fate}.${check} ${logEnd(log.output, secrets)}`;
}

// On ECS: asks that this task be spared while it runs jobs, so that a service that is made smaller loses an idle one first.
// For a few minutes at most and not again at once, so that neither a job that hangs nor a queue that is never empty holds
// up a release: a task that is taken all the same hands its jobs back to the queue.
import type { EventEmitter } from "node:events";
import type { Logger } from "./logger.ts";

export interface ProtectionTimes {
  /** Minutes that a task is spared for; ECS itself ends it then. @default 5 */
  readonly minutes?: number;
  /** Milliseconds without a job after which it may be taken again. @default 5000 */
  readonly quietMs?: number;
  /** Milliseconds in which it is not spared again, so that ECS comes to take it. @default 60000 */
  readonly exposedMs?: number;
}

/** What ends it. */
export interface TaskProtection {
  stop(): void;
}

/**
 * Follows the jobs that a worker's `events` tell of (graphile-worker's `job:start` and `job:complete`).
 *
 * @param agent address of the task's agent, ECS_AGENT_URI; without one nothing is asked
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
 */
export function protectTask(
  agent: string | undefined,
  events: EventEmitter,
  logger: Logger,
  { minutes = 5, quietMs = 5_000, exposedMs = 60_000 }: ProtectionTimes = {},
): TaskProtection {
  if (agent === undefined) return { stop() {} };
  let jobs = 0;
  let state: "exposed" | "free" | "spared" = "free";
  let timer: NodeJS.Timeout | undefined;
  let quiet: NodeJS.Timeout | undefined;
  const after = (ms: number, next: () => void) => {
    clearTimeout(timer);
    timer = setTimeout(next, ms).unref();
  };
  const expose = () => {
    clearTimeout(quiet);
    state = "exposed";
    after(exposedMs, () => {
      state = "free";
      if (jobs > 0) spare();
    });
  };
  const spare = () => {
    state = "spared";
    void tell(agent, { ProtectionEnabled: true, ExpiresInMinutes: minutes }, logger);
    after(minutes * 60_000, expose);
  };
  const release = () => {
    void tell(agent, { ProtectionEnabled: false }, logger);
    expose();
  };
  events.on("job:start", () => {
    jobs += 1;
    clearTimeout(quiet);
    if (state === "free") spare();
  });
  events.on("job:complete", () => {
    jobs -= 1;
    if (jobs === 0 && state === "spared") quiet = setTimeout(release, quietMs).unref();
  });
  return {
    stop() {
      clearTimeout(timer);
      clearTimeout(quiet);
    },
  };
}

/** A task that cannot be spared still runs its jobs. */
async function tell(agent: string, body: object, logger: Logger): Promise<void> {
  try {
    const response = await fetch(`${agent}/task-protection/v1/state`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(5_000),
    });
    const answer = await response.text();
    // ECS also says in an answer of 200 that it failed.
    if (!response.ok || "failure" in JSON.parse(answer)) throw new Error(`${response.status} ${answer}`);
  } catch (err) {
    logger.warn({ err }, "ECS was not told whether this task runs jobs");
  }
}

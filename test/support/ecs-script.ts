// Tells the AWS emulator how tasks and rollouts go, and asks it what was called.

const endpoint = () => process.env.AWS_ENDPOINT_URL ?? "";

/** How a task ends that is started one at a time. */
export interface TaskOutcome {
  readonly exitCode?: number;
  readonly stoppedReason?: string;
  readonly stopCode?: string;
  readonly containerReason?: string;
  readonly logLines?: readonly string[];
  /** Null: it runs on. */
  readonly secondsToStop?: number | null;
  readonly failures?: readonly { readonly reason: string }[];
}

/** How the rollout of a service goes. */
export interface RolloutOutcome {
  readonly rolloutState?: "FAILED" | "IN_PROGRESS" | "COMPLETED";
  readonly rolloutStateReason?: string;
  readonly events?: readonly string[];
  readonly failedTasks?: number;
  readonly secondsTo?: number;
  readonly runningCount?: number;
  readonly stoppedTasks?: readonly TaskOutcome[];
}

export interface Rule {
  readonly kind: "task" | "service";
  readonly match?: Readonly<Record<string, string>>;
  readonly times?: number;
  /** For the rollout that is under way. */
  readonly now?: true;
  readonly outcome: TaskOutcome | RolloutOutcome;
}

/** Replaces all rules. */
export async function script(...rules: readonly Rule[]): Promise<void> {
  await request("DELETE", "/_rig/ecs");
  if (rules.length > 0) await request("POST", "/_rig/ecs", rules);
}

/** Refuses the next calls of an API as AWS does when there are too many. */
export async function throttle(service: string, action: string, times: number): Promise<void> {
  await request("POST", "/_rig/throttle", { service, action, times });
}

/** Parameters of the calls of an API since the log was last forgotten. */
export async function calls(service: string, action: string): Promise<Record<string, unknown>[]> {
  const answer = (await request("GET", `/_rig/calls?service=${service}&action=${action}`)) as {
    calls: { params?: Record<string, unknown> }[];
  };
  return answer.calls.map(({ params = {} }) => params);
}

export interface Call {
  readonly service: string;
  readonly action: string;
}

/** Every call of any API since the log was last forgotten, whole. */
export async function allCalls(): Promise<readonly Call[]> {
  return ((await request("GET", "/_rig/calls")) as { calls: readonly Call[] }).calls;
}

export async function forgetCalls(): Promise<void> {
  await request("DELETE", "/_rig/calls");
}

async function request(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${endpoint()}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

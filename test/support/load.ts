// Steady load on URLs while something else happens, and what became of every request.
import autocannon from "autocannon";

/** What a client saw; each number counts requests. */
export interface LoadResult {
  /** Refused, reset or broken off. */
  readonly errors: number;
  readonly timeouts: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
}

export interface LoadTarget {
  readonly url: string;
  readonly method: "GET" | "POST";
}

/** 20 requests a second to each target, over connections that are kept, for as long as `work` takes. */
export async function underLoad(targets: readonly LoadTarget[], work: () => Promise<void>): Promise<LoadResult[]> {
  const runs = targets.map(({ url, method }) =>
    autocannon({
      url,
      method,
      connections: 4,
      overallRate: 20,
      duration: 3600,
      timeout: 30,
      ...(method === "POST" ? { headers: { "content-type": "application/json" }, body: "{}" } : {}),
    }),
  );
  try {
    await work();
    // A moment more, so that what the last step broke shows.
    await new Promise((resolve) => setTimeout(resolve, 1000));
  } finally {
    for (const run of runs) run.stop();
  }
  return (await Promise.all(runs)).map(({ errors, timeouts, statusCodeStats }) => {
    const statuses = Object.entries(statusCodeStats).map(([status, { count }]) => [status, count] as const);
    return { errors, timeouts, statuses: Object.fromEntries(statuses) };
  });
}

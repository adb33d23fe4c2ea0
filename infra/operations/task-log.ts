// What tasks wrote to their log.
import { setTimeout as sleep } from "node:timers/promises";
import { isAwsError, logs } from "./clients.ts";

/** Where the container of a task logs. */
export interface TaskLog {
  readonly region: string;
  readonly group: string;
  readonly stream: string;
}

/** The name that the log driver gives a stream: `web/app/0f3c…`. */
export function streamOf(prefix: string, container: string, taskArn: string): string {
  return `${prefix}/${container}/${taskId(taskArn)}`;
}

export function taskId(taskArn: string): string {
  return taskArn.split("/").at(-1) ?? taskArn;
}

/** The last lines, oldest first. They arrive some seconds after a container ended: it looks again while there are none. */
export async function lastLines(log: TaskLog, count = 50, looks = 3): Promise<string[]> {
  const client = await logs(log.region);
  for (let look = 1; ; look++) {
    const lines = await client
      .getLogEvents({ logGroupName: log.group, logStreamName: log.stream, limit: count, startFromHead: false })
      .then(({ events = [] }) => events.map(({ message = "" }) => message))
      .catch((error: unknown) => {
        if (isAwsError(error, "ResourceNotFoundException")) return [];
        throw error;
      });
    if (lines.length > 0 || look >= looks) return lines;
    await sleep(1000);
  }
}

/** Reads a log from its start, each time on from where it was. */
export class LogReader {
  readonly #log: TaskLog;
  #token: string | undefined;

  constructor(log: TaskLog) {
    this.#log = log;
  }

  /** The lines since the last call. */
  async next(): Promise<string[]> {
    const client = await logs(this.#log.region);
    const lines: string[] = [];
    for (;;) {
      const page = await client
        .getLogEvents({
          logGroupName: this.#log.group,
          logStreamName: this.#log.stream,
          startFromHead: true,
          ...(this.#token === undefined ? {} : { nextToken: this.#token }),
        })
        .catch((error: unknown) => {
          if (isAwsError(error, "ResourceNotFoundException")) return undefined;
          throw error;
        });
      if (page === undefined) return lines;
      lines.push(...(page.events ?? []).map(({ message = "" }) => message));
      // The same token again is how the end is told.
      if (page.nextForwardToken === this.#token) return lines;
      this.#token = page.nextForwardToken;
    }
  }
}

/** A line of several logs that are read together. */
export interface LogLine {
  readonly group: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly message: string;
}

/** Reads whole log groups together, from a point in time on. */
export class GroupReader {
  readonly #region: string;
  /** Events that were handed out, of the time that is read again. */
  #seen = new Set<string>();
  #since: number;
  readonly #groups: readonly string[];

  constructor(region: string, groups: readonly string[], since: number) {
    this.#region = region;
    this.#groups = groups;
    this.#since = since;
  }

  /** The lines since the last call in the order of their time. Lines may come late by 10 seconds and are not missed. */
  async next(signal?: AbortSignal): Promise<LogLine[]> {
    const found = (await Promise.all(this.#groups.map((group) => this.#read(group, signal)))).flat();
    const fresh = found.filter(({ id }) => !this.#seen.has(id)).sort((a, b) => a.at - b.at);
    const newest = fresh.at(-1)?.at ?? this.#since;
    this.#since = Math.max(this.#since, newest - 10_000);
    this.#seen = new Set(found.filter(({ at }) => at >= this.#since).map(({ id }) => id));
    return fresh;
  }

  async #read(group: string, signal?: AbortSignal): Promise<(LogLine & { readonly id: string })[]> {
    const client = await logs(this.#region);
    const lines: (LogLine & { readonly id: string })[] = [];
    let nextToken: string | undefined;
    do {
      signal?.throwIfAborted();
      const page = await client.filterLogEvents({
        logGroupName: group,
        startTime: this.#since,
        ...(nextToken === undefined ? {} : { nextToken }),
      });
      for (const { eventId = "", timestamp = 0, message = "" } of page.events ?? []) {
        lines.push({ id: `${group} ${eventId}`, group, at: timestamp, message });
      }
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return lines;
  }
}

// Judges what a look found: pure, so that every threshold is tested without a server.
import type { BackupFacts, ContainerFact, Facts } from "./facts.ts";

export interface Thresholds {
  /** Used share of the disk that is too much, percent. */
  readonly diskPercent: number;
  /** Used share of the memory that is too much, percent. */
  readonly memoryPercent: number;
  /** Days before its end that a certificate should have been renewed. */
  readonly certificateDays: number;
  /** Hours between two backups. */
  readonly backupHours?: number;
}

export type CheckName = "site" | "certificate" | "disk" | "memory" | "containers" | "restarts" | "backup" | "watch";

export interface Finding {
  readonly check: CheckName;
  readonly ok: boolean;
  /** One line: how it is, and what is wrong with that. */
  readonly text: string;
}

/** Minutes in which a restart still counts as news. */
export const restartMinutes = 15;

/**
 * @param facts the look
 * @param earlier looks before it, oldest first; those of the last minutes tell of restarts
 */
export function judge(facts: Facts, earlier: readonly Facts[], thresholds: Thresholds): Finding[] {
  const now = Date.parse(facts.at);
  return [
    site(facts),
    ...(facts.certificate === undefined ? [] : [certificate(facts.certificate, now, thresholds.certificateDays)]),
    share("disk", facts.disk.totalBytes, facts.disk.freeBytes, thresholds.diskPercent),
    share("memory", facts.memory.totalBytes, facts.memory.availableBytes, thresholds.memoryPercent),
    ...judgeContainers(facts, earlier, now),
    ...judgeBackup(facts.backup, now, thresholds.backupHours),
  ];
}

function site({ site: { url, status, milliseconds, error } }: Facts): Finding {
  const ok = status === 200;
  const answer = status === undefined ? `does not answer: ${error ?? "no reason given"}` : `answers ${status}`;
  return { check: "site", ok, text: `${url} ${answer}${ok ? ` in ${milliseconds} ms` : ""}` };
}

function certificate(end: string, now: number, days: number): Finding {
  const left = Math.floor((Date.parse(end) - now) / 86_400_000);
  const text = left < 0 ? `ended ${-left} days ago` : `ends in ${left} days`;
  return { check: "certificate", ok: left >= days, text: `${text} (${end.slice(0, 10)})` };
}

function share(check: "disk" | "memory", total: number, free: number, limit: number): Finding {
  const used = total === 0 ? 100 : Math.round((1 - free / total) * 100);
  return { check, ok: used < limit, text: `${used} % used, ${size(free)} of ${size(total)} free` };
}

/** @param now milliseconds */
export function judgeContainers(
  { containers: found, containersAt }: Pick<Facts, "containers" | "containersAt">,
  earlier: readonly Facts[],
  now: number,
): Finding[] {
  if (found === undefined || containersAt === undefined) {
    return [{ check: "watch", ok: false, text: "the containers have not been looked at yet" }];
  }
  const age = Math.round((now - Date.parse(containersAt)) / 60_000);
  if (age > 5) return [{ check: "watch", ok: false, text: `the containers were last looked at ${age} minutes ago` }];
  const bad = found.filter(isBroken);
  const running = found.filter(({ state }) => state === "running").length;
  const restarted = restartsIn(found, earlier, now);
  return [
    {
      check: "containers",
      ok: bad.length === 0,
      text: bad.length === 0 ? `${running} running` : bad.map(describe).join("; "),
    },
    {
      check: "restarts",
      ok: restarted.length === 0,
      text:
        restarted.length === 0
          ? `none in ${restartMinutes} minutes`
          : restarted
              .map(({ name, times }) => `${name} was restarted ${times} times in ${restartMinutes} minutes`)
              .join("; "),
    },
  ];
}

function isBroken({ lasting, state, health, outOfMemory }: ContainerFact): boolean {
  return lasting && (state !== "running" || health === "unhealthy" || outOfMemory);
}

function describe({ name, part, state, health, exitCode, outOfMemory }: ContainerFact): string {
  const how = state === "running" ? health : `${state} with exit code ${exitCode}`;
  return `${part} (${name}) is ${how}${outOfMemory ? ", out of memory" : ""}`;
}

function restartsIn(found: readonly ContainerFact[], earlier: readonly Facts[], now: number) {
  const recent = earlier.filter(({ at }) => now - Date.parse(at) <= restartMinutes * 60_000);
  return found.flatMap(({ name, restarts }) => {
    const before = recent
      .flatMap((look) => look.containers ?? [])
      .filter((container) => container.name === name)
      .map((container) => container.restarts);
    const times = before.length === 0 ? 0 : restarts - Math.min(...before);
    return times > 0 ? [{ name, times }] : [];
  });
}

/** A backup may be late by a quarter of its interval and an hour: it takes its time, and is tried again. */
export function judgeBackup(facts: BackupFacts | undefined, now: number, hours: number | undefined): Finding[] {
  if (facts === undefined || hours === undefined) return [];
  if (facts.failure !== undefined) {
    return [{ check: "backup", ok: false, text: `the last one failed (${facts.failure}); ${facts.count} are there` }];
  }
  if (facts.newest === undefined) return [{ check: "backup", ok: false, text: "there is none" }];
  const age = (now - Date.parse(facts.newest)) / 3_600_000;
  const shown =
    age < 1
      ? `${Math.max(0, Math.round(age * 60))} min`
      : age < 48
        ? `${age.toFixed(1)} h`
        : `${Math.floor(age / 24)} days`;
  const text = `the newest of ${facts.count} is ${shown} old (${size(facts.bytes ?? 0)})`;
  return [{ check: "backup", ok: age <= hours * 1.25 + 1, text }];
}

/** Bytes for people. */
export function size(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}

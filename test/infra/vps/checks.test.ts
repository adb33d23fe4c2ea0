import fc from "fast-check";
import { expect, test } from "vitest";
import { judge, size } from "../../../infra/vps/watch/checks.ts";
import { memoryOf, timeOf } from "../../../infra/vps/watch/collect.ts";
import type { ContainerFact, Facts } from "../../../infra/vps/watch/facts.ts";

const thresholds = { diskPercent: 85, memoryPercent: 90, certificateDays: 14, backupHours: 24 };
const at = "2026-11-24T12:00:00.000Z";
const web: ContainerFact = {
  name: "web-0-1a2b3c4",
  part: "web",
  state: "running",
  health: "healthy",
  restarts: 2,
  outOfMemory: false,
  exitCode: 0,
  lasting: true,
  started: "2026-11-24T09:00:00Z",
};
const well: Facts = {
  at,
  site: { url: "https://shop.example.com", status: 200, milliseconds: 12 },
  certificate: "2027-02-01T00:00:00.000Z",
  disk: { totalBytes: 100e9, freeBytes: 40e9 },
  memory: { totalBytes: 2e9, availableBytes: 1e9 },
  containers: [web],
  containersAt: at,
  backup: { newest: "2026-11-24T03:00:00Z", count: 7, bytes: 5_000_000 },
};

const bad = (changes: Partial<Facts>, earlier: readonly Facts[] = []) =>
  judge({ ...well, ...changes }, earlier, thresholds)
    .filter(({ ok }) => !ok)
    .map(({ check, text }) => `${check}: ${text}`);

test("where all is well nothing is complained of, and everything is named", () => {
  expect(bad({})).toEqual([]);
  expect(judge(well, [], thresholds).map(({ check }) => check)).toEqual([
    "site",
    "certificate",
    "disk",
    "memory",
    "containers",
    "restarts",
    "backup",
  ]);
});

test.each<[string, Partial<Facts>, string[]]>([
  [
    "a site that answers 503",
    { site: { url: "http://x", status: 503, milliseconds: 3 } },
    ["site: http://x answers 503"],
  ],
  [
    "a site that does not answer",
    { site: { url: "http://x", milliseconds: 10_000, error: "connect ECONNREFUSED" } },
    ["site: http://x does not answer: connect ECONNREFUSED"],
  ],
  ["an old certificate", { certificate: "2026-12-01T00:00:00.000Z" }, ["certificate: ends in 6 days (2026-12-01)"]],
  ["an ended one", { certificate: "2026-11-20T12:00:00.000Z" }, ["certificate: ended 4 days ago (2026-11-20)"]],
  [
    "a full disk",
    { disk: { totalBytes: 100 * 2 ** 30, freeBytes: 9 * 2 ** 30 } },
    ["disk: 91 % used, 9.0 GiB of 100 GiB free"],
  ],
  [
    "little memory",
    { memory: { totalBytes: 2 ** 31, availableBytes: 2 ** 26 } },
    ["memory: 97 % used, 64 MiB of 2.0 GiB free"],
  ],
  [
    "an unhealthy container",
    { containers: [{ ...web, health: "unhealthy" }] },
    ["containers: web (web-0-1a2b3c4) is unhealthy"],
  ],
  [
    "one that was killed for its memory",
    { containers: [{ ...web, state: "exited", exitCode: 137, outOfMemory: true }] },
    ["containers: web (web-0-1a2b3c4) is exited with exit code 137, out of memory"],
  ],
  ["no backup", { backup: { count: 0 } }, ["backup: there is none"]],
  [
    "an old backup",
    { backup: { newest: "2026-11-22T03:00:00Z", count: 3, bytes: 10 } },
    ["backup: the newest of 3 is 2 days old (10 B)"],
  ],
  [
    "a backup that failed",
    { backup: { newest: "2026-11-24T03:00:00Z", count: 3, failure: "2026-11-24T11:00:00Z No space left on device" } },
    ["backup: the last one failed (2026-11-24T11:00:00Z No space left on device); 3 are there"],
  ],
  [
    "an engine that nobody looked at",
    { containersAt: "2026-11-24T11:50:00.000Z" },
    ["watch: the containers were last looked at 10 minutes ago"],
  ],
])("%s is told", (_, changes, told) => {
  expect(bad(changes)).toEqual(told);
});

test("a container that did one thing and ended is no problem", () => {
  expect(bad({ containers: [web, { ...web, name: "static-owner", state: "exited", lasting: false }] })).toEqual([]);
});

test("restarts count for a quarter of an hour, by container", () => {
  const look = (minutes: number, restarts: number): Facts => ({
    ...well,
    at: new Date(Date.parse(at) - minutes * 60_000).toISOString(),
    containers: [{ ...web, restarts }],
  });
  expect(bad({}, [look(10, 2), look(5, 2)])).toEqual([]);
  expect(bad({}, [look(10, 0)])).toEqual(["restarts: web-0-1a2b3c4 was restarted 2 times in 15 minutes"]);
  expect(bad({}, [look(20, 0), look(5, 2)])).toEqual([]);
});

test("a new container's restarts are not those of the one before it", () => {
  const before = { ...well, containers: [{ ...web, name: "web-0-old", restarts: 0 }] };
  expect(bad({}, [before])).toEqual([]);
});

test("more use is never better", () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.nat(1000), (a, b) => {
      const [less, more] = [Math.min(a, b), Math.max(a, b)];
      const isBad = (used: number) => bad({ disk: { totalBytes: 1000, freeBytes: 1000 - used } }).length;
      expect(isBad(less)).toBeLessThanOrEqual(isBad(more));
    }),
  );
});

test("bytes for people", () => {
  expect([0, 512, 1536, 5_000_000, 75 * 2 ** 30, 2 ** 41].map(size)).toEqual([
    "0 B",
    "512 B",
    "1.5 KiB",
    "4.8 MiB",
    "75 GiB",
    "2.0 TiB",
  ]);
});

test("memory as Linux tells, and the time in a backup's name", () => {
  expect(memoryOf("MemTotal:        2000 kB\nMemFree:          10 kB\nMemAvailable:     500 kB\n")).toEqual({
    totalBytes: 2_048_000,
    availableBytes: 512_000,
  });
  expect(timeOf("20261124T031500Z.manifest")).toBe("2026-11-24T03:15:00Z");
});

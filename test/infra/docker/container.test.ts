import fc from "fast-check";
import { expect, test } from "vitest";
import {
  assertRange,
  goDuration,
  healthcheck,
  healthWait,
  limits,
} from "../../../infra/components/docker/pure/container.ts";

test("seconds as Go prints them", () => {
  expect([0, 5, 60, 90, 3600, 3725].map(goDuration)).toEqual(["0s", "5s", "1m0s", "1m30s", "1h0m0s", "1h2m5s"]);
});

test("a duration reads back to the same seconds, with minutes and seconds below 60", () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), (seconds) => {
      const parts = /^(?:(\d+)h)?(?:(\d+)m)?(\d+)s$/.exec(goDuration(seconds));
      const [hours, minutes, rest] = (parts ?? []).slice(1).map((part) => Number(part ?? 0));
      expect((hours ?? Number.NaN) * 3600 + (minutes ?? 0) * 60 + (rest ?? 0)).toBe(seconds);
      expect(Math.max(minutes ?? 60, rest ?? 60)).toBeLessThan(60);
    }),
  );
});

test("limits say cores with a fraction and allow no swap", () => {
  expect(limits({ memory: 256, cpus: 1 })).toEqual({ memory: 256, memorySwap: 256, cpus: "1.0" });
  expect(limits({ memory: 64, cpus: 0.25 }).cpus).toBe("0.25");
});

test("a container is waited for until its last probe may have failed", () => {
  const check = { command: ["true"], interval: 10, timeout: 4, startPeriod: 90, retries: 2 };
  expect(healthcheck(check)).toEqual({
    tests: ["CMD", "true"],
    interval: "10s",
    timeout: "4s",
    startPeriod: "1m30s",
    retries: 2,
  });
  expect(healthWait(check)).toBeGreaterThanOrEqual(90 + 2 * (10 + 4));
});

test("a value out of its range is named with what is allowed", () => {
  expect(() => assertRange("web", "replicas", 1, 1, 20)).not.toThrow();
  expect(() => assertRange("web", "replicas", 0, 1, 20)).toThrow("web: replicas is 0; allowed: 1 to 20.");
  expect(() => assertRange("web", "cpus", Number.NaN, 0.1, 64)).toThrow("web: cpus is NaN");
});

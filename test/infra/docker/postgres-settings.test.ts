import fc from "fast-check";
import { expect, test } from "vitest";
import {
  postgresBudget,
  postgresSettings,
  settingsCommand,
} from "../../../infra/components/docker/pure/postgres-settings.ts";

const memory = fc.integer({ min: 128, max: 262_144 });

test("all connections at work, shared buffers and a maintenance task stay below the container's memory", () => {
  fc.assert(
    fc.property(memory, (mib) => {
      const { sharedBuffers, maintenanceWorkMem, maxConnections, workMem } = postgresBudget(mib);
      const used = sharedBuffers + maintenanceWorkMem + maxConnections * (workMem + 2048);
      expect(used).toBeLessThan(mib * 1024);
    }),
  );
});

test("more memory never means less of anything", () => {
  fc.assert(
    fc.property(memory, memory, (one, other) => {
      const small = postgresBudget(Math.min(one, other));
      const large = postgresBudget(Math.max(one, other));
      expect(large.sharedBuffers).toBeGreaterThanOrEqual(small.sharedBuffers);
      expect(large.maxConnections).toBeGreaterThanOrEqual(small.maxConnections);
      expect(large.maintenanceWorkMem).toBeGreaterThanOrEqual(small.maintenanceWorkMem);
      expect(large.effectiveCacheSize).toBeGreaterThanOrEqual(small.effectiveCacheSize);
    }),
  );
});

test("values are what PostgreSQL takes", () => {
  fc.assert(
    fc.property(memory, (mib) => {
      const budget = postgresBudget(mib);
      for (const value of Object.values(budget)) expect(Number.isInteger(value)).toBe(true);
      // PostgreSQL's own minimums: 64 kB, 1 MB.
      expect(budget.workMem).toBeGreaterThanOrEqual(64);
      expect(budget.maintenanceWorkMem).toBeGreaterThanOrEqual(1024);
      // Old and new containers of an update at once: 2 web, 1 worker, 10 connections each.
      if (mib >= 512) expect(budget.maxConnections).toBeGreaterThanOrEqual(60);
    }),
  );
});

test("settings for 512 MiB", () => {
  expect(postgresSettings(512)).toMatchObject({
    shared_buffers: "131072kB",
    effective_cache_size: "367001kB",
    max_connections: "85",
    password_encryption: "scram-sha-256",
  });
});

test("settings become arguments in the order of their names", () => {
  expect(settingsCommand({ work_mem: "4MB", jit: "off" })).toEqual(["postgres", "-c", "jit=off", "-c", "work_mem=4MB"]);
});

import { defineConfig } from "vitest/config";

const project = (name: string, settings: object = {}) => ({
  extends: true as const,
  test: { name, include: [`test/${name}/**/*.test.ts`], ...settings },
});
const onPostgres = { globalSetup: ["test/support/postgres-server.ts"] };
/** After all others and one file at a time: engine, providers and containers want both cores, and have time limits. */
const alone = { sequence: { groupOrder: 1 }, maxWorkers: 1 };

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Two cores: more workers only wait for each other.
    maxWorkers: 2,
    reporters: ["default", "./test/support/summary.ts"],
    projects: [
      { extends: true, test: { name: "project", include: ["test/*.test.ts"] } },
      project("infra"),
      project("cli"),
      project("app", onPostgres),
      project("browser", onPostgres),
      project("engine", alone),
    ],
  },
});

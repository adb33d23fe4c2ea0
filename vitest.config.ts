import { defineConfig } from "vitest/config";

const project = (name: string, globalSetup: string[] = []) => ({
  extends: true as const,
  test: { name, include: [`test/${name}/**/*.test.ts`], globalSetup },
});

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
      project("app", ["test/support/postgres-server.ts"]),
      project("browser", ["test/support/postgres-server.ts"]),
      project("engine"),
    ],
  },
});

import { defineConfig } from "vitest/config";

const project = (name: string, settings: object = {}) => ({
  extends: true as const,
  test: { name, include: [`test/${name}/**/*.test.ts`], ...settings },
});
const onPostgres = { globalSetup: ["test/support/postgres-server.ts"] };
/** One file at a time, and after all others of the same run: they have time limits, and share an emulator or a Docker engine. */
const alone = { sequence: { groupOrder: 1 }, maxWorkers: 1 };
const onDocker = "test/engine/vps*.test.ts";

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
      project("engine", { ...alone, exclude: [onDocker] }),
      project("docker", { ...alone, include: [onDocker] }),
    ],
  },
});

import { defineConfig } from "vitest/config";
import { coverage } from "./test/support/coverage.ts";

const project = (name: string, settings: object = {}) => ({
  extends: true as const,
  test: { name, include: [`test/${name}/**/*.test.ts`], ...settings },
});
const onPostgres = { globalSetup: ["test/support/postgres-server.ts"] };
/** One file at a time, and after all others of the same run: they share an emulator or a Docker engine. */
const alone = { sequence: { groupOrder: 1 }, maxWorkers: 1 };
const onDocker = "test/engine/vps*.test.ts";

export default defineConfig({
  test: {
    // Only what hangs ends by these: a busy machine of a CI service takes many times what a quiet one does.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    expect: { poll: { timeout: 60_000 } },
    // Two cores: more workers only wait for each other.
    maxWorkers: 2,
    coverage,
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

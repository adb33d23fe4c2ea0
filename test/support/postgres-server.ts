// Vitest's global set-up: one PostgreSQL for a whole run.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startPostgres } from "../../infra/embedded/postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** URL of the superuser, for the database `postgres`. */
    postgresUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), "berth-test-postgres-"));
  const server = await startPostgres({
    directory,
    // Nothing here outlives the run: durability would only cost time.
    settings: { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_connections: "200" },
  });
  project.provide("postgresUrl", server.url("postgres"));
  return async () => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  };
}

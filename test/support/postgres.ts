// A database of its own for each test file, on the server of `postgres-server.ts`.
import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";

/** An empty database. */
export interface TestDatabase {
  /** Connection URL of the superuser. */
  readonly url: string;
  /** Removes the database, with whoever is still connected. */
  drop(): Promise<void>;
}

export async function createDatabase(): Promise<TestDatabase> {
  const server = inject("postgresUrl");
  const name = `test_${randomBytes(6).toString("hex")}`;
  await administer(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => administer(server, `drop database ${name} with (force)`) };
}

async function administer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

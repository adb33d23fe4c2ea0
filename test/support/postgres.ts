// A database of its own for each test file, on the server of `postgres-server.ts`.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { inject } from "vitest";

/** An empty database. */
export interface TestDatabase {
  /** Connection URL of the superuser. */
  readonly url: string;
  /** Connection URL of a role of the app's own, which release makes: it owns nothing, and row-level security binds it. */
  readonly appUrl: string;
  /** Who the superuser is, for release. */
  readonly owner: { readonly DATABASE_OWNER: string; readonly DATABASE_OWNER_PASSWORD: string };
  /** Removes the database, with whoever is still connected. */
  drop(): Promise<void>;
}

export async function createDatabase(): Promise<TestDatabase> {
  const server = inject("postgresUrl");
  const name = `test_${randomBytes(6).toString("hex")}`;
  await administer(server, (client) => client.query(`create database ${name}`));
  const url = new URL(server);
  url.pathname = `/${name}`;
  const appUrl = new URL(url);
  [appUrl.username, appUrl.password] = [`app_${name}`, "app-password"];
  return {
    url: url.href,
    appUrl: appUrl.href,
    owner: { DATABASE_OWNER: url.username, DATABASE_OWNER_PASSWORD: url.password },
    async drop() {
      await administer(server, async (client) => {
        // A pool's end does not wait until its connections are closed; one that is broken off then is an error of nobody's.
        for (let rounds = 0; rounds < 100 && (await isInUse(client, name)); rounds++) await sleep(50);
        await client.query(`drop database ${name} with (force)`);
      });
      await administer(server, (client) => client.query(`drop role if exists app_${name}`));
    },
  };
}

async function isInUse(client: pg.Client, database: string): Promise<boolean> {
  const { rowCount } = await client.query("select from pg_stat_activity where datname = $1", [database]);
  return rowCount !== 0;
}

async function administer(server: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

// The app's role in PostgreSQL: signs in, reads and writes rows, owns nothing and changes no schema.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import type { ClientBase } from "pg";
import type { Logger } from "./logger.ts";
import { type Credentials, schema } from "./postgres-options.ts";
import { Problem } from "./problem.ts";
import { queueSchema } from "./queue.ts";

/** Makes the role, or updates how it signs in. The client is the owner's. */
export async function ensureAppRole(
  client: ClientBase,
  app: Credentials,
  auth: "password" | "iam",
  logger: Logger,
): Promise<void> {
  const role = client.escapeIdentifier(app.user);
  if (!(await roleExists(client, app.user))) await client.query(`create role ${role} login`);
  if (auth === "iam" && (await roleExists(client, "rds_iam"))) {
    await client.query(`grant rds_iam to ${role}`);
  } else if (app.password !== undefined) {
    await client.query(`alter role ${role} login password ${client.escapeLiteral(scramVerifier(app.password))}`);
  } else {
    logger.warn(
      `Role ${app.user} has no way to sign in that this release could set: it needs a password or the role rds_iam`,
    );
  }
}

async function roleExists(client: ClientBase, name: string): Promise<boolean> {
  const { rowCount } = await client.query("select from pg_roles where rolname = $1", [name]);
  return rowCount === 1;
}

/** Grants the app's role what it needs, on what is there and on what later releases make. The client is the owner's. */
export async function grantToApp(client: ClientBase, app: string): Promise<void> {
  const role = client.escapeIdentifier(app);
  await client.query("begin");
  try {
    for (const name of [schema, queueSchema]) {
      await client.query(`
        grant usage on schema ${name} to ${role};
        grant select, insert, update, delete on all tables in schema ${name} to ${role};
        grant usage, select on all sequences in schema ${name} to ${role};
        grant execute on all functions in schema ${name} to ${role};
        alter default privileges in schema ${name} grant select, insert, update, delete on tables to ${role};
        alter default privileges in schema ${name} grant usage, select on sequences to ${role};
        alter default privileges in schema ${name} grant execute on functions to ${role};
        revoke insert, update, delete on ${name}.migrations from ${role}`);
    }
    // What was done stays written.
    await client.query(`revoke update, delete on ${schema}.audit_log from ${role}`);
    await openQueueRows(client, app);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
}

/** The queue's tables have row-level security without a policy, which hides all rows from everybody but the owner. */
async function openQueueRows(client: ClientBase, app: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = to_regnamespace($1::text) and relrowsecurity
       and not exists (select from pg_policies where schemaname = $1::text and tablename = relname and policyname = $2::text)`,
    [queueSchema, app],
  );
  const role = client.escapeIdentifier(app);
  for (const { name } of rows) {
    const table = `${queueSchema}.${client.escapeIdentifier(name)}`;
    await client.query(`create policy ${role} on ${table} to ${role} using (true) with check (true)`);
  }
}

/** An owner can switch row-level security off, so the app's role must own nothing. @throws Problem naming the tables */
export async function assertOwnsNothing(client: ClientBase, app: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    "select schemaname || '.' || tablename as name from pg_tables where tableowner = $1 and schemaname = any ($2) order by 1",
    [app, [schema, queueSchema]],
  );
  if (rows.length === 0) return;
  throw new Problem(
    "CONFLICT",
    `Role ${app} (DATABASE_URL) owns ${rows.map((row) => row.name).join(", ")}: hand them over with REASSIGN OWNED BY ${app} TO the role of DATABASE_OWNER.`,
  );
}

/**
 * Web and worker must be bound by row-level security: with a role that is not, every organiser would see the others' rows.
 * @throws Problem naming the role and why it is not
 */
export async function assertBoundByPolicies(client: Pick<ClientBase, "query">): Promise<void> {
  const { rows } = await client.query<{ name: string; bypasses: boolean; owns: boolean }>(
    `select rolname as name, rolsuper or rolbypassrls as bypasses, exists (
       select from pg_tables where schemaname = $1 and pg_has_role(current_user, tableowner, 'usage')) as owns
     from pg_roles where rolname = current_user`,
    [schema],
  );
  const [role] = rows;
  if (role === undefined || !(role.bypasses || role.owns)) return;
  const why = role.bypasses ? "is a superuser or has BYPASSRLS" : `owns tables of ${schema}, or may act as who does`;
  throw new Problem(
    "CONFIGURATION",
    `Role ${role.name} (DATABASE_URL) ${why}, so that row-level security does not bind it: give web and worker a role of their own, and release DATABASE_OWNER.`,
  );
}

/** What PostgreSQL would store for a password (RFC 5803), made here so that no statement and no log holds the password. */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16), iterations = 4096): string {
  const salted = pbkdf2Sync(password.normalize("NFKC"), salt, iterations, 32, "sha256");
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  const storedKey = createHash("sha256").update(clientKey).digest("base64");
  const serverKey = createHmac("sha256", salted).update("Server Key").digest("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}

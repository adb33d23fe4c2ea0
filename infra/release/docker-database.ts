// Makes a database with two roles on a server in a container, by the socket there, as its superuser. A resource hook: what it
// throws fails the update before anything needs the database.
import * as pulumi from "@pulumi/pulumi";
import { docker, engineOptions, logEnd } from "./docker-cli.ts";

export interface DatabaseDefinition {
  /** The engine's address, as the provider has it; undefined is the local engine. */
  readonly host: string | undefined;
  /** Name of the container that the server runs in. */
  readonly container: string;
  readonly database: string;
  readonly owner: string;
  readonly role: string;
}

/** A hook for `beforeCreate` of the resource that stands for the database. */
export function dockerDatabase(
  name: string,
  definition: DatabaseDefinition,
  password: pulumi.Output<string>,
): pulumi.ResourceHook {
  const known = new Promise<string>((resolve) => password.apply((value) => resolve(value)));
  return new pulumi.ResourceHook(name, async () => createDatabase(definition, await known));
}

/** Makes what is missing, and sets the owner's password. @throws with PostgreSQL's own words */
export async function createDatabase(
  { host, container, database, owner, role }: DatabaseDefinition,
  password: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const statements = createStatements(database, owner, role);
  const { exit, output } = await docker(
    [
      ...engineOptions(host, environment),
      ...["exec", "--env", "BERTH_SQL", "--env", "BERTH_PASSWORD", container, "sh", "-c"],
      `printf '%s' "$BERTH_SQL" | psql -XAtq -v ON_ERROR_STOP=1 -U owner -d postgres`,
    ],
    // By name only: a value on a command line is seen by everybody on the machine.
    { ...environment, BERTH_SQL: statements, BERTH_PASSWORD: password },
  );
  if (exit === 0) return;
  throw new Error(`The database ${database} could not be made in ${container}. ${logEnd(output, [password], 5)}`);
}

/** Names hold lower case letters, digits and _ only. Other environments' databases are closed to the new roles. */
export function createStatements(database: string, owner: string, role: string): string {
  return `\\getenv password BERTH_PASSWORD
select 'create role ${owner} createrole' where not exists (select from pg_roles where rolname = '${owner}') \\gexec
alter role ${owner} login password :'password';
select 'create role ${role}' where not exists (select from pg_roles where rolname = '${role}') \\gexec
alter role ${role} login;
grant ${role} to ${owner} with admin option;
select 'create database ${database} owner ${owner}'
  where not exists (select from pg_database where datname = '${database}') \\gexec
revoke all on database ${database} from public;
grant connect, temporary on database ${database} to ${role};
select format('grant connect on database app to %I', rolname) from pg_roles where rolname = 'app' \\gexec
revoke connect on database app from public;
revoke connect on database postgres from public;
`;
}

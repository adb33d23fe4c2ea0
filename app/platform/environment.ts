// Every environment variable the app reads: what it is for, when it must be there, what it may hold. `.env.example`, the
// check at start and the types that the infrastructure compiles against all come from this table.

/** How a value is checked and read. */
export type Kind =
  | "text"
  | "key"
  | "port"
  | "seconds"
  | "flag"
  | "hosts"
  | "origins"
  | "networks"
  | "postgres"
  | "url"
  | "location"
  | "path"
  | readonly string[];

/** How a variable is described. */
export interface Variable {
  /** What it is for, as the end of a sentence. */
  readonly purpose: string;
  /** @default "text" */
  readonly kind?: Kind;
  /** `always`, or `deployed`: in every environment but development and test, which have a default for it. */
  readonly required?: "always" | "deployed";
  /** Never printed, never in clear in a task definition or a plan. May come from a file, by the name with `_FILE`. */
  readonly secret?: true;
  /** Value where it is left out, in every environment. */
  readonly default?: string;
  /** Value where it is left out, in development and test only. */
  readonly local?: string;
}

export const variables = {
  ENVIRONMENT: {
    purpose: "what the environment is for: development, test, staging or production",
    kind: ["development", "test", "staging", "production"],
    default: "production",
  },
  PORT: {
    purpose: "the port that web listens on, and that worker answers health checks on; 0 for any free one",
    kind: "port",
    default: "8080",
  },
  SECRET_KEY: {
    purpose: "signs cookies and tokens; 50 characters or more",
    kind: "key",
    required: "deployed",
    secret: true,
    local: "local-only-secret-key-that-no-deployed-environment-accepts",
  },
  JWT_SECRET_KEY: {
    purpose: "signs API access tokens; 50 characters or more",
    kind: "key",
    required: "deployed",
    secret: true,
    local: "local-only-token-key-that-no-deployed-environment-accepts",
  },
  DATABASE_URL: {
    purpose: "the app's PostgreSQL connection, postgresql://user@host:5432/database",
    kind: "postgres",
    required: "always",
  },
  DATABASE_PASSWORD: { purpose: "the password of DATABASE_URL's user, where the URL holds none", secret: true },
  DATABASE_AUTH: {
    purpose: "password, or iam to sign in with AWS IAM tokens",
    kind: ["password", "iam"],
    default: "password",
  },
  DATABASE_CA_FILE: {
    purpose: "file with the certificates that the database server's is verified against",
    kind: "path",
  },
  DATABASE_OWNER: { purpose: "the role that release migrates the schema as; left out: the user of DATABASE_URL" },
  DATABASE_OWNER_PASSWORD: { purpose: "the password of DATABASE_OWNER; only release has it", secret: true },
  ALLOWED_HOSTS: {
    purpose: "host names the app answers to, separated by commas; .example.com stands for it and its subdomains",
    kind: "hosts",
    required: "deployed",
    local: "localhost,127.0.0.1,[::1]",
  },
  CORS_ALLOWED_ORIGINS: {
    purpose: "origins that browsers may call the API from, separated by commas; empty for none",
    kind: "origins",
    required: "deployed",
    local: "",
  },
  DEBUG: {
    purpose: "true shows error details; refused outside development and test",
    kind: "flag",
    default: "false",
  },
  LOG_LEVEL: { purpose: "debug, info, warn or error", kind: ["debug", "info", "warn", "error"], default: "info" },
  STATIC_URL: { purpose: "where browsers find static assets", kind: "location", default: "/static/" },
  STATIC_PUBLISH: { purpose: "where release publishes static assets: a folder, or s3://bucket/prefix", kind: "path" },
  MEDIA_STORE: {
    purpose: "where uploads and exports are kept: a folder that web and worker share, or s3://bucket",
    kind: "path",
    local: "/tmp/arena/media",
  },
  TRUSTED_PROXIES: {
    purpose: "addresses or blocks of the proxies in front, whose X-Forwarded-* headers are believed",
    kind: "networks",
    default: "",
  },
  STOP_TIMEOUT: {
    purpose: "seconds that requests and jobs get to end after SIGTERM",
    kind: "seconds",
    default: "25",
  },
  SENTRY_DSN: { purpose: "where errors are reported to", kind: "url", secret: true },
  EMAIL_HOST: { purpose: "SMTP server that mail is sent through" },
  EMAIL_PORT: { purpose: "port of the SMTP server", kind: "port", default: "587" },
  EMAIL_HOST_USER: { purpose: "user at the SMTP server" },
  EMAIL_HOST_PASSWORD: { purpose: "password at the SMTP server", secret: true },
  EMAIL_FROM: { purpose: "sender of the app's mail; needed with EMAIL_HOST" },
  MAIL_FOLDER: {
    purpose: "where mail goes without EMAIL_HOST, in development and test only; the page /dev/mail/ shows it",
    kind: "path",
    local: "/tmp/arena/mail",
  },
  METRICS_PORT: {
    purpose: "port for Prometheus, /metrics; nobody from outside may reach it; left out: none, 0 for any free one",
    kind: "port",
  },
  STRIPE_SECRET_KEY: {
    purpose: "the key that entry fees are taken online with; left out: they are paid by hand",
    secret: true,
  },
  STRIPE_WEBHOOK_SECRET: { purpose: "what Stripe signs its events with, for /webhooks/stripe/", secret: true },
  ECS_AGENT_URI: { purpose: "set by ECS: where worker asks that its task be spared while it runs jobs", kind: "url" },
  OTEL_EXPORTER_OTLP_ENDPOINT: { purpose: "where traces are sent to", kind: "url" },
} as const satisfies Record<string, Variable>;

type Table = typeof variables;

/** Name of any variable of the app. */
export type VariableName = keyof Table;
/** Names of the variables whose values are secret. */
export type SecretName = { [Name in VariableName]: Table[Name] extends { secret: true } ? Name : never }[VariableName];
/** Names of the variables that every deployed environment must have. */
export type RequiredName = {
  [Name in VariableName]: Table[Name] extends { required: string } ? Name : never;
}[VariableName];

/**
 * A deployed environment's variables, with `Plain` for values in clear and `Secret` for the others. A required variable
 * that is left out does not compile.
 */
export type DeployedVariables<Plain, Secret> = {
  readonly [Name in RequiredName]: Name extends SecretName ? Secret : Plain;
} & { readonly [Name in Exclude<VariableName, RequiredName>]?: Name extends SecretName ? Secret : Plain };

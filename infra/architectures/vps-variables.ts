// What the app's processes on a Docker host are told: ports, folders, times, addresses and keys.
import * as random from "@pulumi/random";
import type { DeployedVariables } from "../../app/platform/environment.ts";
import { mediaFolder } from "../components/docker/pure/container.ts";
import type { ContainerEnvironment, PlainText, SecretText } from "../components/docker/pure/environment.ts";
import type { VpsEnvironment } from "../config/environment.ts";
import { siteOrigins } from "../site.ts";
import type { VpsDatabase } from "./vps.ts";
import type { Site } from "./vps-site.ts";

export const webPort = 8000;
export const staticFolder = "/srv/static";
export const databaseAuthority = "/run/database";
/** Seconds that a process takes at most to end, as on AWS; Docker kills 5 seconds later. */
export const stopTimeout = { web: 25, worker: 115, release: 115 } as const;
export const graceSeconds = 5;
/** Docker makes its networks out of these; whoever reaches the app comes from one of its own networks, that is nginx. */
const dockerBlocks = "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16";

/** What web and worker are told. A variable that the app needs and that is missing here does not compile. */
export function appVariables(environment: VpsEnvironment, site: Site, database: VpsDatabase): ContainerEnvironment {
  const { tier } = environment;
  const authority = `${databaseAuthority}/ca.pem`;
  return {
    ENVIRONMENT: tier,
    PORT: String(webPort),
    SECRET_KEY: key("secret-key", 64, tier),
    JWT_SECRET_KEY: key("jwt-secret-key", 64, tier),
    DATABASE_URL: `postgresql://${database.role}@${database.host}:${database.port}/${database.database}?sslmode=verify-full`,
    DATABASE_CA_FILE: authority,
    DATABASE_PASSWORD: key("database-app-password", 32, tier),
    ALLOWED_HOSTS: site.names.join(","),
    CORS_ALLOWED_ORIGINS: siteOrigins(site.url, environment.corsOrigins).join(","),
    MEDIA_STORE: mediaFolder,
    // A hidden folder: no key of a file begins with a dot.
    ...(tier === "development" ? { MAIL_FOLDER: `${mediaFolder}/.mail` } : {}),
    TRUSTED_PROXIES: dockerBlocks,
    ...stopping("web"),
  } satisfies DeployedVariables<PlainText, SecretText>;
}

export function stopping(process: keyof typeof stopTimeout) {
  return { STOP_TIMEOUT: String(stopTimeout[process]) };
}

/** What only `release` is told: it migrates as the owner, creates the app's role and publishes the static assets. */
export function releaseVariables(database: VpsDatabase): ContainerEnvironment {
  return {
    DATABASE_OWNER: database.owner,
    DATABASE_OWNER_PASSWORD: { secret: database.ownerPassword },
    STATIC_PUBLISH: staticFolder,
  } satisfies Partial<DeployedVariables<PlainText, SecretText>>;
}

/** Made once. Outlives a `destroy` where data does: what users hold is signed with it. */
function key(name: string, length: number, tier: VpsEnvironment["tier"]): SecretText {
  const protect = tier !== "development";
  return { secret: new random.RandomPassword(name, { length, special: false }, { protect }).result };
}

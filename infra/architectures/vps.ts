// vps: nginx → the app's containers → PostgreSQL, on one Docker host: the local engine or a server over SSH.
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { DeployedVariables } from "../../app/platform/environment.ts";
import { AppImage } from "../components/docker/image.ts";
import { Networks } from "../components/docker/networks.ts";
import { Postgres } from "../components/docker/postgres.ts";
import { ReverseProxy, siteUrl } from "../components/docker/proxy.ts";
import { appUser, type HealthCheck, stackLabels } from "../components/docker/pure/container.ts";
import {
  type ContainerEnvironment,
  isSecretText,
  mergeEnvironment,
  type PlainText,
  type SecretText,
} from "../components/docker/pure/environment.ts";
import { Service } from "../components/docker/service.ts";
import { StaticFiles } from "../components/docker/static-files.ts";
import type { VpsEnvironment } from "../config/environment.ts";
import type { StackConfig } from "../config/read.ts";
import { slug } from "../naming.ts";
import { dockerRelease } from "../release/docker.ts";
import { rejectUnhealthy } from "../release/docker-rejects.ts";
import type { EnvironmentOutputs } from "./outputs.ts";

export interface VpsOutputs extends EnvironmentOutputs {
  /** Names of the containers, for `docker logs` and `docker exec`. */
  readonly containers: {
    readonly proxy: pulumi.Output<string>;
    readonly web: readonly pulumi.Output<string>[];
    readonly worker: readonly pulumi.Output<string>[];
    readonly database: pulumi.Output<string>;
  };
  /** Name of the volume with the database's data. */
  readonly databaseVolume: pulumi.Output<string>;
}

const webPort = 8000;
const webHost = "web";
const staticFolder = "/srv/static";
/** Seconds that the app takes at most to end, and then those that Docker waits before it kills. */
const appStopSeconds = 20;
const stopSeconds = 30;
/** Docker runs a health check without the image's entrypoint. */
const health: HealthCheck = { command: ["node", "/app/main.js", "health"] };
/** Docker makes its networks out of these; whoever reaches the app comes from one of its own networks, that is nginx. */
const dockerBlocks = "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16";

export function vps(config: StackConfig): VpsOutputs {
  const environment = vpsEnvironment(config);
  const { tier, host, domain, port } = environment;
  const project = pulumi.getProject();
  const stack = pulumi.getStack();
  const labels = (part: string) => stackLabels(project, stack, part);
  const engine = new docker.Provider("engine", host === undefined ? {} : { host });
  const here = { providers: [engine] };

  const image = new AppImage(
    "app",
    { source: environment.image, name: `${slug(project, 30)}-${slug(stack, 30)}` },
    here,
  );
  const nginx = new docker.RemoteImage(
    "nginx",
    { name: "nginx:1.28-bookworm", keepLocally: true },
    { provider: engine },
  );
  const networks = new Networks("network", { labels: labels("network") }, here);
  const assets = new StaticFiles("static", { image: nginx.imageId, labels: labels("static") }, here);
  const database = new Postgres(
    "database",
    { ...environment.database, network: networks.data, keepData: tier === "production", labels: labels("database") },
    here,
  );

  const variables = mergeEnvironment(appVariables(environment, database), environment.variables, config.secrets);
  const told = split({ ...variables, ...releaseVariables(database) });
  const release = dockerRelease("release", {
    ...told,
    ...(host === undefined ? {} : { host }),
    image: image.id,
    network: networks.data,
    volumes: { [staticFolder]: assets.volume },
    user: appUser,
    memory: environment.web.memory,
    labels: Object.fromEntries(labels("release").map(({ label, value }) => [label, value])),
  });

  const reject = rejectUnhealthy("reject", host, Object.values(told.secrets));
  const app = {
    image: image.id,
    environment: variables,
    health,
    stopSeconds,
    beforeCreate: [release],
    onError: [reject],
  };
  const after = { ...here, dependsOn: [database, assets] };
  const web = new Service(
    "web",
    {
      ...app,
      ...environment.web,
      command: "web",
      networks: [{ name: networks.edge, alias: webHost }, { name: networks.data }],
      labels: labels("web"),
    },
    after,
  );
  const worker = new Service(
    "worker",
    {
      ...app,
      ...environment.worker,
      command: "worker",
      networks: [{ name: networks.edge }, { name: networks.data }],
      labels: labels("worker"),
    },
    after,
  );
  const proxy = new ReverseProxy(
    "proxy",
    {
      image: nginx.imageId,
      domain,
      port,
      address: domain === "localhost" ? "127.0.0.1" : "0.0.0.0",
      appHost: webHost,
      appPort: webPort,
      network: networks.edge,
      staticVolume: assets.volume,
      labels: labels("proxy"),
    },
    { ...here, dependsOn: [web] },
  );

  return {
    url: pulumi.output(proxy.url),
    containers: {
      proxy: proxy.container,
      web: web.containers,
      worker: worker.containers,
      database: database.container,
    },
    databaseVolume: database.volume,
  };
}

function vpsEnvironment({ environment }: StackConfig): VpsEnvironment {
  if (environment.architecture === "vps") return environment;
  throw new Error(
    `vps was given the configuration of ${environment.architecture}: set environment.architecture to vps.`,
  );
}

/** What web and worker are told. A variable that the app needs and that is missing here does not compile. */
function appVariables(environment: VpsEnvironment, database: Postgres): ContainerEnvironment {
  const { domain, port, tier } = environment;
  return {
    ENVIRONMENT: tier,
    PORT: String(webPort),
    SECRET_KEY: key("secret-key", 64, tier),
    JWT_SECRET_KEY: key("jwt-secret-key", 64, tier),
    DATABASE_URL: `postgresql://app@${database.host}:${database.port}/${database.database}`,
    DATABASE_PASSWORD: key("database-app-password", 32, tier),
    ALLOWED_HOSTS: [...new Set([domain, "localhost", "127.0.0.1"])].join(","),
    CORS_ALLOWED_ORIGINS: siteUrl(domain, port),
    TRUSTED_PROXIES: dockerBlocks,
    STOP_TIMEOUT: String(appStopSeconds),
  } satisfies DeployedVariables<PlainText, SecretText>;
}

/** What only `release` is told: it migrates as the owner, creates the app's role and publishes the static assets. */
function releaseVariables(database: Postgres): ContainerEnvironment {
  return {
    DATABASE_OWNER: database.owner,
    DATABASE_OWNER_PASSWORD: { secret: database.ownerPassword },
    STATIC_PUBLISH: staticFolder,
  } satisfies Partial<DeployedVariables<PlainText, SecretText>>;
}

/** Made once. Production's outlives a `destroy`: what users hold is signed with it. */
function key(name: string, length: number, tier: VpsEnvironment["tier"]): SecretText {
  const protect = tier === "production";
  return { secret: new random.RandomPassword(name, { length, special: false }, { protect }).result };
}

function split(environment: ContainerEnvironment) {
  const variables: Record<string, PlainText> = {};
  const secrets: Record<string, pulumi.Output<string>> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (isSecretText(value)) secrets[name] = value.secret;
    else variables[name] = value;
  }
  return { variables, secrets };
}

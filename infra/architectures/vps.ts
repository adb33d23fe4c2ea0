// vps: nginx → the app's containers → PostgreSQL, on one Docker host: the local engine or a server over SSH.
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { FilesVolume } from "../components/docker/files-volume.ts";
import { AppImage } from "../components/docker/image.ts";
import { Live } from "../components/docker/live.ts";
import { Networks } from "../components/docker/networks.ts";
import { OwnedVolume } from "../components/docker/owned-volume.ts";
import { Postgres } from "../components/docker/postgres.ts";
import { ReverseProxy } from "../components/docker/proxy.ts";
import {
  appUser,
  type HealthCheck,
  healthWait,
  type Labels,
  mediaFolder,
  stackLabels,
} from "../components/docker/pure/container.ts";
import { mergeEnvironment, secretFolder, splitSecrets } from "../components/docker/pure/environment.ts";
import { Service } from "../components/docker/service.ts";
import type { VpsEnvironment } from "../config/environment.ts";
import type { StackConfig } from "../config/read.ts";
import { slug } from "../naming.ts";
import { dockerRelease } from "../release/docker.ts";
import { dockerGate } from "../release/docker-gate.ts";
import { rejectUnhealthy } from "../release/docker-rejects.ts";
import type { EnvironmentOutputs } from "./outputs.ts";
import { siteCertificates } from "./vps-certificates.ts";
import { appSecrets, type OperationOutputs, operations } from "./vps-operations.ts";
import { vpsSite } from "./vps-site.ts";
import {
  appVariables,
  databaseAuthority,
  graceSeconds,
  releaseVariables,
  staticFolder,
  stopping,
  stopTimeout,
  webPort,
} from "./vps-variables.ts";

export interface VpsOutputs extends EnvironmentOutputs {
  /** Names of the containers, for `docker logs` and `docker exec`. */
  readonly containers: OperationOutputs & {
    readonly proxy: pulumi.Output<string>;
    readonly web: readonly pulumi.Output<string>[];
    readonly worker: readonly pulumi.Output<string>[];
    readonly database: pulumi.Output<string>;
    /** Keeps the site's certificate; there with HTTPS only. */
    readonly certificates?: pulumi.Output<string>;
  };
  /** Name of the volume with the database's data, where that is its own. */
  readonly databaseVolume?: pulumi.Output<string>;
}

/** What an environment takes from another one on the same host, instead of having its own. */
export interface Shared {
  /** Name of the network that the database is on. */
  readonly network: string;
  /** Volumes for certificates; there with HTTPS only. HTTP, which leads there and proves names, is the other one's alone. */
  readonly https?: { readonly certificates: string; readonly keys: string };
  readonly database: (image: pulumi.Output<string>, labels: Labels, on: pulumi.ComponentResourceOptions) => VpsDatabase;
}

/** A database as the app and those who look after it see it. */
export type VpsDatabase = Omit<Postgres, "volume">;

export function vps(config: StackConfig): VpsOutputs {
  return vpsOn(vpsEnvironment(config), config.secrets);
}

/** @param shared left out: network and database are its own */
export function vpsOn(environment: VpsEnvironment, secrets: StackConfig["secrets"], shared?: Shared): VpsOutputs {
  const { tier, host, secretsAs } = environment;
  const project = pulumi.getProject();
  const stack = pulumi.getStack();
  const labels = (part: string) => stackLabels(project, stack, part);
  const engine = new docker.Provider("engine", host === undefined ? {} : { host });
  const here = { providers: [engine] };
  const at = host === undefined ? {} : { host };

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
  const networks = new Networks(
    "network",
    { labels: labels("network"), ...(shared === undefined ? {} : { data: shared.network }) },
    here,
  );
  const assets = new OwnedVolume("static", { user: appUser, image: nginx.imageId, labels: labels("static") }, here);
  const media = new OwnedVolume(
    "media",
    { user: appUser, image: nginx.imageId, labels: labels("media"), keepData: tier !== "development" },
    here,
  );
  const own = () =>
    new Postgres(
      "database",
      { ...environment.database, network: networks.data, keepData: tier !== "development", labels: labels("database") },
      here,
    );
  const database = shared?.database(nginx.imageId, labels("database"), here) ?? own();

  const site = vpsSite(environment);
  const certificates = siteCertificates(site, {
    ...{ engine, nginx: nginx.imageId, network: networks.edge, labels },
    ...(shared?.https === undefined ? {} : { shared: shared.https }),
  });
  const proxy = new ReverseProxy(
    "proxy",
    {
      image: nginx.imageId,
      names: site.names,
      ...(shared?.https === undefined ? { port: environment.port } : {}),
      ...(certificates === undefined ? {} : { https: certificates.https }),
      address: /(^|\.)localhost$/.test(environment.domain) ? "127.0.0.1" : "0.0.0.0",
      appPort: webPort,
      network: networks.edge,
      staticVolume: assets.volume,
      labels: labels("proxy"),
    },
    { ...here, dependsOn: certificates === undefined ? [] : [certificates.agent] },
  );

  const variables = mergeEnvironment(
    appVariables(environment, site, database),
    environment.variables,
    appSecrets(environment, secrets),
  );
  const told = splitSecrets(variables, secretsAs);
  const toldRelease = splitSecrets({ ...variables, ...releaseVariables(database), ...stopping("release") }, secretsAs);
  const files = (name: string, contents: typeof told.files) =>
    new FilesVolume(name, { files: contents, image: nginx.imageId, labels: labels("secrets") }, here);
  const appFiles = files("app-secrets", told.files);
  const releaseFiles = files("release-secrets", toldRelease.files);
  const authority = { [databaseAuthority]: database.authorityVolume };

  const release = dockerRelease("release", {
    ...at,
    variables: toldRelease.variables,
    secretVariables: toldRelease.secretVariables,
    secrets: toldRelease.secrets,
    image: image.id,
    network: networks.data,
    volumes: { [staticFolder]: assets.volume },
    readOnlyVolumes: { ...authority, [secretFolder]: releaseFiles.volume },
    user: appUser,
    memory: environment.web.memory,
    labels: Object.fromEntries(labels("release").map(({ label, value }) => [label, value])),
  });

  const { every: interval, timeout, start: startPeriod } = environment.healthSeconds;
  const health: HealthCheck = { command: environment.health, interval, timeout, startPeriod };
  const reject = rejectUnhealthy("reject", host, healthWait(health), told.secrets);
  const app = {
    image: image.id,
    health,
    networks: [networks.edge, networks.data] as const,
    volumes: { ...authority, [secretFolder]: appFiles.volume },
    writableVolumes: { [mediaFolder]: media.volume },
    beforeCreate: [release, reject.beforeCreate],
    onError: [reject.onError],
  };
  // The release's hook waits for what is on this list: it must be there before any container is begun.
  const after = { ...here, dependsOn: [database, assets, media, appFiles, releaseFiles] };
  const service = (name: "web" | "worker") =>
    new Service(
      name,
      {
        ...app,
        ...environment[name],
        command: name,
        environment: { ...told.environment, ...stopping(name) },
        stopSeconds: stopTimeout[name] + graceSeconds,
        labels: labels(name),
      },
      after,
    );
  const [web, worker] = [service("web"), service("worker")];
  const live = { alias: web.alias, image: nginx.imageId };
  const gate = dockerGate("gate", { ...at, ...live, volume: proxy.gate, containers: web.containers });
  new Live("live", { ...live, gate: proxy.gate, open: [gate], labels: labels("live") }, { ...here, dependsOn: [web] });

  const operated = operations(environment, secrets, {
    engine,
    image: nginx.imageId,
    networks,
    database,
    media: media.volume,
    proxy,
    site,
    app: web,
    labels,
  });
  return {
    url: pulumi.output(site.url),
    containers: {
      proxy: proxy.container,
      web: web.containers,
      worker: worker.containers,
      database: database.container,
      ...(certificates === undefined ? {} : { certificates: certificates.agent.container }),
      ...operated,
    },
    ...(database instanceof Postgres ? { databaseVolume: database.volume } : {}),
  };
}

function vpsEnvironment({ environment }: StackConfig): VpsEnvironment {
  if (environment.architecture === "vps") return environment;
  throw new Error(
    `vps was given the configuration of ${environment.architecture}: set environment.architecture to vps.`,
  );
}

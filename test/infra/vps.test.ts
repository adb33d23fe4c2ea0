import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { vps } from "../../infra/architectures/vps.ts";
import { AppImage } from "../../infra/components/docker/image.ts";
import { Postgres } from "../../infra/components/docker/postgres.ts";
import { ReverseProxy } from "../../infra/components/docker/proxy.ts";
import { Service, type ServiceArgs } from "../../infra/components/docker/service.ts";
import { parseEnvironment } from "../../infra/config/parse.ts";
import { readStack } from "../../infra/config/stack-file.ts";
import { isSecretValue, type ResourceNode } from "../../infra/plan/graph.ts";
import { type Synthesis, synth } from "../support/synth.ts";

const container = "docker:index/container:Container";
const dev = {
  architecture: "vps",
  tier: "development",
  owner: "you",
  port: 8080,
  image: { build: ".", dockerfile: "app/Dockerfile" },
  web: { replicas: 2, memory: 256, cpus: 1 },
  worker: { replicas: 1, memory: 128, cpus: 0.5 },
  database: { memory: 512, cpus: 1 },
};

function synthVps(changes: object = {}, secrets: readonly string[] = []): Promise<Synthesis> {
  const environment = parseEnvironment({ ...dev, ...changes }, "test");
  return synth(() =>
    vps({ environment, secrets: Object.fromEntries(secrets.map((name) => [name, pulumi.secret(`value of ${name}`)])) }),
  );
}

const inputs = (node: ResourceNode) => node.inputs as Record<string, never>;
const app = (result: Synthesis) => result.all(container).filter(({ name }) => /^(web|worker)-\d+$/.test(name));

test("the committed dev stack synthesizes", async () => {
  const { environment } = readStack(process.cwd(), "dev");
  const result = await synth(() => vps({ environment, secrets: {} }));
  expect(result.outputs.url).toBe("http://localhost:8080");
  expect(result.all(container).map(({ name }) => name)).toEqual([
    "app-secrets-files",
    "release-secrets-files",
    "live-record",
    "media-owner",
    "static-owner",
    "database-server",
    "proxy-config-file",
    "proxy-nginx",
    "web-0",
    "web-1",
    "worker-0",
  ]);
});

test("only nginx has ports on the host; for localhost only the host itself reaches them", async () => {
  const local = await synthVps();
  const published = local.all(container).filter((node) => node.inputs.ports !== undefined);
  expect(published.map(({ name, inputs: { ports } }) => [name, ports])).toEqual([
    ["proxy-nginx", [{ internal: 8080, external: 8080, ip: "127.0.0.1" }]],
  ]);
  const open = await synthVps({ domain: "shop.example.com", port: 80 });
  expect(open.only(container, "proxy-nginx").inputs.ports).toEqual([
    { internal: 8080, external: 80, ip: "0.0.0.0" },
    { internal: 8443, external: 443, ip: "0.0.0.0" },
  ]);
  expect(open.outputs.url).toBe("https://shop.example.com");
});

test.each([
  ["localhost", {}, "http://localhost:8080", undefined],
  ["localhost", { certificates: "local", port: 8443 }, "https://localhost:8443", "localhost,127.0.0.1"],
  ["shop.example.com", {}, "https://shop.example.com", "shop.example.com,www.example.com"],
  ["shop.example.com", { certificates: "none" }, "http://shop.example.com:8080", undefined],
])("HTTPS of %s with %o", async (domain, https, url, certified) => {
  const allowedHosts = domain === "localhost" ? [] : ["www.example.com"];
  const result = await synthVps({ domain, https, allowedHosts });
  expect(result.outputs.url).toBe(url);
  const agents = result.all(container).filter(({ name }) => name === "certificates-agent");
  expect(agents.length).toBe(certified === undefined ? 0 : 1);
  const envs = agents.flatMap(({ inputs }) => inputs.envs as string[]);
  if (certified !== undefined) expect(envs).toContain(`NAMES=${certified}`);
  const acme = envs.some((entry) => /^DIRECTORY=https:/.test(entry));
  expect(acme).toBe(domain === "shop.example.com" && certified !== undefined);
});

test("a change of nginx's configuration or certificates leaves nginx as it is", async () => {
  const proxyOf = async (changes: object) => (await synthVps(changes)).only(container, "proxy-nginx").inputs;
  const base = { domain: "shop.example.com", https: { certificates: "local" } };
  expect(await proxyOf({ ...base, allowedHosts: ["www.example.com"] })).toEqual(await proxyOf(base));
  const { uploads } = inputs((await synthVps(base)).only(container, "proxy-config-file"));
  expect(JSON.stringify(uploads)).toContain("listen 8443 ssl http2");
});

test("the database is on the inner network only, nginx on the outer only, the app on both", async () => {
  const result = await synthVps();
  expect(result.only("docker:index/network:Network", "network-data").inputs.internal).toBe(true);
  expect(result.only("docker:index/network:Network", "network-edge").inputs.internal).toBe(false);
  const networks = (name: string) => inputs(result.only(container, name)).networksAdvanced;
  const [edge, data] = ["{network-edge.name}", "{network-data.name}"];
  expect(networks("database-server")).toEqual([{ name: data, aliases: ["database"] }]);
  expect(networks("proxy-nginx")).toEqual([{ name: edge }]);
  expect(networks("web-1")).toEqual([{ name: edge, aliases: ["web-{web-generation.hex}"] }, { name: data }]);
  expect(networks("worker-0")).toEqual([{ name: edge, aliases: ["worker-{worker-generation.hex}"] }, { name: data }]);
  expect(result.only(container, "static-owner").inputs.networkMode).toBe("none");
});

test("every container is limited, without privileges, and logs to rotated files", async () => {
  const result = await synthVps();
  for (const { inputs } of result.all(container)) {
    expect(inputs).toMatchObject({
      capabilities: { drops: ["ALL"] },
      securityOpts: ["no-new-privileges:true"],
      init: true,
      logDriver: "local",
      logOpts: { "max-size": "10m", "max-file": "5" },
    });
    expect(inputs.memory).toBeGreaterThan(0);
    expect(inputs.memorySwap).toBe(inputs.memory);
    expect(inputs.cpus).toMatch(/^\d+\.\d+$/);
    expect(inputs.privileged).toBeUndefined();
  }
});

test("the app runs as a user on a read-only root, gated by its health, with time to stop", async () => {
  const result = await synthVps();
  expect(app(result)).toHaveLength(3);
  for (const { inputs } of app(result)) {
    expect(inputs).toMatchObject({
      user: "1000:1000",
      readOnly: true,
      restart: "always",
      wait: true,
      stopSignal: "SIGTERM",
      image: "{app-image.repoDigest}",
    });
    expect(inputs.healthcheck).toMatchObject({ interval: "5s", timeout: "5s", startPeriod: "15s", retries: 3 });
  }
  for (const [name, seconds] of [
    ["web-0", 30],
    ["worker-0", 120],
  ] as const) {
    const { inputs } = result.only(container, name);
    expect(inputs).toMatchObject({ stopTimeout: seconds, destroyGraceSeconds: seconds });
    expect(inputs.envs).toContain(`STOP_TIMEOUT=${seconds - 5}`);
  }
  expect(result.only(container, "web-0").inputs).toMatchObject({ memory: 256, cpus: "1.0", command: ["web"] });
  expect(result.only(container, "worker-0").inputs).toMatchObject({ memory: 128, cpus: "0.5", command: ["worker"] });
});

test("the app is replaced new before old after its release; what holds a port or a volume old before new", async () => {
  const result = await synthVps();
  for (const { options } of app(result)) {
    expect(options).toMatchObject({
      deleteBeforeReplace: false,
      replaceOnChanges: ["healthcheck", "init", "tmpfs"],
      hooks: ["release", "reject-watch", "reject"],
    });
  }
  for (const name of ["database-server", "proxy-nginx"]) {
    const { options } = result.only(container, name);
    expect(options).toEqual({ deleteBeforeReplace: true, replaceOnChanges: ["healthcheck", "init", "tmpfs"] });
  }
});

test("another image touches the app's containers and which of them are live, nothing else", async () => {
  const result = await synthVps();
  const dependents = ({ urn }: ResourceNode) =>
    result.resources
      .filter(({ propertyDependencies }) => Object.values(propertyDependencies).flat().includes(urn))
      .map(({ name }) => name)
      .sort();
  const touched = dependents(result.only("docker:index/image:Image"));
  expect(touched).toEqual(["web-0", "web-1", "web-generation", "worker-0", "worker-generation"]);
  const generation = result.only("random:index/randomId:RandomId", "web-generation");
  expect(dependents(generation)).toEqual(["live-record", "web-0", "web-1"]);
});

test("whatever changes the app's containers makes another generation, and requests go to that when it is healthy", async () => {
  const definition = async (changes: object) => {
    const result = await synthVps(changes);
    const record = result.only(container, "live-record");
    const [alias] = record.inputs.command as string[];
    expect(inputs(result.only(container, "web-0")).networksAdvanced).toContainEqual({
      name: "{network-edge.name}",
      aliases: [alias],
    });
    expect(record.options).toEqual({ deleteBeforeReplace: false, hooks: ["gate"], ignoreChanges: ["image"] });
    // Other keepers make another id; so do those of before, when they come back after others.
    const { keepers } = result.only("random:index/randomId:RandomId", "web-generation").inputs;
    return JSON.stringify(keepers);
  };
  const changes = [
    {},
    { variables: { LOG_LEVEL: "warn" } },
    { web: { ...dev.web, replicas: 3 } },
    { web: { ...dev.web, memory: 300 } },
    { health: ["true"] },
    { healthSeconds: { every: 30 } },
    { corsOrigins: ["https://app.example.com"] },
  ];
  const definitions: string[] = [];
  for (const change of changes) definitions.push(await definition(change));
  expect(new Set(definitions).size).toBe(changes.length);
  expect(await definition({})).toBe(definitions[0]);
  expect(await definition({ worker: { ...dev.worker, memory: 200 } })).toBe(definitions[0]);
});

test("secrets are files on a volume that is mounted for reading; the release alone knows the owner's password", async () => {
  const result = await synthVps({ secrets: ["SENTRY_DSN"] }, ["SENTRY_DSN"]);
  const names = (writer: string) =>
    (result.only(container, writer).inputs.uploads as { file: string; content: unknown }[]).map(({ file, content }) => {
      expect(isSecretValue(content)).toBe(true);
      return file.replace("/files/", "");
    });
  const told = ["DATABASE_PASSWORD", "JWT_SECRET_KEY", "SECRET_KEY", "SENTRY_DSN"];
  expect(names("app-secrets-files")).toEqual(told);
  expect(names("release-secrets-files").sort()).toEqual(["DATABASE_OWNER_PASSWORD", ...told].sort());
  for (const { inputs } of app(result)) {
    for (const name of told) expect(inputs.envs).toContain(`${name}_FILE=/run/secrets/${name}`);
    expect((inputs.envs as unknown[]).filter(isSecretValue)).toEqual([]);
    expect(JSON.stringify(inputs.envs)).not.toMatch(/OWNER|STATIC_PUBLISH/);
    expect(inputs.volumes).toContainEqual({
      containerPath: "/run/secrets",
      volumeName: "{app-secrets-volume.name}",
      readOnly: true,
    });
  }
  expect(JSON.stringify(result)).not.toContain("value of SENTRY_DSN");
  expect(JSON.stringify(result.outputs)).not.toMatch(/secret/);
});

test("an image that reads no files gets its secrets as variables, which are secret", async () => {
  const result = await synthVps({ secretsAs: "variables", secrets: ["SENTRY_DSN"] }, ["SENTRY_DSN"]);
  for (const { inputs } of app(result)) {
    const entries = inputs.envs as unknown[];
    // SECRET_KEY, JWT_SECRET_KEY, DATABASE_PASSWORD, SENTRY_DSN
    expect(entries.filter(isSecretValue)).toHaveLength(4);
    expect(JSON.stringify(entries)).not.toMatch(/KEY=|PASSWORD|SENTRY|OWNER|_FILE=\/run\/secrets/);
  }
});

test("other content of the secrets is another volume", async () => {
  const labels = async (secret: string) => {
    const environment = parseEnvironment({ ...dev, secrets: ["TOKEN"] }, "test");
    const result = await synth(() => vps({ environment, secrets: { TOKEN: pulumi.secret(secret) } }));
    return result.only("docker:index/volume:Volume", "app-secrets-volume").inputs.labels;
  };
  const [one, same, other] = [await labels("one"), await labels("one"), await labels("other")];
  expect(same).toEqual(one);
  expect(other).not.toEqual(one);
});

test("keys are long enough for the app's check", async () => {
  const result = await synthVps();
  const length = (name: string) => result.only("random:index/randomPassword:RandomPassword", name).inputs.length;
  expect([length("secret-key"), length("jwt-secret-key")]).toEqual([64, 64]);
});

test("the app is told its environment", async () => {
  const result = await synthVps({
    tier: "staging",
    domain: "shop.example.com",
    allowedHosts: ["www.example.com"],
    corsOrigins: ["https://app.example.com"],
    variables: { LOG_LEVEL: "warn" },
  });
  const { envs } = inputs(result.only(container, "web-0"));
  expect(envs).toEqual(
    expect.arrayContaining([
      "ALLOWED_HOSTS=shop.example.com,www.example.com,localhost,127.0.0.1",
      "CORS_ALLOWED_ORIGINS=https://shop.example.com,https://app.example.com",
      "DATABASE_CA_FILE=/run/database/ca.pem",
      "DATABASE_URL=postgresql://app@database:5432/app?sslmode=verify-full",
      "ENVIRONMENT=staging",
      "LOG_LEVEL=warn",
      "PORT=8000",
    ]),
  );
});

test("data, passwords and keys are protected, and the volume stays; only development's go with the stack", async () => {
  const kept = async (tier: string) => {
    const { resources } = await synthVps({ tier });
    return resources.filter(({ options }) => options.protect).map(({ name }) => name);
  };
  for (const tier of ["staging", "production"]) {
    expect((await kept(tier)).sort()).toEqual([
      "database-app-password",
      "database-data",
      "database-owner-password",
      "jwt-secret-key",
      "media-files",
      "secret-key",
    ]);
  }
  expect(await kept("development")).toEqual([]);
  const volume = async (tier: string) =>
    (await synthVps({ tier })).only("docker:index/volume:Volume", "database-data").options;
  expect((await volume("production")).retainOnDelete).toBe(true);
  expect((await volume("development")).retainOnDelete).toBeUndefined();
});

test("PostgreSQL is set to its memory, with checksums, TLS and scram, and told to end well", async () => {
  const result = await synthVps();
  const server = result.only(container, "database-server");
  const { command, envs, stopSignal, destroyGraceSeconds, healthcheck } = inputs(server);
  const uploads = server.inputs.uploads as { file: string; content: string }[];
  expect(command).toEqual(
    expect.arrayContaining(["postgres", "shared_buffers=131072kB", "ssl=on", "hba_file=/etc/postgresql/pg_hba.conf"]),
  );
  expect(uploads).toContainEqual({
    file: "/run/secrets/owner-password",
    content: { secret: "{database-owner-password.result}" },
    permissions: "0444",
  });
  const files = Object.fromEntries(uploads.map(({ file, content }) => [file, content]));
  expect(files["/etc/postgresql/pg_hba.conf"]?.match(/^\w+/gm)).toEqual(["local", "hostssl"]);
  expect(files["/docker-entrypoint-initdb.d/10-statements.sql"]).toContain("pg_stat_statements");
  expect(envs).toContain("POSTGRES_PASSWORD_FILE=/run/secrets/owner-password");
  expect(envs).toContain("POSTGRES_INITDB_ARGS=--data-checksums --auth-host=scram-sha-256");
  expect([stopSignal, destroyGraceSeconds]).toEqual(["SIGINT", 60]);
  expect(healthcheck).toMatchObject({ tests: expect.arrayContaining(["CMD", "pg_isready"]), startPeriod: "2m0s" });
});

test("a server over SSH is the provider's host", async () => {
  const result = await synthVps({ host: "ssh://deploy@server.example.com" });
  expect(result.only("pulumi:providers:docker", "engine").inputs.host).toBe("ssh://deploy@server.example.com");
  const unbound = result.resources.filter(({ type, provider }) => type.startsWith("docker:") && provider !== "engine");
  expect(unbound).toEqual([]);
});

test("an image by reference is pulled and run by its id", async () => {
  const result = await synthVps({ image: "ghcr.io/acme/shop@sha256:abc" });
  expect(result.all("docker:index/image:Image")).toEqual([]);
  expect(result.only("docker:index/remoteImage:RemoteImage", "app-image").inputs).toEqual({
    name: "ghcr.io/acme/shop@sha256:abc",
    keepLocally: true,
  });
  expect(result.only(container, "web-0").inputs.image).toBe("{app-image.imageId}");
});

test("a built image's paths are from the program's folder", async () => {
  const result = await synthVps();
  expect(result.only("docker:index/image:Image").inputs).toMatchObject({
    build: { context: "..", dockerfile: "../app/Dockerfile" },
    imageName: "berth-test",
    skipPush: true,
  });
});

const labels = [{ label: "berth.stack", value: "test" }];
const service: ServiceArgs = {
  image: "i",
  command: "web",
  replicas: 1,
  memory: 64,
  cpus: 1,
  environment: {},
  networks: ["n"],
  volumes: {},
  health: { command: ["true"] },
  stopSeconds: 30,
  beforeCreate: [],
  onError: [],
  labels,
};

test.each([
  ["replicas", () => new Service("web", { ...service, replicas: 0 }), "web: replicas is 0; allowed: 1 to 20."],
  ["memory", () => new Service("web", { ...service, memory: 8 }), "web: memory is 8; allowed: 64 to 65536."],
  ["cpus", () => new Service("web", { ...service, cpus: 0 }), "web: cpus is 0; allowed: 0.1 to 64."],
  [
    "database memory",
    () => new Postgres("db", { memory: 64, cpus: 1, network: "n", keepData: false, labels }),
    "db: memory is 64; allowed: 128 to 262144.",
  ],
  ["image name", () => new AppImage("app", { source: ".", name: "Not/Lower" }), 'the image name is "Not/Lower"'],
  [
    "port",
    () =>
      new ReverseProxy("proxy", {
        image: "i",
        names: ["localhost"],
        port: 70_000,
        address: "127.0.0.1",
        appPort: 8000,
        network: "n",
        staticVolume: "v",
        labels,
      }),
    "proxy: port is 70000; allowed: 1 to 65535.",
  ],
])("wrong %s fails before anything registers", async (_, build, message) => {
  let failure: unknown;
  const { resources } = await synth(() => {
    try {
      build();
    } catch (error) {
      failure = error;
    }
  });
  expect(String(failure)).toContain(message);
  expect(resources).toEqual([]);
});

test("a stack that sets what the architecture sets is refused in words", async () => {
  await expect(synthVps({ variables: { PORT: "1" } })).rejects.toThrow(/environment\.variables has PORT/);
});

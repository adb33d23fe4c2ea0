import { expect, test } from "vitest";
import { branch } from "../../infra/architectures/branch.ts";
import { SharedDatabase } from "../../infra/components/docker/shared-database.ts";
import { parseEnvironment } from "../../infra/config/parse.ts";
import { synth } from "../support/synth.ts";

const template = {
  architecture: "branch",
  tier: "development",
  owner: "you",
  parent: "staging",
  domain: "branches.example.com",
  ports: { from: 9000, to: 9009 },
  image: "ghcr.io/acme/shop:fix",
  web: { replicas: 1, memory: 128, cpus: 0.5 },
  worker: { replicas: 1, memory: 128, cpus: 0.5 },
};
const instance = {
  name: "fix-1",
  port: 9003,
  host: "ssh://deploy@server.example.com",
  network: "network-data-1",
  database: "database-server-1",
  authority: "database-authority-1",
};
const container = "docker:index/container:Container";
const synthBranch = (changes: object = { instance }) => {
  const environment = parseEnvironment({ ...template, ...changes }, "test");
  return synth(() => branch({ environment, secrets: {} }));
};

test("a branch shares network, server and authority, and owns everything else", async () => {
  const result = await synthBranch();
  const { resources } = result;
  expect(resources.filter(({ type }) => type.endsWith(":Network")).map(({ name }) => name)).toEqual(["network-edge"]);
  expect(resources.filter(({ name }) => /^(database-server|database-data|backup|watch)/.test(name))).toEqual([]);
  const web = result.only(container, "web-0").inputs;
  expect(web.networksAdvanced).toEqual([
    { name: "{network-edge.name}", aliases: [expect.anything()] },
    { name: "network-data-1" },
  ]);
  expect(JSON.stringify(web.volumes)).toContain("database-authority-1");
  expect(web.envs).toContain(
    "DATABASE_URL=postgresql://branch_fix_1_app@database:5432/branch_fix_1?sslmode=verify-full",
  );
  expect(result.outputs.url).toBe("http://fix-1.branches.example.com:9003");
  expect(result.only(container, "proxy-nginx").inputs.ports).toEqual([
    { internal: 8080, external: 9003, ip: "0.0.0.0" },
  ]);
  expect(result.only("pulumi:providers:docker", "engine").inputs.host).toBe(instance.host);
});

const secured = (certificates: "local" | "acme") => ({
  instance: {
    ...instance,
    https: {
      settings: { certificates, directory: "https://acme.example.com/directory" },
      certificates: "certificates-files-1",
      keys: "certificate-keys-files-1",
    },
  },
});

test.each(["local", "acme"] as const)("a branch of a parent with %s certificates has one of its own", async (kind) => {
  const result = await synthBranch(secured(kind));
  expect(result.outputs.url).toBe("https://fix-1.branches.example.com:9003");
  // Port 80 is the parent's: HTTP leads nowhere, and the authority finds its answers there.
  expect(result.only(container, "proxy-nginx").inputs.ports).toEqual([
    { internal: 8443, external: 9003, ip: "0.0.0.0" },
  ]);
  const { envs, volumes } = result.only(container, "certificates-agent").inputs as Record<string, string[]>;
  const names = envs?.find((entry) => entry.startsWith("NAMES="));
  expect(names).toBe(`NAMES=fix-1.branches.example.com${kind === "local" ? ",localhost,127.0.0.1" : ""}`);
  expect(volumes).toContainEqual({ volumeName: "certificate-keys-files-1", containerPath: "/secrets" });
  const answers = { volumeName: "certificates-files-1", containerPath: "/answers" };
  if (kind === "acme") expect(volumes).toContainEqual(answers);
  else expect(volumes).not.toContainEqual(answers);
  expect(envs).toContain(`CHALLENGES=/${kind === "acme" ? "answers" : "certificates"}/challenges`);
  // Its own certificate goes with it, the parent's authority and account stay.
  const made = result.all("docker:index/volume:Volume").map(({ name }) => name);
  expect(made).toContain("certificates-files");
  expect(made).not.toContain("certificate-keys-files");
});

test("its database is made before its containers, and nothing of it is kept", async () => {
  const result = await synthBranch();
  expect(result.only(container, "database-record").options.hooks).toEqual(["database"]);
  const record = result.only(container, "database-record").urn;
  // The containers are registered once their component is, and that waits for what it depends on.
  for (const name of ["web", "worker"])
    expect(result.only("berth:docker:Service", name).dependencies).toContain(record);
  expect(result.resources.filter(({ options }) => options.protect || options.retainOnDelete)).toEqual([]);
});

test("a template alone is no environment, and a branch is never of another tier", async () => {
  await expect(synthBranch({})).rejects.toThrow(/template for branches: berth branch up NAME/);
  expect(() => parseEnvironment({ ...template, tier: "production" }, "test")).toThrow(/tier/);
  expect(() => parseEnvironment({ ...template, ports: { from: 2, to: 1 } }, "test")).toThrow(/from at most to/);
});

test("a name that PostgreSQL would not take as it is fails before anything registers", async () => {
  let failure: unknown;
  const { resources } = await synth(() => {
    try {
      new SharedDatabase("database", {
        database: "Branch; drop",
        server: "s",
        authorityVolume: "a",
        create: () => {
          throw new Error("asked for a hook");
        },
        image: "i",
        labels: [],
      });
    } catch (error) {
      failure = error;
    }
  });
  expect(String(failure)).toContain('the database is called "Branch; drop"');
  expect(resources).toEqual([]);
});

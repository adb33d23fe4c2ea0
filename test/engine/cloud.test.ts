// The real engine and the real AWS provider deploy `staging` and `production` to an AWS emulator on loopback.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wafv2 } from "../../infra/operations/clients.ts";
import { type MaintenanceSets, setMaintenance } from "../../infra/operations/maintenance.ts";
import { awsEmulator, changesOf, type EngineStack, engine, engineStack, missingEmulator } from "../support/engine.ts";
import { describeWith } from "../support/requirement.ts";

describe("tests never touch a real account", () => {
  test.each([
    [undefined, /not set/],
    ["https://ecs.us-east-1.amazonaws.com", /not on loopback/],
    ["http://127.0.0.1.example.com:5000", /not on loopback/],
    ["http://10.0.0.1:5000", /not on loopback/],
    ["nonsense", /not on loopback/],
  ])("%s is refused", (endpoint, message) => {
    expect(missingEmulator({ AWS_ENDPOINT_URL: endpoint })).toMatch(message);
  });

  test.each(["http://127.0.0.1:5000", "http://localhost:4566", "http://[::1]:5000"])("%s is taken", (endpoint) => {
    expect(missingEmulator({ AWS_ENDPOINT_URL: endpoint })).toBeUndefined();
  });
});

test("the engine's summary of changes is read", () => {
  expect(
    changesOf("Resources:\n    + 14 created\n    ~ 2 updated\n    +-1 replaced\n    3 changes. 97 unchanged\n"),
  ).toMatchObject({
    created: 14,
    updated: 2,
    replaced: 1,
  });
});

describeWith("the engine deploys staging to an AWS emulator", [engine, awsEmulator], () => {
  let stack: EngineStack;
  beforeAll(async () => {
    stack = await engineStack("staging");
  });
  afterAll(() => stack.dispose(), 300_000);

  test("preview and up from nothing", { timeout: 300_000 }, async () => {
    const preview = await stack.pulumi("preview");
    expect({ code: preview.code, output: preview.code === 0 ? "" : preview.stdout + preview.stderr }).toEqual({
      code: 0,
      output: "",
    });
    const { created = 0 } = await stack.up();
    expect(created).toBeGreaterThan(80);
    expect((await stack.outputs()).url).toMatch(/^https:\/\//);
  });

  test("a second up changes nothing", { timeout: 300_000 }, async () => {
    expect(Object.keys(await stack.up())).toEqual(["unchanged"]);
  });

  test("a refresh finds nothing changed but what the emulator forgets", { timeout: 300_000 }, async () => {
    const { code, stdout } = await stack.pulumi("refresh", "--preview-only");
    expect({ code, output: code === 0 ? "" : stdout }).toEqual({ code: 0, output: "" });
    const changes = [...stdout.matchAll(/ ~ {2}(\S+) (\S+) update .*\[diff: (.*)\]/g)].map(([, ...change]) => change);
    // It loses the description of a security group rule that names another group or a prefix list.
    const unexpected = changes.filter(
      ([type = "", , diff]) => !/SecurityGroup(In|E)gressRule$/.test(type) || diff !== "-description",
    );
    expect(unexpected).toEqual([]);
    expect(stdout).not.toMatch(/ - {2}\S+ \S+ delete/);
  });

  test("another image touches the task definitions and services alone", { timeout: 300_000 }, async () => {
    stack.configure((environment) => {
      environment.image = String(environment.image).replace(/@sha256:.*/, `@sha256:${"ab".repeat(32)}`);
    });
    const { replaced = 0, updated = 0, created = 0, deleted = 0 } = await stack.up();
    expect({ created, deleted }).toEqual({ created: 0, deleted: 0 });
    // Three task definitions (web, worker, release) and two services.
    expect(replaced + updated).toBeLessThanOrEqual(6);
    expect(replaced).toBe(3);
  });

  test("a larger size changes what it is about, in place", { timeout: 300_000 }, async () => {
    stack.configure((environment) => {
      Object.assign(environment.web as object, { cpu: 512, memory: 1024 });
      Object.assign(environment.database as object, { instanceClass: "db.t4g.small", storage: 30 });
    });
    const { replaced = 0, created = 0, deleted = 0 } = await stack.up();
    // Web's task definition has a new revision; all else is updated.
    expect({ replaced, created, deleted }).toEqual({ replaced: 1, created: 0, deleted: 0 });
  });

  test("the maintenance page comes and goes without an update, and no update takes it back", {
    timeout: 300_000,
  }, async () => {
    const { maintenance: sets } = (await stack.outputs()) as { maintenance: MaintenanceSets };
    const addresses = async () => {
      const waf = await wafv2("us-east-1");
      const shown = [sets.ipv4, sets.ipv6].map(({ id, name }) =>
        waf.getIPSet({ Scope: "CLOUDFRONT", Id: id, Name: name }),
      );
      return (await Promise.all(shown)).flatMap(({ IPSet }) => IPSet?.Addresses ?? []);
    };
    expect(await addresses()).toEqual([]);
    await setMaintenance(sets, true);
    await setMaintenance(sets, true);
    expect(await addresses()).toEqual(["0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1"]);
    expect(Object.keys(await stack.up())).toEqual(["unchanged"]);
    expect(await addresses()).toHaveLength(4);
    await setMaintenance(sets, false);
    expect(await addresses()).toEqual([]);
    // As `berth maintenance` does: without it, AWS would refuse to delete the sets.
    const target = ["--target", "**aws:wafv2/ipSet:IpSet::*maintenance*"];
    expect((await stack.pulumi("refresh", "--yes", "--skip-preview", ...target)).code).toBe(0);
  });

  const registry = (account: string, environment: Record<string, unknown>) =>
    String(environment.image).replace(/^\d+/, account);

  test.each<[string, (environment: Record<string, unknown>) => void, RegExp]>([
    [
      "storage that shrinks",
      (environment) => Object.assign(environment.database as object, { storage: 20 }),
      /The database has 30 GiB and cannot shrink to 20: leave database\.storage at 30/,
    ],
    [
      "a domain without a zone",
      (environment) => Object.assign(environment, { domain: { name: "shop.example.com", zone: "example.com" } }),
      /There is no public hosted zone example\.com in this account: make it in Route 53/,
    ],
    [
      "a region with too few zones",
      (environment) => {
        Object.assign(environment, { region: "us-west-1" });
        Object.assign(environment.network as object, { zones: ["a", "b", "c"] });
      },
      /This account has no zone us-west-1c: choose others in environment\.network\.zones/,
    ],
    [
      "credentials of another account",
      (environment) =>
        Object.assign(environment, { account: "210987654321", image: registry("210987654321", environment) }),
      /123456789012/,
    ],
  ])("a preview refuses %s, and nothing has happened", { timeout: 300_000 }, async (_, change, message) => {
    let before: Record<string, unknown> = {};
    stack.configure((environment) => {
      before = structuredClone(environment);
      change(environment);
    });
    const { code, stdout, stderr } = await stack.pulumi("preview");
    stack.configure((environment) => {
      for (const key of Object.keys(environment)) delete environment[key];
      Object.assign(environment, before);
    });
    expect(code, stdout).not.toBe(0);
    expect(stdout + stderr).toMatch(message);
  });

  test("destroy leaves nothing", { timeout: 300_000 }, async () => {
    const { code, stdout, stderr } = await stack.pulumi("destroy", "--yes", "--skip-preview");
    expect({ code, output: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, output: "" });
    const state = JSON.parse((await stack.pulumi("stack", "export")).stdout) as {
      deployment: { resources?: unknown[] };
    };
    expect(state.deployment.resources ?? []).toEqual([]);
  });
});

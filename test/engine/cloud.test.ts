// The real engine and the real AWS provider deploy `staging` and `production` to an AWS emulator on loopback.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wafv2 } from "../../infra/operations/clients.ts";
import { type MaintenanceSets, setMaintenance } from "../../infra/operations/maintenance.ts";
import { allCalls, forgetCalls } from "../support/ecs-script.ts";
import { awsEmulator, changesOf, type EngineStack, engine, engineStack, missingEmulator } from "../support/engine.ts";
import { describeWith } from "../support/requirement.ts";
import { forgotten } from "./emulator-gaps.ts";

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

/** A secret that a stack was given. */
const canary = "https://canary0123456789@errors.example.com/7";

describeWith("the engine deploys staging and production to an AWS emulator", [engine, awsEmulator], () => {
  let staging: EngineStack;
  let production: EngineStack;
  /** All that the engine has printed, to look for secrets in. */
  const printed: string[] = [];
  beforeAll(async () => {
    staging = await engineStack("staging", (environment) => {
      environment.secrets = ["SENTRY_DSN"];
    });
    expect((await staging.pulumi("config", "set", "--secret", "SENTRY_DSN", canary)).code).toBe(0);
    production = await engineStack("production");
    await forgetCalls();
  });
  afterAll(async () => {
    // Production refuses to be destroyed; the emulator takes it along.
    production.forget();
    await staging.dispose();
  });

  /** Runs the engine, which must end well, and returns what it printed. */
  async function run(stack: EngineStack, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await stack.pulumi(...args);
    printed.push(stdout, stderr);
    expect({ code, output: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, output: "" });
    return stdout;
  }

  const up = async (stack: EngineStack) => changesOf(await run(stack, "up", "--yes", "--skip-preview"));
  /** Two engines at a time: each waits for its provider as often as for a processor. */
  const both = <Result>(work: (stack: EngineStack) => Promise<Result>) => Promise.all([staging, production].map(work));

  test("preview and up from nothing", async () => {
    await both((stack) => run(stack, "preview", "--diff"));
    for (const { created = 0 } of await both(up)) expect(created).toBeGreaterThan(80);
    // What the provider in use does not know it drops with a word; what it drops of these would be in emulator-gaps.ts.
    expect(printed.join("\n")).not.toMatch(/warning: not in .*, ignored:/);
    for (const { url } of await both((stack) => stack.outputs())) expect(url).toMatch(/^https:\/\//);
  });

  test("a second up changes nothing", async () => {
    for (const changes of await both(up)) expect(Object.keys(changes)).toEqual(["unchanged"]);
  });

  test("a refresh finds nothing changed but what the emulator forgets", async () => {
    for (const shown of await both((stack) => run(stack, "refresh", "--preview-only"))) {
      const changes = [...shown.matchAll(/ ~ {2}(\S+) (\S+) update .*\[diff: (.*)\]/g)].map(([, ...change]) => change);
      const unexpected = changes.filter(
        ([type = "", , diff = ""]) => !forgotten.some((gap) => gap.type.test(type) && gap.diff === diff),
      );
      expect(unexpected).toEqual([]);
      expect(shown).not.toMatch(/ - {2}\S+ \S+ delete/);
    }
  });

  test("no secret is in what is printed, in calls but those that store it, in outputs, or in clear in state", async () => {
    const clear = (await staging.pulumi("stack", "export", "--show-secrets")).stdout;
    const generated = [...clear.matchAll(/"plaintext": "\\"([A-Za-z0-9]{64})\\""/g)].map(([, value = ""]) => value);
    const secrets = [canary, ...new Set(generated)];
    // The two that the architecture makes.
    expect(secrets).toHaveLength(3);
    for (const secret of secrets) expect(clear.includes(secret)).toBe(true);

    const made = await allCalls();
    const storing = made.filter(({ service }) => service === "secretsmanager");
    expect(JSON.stringify(storing)).toContain(canary);
    const tasks = made.filter(({ action }) => action === "RegisterTaskDefinition");
    expect(tasks.length).toBeGreaterThanOrEqual(6);
    const places = {
      printed: printed.join("\n"),
      state: (await staging.pulumi("stack", "export")).stdout,
      outputs: (await staging.pulumi("stack", "output", "--json")).stdout,
      "calls of AWS": JSON.stringify(made.filter((call) => !storing.includes(call))),
    };
    for (const [place, text] of Object.entries(places)) {
      expect(text.length, place).toBeGreaterThan(1000);
      for (const secret of secrets) expect(text.includes(secret), place).toBe(false);
    }
  });

  test("a larger size changes what it is about, in place; an update does not end maintenance, which needs none", async () => {
    const { maintenance: sets } = (await staging.outputs()) as { maintenance: MaintenanceSets };
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

    staging.configure((environment) => {
      Object.assign(environment.web as object, { cpu: 512, memory: 1024 });
      Object.assign(environment.database as object, { instanceClass: "db.t4g.small", storage: 30 });
    });
    const { replaced = 0, created = 0, deleted = 0 } = await up(staging);
    // Web's task definition has a new revision; all else is updated.
    expect({ replaced, created, deleted }).toEqual({ replaced: 1, created: 0, deleted: 0 });

    expect(await addresses()).toHaveLength(4);
    await setMaintenance(sets, false);
    expect(await addresses()).toEqual([]);
    // As `berth maintenance` does: without it, AWS would refuse to delete the sets.
    await run(staging, "refresh", "--yes", "--skip-preview", "--target", "**aws:wafv2/ipSet:IpSet::*maintenance*");
  });

  type Change = (environment: Record<string, unknown>) => void;
  const network =
    (change: object): Change =>
    (environment) =>
      Object.assign(environment.network as object, change);

  test("a preview refuses what cannot be, and nothing has happened", async () => {
    const fresh = await engineStack("staging");
    const zone = { domain: { name: "shop.example.com", zone: "example.com" } };
    const account = "210987654321";
    const refusals: readonly [EngineStack, Change, RegExp][] = [
      [
        staging,
        (environment) => Object.assign(environment.database as object, { storage: 20 }),
        /The database has 30 GiB and cannot shrink to 20: leave database\.storage at 30/,
      ],
      [staging, network({ cidr: "10.30.0.0/16" }), /10\.20\.0\.0\/16 of us-east-1 and cannot move to 10\.30\.0\.0\/16/],
      [staging, (environment) => Object.assign(environment, { region: "us-west-2" }), /cannot move to .* of us-west-2/],
      [
        fresh,
        (environment) => Object.assign(environment, zone),
        /There is no public hosted zone example\.com in this account: make it in Route 53/,
      ],
      [
        fresh,
        (environment) => {
          environment.region = "us-west-1";
          network({ zones: ["a", "b", "c"] })(environment);
        },
        /This account has no zone us-west-1c: choose others in environment\.network\.zones/,
      ],
      [
        fresh,
        network({ zones: ["a", "e"] }),
        /The zone us-east-1e is use1-az3 in this account, .*: choose from a, b, c, d, f in environment\.network\.zones/,
      ],
      [
        fresh,
        (environment) =>
          Object.assign(environment, { account, image: String(environment.image).replace(/^\d+/, account) }),
        /123456789012/,
      ],
    ];
    await forgetCalls();
    const refused = async ([stack, change, message]: (typeof refusals)[number]) => {
      const { code, stdout, stderr } = await stack.pulumi("preview", "--config-file", stack.variant(change));
      expect(code, stdout).not.toBe(0);
      expect(stdout + stderr).toMatch(message);
    };
    // Two at a time, for two processors.
    for (let next = 0; next < refusals.length; next += 2)
      await Promise.all(refusals.slice(next, next + 2).map(refused));
    const changing = (await allCalls()).filter(({ action }) =>
      /^(Create|Delete|Modify|Put|Register|Run|Update)/.test(action),
    );
    expect(changing).toEqual([]);
    fresh.forget();
  });

  test("destroy leaves nothing", async () => {
    await run(staging, "destroy", "--yes", "--skip-preview");
    const state = JSON.parse((await staging.pulumi("stack", "export")).stdout) as {
      deployment: { resources?: unknown[] };
    };
    expect(state.deployment.resources ?? []).toEqual([]);
  });
});

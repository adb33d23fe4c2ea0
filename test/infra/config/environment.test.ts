import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { projectRoot } from "../../../infra/cli/project.ts";
import { fargateMemory } from "../../../infra/config/fargate.ts";
import { ConfigError, nearest, parseEnvironment } from "../../../infra/config/parse.ts";
import { schemaFile, stackSchema } from "../../../infra/config/schema.ts";
import { readStack, stackNames } from "../../../infra/config/stack-file.ts";

const staging = readStack(projectRoot, "staging").environment;
const dev = readStack(projectRoot, "dev").environment;

type Settings = Record<string, unknown>;

/** A copy of an environment with one setting changed, given by its path. */
function change(base: unknown, path: string, value: unknown): unknown {
  const copy = structuredClone(base) as Settings;
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  const place = keys.reduce<Settings>((at, key) => at[key] as Settings, copy);
  if (value === undefined) delete place[last];
  else place[last] = value;
  return copy;
}

function faults(value: unknown): readonly string[] {
  try {
    parseEnvironment(value, "Pulumi.x.yaml");
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

test("the committed stacks parse", () => {
  expect(stackNames(projectRoot)).toEqual(["dev", "production", "staging"]);
  const environments = stackNames(projectRoot).map((name) => readStack(projectRoot, name).environment);
  expect(environments.map(({ architecture, tier }) => [architecture, tier])).toEqual([
    ["vps", "development"],
    ["cloud", "production"],
    ["cloud", "staging"],
  ]);
});

describe("one wrong value gives one sentence with its path, the value and what is allowed", () => {
  test.each([
    ["architecture", "clod", 'environment.architecture is "clod"; allowed: vps, branch, cloud'],
    ["architecture", undefined, "environment.architecture is missing; allowed: vps, branch, cloud"],
    ["region", "eu", 'environment.region is "eu"; allowed: an AWS region, like eu-central-1'],
    ["image", "arena:latest", /image is "arena:latest"; allowed: an image by digest/],
    ["network.cidr", "10.0.0.0/24", /network\.cidr is "10\.0\.0\.0\/24"; .*too small.*\/23/],
    ["network.nat", "two", 'environment.network.nat is "two"; allowed: perZone, single, none'],
    ["network.zones", ["a"], 'environment.network.zones is ["a"]; allowed: at least 2 entries'],
    ["network.zones", ["a", "a"], 'environment.network.zones is ["a","a"]; allowed: each zone once'],
    ["web.memory", 700, "environment.web.memory is 700; allowed: with cpu 256, 512, 1024, 2048 MiB"],
    ["web.cpu", 300, /environment\.web\.cpu is 300; allowed: 256, 512/],
    ["web.max", 0, /environment\.web\.max is 0; allowed: at least 1/],
    ["web.min", 3, "environment.web.max is 2; allowed: at least min, which is 3"],
    ["web.min", "1", 'environment.web.min is "1"; allowed: a number'],
    ["database.maxStorage", 20.5, "environment.database.maxStorage is 20.5; allowed: a whole number"],
    ["database.storage", 60, "environment.database.maxStorage is 50; allowed: at least storage, which is 60"],
    ["database", undefined, "environment.database is missing; allowed: settings below it"],
    ["logDays", 8, /environment\.logDays is 8; allowed: 1, 3, 5, 7, 14/],
    ["netwrk", {}, "environment.netwrk is not a setting: did you mean network?"],
    ["network.zone", "a", "environment.network.zone is not a setting: did you mean zones?"],
    ["network.qqqqqqqq", 1, /environment\.network\.qqqqqqqq is not a setting; known here: cidr, zones/],
    ["variables", { lower: "x" }, /environment\.variables\.lower/],
    ["alarmEmail", "nobody", 'environment.alarmEmail is "nobody"; allowed: a valid email'],
    ["account", 123456789012, "environment.account is 123456789012; allowed: a string"],
    [
      "account",
      "210987654321",
      /image is .*; allowed: an image in the registry of account 210987654321; copy it there/,
    ],
    [
      "domain",
      { name: "shop.example.org", zone: "example.com" },
      /name is "shop\.example\.org"; allowed: example\.com, which/,
    ],
    ["domain", { name: "badexample.com", zone: "example.com" }, /domain\.name is "badexample\.com"/],
    ["domain", { name: "www.example.com", zone: "example.com" }, /allowed: a name without www\./],
    ["domain", { name: "shop.example.com" }, "environment.domain.zone is missing; allowed: a string"],
    ["nights", { from: "21:00", until: "21:00" }, /nights is .*; allowed: two different times/],
    ["nights", { from: "9 pm", until: "05:00" }, /nights\.from is "9 pm"; allowed: a time of day/],
    [
      "nights",
      { from: "21:00", until: "05:00", timezone: "Middle/Earth" },
      /timezone is "Middle\/Earth"; allowed: a time zone/,
    ],
    ["scheduledJobs", { report: { schedule: "daily", command: ["report"] } }, /schedule is "daily"; allowed: cron\(/],
    [
      "scheduledJobs",
      { report: { schedule: "rate(1 hour)", command: [] } },
      /command is \[\]; allowed: at least 1 entries/,
    ],
    [
      "scheduledJobs",
      { report: { schedule: "cron(99 99 * * * *)", command: ["report"] } },
      /scheduledJobs\.report\.schedule is "cron\(99 99 \* \* \* \*\)"; allowed: minutes from 0 to 59/,
    ],
    [
      "scheduledJobs",
      { Daily_Report: { schedule: "rate(1 hour)", command: ["report"] } },
      "environment.scheduledJobs.Daily_Report is not a name that it may have; allowed: a job's name: lower case letters, digits, hyphens, at most 20",
    ],
    [
      "variables",
      { lower: "x" },
      "environment.variables.lower is not a name that it may have; allowed: an environment variable's name: upper case letters, digits, _; not PATH, HOME or HOSTNAME, which belong to the image",
    ],
    ["backup", { keepDays: 7, copyRegion: "us-east-1" }, /allowed: another region than us-east-1/],
    ["alarmEmail", undefined, /monthlyBudget is 90; allowed: a budget only with alarmEmail/],
  ])("%s: %j", (path, value, expected) => {
    const found = faults(change(staging, path, value));
    expect(
      found.filter((fault) => (typeof expected === "string" ? fault === expected : expected.test(fault))),
    ).toHaveLength(1);
  });

  test.each([
    ["host", "tcp://server", /allowed: an SSH address/],
    ["port", 70_000, "environment.port is 70000; allowed: at most 65535"],
    ["https.certificates", "acme", 'environment.https.certificates is "acme"; allowed: none or local, for localhost'],
    [
      "domain",
      "203.0.113.5",
      /certificates .*; allowed: none or local, as authorities certify no address, like 203\.0\.113\.5/,
    ],
    ["domain", "shop.localhost", /https\.certificates .*; allowed: none or local, for shop\.localhost/],
    ["owner", "R&D <ops>", /owner is "R&D <ops>"; allowed: 1 to 256 letters, digits, blanks and _ \. : \/ = \+ - @/],
    ["https.certificates", "letsencrypt", /certificates is "letsencrypt"; allowed: none, local, acme/],
    ["https", { certificates: "local", port: 8080 }, /https\.port is 8080; allowed: another port than HTTP's/],
    ["https.directory", "http://ca.example.com", /directory is "http:\/\/ca\.example\.com"/],
    ["https.directoryRoot", "not PEM", /directoryRoot is "not PEM"; allowed: an authority's certificate in PEM/],
    ["healthSeconds", { every: 0 }, "environment.healthSeconds.every is 0; allowed: at least 1"],
    ["allowedHosts", ["a host"], /allowedHosts\.0 is "a host"; allowed: a host name/],
    ["corsOrigins", ["shop.example.com"], /corsOrigins\.0 is "shop\.example\.com"; allowed: an origin/],
    ["health", [], /environment\.health is \[\]; allowed: at least 1/],
    ["secretsAs", "args", 'environment.secretsAs is "args"; allowed: files, variables'],
    ["image", 5, "environment.image is 5; allowed: settings below it, or a string"],
    ["web.cpus", 0, "environment.web.cpus is 0; allowed: at least 0.1"],
    ["variables", { EMAIL_PORT: "abc" }, /variables\.EMAIL_PORT is "abc"; allowed: a TCP port/],
    ["web.replicas", 0.5, "environment.web.replicas is 0.5; allowed: a whole number"],
  ])("vps %s: %j", (path, value, expected) => {
    const found = faults(change(dev, path, value));
    expect(
      found.filter((fault) => (typeof expected === "string" ? fault === expected : expected.test(fault))),
    ).toHaveLength(1);
  });
});

test.each(["abc", "0", "65536", "25 ", "2.5", "-1", "", "0x19"])(
  "the port of mail is none that is %j",
  (EMAIL_PORT) => {
    expect(faults(change(staging, "variables", { EMAIL_HOST: "smtp.example.com", EMAIL_PORT }))).toEqual([
      `environment.variables.EMAIL_PORT is ${JSON.stringify(EMAIL_PORT)}; allowed: a TCP port, 1 to 65535 in quotes`,
    ]);
  },
);

test.each(["1", "25", "587", "2525", "65535"])("the port of mail may be %j", (EMAIL_PORT) => {
  expect(faults(change(staging, "variables", { EMAIL_HOST: "smtp.example.com", EMAIL_PORT }))).toEqual([]);
});

test.each(["PATH", "HOME", "HOSTNAME"])("%s belongs to the image, on every architecture", (name) => {
  const rule = /; allowed: an environment variable's name: .*; not PATH, HOME or HOSTNAME, which belong to the image$/;
  for (const base of [dev, staging]) {
    expect(faults(change(base, "variables", { [name]: "x" }))).toEqual([
      expect.stringMatching(new RegExp(`^environment\\.variables\\.${name} .*${rule.source}`)),
    ]);
    expect(faults(change(base, "secrets", [name]))).toEqual([
      expect.stringMatching(new RegExp(`^environment\\.secrets\\.0 is "${name}".*${rule.source}`)),
    ]);
    expect(faults(change(base, "variables", { [`${name}S`]: "x", [`THE_${name}`]: "x" }))).toEqual([]);
  }
});

test("all faults come at once", () => {
  const broken = change(change(change(staging, "region", "eu"), "logDays", 8), "web.memory", 700);
  expect(faults(broken)).toHaveLength(3);
});

test("every pair that Fargate offers is taken, every other refused", () => {
  const sizes = [...fargateMemory.values()].flat();
  fc.assert(
    fc.property(fc.constantFrom(...fargateMemory.keys()), fc.constantFrom(...sizes), (cpu, memory) => {
      const found = faults(change(change(staging, "web.cpu", cpu), "web.memory", memory));
      expect(found.length === 0).toBe(fargateMemory.get(cpu)?.includes(memory));
    }),
  );
});

test("whatever stands there, the answer is an environment or a list of faults", () => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(staging)), fc.jsonValue(), (key, value) => {
      for (const fault of faults(change(staging, key, value))) expect(fault).toMatch(/^environment\./);
    }),
  );
});

test("the nearest key is offered only where it is near", () => {
  expect(nearest("zone", ["zones", "nat"])).toBe("zones");
  expect(nearest("completely", ["zones", "nat"])).toBeUndefined();
});

test("the committed JSON Schema is the one that the zod schema gives (npm run schema)", () => {
  expect(readFileSync(schemaFile, "utf8")).toBe(stackSchema());
});

// What `up` without the engine takes from a stack's file, against what the engine makes of the same file.
import { expect, test } from "vitest";
import { variables } from "../../app/platform/environment.ts";
import { vps } from "../../infra/architectures/vps.ts";
import { projectRoot } from "../../infra/cli/project.ts";
import type { VpsEnvironment } from "../../infra/config/environment.ts";
import { readStack } from "../../infra/config/stack-file.ts";
import { siteNames, siteOrigins, siteUrl, variablesFault } from "../../infra/site.ts";
import { synth } from "../support/synth.ts";

const { environment } = readStack(projectRoot, "dev");
if (environment.architecture !== "vps") throw new Error("dev is not of architecture vps.");
const dev: VpsEnvironment = environment;

test("the engine refuses the same variables in the same words, and takes the others", async () => {
  const names = [...Object.keys(variables), "ANOTHER"];
  for (const tier of ["development", "staging"] as const) {
    const engineOn = (...given: string[]) => {
      const set = Object.fromEntries(given.map((name) => [name, "x"]));
      return synth(() => vps({ environment: { ...dev, tier, variables: set }, secrets: {} }));
    };
    const fault = (name: string) => variablesFault(tier, [name]);
    const refused = names.filter((name) => fault(name) !== undefined);
    for (const name of refused) await expect(engineOn(name)).rejects.toThrow(fault(name) ?? "");
    await engineOn(...names.filter((name) => fault(name) === undefined));
    expect(refused.includes("MAIL_FOLDER")).toBe(tier === "development");
    expect(variablesFault(tier, ["LOG_LEVEL", "DATABASE_URL"])).toMatch(
      /has DATABASE_URL, which the architecture sets/,
    );
  }
});

test("hosts and origins are those that the engine tells the app", async () => {
  const given = { ...dev, allowedHosts: ["shop.example.com"], corsOrigins: ["https://pages.example.com"] };
  const web = (await synth(() => vps({ environment: given, secrets: {} }))).only(
    "docker:index/container:Container",
    "web-0",
  );
  const url = siteUrl("http", given.domain, given.port);
  expect(web.inputs.envs).toEqual(
    expect.arrayContaining([
      `ALLOWED_HOSTS=${siteNames(given.domain, given.allowedHosts).join(",")}`,
      `CORS_ALLOWED_ORIGINS=${siteOrigins(url, given.corsOrigins).join(",")}`,
    ]),
  );
});

test("a browser names no port that it assumes", () => {
  expect(siteUrl("http", "shop.example.com", 80)).toBe("http://shop.example.com");
  expect(siteUrl("http", "shop.example.com", 443)).toBe("http://shop.example.com:443");
});

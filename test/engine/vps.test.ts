// The real engine deploys `dev` to a real Docker engine: first up, no change, refresh, a release, destroy.
import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../../infra/embedded/postgres.ts";
import { docker, type EngineStack, engine, engineStack } from "../support/engine.ts";
import { describeWith } from "../support/requirement.ts";

/** Docker's things that carry the labels of this stack. */
function left(): string[] {
  const filter = ["--filter", "label=berth.stack=dev", "--format", "{{.ID}}"];
  return [
    ["ps", "--all"],
    ["volume", "ls"],
    ["network", "ls"],
  ].flatMap((list) => {
    const args =
      list[0] === "volume" ? [...list, "--filter", "label=berth.stack=dev", "--quiet"] : [...list, ...filter];
    const { status, stdout, stderr } = spawnSync("docker", args, { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    return stdout.split("\n").filter(Boolean);
  });
}

describeWith("the engine deploys dev to Docker", [engine, docker], () => {
  let stack: EngineStack;
  let port = 0;
  beforeAll(async () => {
    port = await freePort();
    stack = await engineStack("dev", (environment) => {
      environment.port = port;
    });
  });
  afterAll(() => stack.dispose(), 120_000);

  test("up from nothing ends with a URL that answers", { timeout: 300_000 }, async () => {
    const changes = await stack.up();
    expect(changes.created).toBeGreaterThan(10);
    const outputs = await stack.outputs();
    expect(outputs.url).toBe(`http://localhost:${port}`);
    const ready = await fetch(`http://localhost:${port}/health/ready/`);
    expect({ status: ready.status, body: await ready.json() }).toEqual({
      status: 200,
      body: { status: "ready", database: "connected" },
    });
    expect((await fetch(`http://localhost:${port}/tournaments/`)).status).toBe(200);
  });

  test("a second up and a refresh change nothing", { timeout: 120_000 }, async () => {
    const preview = await stack.pulumi("preview", "--expect-no-changes");
    expect({ code: preview.code, output: preview.code === 0 ? "" : preview.stdout }).toEqual({ code: 0, output: "" });
    expect(Object.keys(await stack.up())).toEqual(["unchanged"]);
    const refresh = await stack.pulumi("refresh", "--yes", "--expect-no-changes");
    expect({ code: refresh.code, output: refresh.code === 0 ? "" : refresh.stdout }).toEqual({ code: 0, output: "" });
  });

  test("a changed variable replaces the app's containers and nothing else", { timeout: 180_000 }, async () => {
    const before = await stack.outputs();
    stack.configure((environment) => {
      environment.variables = { LOG_LEVEL: "debug" };
    });
    const { replaced, created = 0, deleted = 0, updated = 0 } = await stack.up();
    expect({ replaced, created, deleted, updated }).toEqual({ replaced: 3, created: 0, deleted: 0, updated: 0 });
    const after = await stack.outputs();
    expect((after.containers as Record<string, unknown>).proxy).toBe(
      (before.containers as Record<string, unknown>).proxy,
    );
    expect((await fetch(`http://localhost:${port}/health/ready/`)).status).toBe(200);
  });

  test("a release that fails changes nothing and says why", { timeout: 180_000 }, async () => {
    const before = await stack.outputs();
    stack.configure((environment) => {
      environment.variables = { LOG_LEVEL: "shouting" };
    });
    const { code, stdout, stderr } = await stack.pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(/The release exited with code \d+[\s\S]*LOG_LEVEL/);
    expect((await stack.outputs()).containers).toEqual(before.containers);
    expect((await fetch(`http://localhost:${port}/health/ready/`)).status).toBe(200);
  });

  test("no secret stands in clear in state or preview", { timeout: 120_000 }, async () => {
    const shown = await stack.pulumi("stack", "export", "--show-secrets");
    const secrets = [...shown.stdout.matchAll(/"result": "([A-Za-z0-9]{32,})"/g)].map(([, secret]) => secret ?? "");
    const plaintexts = [...shown.stdout.matchAll(/"plaintext": "\\"([A-Za-z0-9]{32,})\\""/g)].map(
      ([, secret]) => secret ?? "",
    );
    const known = [...new Set([...secrets, ...plaintexts])];
    expect(known.length).toBeGreaterThanOrEqual(4);
    const state = (await stack.pulumi("stack", "export")).stdout;
    const preview = (await stack.pulumi("preview", "--diff", "--show-sames")).stdout;
    for (const secret of known) {
      expect(state.includes(secret)).toBe(false);
      expect(preview.includes(secret)).toBe(false);
    }
  });

  test("destroy leaves no container, network or volume", { timeout: 120_000 }, async () => {
    expect(left().length).toBeGreaterThan(0);
    const { code, stdout } = await stack.pulumi("destroy", "--yes", "--skip-preview");
    expect({ code, output: code === 0 ? "" : stdout }).toEqual({ code: 0, output: "" });
    expect(left()).toEqual([]);
  });
});

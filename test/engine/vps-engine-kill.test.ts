// A Docker engine that is killed in the middle of an update, and started again: one of its own, in a network namespace of its
// own, as the machine's runs other things, whose rules in the firewall a second engine would replace.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { projectRoot } from "../../infra/cli/project.ts";
import { freePort } from "../../infra/embedded/postgres.ts";
import { berth, startBerth } from "../support/berth.ts";
import { docker, engine } from "../support/engine.ts";
import { copyProject, type ProjectCopy } from "../support/project-copy.ts";
import { describeWith, type Requirement } from "../support/requirement.ts";

/** A Docker engine that may be killed. */
const ownEngine: Requirement = {
  variable: "BERTH_REQUIRE_DOCKER",
  missing:
    process.getuid?.() === 0 &&
    ["dockerd", "ip"].every((command) => spawnSync(command, ["--version"]).error === undefined)
      ? undefined
      : "only root can start a second Docker engine, with dockerd and ip",
};

const image = "berth-engine-kill:latest";
const needed = [image, "node:24-bookworm-slim", "postgres:16-bookworm", "nginx:1.28-bookworm"];
const labelled = ["--filter", "label=berth.stack=killed"];
const patience = { timeout: 300_000, interval: 100 };

/** `dockerd` with data, sockets and a network namespace of its own. */
class OwnEngine {
  readonly folder = mkdtempSync(join(tmpdir(), "berth-dockerd-"));
  readonly host = `unix://${this.folder}/docker.sock`;
  /** What a command begins with that is to see the engine's network. */
  readonly inside: readonly [command: string, where: string];
  private readonly namespace = basename(this.folder);
  private readonly pidFile = join(this.folder, "pid");

  constructor() {
    // Not `ip netns exec`, which mounts /sys anew and hides the control groups.
    this.inside = ["nsenter", `--net=/run/netns/${this.namespace}`];
  }

  async create(): Promise<void> {
    execFileSync("ip", ["netns", "add", this.namespace]);
    execFileSync("ip", ["-n", this.namespace, "link", "set", "lo", "up"]);
    await this.start();
  }

  async start(): Promise<void> {
    const at = (name: string) => join(this.folder, name);
    const options = [
      "--data-root",
      at("data"),
      "--exec-root",
      at("exec"),
      "--pidfile",
      this.pidFile,
      "--host",
      this.host,
    ];
    const [nsenter, where] = this.inside;
    spawn(nsenter, [where, "dockerd", ...options], { stdio: "ignore", detached: true }).unref();
    await vi.waitFor(() => this.docker("version"), patience);
  }

  /** Runs `./berth` of a project where the engine is. */
  async berth(project: ProjectCopy, args: readonly string[], env: NodeJS.ProcessEnv) {
    const [nsenter, where] = this.inside;
    return await berth(nsenter, [where, project.berth, ...args], env);
  }

  docker(...args: string[]): string {
    return execFileSync("docker", ["--host", this.host, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** Kills it, and not what it runs, as the kernel does that is out of memory. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
    rmSync(this.pidFile);
  }

  /** Ends it with all that it runs. */
  async remove(): Promise<void> {
    if (!existsSync(this.pidFile)) await this.start();
    await this.end("SIGTERM");
    execFileSync("ip", ["netns", "delete", this.namespace]);
    // The engine that was killed could not unmount what it had mounted.
    const mounts = readFileSync("/proc/mounts", "utf8")
      .split("\n")
      .map((line) => line.split(" ")[1] ?? "");
    const own = mounts.filter((at) => at.startsWith(`${this.folder}/`));
    for (const at of own.toReversed()) execFileSync("umount", ["--lazy", at]);
    rmSync(this.folder, { recursive: true });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const pid = Number(readFileSync(this.pidFile, "utf8"));
    process.kill(pid, signal);
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), patience);
  }
}

describeWith("an engine that is killed", [engine, docker, ownEngine], () => {
  const own = new OwnEngine();
  let project: ProjectCopy;
  let env: NodeJS.ProcessEnv;
  let port = 0;

  const must = async (...args: string[]) => {
    const { code, stdout, stderr } = await own.berth(project, args, env);
    if (code !== 0) throw new Error(`berth ${args.join(" ")} failed (${code}):\n${stdout}${stderr}`);
    return stdout;
  };
  const webs = () =>
    own
      .docker("ps", "--all", ...labelled, "--filter", "label=berth.part=web", "--format", "{{.Names}}")
      .trim()
      .split("\n");
  const status = () => {
    const [nsenter, where] = own.inside;
    const get = `console.log((await fetch("http://localhost:${port}/tournaments/")).status)`;
    return execFileSync(nsenter, [where, process.execPath, "--input-type=module", "--eval", get], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  };
  const configure = (level: string) =>
    project.write(
      "Pulumi.killed.yaml",
      `config:
  berth:environment:
    architecture: vps
    tier: development
    owner: you
    port: ${port}
    image: ${image}
    healthSeconds: { every: 1, start: 240 }
    web: { replicas: 1, memory: 256, cpus: 1 }
    worker: { replicas: 1, memory: 256, cpus: 0.5 }
    database: { memory: 256, cpus: 1 }
    variables: { LOG_LEVEL: ${level} }
`,
    );

  beforeAll(async () => {
    execFileSync("docker", ["build", "--quiet", "--tag", image, "--file", "app/Dockerfile", "."], { cwd: projectRoot });
    await own.create();
    const load = `docker save ${needed.join(" ")} | docker --host ${own.host} load`;
    execFileSync("bash", ["-o", "pipefail", "-c", load], { stdio: ["ignore", "ignore", "pipe"] });
    project = copyProject("shared");
    port = await freePort();
    const home = join(project.folder, "home");
    env = { ...process.env, DOCKER_HOST: own.host, PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true", NO_COLOR: "1" };
    delete env.PULUMI_BACKEND_URL;
    delete env.PULUMI_ACCESS_TOKEN;
    configure("info");
    await must("up", "killed", "--engine");
  });
  afterAll(async () => {
    await own.remove();
    project?.remove();
  });

  test("comes back by itself with what it ran, the update says why it failed, and the next one finishes it", async () => {
    const [before = ""] = webs();
    configure("debug");
    const [nsenter, where] = own.inside;
    const up = startBerth(nsenter, [where, project.berth, "up", "killed", "--engine"], env);
    await vi.waitFor(() => expect(webs()).toHaveLength(2), patience);
    await own.kill();
    expect(await up.ended).toBe(1);
    expect(up.output()).toMatch(/error during connect|Cannot connect to the Docker daemon/);

    await own.start();
    await vi.waitFor(() => expect(status()).toBe("200"), patience);
    await must("up", "killed", "--engine");
    expect(webs()).toEqual([expect.not.stringMatching(before)]);
    expect(status()).toBe("200");
    expect(own.docker("inspect", "--format", "{{json .Config.Env}}", ...webs())).toContain("LOG_LEVEL=debug");
    expect(await must("up", "killed", "--engine")).toMatch(/unchanged|Nothing changed/);
  });
});

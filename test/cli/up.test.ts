// berth up without Docker and engine, as a new user runs it: it answers, keeps its data, and leaves nothing behind.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer, get, type IncomingMessage } from "node:http";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { portHolder } from "../../infra/cli/port.ts";
import { capture } from "../../infra/cli/run.ts";
import { freePort } from "../../infra/embedded/postgres.ts";
import { berth, type Running, startBerth } from "../support/berth.ts";
import { binFolder } from "../support/bin-folder.ts";
import { docker } from "../support/engine.ts";
import { copyProject, type ProjectCopy } from "../support/project-copy.ts";
import { describeWith } from "../support/requirement.ts";

let project: ProjectCopy;
let port = 0;
const started: Running[] = [];

beforeAll(async () => {
  project = copyProject("shared");
  port = await freePort();
  const document = parseDocument(readFileSync(join(project.folder, "Pulumi.dev.yaml"), "utf8"));
  document.setIn(["config", "berth:environment", "port"], port);
  project.write("Pulumi.dev.yaml", document.toString());
});
afterAll(async () => {
  for (const running of started) {
    running.signal("SIGTERM");
    await running.ended;
  }
  expect(commandLines()).toEqual([]);
  project.remove();
});

function up(...args: string[]): Running {
  const running = startBerth(project.berth, ["up", ...args]);
  started.push(running);
  return running;
}

/** What still runs of this copy: the app's processes and PostgreSQL have its folder on their command line. */
function commandLines(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      } catch {
        return []; // ended while we looked
      }
    })
    .filter((line) => line.includes(project.folder));
}

const lockFile = () => join(project.folder, ".berth/embedded/dev/lock.json");
const url = (path: string) => `http://localhost:${port}${path}`;
const pageText = async () => (await fetch(url("/tournaments/"))).text();

describe("up --embedded", () => {
  test("ends with a URL that answers and has demo data, and says how to stop", async () => {
    const running = up("--embedded");
    const [, address] = await running.says(/dev is up at (http:\/\/\S+)/);
    await running.says(/Ctrl-C, or kill (\d+), stops it/);
    expect(address).toBe(`http://localhost:${port}`);
    expect((await fetch(url("/health/ready/"))).status).toBe(200);
    const list = (await (await fetch(url("/api/v1/tournaments/"))).json()) as { items: unknown[] };
    expect(list.items.length).toBeGreaterThan(0);
  });

  test("a second up says that it runs already, and where", async () => {
    const { code, stderr } = await berth(project.berth, ["up", "--embedded"]);
    expect(stderr).toMatch(
      new RegExp(`dev runs already at http://localhost:${port} \\(pid \\d+\\): kill \\d+ stops it`),
    );
    expect(code).toBe(1);
    expect((await fetch(url("/health/ready/"))).status).toBe(200);
  });

  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s leaves no process, port or lock, and the data stays",
    async (signal) => {
      const running = started.at(-1);
      const before = await pageText();
      running?.signal(signal);
      expect(await running?.ended).toBe(0);
      expect(running?.output()).toMatch(/dev is stopped/);
      expect(commandLines()).toEqual([]);
      expect(existsSync(lockFile())).toBe(false);
      expect(await portHolder(port)).toBeUndefined();

      const next = up("--embedded");
      await next.says(/dev is up at/);
      expect(stripNonces(await pageText())).toBe(stripNonces(before));
    },
  );

  test("after kill -9 the next up ends what was left and finds the data", async () => {
    const before = stripNonces(await pageText());
    const killed = started.at(-1);
    const owner = JSON.parse(readFileSync(lockFile(), "utf8")) as { owner: { pid: number } };
    process.kill(owner.owner.pid, "SIGKILL");
    await killed?.ended;
    const next = up("--embedded");
    await next.says(/dev is up at/);
    expect(stripNonces(await pageText())).toBe(before);
    next.signal("SIGTERM");
    expect(await next.ended).toBe(0);
    expect(commandLines()).toEqual([]);
  });

  test("SIGTERM during the start leaves nothing either", async () => {
    for (const step of [/Starting PostgreSQL/, /Running release/, /Starting web and worker/]) {
      const running = up("--embedded");
      await running.says(step);
      running.signal("SIGTERM");
      expect(await running.ended).toBe(130);
      expect(running.output()).toMatch(/interrupted; nothing is left running/);
      expect(commandLines()).toEqual([]);
      expect(existsSync(lockFile())).toBe(false);
    }
  });

  test.each([
    ["| head -n 2", 141],
    ["| head -n 4", 141],
    [">/dev/full", 1],
  ])("up %s leaves no process, port or lock", async (reader, expected) => {
    const line = `"$0" up --embedded ${reader}; exit "\${PIPESTATUS[0]}"`;
    const { code, stderr } = await capture("bash", ["-c", line, project.berth]);
    expect(stderr).toMatch(
      expected === 1 ? /^berth: standard output cannot be written \(ENOSPC.*\n$/ : /^(Stopping …\n)?$/,
    );
    expect(code).toBe(expected);
    expect(commandLines()).toEqual([]);
    expect(existsSync(lockFile())).toBe(false);
    expect(await portHolder(port)).toBeUndefined();
  });

  test("a terminal that closes ends it too", async () => {
    const running = up("--embedded");
    await running.says(/dev is up at/);
    running.signal("SIGHUP");
    expect(await running.ended).toBe(0);
    expect(commandLines()).toEqual([]);
    expect(existsSync(lockFile())).toBe(false);
  });

  test("a taken port is named, with the process that holds it, before anything starts", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    const { code, stdout, stderr } = await berth(project.berth, ["up", "--embedded"]);
    await new Promise((resolve) => server.close(resolve));
    expect(stderr).toMatch(new RegExp(`port ${port} is taken by .+ \\(pid ${process.pid}\\): stop what listens there`));
    expect(code).toBe(1);
    expect(stdout).not.toMatch(/Starting PostgreSQL/);
    expect(existsSync(lockFile())).toBe(false);
  });

  test("a process that ends by itself takes the environment down, with its name and last lines", async () => {
    const running = up("--embedded");
    await running.says(/dev is up at/);
    const { children } = JSON.parse(readFileSync(lockFile(), "utf8")) as { children: { pid: number }[] };
    const web = children.find(
      ({ pid }) => existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`, "utf8").endsWith("web\0"),
    );
    process.kill(web?.pid ?? 0, "SIGKILL");
    expect(await running.ended).toBe(1);
    expect(running.output()).toMatch(
      /web ended with signal SIGKILL; its last lines:[\s\S]*Everything else was stopped/,
    );
    expect(commandLines()).toEqual([]);
  });

  test("hosts and origins that the stack allows are allowed, and others are not", async () => {
    const [host, origin] = ["shop.example.com", "https://pages.example.com"];
    const running = await withSettings({ allowedHosts: [host], corsOrigins: [origin] }, async () => {
      const started = up("--embedded");
      await started.says(/dev is up at/);
      return started;
    });
    const status = async (name: string) => Number((await ask({ host: name })).statusCode);
    expect(await Promise.all([host, "localhost", "127.0.0.1", "other.example.com"].map(status))).toEqual([
      ...[200, 200, 200, 400],
    ]);
    const allowed = async (from: string) => (await ask({ origin: from })).headers["access-control-allow-origin"];
    expect(await Promise.all([origin, `http://localhost:${port}`, "https://other.example.com"].map(allowed))).toEqual([
      ...[origin, `http://localhost:${port}`, undefined],
    ]);
    running.signal("SIGTERM");
    await running.ended;
  });

  test("a variable that the architecture sets itself is refused before anything starts", async () => {
    for (const name of ["DATABASE_URL", "TRUSTED_PROXIES", "MAIL_FOLDER"]) {
      const { code, stdout, stderr } = await withSettings({ variables: { [name]: "x" } }, () =>
        berth(project.berth, ["up", "--embedded"]),
      );
      expect(stderr).toBe(
        `berth: Pulumi.dev.yaml: environment.variables has ${name}, which the architecture sets itself: remove it there.\n`,
      );
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    }
  });

  test("a failing release stops it with the release's own words", async () => {
    const { code, stderr } = await withSettings({ variables: { LOG_LEVEL: "shouting" } }, () =>
      berth(project.berth, ["up", "--embedded"]),
    );
    expect(stderr).toMatch(/dev did not come up: release ended with exit code \d+; its last lines:[\s\S]*LOG_LEVEL/);
    expect(code).toBe(1);
    expect(commandLines()).toEqual([]);
    expect(existsSync(lockFile())).toBe(false);
  });
});

describe("up picks its way and says why", () => {
  test("without a docker command: embedded", async () => {
    const bin = binFolder();
    bin.link("node", process.execPath);
    bin.link("setpriv", "/usr/bin/setpriv");
    const running = startBerth(project.berth, ["up"], { ...process.env, PATH: bin.path });
    started.push(running);
    await running.says(/dev, embedded \(there is no docker command on PATH\)/);
    await running.says(/dev is up at/);
    running.signal("SIGTERM");
    await running.ended;
    bin.remove();
  });

  test("without a Docker engine: embedded, and where there is none", async () => {
    const running = startBerth(project.berth, ["up"], { ...process.env, DOCKER_HOST: "tcp://127.0.0.1:1" });
    started.push(running);
    await running.says(
      /dev, embedded \((no Docker engine answers on tcp:\/\/127\.0\.0\.1:1|there is no docker command on PATH)\)/,
    );
    running.signal("SIGTERM");
    await running.ended;
  });

  test("--engine without a Docker engine is a sentence", async () => {
    const { code, stderr } = await berth(project.berth, ["up", "--engine"], {
      ...process.env,
      DOCKER_HOST: "tcp://127.0.0.1:1",
    });
    expect(stderr).toMatch(/no Docker engine answers on tcp:\/\/127\.0\.0\.1:1: start it|no docker command on PATH/);
    expect(code).toBe(1);
  });
});

test.skipIf(process.getuid?.() !== 0)("a user who is not root gets an environment too", async () => {
  const copy = copyProject("shared");
  const document = parseDocument(readFileSync(join(copy.folder, "Pulumi.dev.yaml"), "utf8"));
  document.setIn(["config", "berth:environment", "port"], await freePort());
  copy.write("Pulumi.dev.yaml", document.toString());
  await capture("chown", ["-R", "nobody", dirname(copy.folder)]);
  const asNobody = ["--reuid=nobody", "--clear-groups", copy.berth, "up", "--embedded"];
  const running = startBerth("setpriv", asNobody, { PATH: process.env.PATH, HOME: "/nonexistent" });
  started.push(running);
  await running.says(/dev is up at/);
  running.signal("SIGTERM");
  expect(await running.ended).toBe(0);
  copy.remove();
});

const unprivileged = process.getuid?.() === 0 ? docker.missing : "only root can become a user without rights";
describeWith("Docker without permission", [{ variable: "BERTH_REQUIRE_DOCKER", missing: unprivileged }], () => {
  test("is a sentence with --engine, and the reason to go embedded without", async () => {
    const copy = copyProject("shared");
    await capture("chown", ["-R", "nobody", dirname(copy.folder)]);
    const asNobody = ["--reuid=nobody", "--clear-groups", copy.berth, "up", "--engine"];
    const { code, stderr } = await capture("setpriv", asNobody, {
      env: { PATH: process.env.PATH, HOME: "/nonexistent" },
    });
    copy.remove();
    expect(stderr).toMatch(/the Docker engine refuses this user: add the user to the group docker, or run as root/);
    expect(code).toBe(1);
  });
});

/** Runs something while the stack's file says more. */
async function withSettings<Result>(settings: object, work: () => Promise<Result>): Promise<Result> {
  const before = readFileSync(join(project.folder, "Pulumi.dev.yaml"), "utf8");
  const document = parseDocument(before);
  for (const [name, value] of Object.entries(settings)) document.setIn(["config", "berth:environment", name], value);
  project.write("Pulumi.dev.yaml", document.toString());
  try {
    return await work();
  } finally {
    project.write("Pulumi.dev.yaml", before);
  }
}

/** With headers that fetch does not let anybody set. */
function ask(headers: Record<string, string>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url("/api/v1/tournaments/"), { headers }, (response) => resolve(response.resume())).once("error", reject);
  });
}

/** Pages carry a nonce that differs in every answer. */
function stripNonces(html: string): string {
  return html.replaceAll(/nonce="[^"]*"/g, "");
}

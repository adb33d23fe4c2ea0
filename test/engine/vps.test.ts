// The real engine deploys `dev` to a real Docker engine: first up, no change, refresh, releases under load, failing ones,
// killed containers, a certificate by ACME, destroy.
import { execFileSync, spawnSync } from "node:child_process";
import { connect, type PeerCertificate } from "node:tls";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { freePort } from "../../infra/embedded/postgres.ts";
import { killProgram, removeEarlier, restarts } from "../support/containers.ts";
import { docker, type EngineStack, engine, engineStack } from "../support/engine.ts";
import { type LoadResult, underLoad } from "../support/load.ts";
import { ownAddress } from "../support/own-address.ts";
import { type Pebble, pebble, startPebble } from "../support/pebble.ts";
import { describeWith } from "../support/requirement.ts";

/** Not `dev`: whoever has that on this engine keeps it. */
const name = "dev-test";
const mine = ["--filter", `label=berth.stack=${name}`];

/** Looked at often, as every update waits for it, and with patience for a busy machine. */
const patient = { every: 1, start: 240 };

/** Docker's things that carry the labels of this stack. */
function left(): string[] {
  return [
    ["ps", "--all"],
    ["volume", "ls"],
    ["network", "ls"],
  ].flatMap((list) => {
    const { status, stdout, stderr } = spawnSync("docker", [...list, ...mine, "--quiet"], { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    return stdout.split("\n").filter(Boolean);
  });
}

/** Names of the running containers of a part of the stack. */
function running(part: string): string[] {
  const filters = [...mine, "--filter", `label=berth.part=${part}`];
  const names = execFileSync("docker", ["ps", ...filters, "--format", "{{.Names}}"], { encoding: "utf8" });
  return names.split("\n").filter(Boolean).sort();
}

describeWith("the engine deploys dev to Docker", [engine, docker], () => {
  let stack: EngineStack;
  let port = 0;
  const at = (path: string) => `http://localhost:${port}${path}`;
  const ready = async () => (await fetch(at("/health/ready/"))).status;
  const containers = async () =>
    (await stack.outputs()).containers as Record<string, string> & { web: string[]; worker: string[] };
  /** Runs a statement as the database's owner, with the password that the container was given. */
  const query = async (statement: string) =>
    execFileSync(
      "docker",
      ["exec", (await containers()).database ?? "", "sh", "-c", `psql -U owner -XAtq app -c "${statement}"`],
      {
        encoding: "utf8",
      },
    ).trim();
  /** A page, and a request that must not be sent twice. */
  const users = () => [
    { url: at("/tournaments/"), method: "GET" as const },
    { url: at("/tournaments/"), method: "POST" as const },
  ];
  const assertNoneFailed = (loads: readonly LoadResult[]) => {
    for (const { errors, timeouts, statuses } of loads) {
      const failed = Object.keys(statuses).filter((status) => Number(status) >= 500);
      expect({ errors, timeouts, failed, statuses }).toMatchObject({ errors: 0, timeouts: 0, failed: [] });
      expect(Object.values(statuses).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(100);
    }
  };
  beforeAll(async () => {
    await removeEarlier(name);
    port = await freePort();
    const settings = (environment: Record<string, unknown>) => {
      environment.port = port;
      environment.healthSeconds = patient;
    };
    stack = await engineStack("dev", settings, name);
  });
  afterAll(() => stack.dispose());

  test("up from nothing ends with a URL that answers", async () => {
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

  test("a second up and a refresh change nothing", async () => {
    const preview = await stack.pulumi("preview", "--expect-no-changes");
    expect({ code: preview.code, output: preview.code === 0 ? "" : preview.stdout }).toEqual({ code: 0, output: "" });
    expect(Object.keys(await stack.up())).toEqual(["unchanged"]);
    const refresh = await stack.pulumi("refresh", "--yes", "--expect-no-changes");
    expect({ code: refresh.code, output: refresh.code === 0 ? "" : refresh.stdout }).toEqual({ code: 0, output: "" });
  });

  test("three updates under load fail no request and replace the app's containers and nothing else", async () => {
    const before = await containers();
    const loads = await underLoad(users(), async () => {
      for (const level of ["debug", "warn", "info"]) {
        stack.configure((environment) => {
          environment.variables = { LOG_LEVEL: level };
        });
        const { replaced, created = 0, deleted = 0 } = await stack.up();
        // Containers and generation of web and of worker, and the record of which is live.
        expect({ replaced, created, deleted }).toEqual({ replaced: 6, created: 0, deleted: 0 });
      }
    });
    assertNoneFailed(loads);
    const after = await containers();
    expect([after.proxy, after.database]).toEqual([before.proxy, before.database]);
    expect(after.web).not.toEqual(before.web);
  });

  test("a release that fails changes nothing and says why", async () => {
    const before = await stack.outputs();
    stack.configure((environment) => {
      environment.variables = { LOG_LEVEL: "error" };
    });
    await query("alter role owner password 'another'");
    const { code, stdout, stderr } = await stack.pulumi("up", "--yes", "--skip-preview");
    await query("alter role owner password '$(cat /run/secrets/owner-password)'");
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(/The release exited with code \d+[\s\S]*password authentication failed/);
    expect((await stack.outputs()).containers).toEqual(before.containers);
    expect((await fetch(`http://localhost:${port}/health/ready/`)).status).toBe(200);
  });

  test("an update that does not get healthy gets no request, says why, and the way back is as safe", async () => {
    const before = await containers();
    stack.configure((environment) => {
      // As it runs now, but for its health.
      environment.variables = { LOG_LEVEL: "info" };
      environment.health = ["sh", "-c", "echo the disk is on fire; exit 1"];
      // Long enough for a slow machine to get as far as its log.
      environment.healthSeconds = { every: 1, start: 90 };
    });
    const loads = await underLoad(users(), async () => {
      const { code, stdout, stderr } = await stack.pulumi("up", "--yes", "--skip-preview");
      expect(code).not.toBe(0);
      expect(stdout + stderr).toMatch(
        /Container web-\d-\w+ did not get healthy \(running, unhealthy, exit code 0, restarted 0 times\) and was removed\. Its health check said "the disk is on fire"\. Its last \d+ log lines:\n.*Server listening/,
      );
      expect(await ready()).toBe(200);
      expect(running("web")).toEqual([...before.web].sort());
      // What a refresh then finds must not take the place of what runs.
      expect((await stack.pulumi("refresh", "--yes")).code).toBe(0);
      stack.configure((environment) => {
        delete environment.health;
        environment.healthSeconds = patient;
      });
      await stack.up();
    });
    assertNoneFailed(loads);
    expect(running("web")).toEqual([...(await containers()).web].sort());
  });

  test("PostgreSQL is reached with TLS only, counts statements, and checks the app's certificate for it", async () => {
    const { database, web } = await containers();
    const psql = (...args: string[]) =>
      spawnSync("docker", ["exec", database ?? "", "psql", ...args], { encoding: "utf8" });
    expect(psql("host=database sslmode=disable user=owner dbname=app", "-c", "select 1").stderr).toMatch(
      /no encryption/,
    );
    const { stdout } = psql("-U", "owner", "app", "-Atc", "select count(*) > 0 from pg_stat_statements");
    expect(stdout.trim()).toBe("t");
    const sessions = psql(
      ...["-U", "owner", "app", "-Atc"],
      "select distinct ssl from pg_stat_ssl join pg_stat_activity using (pid) where usename = 'app'",
    );
    expect(sessions.stdout.trim()).toBe("t");
    const secrets = execFileSync("docker", ["exec", web[0] ?? "", "ls", "/run/secrets"], { encoding: "utf8" });
    expect(secrets.split("\n").filter(Boolean)).toEqual(["DATABASE_PASSWORD", "JWT_SECRET_KEY", "SECRET_KEY"]);
  });

  test("whichever container is killed, the site comes back by itself", async () => {
    const { proxy, database, web, worker } = await containers();
    for (const name of [web[0], worker[0], database, proxy]) {
      killProgram(name ?? "");
      await vi.waitFor(async () => expect([await ready(), restarts(name ?? "")]).toEqual([200, 1]), {
        timeout: 300_000,
        interval: 250,
      });
    }
    // Told to end, PostgreSQL ends well: there is nothing to recover.
    execFileSync("docker", ["restart", database ?? ""]);
    const log = spawnSync("docker", ["logs", "--tail", "20", database ?? ""], { encoding: "utf8" });
    expect(log.stdout + log.stderr).toMatch(/database system is shut down\s/);
    await vi.waitFor(async () => expect(await ready()).toBe(200), { timeout: 300_000, interval: 250 });
  });

  test("no secret stands in clear in state, preview or containers", async () => {
    const shown = await stack.pulumi("stack", "export", "--show-secrets");
    const secrets = [...shown.stdout.matchAll(/"result": "([A-Za-z0-9]{32,})"/g)].map(([, secret]) => secret ?? "");
    const plaintexts = [...shown.stdout.matchAll(/"plaintext": "\\"([A-Za-z0-9]{32,})\\""/g)].map(
      ([, secret]) => secret ?? "",
    );
    const known = [...new Set([...secrets, ...plaintexts])];
    expect(known.length).toBeGreaterThanOrEqual(4);
    const state = (await stack.pulumi("stack", "export")).stdout;
    const preview = (await stack.pulumi("preview", "--diff", "--show-sames")).stdout;
    const ids = execFileSync("docker", ["ps", "--all", "--quiet", ...mine], { encoding: "utf8" });
    const inspected = execFileSync("docker", ["inspect", ...ids.split("\n").filter(Boolean)], { encoding: "utf8" });
    for (const secret of known) {
      expect(state.includes(secret)).toBe(false);
      expect(preview.includes(secret)).toBe(false);
      expect(inspected.includes(secret)).toBe(false);
    }
  });

  describeWith("a domain on a server", [pebble], () => {
    const domain = "shop.example.com";
    let authority: Pebble;
    let https = 0;
    afterAll(() => authority.stop());

    /** The certificate that a visitor is shown. */
    const shown = () =>
      new Promise<PeerCertificate>((resolve, reject) => {
        const socket = connect({ host: "127.0.0.1", port: https, servername: domain, rejectUnauthorized: false });
        socket.on("error", reject).on("secureConnect", () => {
          resolve(socket.getPeerCertificate());
          socket.destroy();
        });
      });

    test("gets its certificate by ACME and renews it before it ends, by itself", async () => {
      https = await freePort();
      const options = { folder: stack.folder, address: ownAddress(), httpPort: port, validSeconds: 30 };
      authority = await startPebble(options);
      stack.configure((environment) => {
        environment.domain = domain;
        environment.https = { port: https, directory: authority.directory, directoryRoot: authority.root };
      });
      await stack.up();
      expect((await stack.outputs()).url).toBe(`https://${domain}:${https}`);
      const byPebble = async () => {
        const certificate = await shown();
        expect([certificate.subjectaltname, certificate.issuer.CN]).toEqual([
          `DNS:${domain}`,
          expect.stringMatching(/^Pebble/),
        ]);
        return certificate;
      };
      const first = await vi.waitFor(byPebble, { timeout: 300_000, interval: 250 });
      const second = await vi.waitFor(
        async () => {
          const certificate = await byPebble();
          expect(certificate.serialNumber).not.toBe(first.serialNumber);
          return certificate;
        },
        { timeout: 300_000, interval: 250 },
      );
      expect(Date.parse(second.valid_from)).toBeLessThan(Date.parse(first.valid_to));
    });
  });

  test("destroy leaves no container, network or volume", async () => {
    expect(left().length).toBeGreaterThan(0);
    const { code, stdout } = await stack.pulumi("destroy", "--yes", "--skip-preview");
    expect({ code, output: code === 0 ? "" : stdout }).toEqual({ code: 0, output: "" });
    expect(left()).toEqual([]);
  });
});

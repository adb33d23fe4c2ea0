// A stack whose data stays, over HTTPS with its own authority, on a real Docker host and by the commands: nginx's answers,
// changes of its configuration, maintenance, and destroy with and without the data.
import { execFileSync, spawnSync } from "node:child_process";
import { connect } from "node:http2";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { freePort } from "../../infra/embedded/postgres.ts";
import { ask as askOnce } from "../support/ask.ts";
import { berth, startBerth } from "../support/berth.ts";
import { assertComeBack, removeEarlier } from "../support/containers.ts";
import { docker, engine } from "../support/engine.ts";
import { copyProject, type ProjectCopy } from "../support/project-copy.ts";
import { describeWith } from "../support/requirement.ts";

const labelled = ["--filter", "label=berth.stack=secure"];

/** Lines of a docker list. */
function list(...args: string[]): string[] {
  return execFileSync("docker", args, { encoding: "utf8" }).split("\n").filter(Boolean).sort();
}

/** Kills a process and all that it started, and waits until none of them is left. */
async function killTree(pid: number): Promise<void> {
  const { stdout } = spawnSync("ps", ["-o", "pid=", "--ppid", String(pid)], { encoding: "utf8" });
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // It ended by itself between the list and now, as short commands do.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
  const children = stdout.split("\n").filter((line) => line.trim() !== "");
  for (const child of children) await killTree(Number(child));
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), { timeout: 300_000, interval: 100 });
}

describeWith("HTTPS, maintenance and data that stays on Docker", [engine, docker], () => {
  let project: ProjectCopy;
  let env: NodeJS.ProcessEnv;
  let [http, https] = [0, 0];
  let ca = "";

  const command = (...args: string[]) => berth(project.berth, args, env);
  const must = async (...args: string[]) => {
    const { code, stdout, stderr } = await command(...args);
    if (code !== 0) throw new Error(`berth ${args.join(" ")} failed (${code}):\n${stdout}${stderr}`);
    return stdout;
  };
  const part = (name: string) => list("ps", ...labelled, "--filter", `name=${name}`, "--format", "{{.Names}}")[0] ?? "";
  const configure = (more: string) =>
    project.write(
      "Pulumi.secure.yaml",
      `config:
  berth:environment:
    architecture: vps
    tier: staging
    owner: you
    port: ${http}
    https: { certificates: local, port: ${https} }
    image: { build: ., dockerfile: app/Dockerfile }
    healthSeconds: { every: 1, start: 240 }
    web: { replicas: 1, memory: 256, cpus: 1 }
    worker: { replicas: 1, memory: 256, cpus: 0.5 }
    database: { memory: 256, cpus: 1 }
${more}`,
    );

  const ask = (url: string, method = "GET", headers: Record<string, string> = {}) =>
    askOnce(url, { method, headers, ca });
  const site = (path: string) => `https://localhost:${https}${path}`;

  beforeAll(async () => {
    await removeEarlier("secure");
    project = copyProject("shared");
    [http, https] = [await freePort(), await freePort()];
    configure("");
    // No backend is configured: state is where the command keeps it, and so are locks of engines that were killed.
    env = {
      ...process.env,
      PULUMI_HOME: join(project.folder, "home"),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      NO_COLOR: "1",
    };
    delete env.PULUMI_BACKEND_URL;
    delete env.PULUMI_ACCESS_TOKEN;
    await must("up", "secure", "--engine");
    ca = execFileSync("docker", ["exec", part("certificates-agent"), "cat", "/certificates/ca.pem"], {
      encoding: "utf8",
    });
  });
  afterAll(async () => {
    const { code, stdout, stderr } = await command("destroy", "secure", "--delete-data", "secure");
    project.remove();
    if (code !== 0) throw new Error(`berth destroy failed:\n${stdout}${stderr}`);
  });

  test("HTTP leads to HTTPS, to a name of ours whatever the client wrote, with the method kept", async () => {
    const answer = await ask(`http://localhost:${http}/tournaments/?a=1`);
    expect([answer.status, answer.headers.location]).toEqual([308, site("/tournaments/?a=1")]);
    const planted = await ask(`http://localhost:${http}/`, "GET", { host: "evil.example" });
    expect(planted.headers.location).toBe(site("/"));
  });

  test("what the authority asks for by HTTP is handed out", async () => {
    const write = "mkdir -p /certificates/challenges && printf proof >/certificates/challenges/token-1";
    execFileSync("docker", ["exec", part("certificates-agent"), "sh", "-c", write]);
    const path = `http://localhost:${http}/.well-known/acme-challenge/`;
    expect(await ask(`${path}token-1`)).toMatchObject({ status: 200, body: "proof" });
    // Out of the folder there is nothing but the way to HTTPS.
    expect((await ask(`${path}..%2fsite-key.pem`)).status).toBe(308);
  });

  test("HTTPS answers in HTTP/2, to who trusts the authority, with the security headers", async () => {
    const page = await ask(site("/tournaments/"));
    expect(page.status).toBe(200);
    expect(page.headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "strict-origin-when-cross-origin",
    });
    // The app says it, but for localhost it would hold whatever else runs there.
    expect(page.headers["strict-transport-security"]).toBeUndefined();
    const session = connect(site("/"), { ca });
    const status = await new Promise((resolve, reject) => {
      session.on("error", reject);
      session.request({ ":path": "/health/ready/" }).on("response", (headers) => resolve(headers[":status"]));
    });
    session.destroy();
    expect(status).toBe(200);
    await expect(fetch(site("/"))).rejects.toThrow("fetch failed");
  });

  test("static files are kept for 30 days and compressed; what nginx answers itself reads like the app's", async () => {
    const { body } = await ask(site("/tournaments/"));
    const css = /\/static\/[\w-]+\.css/.exec(body)?.[0] ?? "";
    const asset = await ask(site(css), "GET", { "accept-encoding": "gzip" });
    expect(asset.headers).toMatchObject({
      "cache-control": "public, max-age=2592000, immutable",
      "content-encoding": "gzip",
    });
    const large = await ask(site("/api/v1/tournaments/"), "POST", { "content-length": String(20 * 1024 * 1024) });
    expect([large.status, JSON.parse(large.body).code]).toEqual([413, "PAYLOAD_TOO_LARGE"]);
    const log = execFileSync("docker", ["logs", "--tail", "1", part("proxy-nginx")], { encoding: "utf8" });
    expect(JSON.parse(log)).toMatchObject({
      method: "POST",
      path: "/api/v1/tournaments/",
      status: 413,
      scheme: "https",
    });
  });

  test("the eleventh sign-in of a minute is refused", async () => {
    const answers: Awaited<ReturnType<typeof ask>>[] = [];
    for (let attempt = 0; attempt < 12; attempt += 1) answers.push(await ask(site("/login"), "POST"));
    // The app refuses sooner, and says so in headers of its own.
    expect(answers.filter(({ status, headers }) => status !== 429 || "ratelimit-limit" in headers)).toHaveLength(10);
  });

  test("maintenance shows a page to browsers and an error to programs, and leaves health checks alone", async () => {
    await must("maintenance", "secure", "on");
    const page = await ask(site("/tournaments/"), "GET", { accept: "text/html" });
    expect([page.status, page.headers["content-type"], page.headers["retry-after"]]).toEqual([
      503,
      "text/html; charset=utf-8",
      "300",
    ]);
    const error = await ask(site("/api/v1/tournaments/"), "POST", { accept: "application/json" });
    expect([error.status, JSON.parse(error.body).code]).toEqual([503, "MAINTENANCE"]);
    expect((await ask(site("/health/ready/"))).status).toBe(200);
    await must("maintenance", "secure", "off");
    expect((await ask(site("/tournaments/"))).status).toBe(200);
    expect((await command("maintenance", "secure", "soon")).code).toBe(2);
  });

  test("another configuration and another certificate refuse no connection, and nginx is the same", async () => {
    const proxy = part("proxy-nginx");
    configure("    allowedHosts: [shop.localhost]\n");
    let changing = true;
    const failures: unknown[] = [];
    const asking = (async () => {
      while (changing) {
        await ask(site("/tournaments/")).then(
          ({ status }) => status === 200 || failures.push(status),
          (error: unknown) => failures.push(error),
        );
      }
    })();
    await must("up", "secure", "--engine");
    // The agent's certificate for the new name, which nginx has to notice by itself.
    await vi.waitFor(
      async () => {
        const answer = await ask(`https://127.0.0.1:${https}/health/ready/`, "GET", { host: "shop.localhost" });
        const session = connect(`https://localhost:${https}`, { ca, servername: "shop.localhost" });
        await new Promise((resolve, reject) => session.on("connect", resolve).on("error", reject));
        session.destroy();
        expect(answer.status).toBe(200);
      },
      { timeout: 300_000, interval: 500 },
    );
    changing = false;
    await asking;
    expect(failures).toEqual([]);
    expect(part("proxy-nginx")).toBe(proxy);
  });

  test("whoever keeps the certificates comes back by itself", async () => {
    await assertComeBack([part("certificates-agent")]);
  });

  test("after an update that was killed the next one finishes it and leaves nothing astray", async () => {
    const before = part("web-0");
    configure("    variables: { LOG_LEVEL: debug }\n");
    const up = startBerth(project.berth, ["up", "secure", "--engine"], env);
    const webs = () => list("ps", ...labelled, "--filter", "label=berth.part=web", "--format", "{{.Names}}");
    await vi.waitFor(() => expect(webs()).toHaveLength(2), { timeout: 300_000, interval: 100 });
    await killTree(up.pid);
    await up.ended;
    expect((await ask(site("/tournaments/"))).status).toBe(200);
    expect(await must("up", "secure", "--engine")).toMatch(
      /Removed \d+ containers and volumes that an interrupted update/,
    );
    expect(webs()).toEqual([expect.not.stringMatching(before)]);
    expect((await ask(site("/tournaments/"))).status).toBe(200);
  });

  test("destroy takes down what serves and keeps the data; with the stack's name typed it goes too", async () => {
    const sql = (statement: string) => {
      const psql = ["psql", "-U", "owner", "-XAtq", "app", "-c", statement];
      return execFileSync("docker", ["exec", part("database-server"), ...psql], { encoding: "utf8" }).trim();
    };
    sql("create table entrusted as select 42 as answer");
    expect((await command("destroy", "secure")).code).toBe(2);
    expect((await command("destroy", "secure", "--delete-data", "secrue")).code).toBe(2);

    expect(await must("destroy", "secure", "--yes")).toMatch(/data, its backups and its keys stay/);
    expect(list("ps", ...labelled, "--format", "{{.Names}}")).toEqual([expect.stringMatching(/^database-server-/)]);
    expect(sql("select answer from entrusted")).toBe("42");
    await must("up", "secure", "--engine");
    expect(sql("select answer from entrusted")).toBe("42");
    expect((await ask(`http://localhost:${http}/`)).status).toBe(308);

    await must("destroy", "secure", "--delete-data", "secure");
    const left = [
      ["ps", "--all", "--quiet"],
      ["volume", "ls", "--quiet"],
      ["network", "ls", "--quiet"],
    ];
    expect(left.flatMap((what) => list(...what, ...labelled))).toEqual([]);
  });
});

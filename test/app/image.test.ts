// The image as it is built and run: who it runs as, what is in it, and that it needs nothing it should not have.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const repository = join(import.meta.dirname, "..", "..");
const tag = `arena-image-test-${randomBytes(4).toString("hex")}`;
const base = "node:24-bookworm-slim";
/** As an architecture runs it. */
const hardened = ["--rm", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"];
const megabyte = 1_000_000;

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function docker(...args: string[]): Promise<Result> {
  return promisify(execFile)("docker", args, { cwd: repository, maxBuffer: 64 * megabyte }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: Error & { code?: number | string; stdout?: string; stderr?: string }) => ({
      code: typeof error.code === "number" ? error.code : -1,
      stdout: error.stdout ?? "",
      stderr: error.stderr ?? error.message,
    }),
  );
}

const hasEngine = (await docker("info", "--format", "{{.ServerVersion}}")).code === 0;
if (!hasEngine) {
  if (process.env.BERTH_REQUIRE_DOCKER === "1")
    throw new Error("BERTH_REQUIRE_DOCKER=1, and no Docker engine answers.");
  console.info("Skipped: no Docker engine answers.");
}

// Each command starts a container, which takes seconds on a busy machine.
describe.skipIf(!hasEngine)("the image", () => {
  beforeAll(async () => {
    const built = await docker("build", "--quiet", "--file", "app/Dockerfile", "--tag", tag, ".");
    expect(built.code, built.stderr).toBe(0);
  });
  afterAll(async () => {
    await docker("image", "rm", "--force", tag);
  });

  const shell = (script: string) => docker("run", ...hardened, "--entrypoint", "sh", tag, "-c", script);
  const inspect = async () => JSON.parse((await docker("image", "inspect", tag)).stdout)[0];

  test("runs as a user without rights, stops by SIGTERM, and takes the process as its command", async () => {
    const { Config } = await inspect();
    expect(Config).toMatchObject({ User: "1000:1000", StopSignal: "SIGTERM", WorkingDir: "/app", Cmd: ["web"] });
    expect(Config.Entrypoint.at(-1)).toBe("/app/main.js");
    expect((await shell("id -u; id -g")).stdout).toBe("1000\n1000\n");
  });

  test("holds the bundle and the static assets, and neither packages nor tools to build with", async () => {
    const { stdout } = await shell("find /app -type f");
    const files = stdout
      .trim()
      .split("\n")
      .map((file) => file.replace("/app/", ""));
    expect(files).toEqual(
      expect.arrayContaining(["main.js", "manifest.json", expect.stringMatching(/^static\/site-[0-9a-f]{10}\.css$/)]),
    );
    const unexpected = files.filter(
      (file) =>
        !/^([\w.-]+\.js(\.map|\.LEGAL\.txt)?|fonts\/[\w.-]+|(manifest|package)\.json|static\/[\w.-]+|compile-cache\/[\w./-]+)$/.test(
          file,
        ),
    );
    expect(unexpected).toEqual([]);
    const tools = "node_modules npm npx corepack yarn esbuild tsc vitest gcc make git python3";
    const found = await shell(
      `for tool in ${tools}; do command -v $tool; done; find / -xdev -name node_modules -not -path '/proc/*' 2>/dev/null; ls /app/*.ts /app/.env* 2>/dev/null; true`,
    );
    expect(found.stdout).toBe("");
  });

  test("without its environment, web ends with an error that names every variable", async () => {
    const result = await docker("run", ...hardened, tag, "web");
    expect(result.code).toBe(1);
    for (const name of ["SECRET_KEY", "JWT_SECRET_KEY", "DATABASE_URL", "ALLOWED_HOSTS", "CORS_ALLOWED_ORIGINS"]) {
      expect(result.stderr).toMatch(new RegExp(`^  ${name} is missing: `, "m"));
    }
  });

  test("compiled code is there for the user that runs it, on a read-only file system", async () => {
    const { stdout, stderr } = await docker(
      "run",
      ...hardened,
      "--env",
      "NODE_DEBUG_NATIVE=COMPILE_CACHE",
      tag,
      "bogus",
    );
    expect(stdout + stderr).toMatch(/V8 code cache for ESM file:\/\/\/app\/main\.js was accepted/);
    expect((await shell("find compile-cache -name '*' -type f | wc -l; ls /tmp")).stdout).toMatch(/^\d{1,2}\n$/);
  });

  test("an unknown command is refused", async () => {
    expect((await docker("run", ...hardened, tag, "bogus")).code).toBe(2);
  });

  test("on a read-only file system without any capability, web serves, is asked by the health command, and stops with 0", async () => {
    const variables = ["ENVIRONMENT=development", "DATABASE_URL=postgresql://app@127.0.0.1:1/app"].flatMap(
      (variable) => ["--env", variable],
    );
    const [, ...kept] = hardened;
    const started = await docker("run", "--detach", ...kept, "--network", "none", ...variables, tag, "web");
    const container = started.stdout.trim();
    expect(started.code, started.stderr).toBe(0);
    try {
      const ask = 'fetch("http://127.0.0.1:8080/health/").then(async (r) => console.log(r.status, await r.text()))';
      await expect
        .poll(async () => (await docker("exec", container, "node", "-e", ask)).stdout, {
          timeout: 120_000,
          interval: 500,
        })
        .toBe('200 {"status":"healthy"}\n');
      const health = await docker("exec", container, "node", "main.js", "health");
      expect([health.code, health.stderr]).toEqual([
        1,
        "Not healthy: http://127.0.0.1:8080/health/ready/ answers 503.\n",
      ]);
      await docker("stop", "--time", "10", container);
      const state = JSON.parse((await docker("inspect", container)).stdout)[0].State;
      expect(state).toMatchObject({ ExitCode: 0, OOMKilled: false });
    } finally {
      await docker("rm", "--force", container);
    }
  });

  test("is at most 40 MB larger than its base, and what changes with the code is at most 8 MB compressed", async () => {
    const baseSize = Number((await docker("image", "inspect", "--format", "{{.Size}}", base)).stdout);
    const { Size, RootFS } = await inspect();
    expect(Size - baseSize).toBeLessThanOrEqual(40 * megabyte);
    const baseLayers = JSON.parse(
      (await docker("image", "inspect", "--format", "{{json .RootFS.Layers}}", base)).stdout,
    );
    expect(RootFS.Layers.slice(0, baseLayers.length)).toEqual(baseLayers);
    const compressed = await docker(
      "run",
      ...hardened,
      "--entrypoint",
      "sh",
      tag,
      "-c",
      "tar -C /app -cf - . | gzip | wc -c",
    );
    expect(Number(compressed.stdout)).toBeLessThanOrEqual(8 * megabyte);
  });
});

import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ReleaseDefinition, runOptions, runRelease } from "../../../infra/release/docker.ts";
import { engineOptions, logEnd } from "../../../infra/release/docker-cli.ts";
import { gateOptions, openGate } from "../../../infra/release/docker-gate.ts";
import { rejectContainer, watchStart } from "../../../infra/release/docker-rejects.ts";

const definition: ReleaseDefinition = {
  image: "sha256:abc",
  variables: { PORT: "8000", NOTE: "with = and spaces" },
  secretVariables: { SECRET_KEY: "s3cr3t-value", CERTIFICATE: "line 1\nline 2" },
  secrets: ["s3cr3t-value", "line 1\nline 2"],
  network: "data-1",
  volumes: { "/srv/static": "static-1" },
  readOnlyVolumes: { "/run/secrets": "release-secrets-1" },
  user: "1000:1000",
  memory: 256,
  labels: { "berth.stack": "test" },
  timeout: 30,
};

let folder: string;
let environment: NodeJS.ProcessEnv;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "berth-docker-"));
  environment = { PATH: `${folder}:/usr/bin:/bin`, CALLS: join(folder, "calls") };
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Puts a `docker` command on PATH that notes its arguments and then does `script`. */
function fakeDocker(script: string): void {
  const file = join(folder, "docker");
  writeFileSync(file, `#!/bin/sh\nprintf '%s ' "$@" >>"$CALLS"; echo >>"$CALLS"\n${script}\n`);
  chmodSync(file, 0o755);
}

const calls = () => readFileSync(join(folder, "calls"), "utf8").trim().split("\n");

test("the container of a release is as confined as the app's, and runs with the new definition", () => {
  const options = runOptions("name", definition);
  const line = options.join(" ");
  expect(line).toMatch(/^run --rm --name name --network data-1 --user 1000:1000 --init --read-only /);
  expect(line).toContain("--cap-drop ALL --security-opt no-new-privileges:true --memory 256m --memory-swap 256m");
  expect(line).toContain("--volume static-1:/srv/static --volume release-secrets-1:/run/secrets:ro");
  expect(options).toContain("NOTE=with = and spaces");
  expect(options.slice(-2)).toEqual(["sha256:abc", "release"]);
});

test("secrets reach the release by the command's environment, never by its arguments", async () => {
  fakeDocker('printf "%s" "$SECRET_KEY$CERTIFICATE" >"$CALLS.env"');
  await runRelease(definition, environment);
  expect(readFileSync(`${environment.CALLS}.env`, "utf8")).toBe("s3cr3t-valueline 1\nline 2");
  expect(calls().join("\n")).not.toMatch(/s3cr3t|line 1/);
  expect(calls().join("\n")).toContain("--env SECRET_KEY --env CERTIFICATE");
});

test("a failing release ends with its exit code and last 50 log lines, without secrets", async () => {
  fakeDocker('for i in $(seq 80); do echo "line $i $SECRET_KEY"; done; echo "migration 7 failed" >&2; exit 3');
  const failure = await runRelease(definition, environment).catch((error: Error) => error.message);
  expect(failure).toMatch(/^The release exited with code 3\. What runs was left as it is\. Its last 50 log lines:\n/);
  expect(failure).toMatch(/line 80 \[secret\]/);
  expect(failure).toContain("migration 7 failed");
  expect(failure).not.toMatch(/line 30 |s3cr3t/);
});

test("a release that takes too long is removed and fails", async () => {
  fakeDocker(
    'case "$*" in *" rm "*) touch "$CALLS.gone";; *) while [ ! -e "$CALLS.gone" ]; do sleep 0.05; done; exit 137;; esac',
  );
  await expect(runRelease({ ...definition, timeout: 0.2 }, environment)).rejects.toThrow(
    "The release was stopped: it was not done after 0.2 s.",
  );
  const name = /--name (\S+)/.exec(calls()[0] ?? "")?.[1];
  expect(calls()[1]).toContain(`rm --force ${name}`);
});

test("a missing docker command is named", async () => {
  await expect(runRelease(definition, { PATH: folder })).rejects.toThrow(
    /need the docker command, which is not on PATH/,
  );
});

test("the command goes to the engine that the provider uses", () => {
  expect(engineOptions("ssh://deploy@server", {})).toEqual(["--host", "ssh://deploy@server"]);
  expect(engineOptions(undefined, {})).toEqual(["--host", "unix:///var/run/docker.sock"]);
  expect(engineOptions(undefined, { DOCKER_HOST: "tcp://engine:2376" })).toEqual([]);
  expect(engineOptions(undefined, { DOCKER_CONTEXT: "remote" })).toEqual([]);
});

test("an unhealthy container is shown with its log and removed", async () => {
  fakeDocker(
    'case "$*" in *range*) echo "answers 503";; *inspect*) echo "running, unhealthy";; *logs*) echo "no database: s3cr3t-value";; esac',
  );
  const finding = await rejectContainer("web-0-1a2b3c4", undefined, ["s3cr3t-value"], environment);
  expect(finding).toBe(
    'Container web-0-1a2b3c4 did not get healthy (running, unhealthy) and was removed. Its health check said "answers 503". Its last 1 log lines:\nno database: [secret]',
  );
  expect(calls().at(-1)).toContain("rm --force web-0-1a2b3c4");
});

test("a container that was never made is nothing to remove", async () => {
  fakeDocker("exit 1");
  expect(await rejectContainer("web-0-1a2b3c4", undefined, [], environment)).toBeUndefined();
  expect(calls()).toHaveLength(1);
});

test("of secrets one in another the whole is blotted out, and an empty one changes nothing", () => {
  expect(logEnd("a key-123 b", ["key", "key-123", ""])).toBe("Its last 1 log lines:\na [secret] b");
  expect(logEnd("\n", [])).toBe("It logged nothing.");
});

test.each([
  ["an exit", "exited, starting, exit code 1, restarted 0 times"],
  ["a restart", "running, starting, exit code 0, restarted 2 times"],
  ["a failed health check", "running, unhealthy, exit code 0, restarted 0 times"],
])("a container that does not start well is removed at once: %s", async (_, state) => {
  fakeDocker(`case "$*" in *range*) echo "answers 503";; *inspect*) echo "${state}";; *logs*) echo "no disk";; esac`);
  const finding = await watchStart("web-0-1a2b3c4", undefined, 30, [], environment);
  expect(finding).toContain(`did not get healthy (${state}) and was removed. Its health check said "answers 503".`);
  expect(finding).toContain("no disk");
  expect(calls().at(-1)).toContain("rm --force web-0-1a2b3c4");
});

test("a container that gets healthy is left alone, and so is one that is not there yet when the time is over", async () => {
  fakeDocker('echo "running, healthy, exit code 0, restarted 0 times"');
  expect(await watchStart("web-0", undefined, 30, [], environment)).toBeUndefined();
  fakeDocker("exit 1");
  expect(await watchStart("web-0", undefined, 1.5, [], environment)).toBeUndefined();
  expect(calls().join()).not.toContain("rm --force");
});

const gate = { image: "sha256:abc", volume: "gate-1", alias: "web-0123456789ab", containers: ["web-0-a", "web-1-b"] };

test("the gate is opened when all new containers are healthy", async () => {
  fakeDocker('case "$*" in *inspect*) printf "/web-0-a is healthy\\n/web-1-b is healthy\\n";; esac');
  await openGate(gate, environment);
  expect(calls().at(-1)).toMatch(/ run --rm --network none .*--volume gate-1:\/gate .* web-0123456789ab/);
  expect(gateOptions(gate.image, gate.volume, gate.alias).join(" ")).toContain("--cap-drop ALL");
});

test.each([
  [
    "one is not healthy any more",
    'case "$*" in *inspect*) echo "/web-1-b is unhealthy";; esac',
    "/web-1-b is unhealthy.",
  ],
  ["one is gone", 'echo "Error: No such container: web-1-b"; exit 1', "Error: No such container: web-1-b."],
  ["the disk is full", 'case "$*" in *inspect*) ;; *) echo "No space left"; exit 1;; esac', "No space left."],
])("the gate stays as it is when %s", async (_, script, reason) => {
  fakeDocker(script);
  await expect(openGate(gate, environment)).rejects.toThrow(
    `The new containers get no requests, the old ones keep them: ${reason}`,
  );
});

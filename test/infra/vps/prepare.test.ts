import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../../infra/cli/project.ts";
import { parseServer, prepareScript, sshArguments } from "../../../infra/vps/prepare.ts";
import { docker } from "../../support/engine.ts";
import { describeWith, type Requirement } from "../../support/requirement.ts";

test("a server's address is read, and nothing that ssh would take for an option", () => {
  expect(parseServer("ssh://deploy@server.example.com")).toEqual({ user: "deploy", host: "server.example.com" });
  expect(parseServer("ssh://root@192.0.2.7:2222")).toEqual({ user: "root", host: "192.0.2.7", port: 2222 });
  for (const wrong of [
    "server",
    "http://a@b",
    "ssh://b",
    "ssh://-oProxyCommand=x@b",
    "ssh://a@-b",
    "ssh://a@b;ls",
    "ssh://a@b:x",
  ]) {
    expect(() => parseServer(wrong), wrong).toThrow(/is no server's address/);
  }
});

test("root runs it as it is, another user by sudo, and neither is asked anything", () => {
  expect(sshArguments({ user: "root", host: "h" })).toEqual(["-o", "BatchMode=yes", "root@h", "bash", "-s"]);
  expect(sshArguments({ user: "deploy", host: "h", port: 22 })).toEqual([
    "-o",
    "BatchMode=yes",
    "-p",
    "22",
    "deploy@h",
    "sudo",
    "-n",
    "bash",
    "-s",
  ]);
});

const shellcheck: Requirement = {
  variable: "BERTH_REQUIRE_SHELLCHECK",
  missing: spawnSync("shellcheck", ["--version"]).status === 0 ? undefined : "there is no shellcheck on PATH",
};

describeWith("scripts that run on servers", [shellcheck], () => {
  test("shellcheck has nothing to say", () => {
    const folder = join(projectRoot, "infra/vps/scripts");
    const scripts = readdirSync(folder).filter((name) => name.endsWith(".sh"));
    expect(scripts).toContain("backup.sh");
    const followed = ["--external-sources", ...scripts.map((name) => join(folder, name))];
    expect(execFileSync("shellcheck", followed, { encoding: "utf8" })).toBe("");
    const script = prepareScript({ user: "deploy", host: "h" }, [80, 443]);
    expect(execFileSync("shellcheck", ["-"], { encoding: "utf8", input: script })).toBe("");
  });
});

describeWith("the set-up of a server refuses in time", [docker], () => {
  const run = (script: string, prelude = "", user = "0") =>
    spawnSync(
      "docker",
      [
        "run",
        "--rm",
        "--interactive",
        "--network",
        "none",
        "--user",
        user,
        "--entrypoint",
        "bash",
        "postgres:16-bookworm",
        "-c",
        `${prelude} exec bash -s`,
      ],
      { input: script, encoding: "utf8" },
    );

  test.each([
    ["a user who is not root", "root", "", "1000", /this wants root/],
    [
      "another system",
      "root",
      "printf 'ID=fedora\\nVERSION_ID=40\\nPRETTY_NAME=\"Fedora 40\"\\n' >/etc/os-release;",
      "0",
      /this is Fedora 40; Debian 11/,
    ],
    [
      "an old one",
      "root",
      'printf \'ID=ubuntu\\nVERSION_ID="20.04"\\nPRETTY_NAME="Ubuntu 20.04"\\n\' >/etc/os-release;',
      "0",
      /Ubuntu 20.04 is too old/,
    ],
    ["a user who is not there", "deploy", "", "0", /there is no user deploy/],
  ])("%s", (_, deploy, prelude, user, message) => {
    const { status, stdout, stderr } = run(prepareScript({ user: deploy, host: "h" }, [80]), prelude, user);
    expect({ status, stderr: message.test(stderr) ? "as expected" : stderr }).toEqual({
      status: 1,
      stderr: "as expected",
    });
    expect(stdout).not.toMatch(/changed/);
  });
});

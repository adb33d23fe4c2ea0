// The commands for stacks on a Docker host: help, refusals in time, and what they print.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { duration } from "../../infra/cli/duration.ts";
import { render } from "../../infra/cli/status.ts";
import { table } from "../../infra/cli/table.ts";
import { parseList, stamp } from "../../infra/vps/backups.ts";
import { parsePutBack } from "../../infra/vps/put-files.ts";
import type { ContainerStatus } from "../../infra/vps/status.ts";
import { berth } from "../support/berth.ts";
import { copyProject, type ProjectCopy } from "../support/project-copy.ts";

describe("as users run them", () => {
  let project: ProjectCopy;
  beforeAll(() => {
    project = copyProject("shared");
  });
  afterAll(() => project.remove());
  const run = (...args: string[]) => berth(project.berth, args);

  test.each(["status", "backup", "restore", "drill restore", "server prepare", "branch up", "branch reap"])(
    "%s explains itself",
    async (command) => {
      const { code, stdout } = await run(...command.split(" "), "--help");
      expect(code).toBe(0);
      expect(stdout).toContain(`Usage: berth ${command}`);
    },
  );

  test.each([
    [["status", "production"], 2, /production has architecture cloud; this command is for stacks on a Docker host/],
    [["branch", "list", "--template", "dev"], 2, /Pulumi\.dev\.yaml has architecture vps: branches are made of a file/],
    [["drill", "restore", "staging", "--backup", "latest"], 2, /--backup is for stacks on a Docker host: staging is/],
    [["backup", "nowhere"], 2, /No stack "nowhere"/],
    [["restore", "dev", "latest", "--into", "no name"], 2, /--into no name is no name for a database/],
    [["restore", "dev", "latest", "--into", "other", "--files"], 2, /--files is for the app's files alone/],
    [["server", "prepare", "server.example.com"], 2, /give it as ssh:\/\/user@host/],
    [["server", "prepare", "ssh://a@b", "--ports", "80,http"], 2, /--ports 80,http is no list of ports/],
  ])("%j is refused in one sentence", async (args, code, message) => {
    const answer = await run(...args);
    expect({ code: answer.code, stdout: answer.stdout }).toEqual({ code, stdout: "" });
    expect(answer.stderr).toMatch(message);
    expect(answer.stderr).not.toMatch(/^ {4}at /m);
  });

  test("server prepare prints a script for that user and those ports, and does nothing else", async () => {
    const { code, stdout } = await run("server", "prepare", "ssh://deploy@server.example.com", "--ports", "8443");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^#!\/bin\/bash\nBERTH_USER=deploy\nBERTH_PORTS="8443"\n/);
  });
});

const web: ContainerStatus = {
  name: "web-0-1a2b3c4",
  part: "web",
  state: "running",
  health: "healthy",
  restarts: 0,
  outOfMemory: false,
  exitCode: 0,
  lasting: true,
  started: "2026-11-24T09:00:00Z",
  memory: "80MiB / 256MiB",
};

test("status is a screen of findings and containers", () => {
  const screen = render("shop", "production, on ssh://deploy@server", {
    at: "2026-11-24T12:00:30.000Z",
    watched: false,
    findings: [
      { check: "containers", ok: false, text: "worker (worker-0-9) is exited with exit code 1" },
      { check: "backup", ok: true, text: "the newest of 7 is 9.0 h old (4.8 MiB)" },
    ],
    containers: [
      web,
      { ...web, name: "worker-0-9", part: "worker", state: "exited", exitCode: 1, restarts: 3, memory: "" },
      { ...web, name: "static-owner-1", part: "static", state: "exited", lasting: false, memory: "" },
    ],
  });
  expect(screen).toBe(`shop (production, on ssh://deploy@server), 2026-11-24 12:00 UTC
  BAD  containers  worker (worker-0-9) is exited with exit code 1
  ok   backup      the newest of 7 is 9.0 h old (4.8 MiB)
  Nobody watches it: site, disk and memory are not looked at. environment.watch in its file changes that.

part    container      state            up   restarts  memory
web     web-0-1a2b3c4  running healthy  3 h  0         80MiB / 256MiB
worker  worker-0-9     exited (1)            3
`);
});

test("spans of time are two units at most", () => {
  expect([0, 4.24, 59.94, 61, 3600, 3725, 90_000, 200_000].map(duration)).toEqual([
    "0 s",
    "4.2 s",
    "59.9 s",
    "1 min 1 s",
    "1 h",
    "1 h 2 min",
    "1 d 1 h",
    "2 d 7 h",
  ]);
  const units: Record<string, number> = { d: 86_400, h: 3600, min: 60, s: 1 };
  fc.assert(
    fc.property(fc.integer({ min: 60, max: 10_000_000 }), (seconds) => {
      const shown = [...duration(seconds).matchAll(/(\d+) (d|h|min|s)/g)];
      const total = shown.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ""] ?? 0), 0);
      const smallest = seconds >= 86_400 ? 3600 : seconds >= 3600 ? 60 : 1;
      expect(seconds - total).toBeGreaterThanOrEqual(0);
      expect(seconds - total).toBeLessThan(smallest);
    }),
  );
});

test("a table's columns line up, and no line ends in blanks", () => {
  expect(table(["a", "name"], [["long cell", "x"], ["y"]])).toBe("a          name\nlong cell  x\ny\n");
});

test("manifests are read newest first, with the failure of the last try", () => {
  const manifest = (id: string, file: string, files = "") =>
    `id=${id}\ndatabase=app\nserver=16.4 (Debian 16.4-1)\nfile=${file}\nroles=app\nbytes=42\nsha256=ab\ntables=9\nrows=43\nrestored=1.2\n${files}seconds=5.4\n\n`;
  const uploads = "paths=b\npathssha256=c\nfilessha256=d\nfiles=7\nfilebytes=2048\naddedfiles=2\naddedbytes=512\n";
  const text = `${manifest("20261123T031500Z", "a.dump")}${manifest("20261124T031500Z", "b.dump.enc", uploads)}failure=2026-11-24T04:00:00Z no space\n\n`;
  const { backups, failure } = parseList(text);
  expect(backups.map(({ id, encrypted }) => [id, encrypted])).toEqual([
    ["20261124T031500Z", true],
    ["20261123T031500Z", false],
  ]);
  expect(backups[0]).toMatchObject({
    at: new Date("2026-11-24T03:15:00Z"),
    bytes: 42,
    tables: 9,
    rows: 43,
    seconds: 5.4,
  });
  expect(backups.map(({ uploads }) => uploads)).toEqual([
    { files: 7, bytes: 2048, added: 2, addedBytes: 512 },
    undefined,
  ]);
  expect(failure).toBe("2026-11-24T04:00:00Z no space");
  expect(parseList("")).toEqual({ backups: [] });
  expect(stamp(new Date("2026-11-24T03:15:00Z"))).toBe("20261124_031500");
});

test("what putting files back came to is read, whatever the paths hold", () => {
  const text = "damaged=media/a=b c.png\ndamaged=media/files=9\nfiles=3\nfilebytes=1024\n";
  expect(parsePutBack(text)).toEqual({ files: 3, bytes: 1024, damaged: ["media/a=b c.png", "media/files=9"] });
  // A backup of before there were files in backups.
  expect(parsePutBack("")).toBeUndefined();
});

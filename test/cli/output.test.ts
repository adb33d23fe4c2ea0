// What a command does when its output cannot be written: nobody reads it any more, or there is no room for it.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../infra/cli/project.ts";
import { capture } from "../../infra/cli/run.ts";

const main = join(projectRoot, "infra/cli/main.ts");

/** What bash says of `berth …`, and of what stands behind it; without what a busy machine adds, which is what takes so long. */
async function shell(line: string) {
  const script = `set -o pipefail; berth() { "${process.execPath}" "${main}" "$@"; }; ${line}`;
  const { code, stdout, stderr } = await capture("bash", ["-c", script]);
  return { code, stdout, stderr: stderr.replaceAll(/^.* …\n/gm, "") };
}

// More than a pipe holds: it is written on when the reader has gone.
test.each(["plan production --json", "plan production --details --json"])(
  "%s | head is no failure, and prints no stack trace",
  async (words) => {
    expect(await shell(`berth ${words} | head -n 1`)).toEqual({ code: 0, stdout: "{\n", stderr: "" });
  },
);

test("a plan that nobody reads still ends with what it found", async () => {
  const whole = await shell("berth plan production --json >/dev/null");
  const { code, stderr } = await shell("berth plan production --json | true");
  expect({ code, stderr }).toEqual({ code: whole.code, stderr: "" });
});

test("a failure whose sentence nobody reads has its exit code all the same", async () => {
  expect((await shell("berth plan nowhere 2> >(true)")).code).toBe(2);
});

test.skipIf(!existsSync("/dev/full"))("a full disk is one sentence, and a failure", async () => {
  for (const words of ["plan production --json", "plan dev", "--help"]) {
    expect(await shell(`berth ${words} >/dev/full`)).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "berth: standard output cannot be written (ENOSPC: no space left on device, write): look at the disk or the device that it leads to\n",
    });
  }
  // Nowhere to say it.
  expect(await shell("berth plan dev >/dev/full 2>&1")).toEqual({ code: 1, stdout: "", stderr: "" });
  expect((await shell("berth plan nowhere 2>/dev/full")).code).toBe(2);
});

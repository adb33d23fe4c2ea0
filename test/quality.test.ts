// Format, lint and types of the whole project: one check each, as everybody runs them.
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../infra/cli/project.ts";
import { capture } from "../infra/cli/run.ts";

const bin = (name: string) => join(projectRoot, "node_modules/.bin", name);

test("Biome finds nothing to format or to mend (npm run format)", async () => {
  const { code, stdout, stderr } = await capture(bin("biome"), ["ci", "--colors=off", "."], { cwd: projectRoot });
  expect({ code, found: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, found: "" });
});

test("types check", async () => {
  const { stdout } = await capture(bin("tsc"), ["--noEmit", "--pretty", "false"], { cwd: projectRoot });
  expect(stdout).toBe("");
});

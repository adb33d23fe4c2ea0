// What the engine tests leave out is held by a test that is there.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../infra/cli/project.ts";
import { gaps } from "./emulator-gaps.ts";

test.each(gaps)("$what", ({ heldBy }) => {
  expect(readFileSync(join(projectRoot, heldBy.file), "utf8")).toContain(`test("${heldBy.test}"`);
});

// berth plan: every committed stack, in a process of its own, as anybody runs it.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Graph } from "../../infra/plan/graph.ts";
import { berth } from "../support/berth.ts";
import { copyProject, type ProjectCopy } from "../support/project-copy.ts";

let project: ProjectCopy;
beforeAll(() => {
  project = copyProject("shared");
});
afterAll(() => project.remove());

/** No credentials, no endpoint, nowhere to go. */
const bare = {
  PATH: process.env.PATH,
  HOME: "/nonexistent",
  AWS_EC2_METADATA_DISABLED: "true",
  HTTPS_PROXY: "http://127.0.0.1:1",
  HTTP_PROXY: "http://127.0.0.1:1",
};

describe.each(["dev", "staging", "production"])("plan %s", (stack) => {
  test("prints the same bytes twice, and nothing but the plan", async () => {
    const [first, second] = [
      await berth(project.berth, ["plan", stack], bare),
      await berth(project.berth, ["plan", stack], bare),
    ];
    expect(first.stderr).toBe("");
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(new RegExp(`^berth ${stack}: \\d+ resources in \\d+ components\n`));
    expect(second.stdout).toBe(first.stdout);
  });

  test("--json holds the whole graph, with no unresolved reference and no secret in clear", async () => {
    const { stdout } = await berth(project.berth, ["plan", stack, "--json"], bare);
    const graph = JSON.parse(stdout) as Graph & { version: number };
    expect(graph.version).toBe(1);
    const urns = new Set(graph.resources.map(({ urn }) => urn));
    for (const { urn, parent, dependencies } of graph.resources) {
      expect(parent === undefined || urns.has(parent), `${urn} has the parent ${parent}`).toBe(true);
      expect(
        dependencies.filter((dependency) => !urns.has(dependency) && !dependency.includes("pulumi:pulumi:Stack")),
      ).toEqual([]);
    }
    expect(stdout).not.toContain("04da6b54-80e4-46f7-96ec-b56ff0331ba9");
    expect(stdout).not.toContain("1b47061264138c4ac30d75fd1eb44270");
    expect(Object.keys(graph.outputs)).toContain("url");
  });
});

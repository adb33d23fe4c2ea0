// The graph of a committed stack, as it is or with a changed environment.

import { projectRoot } from "../../infra/cli/project.ts";
import { readConfig } from "../../infra/config/read.ts";
import { readStack } from "../../infra/config/stack-file.ts";
import { evaluate } from "../../infra/plan/evaluate.ts";
import type { Graph } from "../../infra/plan/graph.ts";

/** Evaluates `Pulumi.<name>.yaml` with `changes` to its environment; secrets that it names have values. */
export async function committedGraph(name: string, changes: Readonly<Record<string, unknown>> = {}): Promise<Graph> {
  const { project, config } = readStack(projectRoot, name);
  const environment = { ...JSON.parse(config["berth:environment"] ?? "{}"), ...changes };
  const { vps } = await import("../../infra/architectures/vps.ts");
  const { cloud } = await import("../../infra/architectures/cloud.ts");
  const secrets = Object.fromEntries(
    (environment.secrets ?? []).map((one: string) => [`berth:${one}`, `value of ${one}`]),
  );
  const program = () => (environment.architecture === "vps" ? vps(readConfig()) : cloud(readConfig()));
  return evaluate(program, {
    project,
    stack: name,
    config: { ...config, ...secrets, "berth:environment": JSON.stringify(environment) },
    secretKeys: Object.keys(secrets),
  });
}

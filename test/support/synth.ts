// Evaluates a program and hands out what it registered, for tests of components and architectures.
import { evaluate } from "../../infra/plan/evaluate.ts";
import type { Graph, ResourceNode } from "../../infra/plan/graph.ts";

/** A recorded program, with the questions that tests ask of it. */
export interface Synthesis extends Graph {
  /** The only resource of a type, or the one of that type with a name; fails with what is there instead. */
  only(type: string, name?: string): ResourceNode;
  /** All resources of a type. */
  all(type: string): readonly ResourceNode[];
}

/** Runs `program` in the recorder as `project` berth, stack `test`. */
export async function synth(
  program: () => unknown,
  config: Record<string, string> = {},
  secretKeys: string[] = [],
): Promise<Synthesis> {
  const graph = await evaluate(() => program() ?? {}, { project: "berth", stack: "test", config, secretKeys });
  const all = (type: string) => graph.resources.filter((resource) => resource.type === type);
  return {
    ...graph,
    all,
    only(type, name) {
      const found = all(type).filter((resource) => name === undefined || resource.name === name);
      const [resource] = found;
      if (resource === undefined || found.length > 1) {
        const names = all(type).map((candidate) => candidate.name);
        throw new Error(
          `${found.length} resources of type ${type}${name ? ` called ${name}` : ""}; there are: ${names}`,
        );
      }
      return resource;
    },
  };
}

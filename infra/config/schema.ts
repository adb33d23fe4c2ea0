// The JSON Schema of a stack's file, for completion in editors: `npm run schema` writes stack.schema.json.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { environmentSchema } from "./environment.ts";
import { projectName } from "./stack-file.ts";

export const schemaFile = join(import.meta.dirname, "stack.schema.json");

/** The schema's text; `Pulumi.<stack>.yaml` may hold more keys than ours, which are Pulumi's and the providers'. */
export function stackSchema(): string {
  const { $schema, ...environment } = z.toJSONSchema(environmentSchema, { io: "input" });
  const project = projectName(join(import.meta.dirname, "../.."));
  const schema = {
    $schema,
    title: "A stack of Berth: Pulumi.<stack>.yaml",
    type: "object",
    required: ["config"],
    properties: {
      config: {
        type: "object",
        required: [`${project}:environment`],
        properties: { [`${project}:environment`]: environment },
      },
    },
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

if (import.meta.main) writeFileSync(schemaFile, stackSchema());

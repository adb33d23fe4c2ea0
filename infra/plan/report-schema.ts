// The shape of `berth plan --json`, for whoever reads it: `npm run schema` writes report.schema.json.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Graph, ResourceNode } from "./graph.ts";
import { type Report, reportVersion } from "./report.ts";
import { risks } from "./risk/risk.ts";

export const reportSchemaFile = join(import.meta.dirname, "report.schema.json");

const text = z.string();
const texts = z.array(text);
const record = z.record(text, z.unknown());
const dollars = z.number().describe("US dollars a month.");
const seconds = z.number().min(0);
const day = text.regex(/^\d{4}-\d{2}-\d{2}$/);

export const resourceSchema = z.strictObject({
  urn: text,
  type: text.describe("Pulumi's type token."),
  name: text,
  custom: z.boolean().describe("True for resources of a provider, false for components."),
  parent: text.optional().describe("URN of the component or resource that it belongs to."),
  inputs: record.describe(
    "`{name.property}` is a value of another resource; {secret} and {asset} stand for what is kept out.",
  ),
  dependencies: texts,
  propertyDependencies: z.record(text, texts),
  provider: text.optional(),
  options: z.strictObject({
    protect: z.literal(true).optional(),
    retainOnDelete: z.literal(true).optional(),
    deleteBeforeReplace: z.boolean().optional(),
    ignoreChanges: texts.optional(),
    replaceOnChanges: texts.optional(),
    additionalSecretOutputs: texts.optional(),
    aliases: texts.optional(),
    hooks: texts.optional(),
    deletedWith: text.optional(),
    replaceWith: texts.optional(),
    import: text.optional(),
    customTimeouts: z.record(text, text).optional(),
  }),
  place: text.optional().describe("File and line that made it, where its type is one that nothing is known about."),
}) satisfies z.ZodType<ResourceNode>;

export const graphSchema = z.strictObject({
  project: text,
  stack: text,
  resources: z.array(resourceSchema).describe("In the order of their URNs."),
  outputs: record,
}) satisfies z.ZodType<Graph>;

const kind = z.enum(["database", "bucket", "volume", "key", "secret", "vault"]);
const risk = z.enum(risks);
const change = z.strictObject({
  urn: text,
  was: text.optional().describe("The URN it had."),
  type: text,
  name: text,
  operation: z.enum(["create", "update", "replace", "delete", "rename"]),
  risk,
  says: text.optional(),
  properties: z.array(
    z.strictObject({
      path: text,
      before: z.unknown().optional(),
      after: z.unknown().optional(),
      because: text.optional().describe("Name of the replaced resource that the value comes from."),
      risk,
      replaces: z.boolean(),
      says: text.optional(),
    }),
  ),
  holds: kind.optional(),
  protect: z.literal(true).optional(),
  source: text.optional().describe("Documentation that the risk is from."),
});

const prediction = z.strictObject({
  seconds,
  path: z.array(
    z.strictObject({ urn: text, name: text, type: text, operation: z.enum(["create", "update", "delete"]), seconds }),
  ),
  afterwards: z.array(z.strictObject({ what: text, seconds, names: texts })),
  assumed: z.int().describe("Types without a duration of their own."),
  durationsDate: day,
});

const item = z.strictObject({
  what: text,
  quantity: z.number(),
  unit: text,
  price: z.number(),
  monthly: dollars,
  usage: z.literal(true).optional().describe("Depends on assumed usage."),
});

const cost = z.strictObject({
  monthly: dollars,
  usageMonthly: dollars,
  resources: z.array(z.strictObject({ urn: text, name: text, type: text, monthly: dollars, items: z.array(item) })),
  components: z.array(z.strictObject({ urn: text, name: text, type: text, monthly: dollars })),
  tier: z.enum(["development", "staging", "production"]),
  usage: z.strictObject({
    hours: z.number(),
    requestMillions: z.number(),
    edgeTrafficGb: z.number(),
    loadBalancerUnits: z.number(),
    natTrafficGb: z.number(),
    logGb: z.number(),
    backupGb: z.number(),
    vaultGb: z.number(),
    objectGb: z.number(),
    insightMetrics: z.number(),
  }),
  region: text.describe("Whose prices these are."),
  pricesDate: day,
  unpriced: z
    .array(z.strictObject({ urn: text, name: text, type: text, says: text.describe("To be read after the name.") }))
    .describe("What costs money beside the sum, any amount."),
  leftOut: texts,
});

const base = { kind: z.enum(["revision", "file", "deployed"]), name: text, commit: text.optional() };

const waiver = z.strictObject({ urn: text, policy: text.optional(), reason: text, who: text, expires: day });

const gate = z.strictObject({
  open: z.boolean(),
  stateful: z.array(
    z.strictObject({
      urn: text,
      name: text,
      type: text,
      holds: kind,
      operation: z.enum(["replace", "delete", "update"]),
      says: text,
      waiver: waiver.optional(),
    }),
  ),
  budget: z
    .strictObject({
      limit: dollars,
      monthly: dollars,
      exceeded: z.boolean(),
      unpriced: z
        .array(z.strictObject({ urn: text, name: text, says: text, waiver: waiver.optional() }))
        .describe("Resources without a price; one that nobody answers for shuts the gate."),
    })
    .optional(),
  notes: texts,
});

const finding = z.strictObject({
  policy: text,
  severity: z.enum(["critical", "high", "medium", "low"]),
  urn: text,
  message: text,
  why: text,
  fix: text,
  controls: texts,
});

const sentences = z.array(z.strictObject({ text, kind: text, isPublic: z.boolean() }));

const comparison = z.strictObject({
  base: z.strictObject(base),
  changes: z.array(change),
  operations: z.strictObject({
    create: z.int(),
    update: z.int(),
    replace: z.int(),
    delete: z.int(),
    rename: z.int(),
  }),
  risk: risk.optional().describe("The worst of all."),
  monthlyChange: dollars,
  componentChanges: z.array(z.strictObject({ urn: text, name: text, monthlyChange: dollars })),
  minutes: prediction,
  exposure: z.strictObject({ gained: sentences, lost: sentences }),
  removed: z.array(resourceSchema),
});

export const reportSchema = z.strictObject({
  version: z.literal(reportVersion),
  project: text,
  stack: text,
  graph: graphSchema,
  cost,
  firstUp: prediction,
  comparison: comparison.optional(),
  brokenBase: z.strictObject({ ...base, fault: text }).optional(),
  gate,
  policies: z.strictObject({ open: z.array(finding), waived: z.array(z.strictObject({ finding, waiver })) }),
  unknownTypes: z.array(z.strictObject({ type: text, names: texts })),
  limits: texts,
}) satisfies z.ZodType<Report>;

/** The schema's text. */
export function reportJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(reportSchema);
  return `${JSON.stringify({ $schema, title: "What berth plan --json prints", ...schema }, undefined, 2)}\n`;
}

if (import.meta.main) writeFileSync(reportSchemaFile, reportJsonSchema());

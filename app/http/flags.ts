// HTTP: feature flags, for whoever runs the installation; and routes that are there only while one is on.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyInstance, preValidationHookHandler } from "fastify";
import Type from "typebox";
import { type FlagName, type Flags, knownFlags, readFlags, setFlag } from "../platform/flags.ts";
import type { Database } from "../platform/postgres.ts";
import { principalOf } from "../platform/principal.ts";
import { Problem } from "../platform/problem.ts";

/** After authentication: a flag is on for an organiser or an account. */
export function checkFlags(app: FastifyInstance, flags: Flags): void {
  app.addHook("onRoute", (route) => {
    const flag = route.config?.flag;
    if (flag === undefined) return;
    const check: preValidationHookHandler = (request, _reply, done) => {
      flags.isOn(flag, request).then((isOn) => done(isOn ? undefined : new Problem("SWITCHED_OFF", sentence)), done);
    };
    route.preValidation = [route.preValidation ?? [], check].flat();
  });
}

const sentence = "This is switched off at present; try again later.";
const percentage = Type.Integer({ minimum: 0, maximum: 100, description: "Of organisers that it is on for" });
const tenants = Type.Array(Type.String({ format: "uuid" }), {
  maxItems: 1_000,
  description: "That it is on for anyway",
});
const FlagRule = Type.Object(
  { percentage, tenants: Type.Optional(tenants) },
  { additionalProperties: false, examples: [{ percentage: 10, tenants: [] }] },
);
const FlagParams = Type.Object({ name: Type.Enum(Object.keys(knownFlags) as FlagName[]) });
const Flag = Type.Object({ name: Type.String(), purpose: Type.String(), percentage, tenants });

const config = { permission: "saas_admin" } as const;
const tags = ["Operations"];

export const flagRoutes: FastifyPluginAsyncTypebox<{ readonly database: Database }> = async (app, { database }) => {
  const response = { 200: Type.Object({ items: Type.Array(Flag) }) };
  app.get("/api/v1/flags/", { config, schema: { summary: "How feature flags stand", tags, response } }, async () => {
    const rules = await readFlags(database);
    const items = Object.entries(knownFlags).map(([name, { purpose, default: isOn }]) => {
      const { percentage, tenants } = rules.get(name) ?? { percentage: isOn ? 100 : 0, tenants: [] };
      return { name, purpose, percentage, tenants: [...tenants] };
    });
    return { items };
  });

  app.put(
    "/api/v1/flags/:name/",
    {
      config,
      schema: {
        summary: "Set a feature flag",
        tags,
        params: FlagParams,
        body: FlagRule,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { percentage, tenants = [] } = request.body;
      await setFlag(database, principalOf(request), request.params.name, { percentage, tenants });
      return reply.code(204).send(null);
    },
  );
};

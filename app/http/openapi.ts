// The API's description, OpenAPI 3.1, made from the schemas that requests are held against. Made when first asked for.
import type { FastifyInstance, RouteOptions } from "fastify";
import type { Permission } from "../platform/principal.ts";
import { statuses } from "../platform/problem.ts";

/** What the description holds of an operation; the standard has more. */
export interface Operation {
  summary?: string;
  description?: string;
  tags?: string[];
  deprecated?: boolean;
  security?: Record<string, string[]>[];
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema: object }[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, object>;
}

export interface Description {
  openapi: string;
  info: { title: string; version: string; description: string };
  tags?: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, Record<string, object>>;
}

type Described = Pick<RouteOptions, "method" | "url" | "schema" | "config">;

/** Collects the API's routes that are made after this, and describes them when asked to. */
export function describeApi(app: FastifyInstance): () => Promise<Description> {
  const routes: Described[] = [];
  app.addHook("onRoute", ({ method, url, schema, config }) => {
    const isApi = /^\/(api\/v\d+|tournaments\/api)\//.test(url) && !url.endsWith("*");
    if (isApi && method !== "HEAD") routes.push({ method, url, schema, config });
  });
  let made: Promise<Description> | undefined;
  return () => {
    made ??= describe(routes);
    return made;
  };
}

async function describe(routes: readonly Described[]): Promise<Description> {
  const [{ default: fastify }, { default: swagger }] = await Promise.all([
    import("fastify"),
    import("@fastify/swagger"),
  ]);
  // A server of its own that serves nothing: the one that does shall not load and keep what only describes.
  const blank = fastify({ exposeHeadRoutes: false });
  blank.setValidatorCompiler(() => () => true);
  blank.setSerializerCompiler(() => JSON.stringify);
  await blank.register(swagger, { openapi: { openapi: "3.1.0", info } });
  for (const { method, url, schema } of routes) blank.route({ method, url, schema, handler: () => {} });
  await blank.ready();
  // What the library types as any version's document is plain JSON; so it is handed out too.
  const description = JSON.parse(JSON.stringify(blank.swagger())) as Description;
  await blank.close();
  for (const route of routes) complete(description, route);
  description.components = { ...description.components, ...components };
  return description;
}

const info = {
  title: "Arena",
  version: "1",
  description: [
    "Tournaments and the shops of their organisers. Times are ISO 8601 in UTC; money is in the smallest unit of its currency.",
    "Lists come in pages: `next` of an answer is the `cursor` of the next request, null on the last page.",
    "Everything that goes wrong has one shape: `error` for people, `code` for programs, `request_id` to ask about, and `fields` for what is wrong with each.",
    "What is going to be taken away says so with the headers `Deprecation` and `Sunset` at least six months ahead.",
  ].join("\n\n"),
};

const errorSchema = {
  type: "object",
  required: ["error", "code", "status", "request_id"],
  properties: {
    error: { type: "string", description: "One sentence for people" },
    code: { type: "string", enum: Object.keys(statuses) },
    status: { type: "integer" },
    request_id: { type: "string" },
    fields: { type: "object", additionalProperties: { type: "string" }, description: "What is wrong with each field" },
  },
  examples: [
    {
      error: "capacity must be >= 2",
      code: "VALIDATION_FAILED",
      status: 400,
      request_id: "0190d1f2-7b7e-7cc3-98c4-dc0c0c07398f",
      fields: { capacity: "must be >= 2" },
    },
  ],
};

const integer = { schema: { type: "integer" } };
const components = {
  securitySchemes: {
    bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "An access token; lasts an hour" },
    session: {
      type: "apiKey",
      in: "cookie",
      name: "__Host-arena",
      description: "What browsers have; changes need X-CSRF-Token",
    },
  },
  schemas: { Error: errorSchema },
  headers: {
    "RateLimit-Limit": { ...integer, description: "Requests in the window" },
    "RateLimit-Remaining": { ...integer, description: "Requests that are left of them" },
    "RateLimit-Reset": { ...integer, description: "Seconds until the window begins anew" },
    "Retry-After": { ...integer, description: "Seconds to wait" },
  },
  responses: {
    Error: {
      description: "It did not work",
      content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
    },
    Throttled: {
      description: "Too many requests",
      headers: Object.fromEntries(
        ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After"].map((name) => [
          name,
          { $ref: `#/components/headers/${name}` },
        ]),
      ),
      content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
    },
  },
};

/** What the schemas do not say: who may call it, what can go wrong, whether it will be taken away. */
function complete(description: Description, { method, url, config = {} }: Described): void {
  const path = url.replaceAll(/:(\w+)/g, "{$1}");
  for (const name of [method].flat()) {
    const operation = description.paths[path]?.[name.toLowerCase()];
    if (operation === undefined) continue;
    const { permission = "public", deprecated } = config;
    if (permission !== "public") operation.security = [{ bearer: [] }, { session: [] }];
    operation.description = [operation.description, who[permission]].filter(Boolean).join("\n\n");
    if (deprecated !== undefined) operation.deprecated = true;
    operation.responses["4XX"] ??= { $ref: "#/components/responses/Error" };
    operation.responses["5XX"] ??= { $ref: "#/components/responses/Error" };
    if (permission !== "public" || config.throttle !== undefined) {
      operation.responses["429"] ??= { $ref: "#/components/responses/Throttled" };
    }
  }
}

const who: Readonly<Record<Permission, string>> = {
  public: "For everybody.",
  user: "For accounts.",
  cashier: "For an organiser's staff: cashiers and above.",
  manager: "For an organiser's staff: managers and above.",
  admin: "For an organiser's admins.",
  saas_admin: "For whoever runs the installation.",
};

// HTTP: jobs that have failed for the last time, for whoever runs the installation.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import type { Database } from "../platform/postgres.ts";
import { principalOf } from "../platform/principal.ts";
import { listDeadJobs, retryDeadJob } from "../platform/queue-dead.ts";

const pattern = "^[1-9][0-9]{0,17}$";
const id = Type.String({ pattern, description: "Id of the job" });

const DeadJob = Type.Object({
  id,
  job: Type.String({ description: "Kind of the job" }),
  attempts: Type.Integer(),
  last_error: Type.Union([Type.String(), Type.Null()], { description: "Null if its worker was killed" }),
  created_at: Type.String({ format: "date-time" }),
  failed_at: Type.String({ format: "date-time" }),
});

const DeadJobPage = Type.Object({ items: Type.Array(DeadJob), next: Type.Union([Type.String(), Type.Null()]) });

const DeadJobQuery = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
    cursor: Type.Optional(Type.String({ pattern, description: "`next` of the page before" })),
  },
  { additionalProperties: false },
);

const config = { permission: "saas_admin" } as const;
const tags = ["Operations"];

export const jobRoutes: FastifyPluginAsyncTypebox<{ readonly database: Database }> = async (app, { database }) => {
  app.get(
    "/api/v1/jobs/dead/",
    {
      config,
      schema: {
        summary: "Jobs that have failed for the last time",
        tags,
        querystring: DeadJobQuery,
        response: { 200: DeadJobPage },
      },
    },
    async ({ query }) => {
      const found = await listDeadJobs(database.db, query.limit + 1, query.cursor);
      const items = found.slice(0, query.limit);
      return { items, next: found.length > items.length ? (items.at(-1)?.id ?? null) : null };
    },
  );

  app.post(
    "/api/v1/jobs/dead/:id/retry/",
    {
      config,
      schema: {
        summary: "Try a dead job again, with all its attempts",
        tags,
        params: Type.Object({ id }),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await retryDeadJob(database, principalOf(request), request.params.id);
      return reply.code(204).send(null);
    },
  );
};

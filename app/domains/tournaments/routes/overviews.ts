// Lists of tournaments: all that is published, its schedules, its places; and for the staff, all of their own.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { staffBy } from "../access.ts";
import { listCapacities, listOwn, listSchedules, listTournaments } from "../repository.ts";
import { CapacityPage, SchedulePage, ScheduleQuery, TournamentPage, TournamentQuery } from "../schemas.ts";
import type { TournamentRoutes } from "./index.ts";

const config = { permission: "public", anonymous: true } as const;
const tags = ["tournaments"];

export const overviewRoutes: FastifyPluginAsyncTypebox<TournamentRoutes> = async (app, { database }) => {
  app.get(
    "/api/v1/tournaments/",
    {
      config,
      schema: {
        summary: "Tournaments that are published, the archive only if asked for",
        tags,
        querystring: TournamentQuery,
        response: { 200: TournamentPage },
      },
    },
    ({ query }) => listTournaments(database.db, query),
  );

  app.get(
    "/api/v1/schedules/",
    {
      config,
      schema: { summary: "When they take place", tags, querystring: ScheduleQuery, response: { 200: SchedulePage } },
    },
    ({ query }) => listSchedules(database.db, query),
  );

  app.get(
    "/api/v1/capacity/",
    {
      config,
      schema: { summary: "How full they are", tags, querystring: TournamentQuery, response: { 200: CapacityPage } },
    },
    ({ query }) => listCapacities(database.db, query),
  );

  app.get(
    "/api/v1/tournaments/mine/",
    {
      config: { permission: "manager" },
      schema: {
        summary: "All of the organiser's own, drafts and archive too",
        tags,
        querystring: TournamentQuery,
        response: { 200: TournamentPage },
      },
    },
    (request) => listOwn(database, staffBy(request), request.query),
  );
};

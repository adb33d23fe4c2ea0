// The bracket, its results, and who stands where.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { staffBy } from "../access.ts";
import { enterResult, listMatches, listStandings, scheduleMatch, startMatch } from "../matches.ts";
import { SlugParams } from "../schemas.ts";
import { MatchPage, MatchParams, MatchQuery, MatchTime, Result, StandingList } from "../team-schemas.ts";
import type { TournamentRoutes } from "./index.ts";

const tags = ["matches"];
const config = { permission: "manager" } as const;
const open = { permission: "public" } as const;
const matches = "/api/v1/tournaments/:slug/matches/";
const response = { 204: Type.Null() };

export const matchRoutes: FastifyPluginAsyncTypebox<TournamentRoutes> = async (app, { database }) => {
  app.get(
    matches,
    {
      config: open,
      schema: {
        summary: "The bracket, first round first, from top to bottom",
        tags,
        params: SlugParams,
        querystring: MatchQuery,
        response: { 200: MatchPage },
      },
    },
    ({ principal, params, query }) => listMatches(database, principal, params.slug, query),
  );

  app.get(
    "/api/v1/tournaments/:slug/standings/",
    {
      config: open,
      schema: { summary: "Who stands where", tags, params: SlugParams, response: { 200: StandingList } },
    },
    async ({ principal, params }) => ({ items: [...(await listStandings(database, principal, params.slug))] }),
  );

  app.put(
    `${matches}:match/result/`,
    {
      config,
      schema: {
        summary: "Enter a result, or correct it while the winner's next match has not started",
        tags,
        params: MatchParams,
        body: Result,
        response,
      },
    },
    async (request, reply) => {
      await enterResult(database, staffBy(request), request.params.slug, request.params.match, request.body);
      return reply.code(204).send(null);
    },
  );

  app.post(
    `${matches}:match/start/`,
    { config, schema: { summary: "Say that a match has started", tags, params: MatchParams, response } },
    async (request, reply) => {
      await startMatch(database, staffBy(request), request.params.slug, request.params.match);
      return reply.code(204).send(null);
    },
  );

  app.put(
    `${matches}:match/time/`,
    { config, schema: { summary: "Say when a match is played", tags, params: MatchParams, body: MatchTime, response } },
    async (request, reply) => {
      const { slug, match } = request.params;
      await scheduleMatch(database, staffBy(request), slug, match, request.body.scheduled_at);
      return reply.code(204).send(null);
    },
  );
};

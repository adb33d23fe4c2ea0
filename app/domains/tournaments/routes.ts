// HTTP: tournaments for API clients.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { preHandlerAsyncHookHandler } from "fastify";
import type { Database } from "../../platform/postgres.ts";
import { Problem } from "../../platform/problem.ts";
import { createTournament, findState, listTournaments } from "./repository.ts";
import {
  NewTournament,
  NotModified,
  SlugParams,
  Tournament,
  TournamentPage,
  TournamentQuery,
  TournamentState,
} from "./schemas.ts";

export interface TournamentRoutes {
  readonly database: Database;
  /** Lets through who may create tournaments; throws a Problem for others. */
  readonly mayCreate: preHandlerAsyncHookHandler;
}

export const tournamentRoutes: FastifyPluginAsyncTypebox<TournamentRoutes> = async (app, { database, mayCreate }) => {
  app.get(
    "/api/v1/tournaments/",
    { schema: { querystring: TournamentQuery, response: { 200: TournamentPage } } },
    ({ query }) => listTournaments(database.db, query),
  );

  app.post(
    "/api/v1/tournaments/",
    { onRequest: mayCreate, schema: { body: NewTournament, response: { 201: Tournament } } },
    async ({ body }, reply) => {
      const created = await createTournament(database, body);
      return reply.code(201).header("location", `/tournaments/api/${created.slug}/state/`).send(created);
    },
  );

  app.get(
    "/tournaments/api/:slug/state/",
    { schema: { params: SlugParams, response: { 200: TournamentState, 304: NotModified } } },
    async ({ params, headers }, reply) => {
      const state = await findState(database.db, params.slug);
      if (state === undefined) throw new Problem("NOT_FOUND", "There is no such tournament.");
      const tag = `"${state.version}"`;
      // Kept by clients, but asked about each time: the answer is mostly 304, without a body.
      void reply.header("etag", tag).header("cache-control", "no-cache");
      return matches(headers["if-none-match"], tag) ? reply.code(304).send(null) : state;
    },
  );
};

/** RFC 9110, 13.1.2: a list of tags, compared weakly, or `*`. */
function matches(ifNoneMatch: string | undefined, tag: string): boolean {
  const tags = (ifNoneMatch ?? "").split(",").map((item) => item.trim().replace(/^W\//, ""));
  return tags.includes(tag) || tags.includes("*");
}

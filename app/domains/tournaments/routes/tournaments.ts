// One tournament: made, read, changed, moved on; its state for those who poll.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { asReader, noTournament, staffBy } from "../access.ts";
import { createTournament, deleteDraft, editTournament, findState, readTournament } from "../repository.ts";
import { moveTournament } from "../run.ts";
import {
  MoveRequest,
  NewTournament,
  NotModified,
  SlugParams,
  Status,
  Tournament,
  TournamentChanges,
  TournamentDetails,
  TournamentState,
} from "../schemas.ts";
import { RegisterContext } from "../team-schemas.ts";
import { registerContext } from "../teams.ts";
import type { TournamentRoutes } from "./index.ts";

const tags = ["tournaments"];
const organiser = { permission: "manager" } as const;
const address = "/api/v1/tournaments/:slug/";

export const tournamentRoutes: FastifyPluginAsyncTypebox<TournamentRoutes> = async (app, { database, payments }) => {
  app.post(
    "/api/v1/tournaments/",
    {
      config: organiser,
      schema: { summary: "Make a draft", tags, body: NewTournament, response: { 201: Tournament } },
    },
    async (request, reply) => {
      const created = await createTournament(database, staffBy(request), request.body);
      return reply.code(201).header("location", `/api/v1/tournaments/${created.slug}/`).send(created);
    },
  );

  app.get(
    address,
    {
      config: { permission: "public" },
      schema: { summary: "All about one", tags, params: SlugParams, response: { 200: TournamentDetails } },
    },
    ({ principal, params }) => asReader(database, principal, (db) => readTournament(db, principal, params.slug)),
  );

  app.patch(
    address,
    {
      config: organiser,
      schema: {
        summary: "Change details",
        tags,
        params: SlugParams,
        body: TournamentChanges,
        response: { 200: TournamentDetails },
      },
    },
    async (request) => {
      const [by, { slug }] = [staffBy(request), request.params];
      await editTournament(database, by, slug, request.body);
      return asReader(database, by, (db) => readTournament(db, by, slug));
    },
  );

  app.delete(
    address,
    {
      config: organiser,
      schema: { summary: "Delete a draft", tags, params: SlugParams, response: { 204: Type.Null() } },
    },
    async (request, reply) => {
      await deleteDraft(database, staffBy(request), request.params.slug);
      return reply.code(204).send(null);
    },
  );

  app.post(
    `${address}transitions/`,
    {
      config: organiser,
      schema: {
        summary: "Move on: open registration, open check-in, start, complete, archive, cancel",
        tags,
        params: SlugParams,
        body: MoveRequest,
        response: { 200: Type.Object({ slug: Type.String(), status: Status }) },
      },
    },
    async (request) => {
      const { slug } = request.params;
      return { slug, status: await moveTournament(database, staffBy(request), slug, request.body) };
    },
  );

  app.get(
    "/tournaments/api/:slug/state/",
    {
      config: { permission: "public", anonymous: true },
      schema: {
        summary: "For polling: ETag, and 304 to who has it",
        tags,
        params: SlugParams,
        response: { 200: TournamentState, 304: NotModified },
      },
    },
    async ({ params, headers }, reply) => {
      const state = await findState(database.db, params.slug);
      if (state === undefined) throw noTournament();
      const tag = `"${state.version}"`;
      // Kept by clients, but asked about each time: the answer is mostly 304, without a body.
      void reply.header("etag", tag).header("cache-control", "no-cache");
      return matches(headers["if-none-match"], tag) ? reply.code(304).send(null) : state;
    },
  );

  app.get(
    "/tournaments/api/:slug/register/context/",
    {
      config: { permission: "public" },
      schema: {
        summary: "What a form for registering needs to know",
        tags,
        params: SlugParams,
        response: { 200: RegisterContext },
      },
    },
    ({ principal, params }, reply) => {
      void reply.header("cache-control", "private, no-cache");
      return registerContext(database, principal, params.slug, payments !== undefined);
    },
  );
};

/** RFC 9110, 13.1.2: a list of tags, compared weakly, or `*`. */
function matches(ifNoneMatch: string | undefined, tag: string): boolean {
  const tags = (ifNoneMatch ?? "").split(",").map((item) => item.trim().replace(/^W\//, ""));
  return tags.includes(tag) || tags.includes("*");
}

// Teams and their players.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { byOf, staffBy } from "../access.ts";
import { approvePlayer, askToJoin, removePlayer } from "../members.ts";
import { checkInTeam, registerTeam, seedTeam, withdrawTeam } from "../registration.ts";
import { SlugParams } from "../schemas.ts";
import { MemberList, MemberParams, NewTeam, Seeding, Team, TeamPage, TeamParams, TeamQuery } from "../team-schemas.ts";
import { listTeams, readTeam } from "../teams.ts";
import type { TournamentRoutes } from "./index.ts";

const tags = ["teams"];
const account = { permission: "user" } as const;
const open = { permission: "public" } as const;
const teams = "/api/v1/tournaments/:slug/teams/";
const one = `${teams}:team/`;
const response = { 204: Type.Null() };

export const teamRoutes: FastifyPluginAsyncTypebox<TournamentRoutes> = async (app, { database }) => {
  app.get(
    teams,
    {
      config: open,
      schema: {
        summary: "Who takes part and who waits",
        tags,
        params: SlugParams,
        querystring: TeamQuery,
        response: { 200: TeamPage },
      },
    },
    ({ principal, params, query }) => listTeams(database, principal, params.slug, query),
  );

  app.post(
    teams,
    {
      config: account,
      schema: {
        summary: "Register a team; whoever does is its captain",
        tags,
        params: SlugParams,
        body: NewTeam,
        response: { 201: Type.Object({ id: Type.String(), status: Type.Enum(["registered", "waiting"]) }) },
      },
    },
    async (request, reply) => {
      const { slug } = request.params;
      const created = await registerTeam(database, byOf(request), slug, request.body.name.trim());
      return reply.code(201).header("location", `/api/v1/tournaments/${slug}/teams/${created.id}/`).send(created);
    },
  );

  app.get(
    one,
    { config: open, schema: { summary: "One team", tags, params: TeamParams, response: { 200: Team } } },
    async ({ principal, params }) => (await readTeam(database, principal, params.slug, params.team)).team,
  );

  app.get(
    `${one}members/`,
    {
      config: open,
      schema: {
        summary: "Who plays; for the captain also who asks to",
        tags,
        params: TeamParams,
        response: { 200: MemberList },
      },
    },
    async ({ principal, params }) => ({
      items: [...(await readTeam(database, principal, params.slug, params.team)).members],
    }),
  );

  app.post(
    `${one}members/`,
    { config: account, schema: { summary: "Ask to play for a team", tags, params: TeamParams, response } },
    async (request, reply) => {
      await askToJoin(database, byOf(request), request.params.slug, request.params.team);
      return reply.code(204).send(null);
    },
  );

  app.post(
    `${one}members/:user/approve/`,
    { config: account, schema: { summary: "Captain: let a player in", tags, params: MemberParams, response } },
    async (request, reply) => {
      const { slug, team, user } = request.params;
      await approvePlayer(database, byOf(request), slug, team, user);
      return reply.code(204).send(null);
    },
  );

  app.delete(
    `${one}members/:user/`,
    {
      config: account,
      schema: { summary: "Decline, take off the team, or leave it", tags, params: MemberParams, response },
    },
    async (request, reply) => {
      const { slug, team, user } = request.params;
      await removePlayer(database, byOf(request), slug, team, user);
      return reply.code(204).send(null);
    },
  );

  app.post(
    `${one}check-in/`,
    { config: account, schema: { summary: "Say that the team is there", tags, params: TeamParams, response } },
    async (request, reply) => {
      await checkInTeam(database, byOf(request), request.params.slug, request.params.team);
      return reply.code(204).send(null);
    },
  );

  app.post(
    `${one}withdraw/`,
    { config: account, schema: { summary: "Give the place back", tags, params: TeamParams, response } },
    async (request, reply) => {
      await withdrawTeam(database, byOf(request), request.params.slug, request.params.team);
      return reply.code(204).send(null);
    },
  );

  app.put(
    `${one}seed/`,
    {
      config: { permission: "manager" },
      schema: { summary: "Say where a team stands in the bracket", tags, params: TeamParams, body: Seeding, response },
    },
    async (request, reply) => {
      const { slug, team } = request.params;
      await seedTeam(database, staffBy(request), slug, team, request.body.seed);
      return reply.code(204).send(null);
    },
  );
};

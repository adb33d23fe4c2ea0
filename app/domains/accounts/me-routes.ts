// HTTP: an account for its owner: profile, password, what is signed in, which organiser is acted for.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { principalOf } from "../../platform/principal.ts";
import type { AccountRoutes } from "./auth-routes.ts";
import { actFor, createOrganisation } from "./organisations.ts";
import { readAccount, rename } from "./profile.ts";
import { changePassword } from "./registration.ts";
import {
  AccessToken,
  Account,
  NewOrganisation,
  Nothing,
  Organisation,
  OrganisationChoice,
  PasswordChange,
  Profile,
  SessionParams,
  SignedIn,
  TokenOnly,
} from "./schemas.ts";
import { listSignedIn, revoke } from "./sign-in.ts";
import { acceptInvitation } from "./staff.ts";
import { lifetimes, signAccessToken } from "./tokens.ts";

const config = { permission: "user" } as const;
const tags = ["accounts"];

export const meRoutes: FastifyPluginAsyncTypebox<AccountRoutes> = async (app, { database, environment }) => {
  app.get(
    "/api/v1/auth/me/",
    { config, schema: { summary: "The account that is signed in", tags, response: { 200: Account } } },
    (request) => readAccount(database, principalOf(request)),
  );

  app.patch(
    "/api/v1/auth/me/",
    { config, schema: { summary: "Change the account", tags, body: Profile, response: { 200: Account } } },
    async (request) => {
      await rename(database, principalOf(request), request.body.name);
      return readAccount(database, principalOf(request));
    },
  );

  app.post(
    "/api/v1/auth/password/",
    {
      config: { ...config, throttle: "login" },
      schema: {
        summary: "Change the password; all else is signed out",
        tags,
        body: PasswordChange,
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      await changePassword(database, principalOf(request), request.body);
      return reply.code(204).send(null);
    },
  );

  app.get(
    "/api/v1/auth/sessions/",
    { config, schema: { summary: "What is signed in", tags, response: { 200: SignedIn } } },
    async (request) => ({ items: await listSignedIn(database, principalOf(request)) }),
  );

  app.delete(
    "/api/v1/auth/sessions/:session/",
    { config, schema: { summary: "Sign one out", tags, params: SessionParams, response: { 204: Nothing } } },
    async (request, reply) => {
      await revoke(database, principalOf(request), request.params.session);
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/api/v1/auth/organisations/",
    { config, schema: { summary: "Found an organiser", tags, body: NewOrganisation, response: { 201: Organisation } } },
    async (request, reply) => {
      const created = await createOrganisation(database, principalOf(request), request.body.name.trim());
      return reply.code(201).send(created);
    },
  );

  app.post(
    "/api/v1/auth/organisation/",
    {
      config,
      schema: {
        summary: "Act for another organiser",
        description: "The new access token acts for it, as do those that the family's refresh tokens give from now on.",
        tags,
        body: OrganisationChoice,
        response: { 200: AccessToken, 204: Nothing },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      await actFor(database, principal, request.body.organisation);
      if (principal.via === "session") return reply.code(204).send(null);
      const { user, credential: family } = principal;
      const claims = { user, family, tenant: request.body.organisation ?? undefined };
      const access_token = await signAccessToken(environment, claims);
      void reply.header("cache-control", "no-store");
      return { access_token, token_type: "Bearer" as const, expires_in: lifetimes.access };
    },
  );

  app.post(
    "/api/v1/auth/invitations/accept/",
    { config, schema: { summary: "Join a staff by an invitation", tags, body: TokenOnly, response: { 204: Nothing } } },
    async (request, reply) => {
      const principal = principalOf(request);
      await actFor(database, principal, await acceptInvitation(database, principal, request.body.token));
      return reply.code(204).send(null);
    },
  );
};

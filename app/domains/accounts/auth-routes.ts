// HTTP: ways in for API clients, and what proves an address. Answers are the same whether an address has an account or not.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyRequest } from "fastify";
import type { Environment } from "../../platform/load-environment.ts";
import type { Database } from "../../platform/postgres.ts";
import { principalOf } from "../../platform/principal.ts";
import { refresh, startFamily } from "./refresh.ts";
import { type Asking, register, requestMail, resetPassword, verifyEmail } from "./registration.ts";
import {
  Accepted,
  Credentials,
  EmailOnly,
  EmailProof,
  Nothing,
  PasswordReset,
  RefreshToken,
  Registration,
  TokenPair,
} from "./schemas.ts";
import { checkCredentials, type Origin, signOut } from "./sign-in.ts";

export interface AccountRoutes {
  readonly database: Database;
  readonly environment: Environment;
}

/** Where a request comes from, for what it leaves behind. */
export function originOf(request: FastifyRequest): Origin {
  return { request: request.id, userAgent: request.headers["user-agent"] ?? "" };
}

/** What mails need to know of the request that caused them. Its host name is one of ALLOWED_HOSTS. */
export function askingOf(request: FastifyRequest): Asking {
  return { request: request.id, site: `${request.protocol}://${request.host}` };
}

const wayIn = { permission: "public", anonymous: true } as const;
const byLogin = { ...wayIn, throttle: "login" } as const;
const byRegister = { ...wayIn, throttle: "register" } as const;
const tags = ["accounts"];
const mailed = { message: "If this can be done, a mail is on its way." };
const registration =
  "Mails a link that confirms the address. Until that is done, a later registration of the address takes the place of this one.";
const proof =
  "By the token of the newest mail and the password of the newest registration: by the mail alone, a password that somebody else chose would count. Who has another, or none, sets one by a new password's mail, which confirms the address too.";
const reset =
  "By the token of a mail, which confirms the address too. Ends all that was signed in; of a registration that was not confirmed, the organiser is not founded.";

export const authRoutes: FastifyPluginAsyncTypebox<AccountRoutes> = async (app, deps) => {
  const { database } = deps;
  app.post(
    "/api/v1/auth/register/",
    {
      config: byRegister,
      schema: {
        summary: "Register an account",
        description: registration,
        tags,
        body: Registration,
        response: { 202: Accepted },
      },
    },
    async (request, reply) => {
      await register(database, request.body, askingOf(request));
      return reply.code(202).send(mailed);
    },
  );

  app.post(
    "/api/v1/auth/login/",
    { config: byLogin, schema: { summary: "Sign in", tags, body: Credentials, response: { 200: TokenPair } } },
    async (request, reply) => {
      const user = await checkCredentials(database, request.body, originOf(request));
      return noStore(reply).send(await startFamily(deps, user, originOf(request)));
    },
  );

  app.post(
    "/api/v1/auth/refresh/",
    {
      config: wayIn,
      schema: { summary: "Get the next pair of tokens", tags, body: RefreshToken, response: { 200: TokenPair } },
    },
    async (request, reply) => {
      return noStore(reply).send(await refresh(deps, request.body.refresh_token, originOf(request)));
    },
  );

  app.post(
    "/api/v1/auth/logout/",
    { config: { permission: "user" }, schema: { summary: "Sign out", tags, response: { 204: Nothing } } },
    async (request, reply) => {
      await signOut(database, principalOf(request));
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/api/v1/auth/verify-email/",
    {
      config: byRegister,
      schema: {
        summary: "Confirm an e-mail address",
        description: proof,
        tags,
        body: EmailProof,
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      await verifyEmail(database, request.body, askingOf(request));
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/api/v1/auth/verify-email/resend/",
    {
      config: byRegister,
      schema: { summary: "Mail the link again", tags, body: EmailOnly, response: { 202: Accepted } },
    },
    async (request, reply) => {
      await requestMail(database, "verify", request.body.email, askingOf(request));
      return reply.code(202).send(mailed);
    },
  );

  app.post(
    "/api/v1/auth/password-reset/",
    {
      config: byRegister,
      schema: { summary: "Ask for a new password", tags, body: EmailOnly, response: { 202: Accepted } },
    },
    async (request, reply) => {
      await requestMail(database, "reset", request.body.email, askingOf(request));
      return reply.code(202).send(mailed);
    },
  );

  app.post(
    "/api/v1/auth/password-reset/confirm/",
    {
      config: byLogin,
      schema: {
        summary: "Set a new password",
        description: reset,
        tags,
        body: PasswordReset,
        response: { 204: Nothing },
      },
    },
    async (request, reply) => {
      await resetPassword(database, request.body, askingOf(request));
      return reply.code(204).send(null);
    },
  );
};

/** Tokens are for who asked. */
function noStore<Reply extends { header(name: string, value: string): Reply }>(reply: Reply): Reply {
  return reply.header("cache-control", "no-store");
}

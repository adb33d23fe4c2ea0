// Pages: log in and log out.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyReply } from "fastify";
import { html } from "ghtml";
import Type from "typebox";
import { originOf } from "../../domains/accounts/auth-routes.ts";
import { Credentials } from "../../domains/accounts/schemas.ts";
import { checkCredentials, signOut, startSession } from "../../domains/accounts/sign-in.ts";
import { lifetimes } from "../../domains/accounts/tokens.ts";
import { attempt, type Field, type FormState, form } from "../forms.ts";
import { type AccountPages, ownPath, sendNarrow, typed } from "./shared.ts";

const next = Type.Optional(Type.String({ maxLength: 500 }));
const LoginQuery = Type.Object({
  next,
  said: Type.Optional(Type.String({ maxLength: 20 })),
});
const LoginForm = Type.Object({ ...Credentials.properties, next }, { additionalProperties: false });

const fields: readonly Field[] = [
  { name: "email", label: "E-mail address", type: "email", autocomplete: "username", attributes: { maxlength: 254 } },
  { name: "password", label: "Password", type: "password", autocomplete: "current-password" },
];

const newPassword = "Your new password is set. You can log in with it now.";

export const signInPages: FastifyPluginAsyncTypebox<AccountPages> = async (app, { database, context, cookie }) => {
  const show = (reply: FastifyReply, target: string, state: FormState = {}, said?: string) =>
    sendNarrow(reply, context, "Log in", [
      said === "password" ? html`<p class="done" role="status">${newPassword}</p>` : "",
      form(reply, { action: "/login/", fields, submit: "Log in", hidden: { next: target } }, state),
      html`<p><a href="/forgot-password/">Forgot the password?</a></p>
        <p>No account yet? <a href="/register/">Register</a></p>`,
    ]);

  app.get(
    "/login/",
    { config: { permission: "public" }, schema: { querystring: LoginQuery } },
    async ({ query, principal }, reply) => {
      const target = ownPath(query.next);
      return principal === undefined ? show(reply, target, {}, query.said) : reply.redirect(target, 303);
    },
  );

  app.post(
    "/login/",
    { config: { permission: "public", throttle: "login" }, attachValidation: true, schema: { body: LoginForm } },
    async (request, reply) => {
      const target = ownPath(typed(request, "next"));
      const state = await attempt(request, async () => {
        const user = await checkCredentials(database, request.body, originOf(request));
        // Whoever was signed in here is not any more; the new session has an id that nobody knew before.
        if (request.principal !== undefined) await signOut(database, request.principal);
        cookie.write(reply, await startSession(database, user, originOf(request)), lifetimes.session);
      });
      return state === undefined ? reply.redirect(target, 303) : show(reply.code(state.status), target, state);
    },
  );

  // Open to all: who has been signed out already gets where they want.
  app.post("/logout/", { config: { permission: "public", signsOut: true } }, async (request, reply) => {
    if (request.principal !== undefined) await signOut(database, request.principal);
    // Another site's form comes without the cookie of a session that lives: it must not be taken away for that.
    if (cookie.read(request) !== undefined) cookie.clear(reply);
    return reply.redirect("/", 303);
  });
};

// Pages: register, confirm the e-mail address, get a new password by mail. None tells whether an address has an account.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import { html } from "ghtml";
import Type from "typebox";
import { askingOf, originOf } from "../../domains/accounts/auth-routes.ts";
import { register, requestMail, resetPassword, verifyEmail } from "../../domains/accounts/registration.ts";
import { EmailOnly, EmailProof, PasswordReset, Registration } from "../../domains/accounts/schemas.ts";
import { signOut, startSession } from "../../domains/accounts/sign-in.ts";
import { lifetimes } from "../../domains/accounts/tokens.ts";
import { attempt, type Field, type Form, type FormState, form } from "../forms.ts";
import { type AccountPages, sendNarrow, typed } from "./shared.ts";

const email: Field = {
  name: "email",
  label: "E-mail address",
  type: "email",
  autocomplete: "username",
  attributes: { maxlength: 254 },
};
const newPassword: Field = {
  name: "password",
  label: "Password",
  type: "password",
  hint: "10 characters or more. Several words that do not belong together are good.",
  autocomplete: "new-password",
  attributes: { minlength: 10, maxlength: 128 },
};
const chosenPassword: Field = {
  name: "password",
  label: "Password",
  type: "password",
  hint: "The one that you registered with.",
  autocomplete: "current-password",
  attributes: { maxlength: 128 },
};
const name: Field = { name: "name", label: "Your name", autocomplete: "name", attributes: { maxlength: 120 } };
const organisation: Field = {
  name: "organisation",
  label: "Organiser",
  hint: "If you run tournaments: what you are called. You will be its first admin.",
  required: false,
  autocomplete: "organization",
  attributes: { maxlength: 120 },
};

/** A browser sends a field that was left empty as an empty text. */
const RegistrationForm = Type.Object(
  { ...Registration.properties, organisation: Type.Optional(Type.String({ maxLength: 120 })) },
  { additionalProperties: false },
);
const LinkQuery = Type.Object({ token: Type.Optional(Type.String({ maxLength: 100 })) });

const isPublic = { permission: "public" } as const;
const counted = { ...isPublic, throttle: "register" } as const;

/** One page with one form, and what happens when it is sent. */
interface FormPage {
  readonly title: string;
  /** HTML above the form. @default "" */
  readonly lead?: string;
  readonly form: Form;
}

export const registrationPages: FastifyPluginAsyncTypebox<AccountPages> = async (
  app,
  { database, context, cookie },
) => {
  const show = (reply: FastifyReply, { title, lead = "", form: content }: FormPage, state: FormState = {}) =>
    sendNarrow(reply, context, title, [lead, form(reply, content, state)]);
  const said = (reply: FastifyReply, title: string, sentence: string) =>
    sendNarrow(reply, context, title, [html`<p role="status">${sentence}</p>`]);
  /** Does what a form is for; shows it again with what is wrong, or goes on. */
  const take = async (
    request: FastifyRequest,
    reply: FastifyReply,
    page: FormPage,
    work: () => Promise<void>,
    done: () => FastifyReply,
  ) => {
    const state = await attempt(request, work);
    return state === undefined ? done() : show(reply.code(state.status), page, state);
  };

  const registering: FormPage = {
    title: "Register",
    lead: html`<p>You have an account already? <a href="/login/">Log in</a></p>`,
    form: { action: "/register/", fields: [name, email, newPassword, organisation], submit: "Register" },
  };
  app.get("/register/", { config: isPublic }, async (_request, reply) => show(reply, registering));
  app.post(
    "/register/",
    { config: counted, attachValidation: true, schema: { body: RegistrationForm } },
    (request, reply) => {
      const { organisation: typedName = "", ...given } = request.body;
      const named = typedName.trim() === "" ? {} : { organisation: typedName };
      const work = () => register(database, { ...given, ...named }, askingOf(request));
      return take(request, reply, registering, work, () =>
        said(
          reply,
          "Look into your mail",
          "We sent you a link. Follow it and type your password again to confirm your address.",
        ),
      );
    },
  );

  const forgot: FormPage = {
    title: "Forgot the password?",
    lead: html`<p>We mail you a link to set a new one.</p>`,
    form: { action: "/forgot-password/", fields: [email], submit: "Mail me a link" },
  };
  app.get("/forgot-password/", { config: isPublic }, async (_request, reply) => show(reply, forgot));
  app.post(
    "/forgot-password/",
    { config: counted, attachValidation: true, schema: { body: EmailOnly } },
    (request, reply) =>
      take(
        request,
        reply,
        forgot,
        () => requestMail(database, "reset", request.body.email, askingOf(request)),
        () => said(reply, "Look into your mail", "If this address has an account, a link is on its way to it."),
      ),
  );

  const reset = (token: string): FormPage => ({
    title: "Set a new password",
    form: { action: "/reset-password/", fields: [newPassword], submit: "Set it", hidden: { token } },
  });
  app.get("/reset-password/", { config: isPublic, schema: { querystring: LinkQuery } }, async ({ query }, reply) =>
    show(reply, reset(query.token ?? "")),
  );
  app.post(
    "/reset-password/",
    { config: counted, attachValidation: true, schema: { body: PasswordReset } },
    (request, reply) =>
      take(
        request,
        reply,
        reset(typed(request, "token")),
        () => resetPassword(database, request.body, askingOf(request)),
        () => reply.redirect("/login/?said=password", 303),
      ),
  );

  // A button and no link: programs that look through mail follow links.
  const verify = (token: string): FormPage => ({
    title: "Confirm your e-mail address",
    lead: html`<p>You forgot the password, or somebody else registered with your address?
      <a href="/forgot-password/">Set a new password</a>, which confirms the address too.</p>`,
    form: { action: "/verify-email/", fields: [chosenPassword], submit: "This is my address", hidden: { token } },
  });
  app.get("/verify-email/", { config: isPublic, schema: { querystring: LinkQuery } }, async ({ query }, reply) =>
    show(reply, verify(query.token ?? "")),
  );
  app.post(
    "/verify-email/",
    { config: counted, attachValidation: true, schema: { body: EmailProof } },
    (request, reply) =>
      take(
        request,
        reply,
        verify(typed(request, "token")),
        async () => {
          const user = await verifyEmail(database, request.body, askingOf(request));
          // They have typed the password: nobody is asked for it again. As in signing in, whoever was signed in is not any more.
          if (request.principal !== undefined) await signOut(database, request.principal);
          cookie.write(reply, await startSession(database, user, originOf(request)), lifetimes.session);
        },
        () => reply.redirect("/account/?said=confirmed", 303),
      ),
  );
};

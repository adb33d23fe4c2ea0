// Page: an account for its owner: name, password, organisers, what is signed in.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import { html } from "ghtml";
import Type from "typebox";
import { actFor, createOrganisation } from "../../domains/accounts/organisations.ts";
import { readAccount, rename } from "../../domains/accounts/profile.ts";
import { changePassword } from "../../domains/accounts/registration.ts";
import {
  type Account,
  NewOrganisation,
  PasswordChange,
  Profile,
  SessionParams,
  TokenOnly,
} from "../../domains/accounts/schemas.ts";
import { listSignedIn, revoke, type SignedIn } from "../../domains/accounts/sign-in.ts";
import { acceptInvitation } from "../../domains/accounts/staff.ts";
import { principalOf } from "../../platform/principal.ts";
import { attempt, csrfField, type Field, type FormState, form } from "../forms.ts";
import { sendPage } from "../layout.ts";
import { type AccountPages, sendNarrow, typed } from "./shared.ts";

const config = { permission: "user" } as const;
const OrganisationForm = Type.Object(
  { organisation: Type.String({ format: "uuid" }) },
  { additionalProperties: false },
);
const Said = Type.Object({ said: Type.Optional(Type.String({ maxLength: 20 })) });
const LinkQuery = Type.Object({ token: Type.Optional(Type.String({ maxLength: 100 })) });

/** Which of the page's forms was sent, and how it stands. */
type Sent = { readonly which: keyof typeof fields; readonly state: FormState } | undefined;

const fields = {
  name: [{ name: "name", label: "Your name", autocomplete: "name", attributes: { maxlength: 120 } }],
  password: [
    { name: "current_password", label: "Current password", type: "password", autocomplete: "current-password" },
    {
      name: "password",
      label: "New password",
      type: "password",
      hint: "10 characters or more. All other devices are signed out.",
      autocomplete: "new-password",
      attributes: { minlength: 10, maxlength: 128 },
    },
  ],
  organisation: [
    { name: "name", label: "Name of the organiser", id: "field-organiser", attributes: { maxlength: 120 } },
  ],
} satisfies Record<string, readonly Field[]>;

export const accountPage: FastifyPluginAsyncTypebox<AccountPages> = async (app, { database, context }) => {
  const show = async (request: FastifyRequest, reply: FastifyReply, sent?: Sent, isConfirmed = false) => {
    const principal = principalOf(request);
    const account = await readAccount(database, principal);
    const main = render(reply, account, await listSignedIn(database, principal), sent, isConfirmed);
    return sendPage(reply, context, { title: "Your account", main, styles: ["accounts.css"] });
  };
  /** Does what a form is for; shows the page again with what is wrong, or anew. */
  const take = async (
    which: keyof typeof fields,
    request: FastifyRequest,
    reply: FastifyReply,
    work: () => Promise<unknown>,
  ) => {
    const state = await attempt(request, work);
    return state === undefined
      ? reply.redirect("/account/", 303)
      : show(request, reply.code(state.status), { which, state });
  };

  app.get("/account/", { config, schema: { querystring: Said } }, (request, reply) =>
    show(request, reply, undefined, request.query.said === "confirmed"),
  );

  app.post("/account/name/", { config, attachValidation: true, schema: { body: Profile } }, (request, reply) =>
    take("name", request, reply, () => rename(database, principalOf(request), request.body.name)),
  );

  app.post(
    "/account/password/",
    { config: { ...config, throttle: "login" }, attachValidation: true, schema: { body: PasswordChange } },
    (request, reply) =>
      take("password", request, reply, () => changePassword(database, principalOf(request), request.body)),
  );

  app.post(
    "/account/organisations/",
    { config, attachValidation: true, schema: { body: NewOrganisation } },
    (request, reply) =>
      take("organisation", request, reply, async () => {
        const principal = principalOf(request);
        const { id } = await createOrganisation(database, principal, request.body.name.trim());
        await actFor(database, principal, id);
      }),
  );

  app.post("/account/organisation/", { config, schema: { body: OrganisationForm } }, async (request, reply) => {
    await actFor(database, principalOf(request), request.body.organisation);
    return reply.redirect("/account/", 303);
  });

  app.post("/account/sessions/:session/", { config, schema: { params: SessionParams } }, async (request, reply) => {
    await revoke(database, principalOf(request), request.params.session);
    return reply.redirect("/account/", 303);
  });

  const invitation = (reply: FastifyReply, token: string, state: FormState = {}) =>
    sendNarrow(reply, context, "Join a staff", [
      form(reply, { action: "/invitation/", fields: [], submit: "Join", hidden: { token } }, state),
    ]);
  app.get("/invitation/", { config, schema: { querystring: LinkQuery } }, async ({ query }, reply) =>
    invitation(reply, query.token ?? ""),
  );
  app.post("/invitation/", { config, attachValidation: true, schema: { body: TokenOnly } }, async (request, reply) => {
    const principal = principalOf(request);
    const state = await attempt(request, async () =>
      actFor(database, principal, await acceptInvitation(database, principal, request.body.token)),
    );
    if (state !== undefined) return invitation(reply.code(state.status), typed(request, "token"), state);
    return reply.redirect("/account/", 303);
  });
};

function render(
  reply: FastifyReply,
  account: Account,
  signedIn: readonly SignedIn[],
  sent: Sent,
  isConfirmed: boolean,
): string {
  const stateOf = (which: keyof typeof fields) => (sent?.which === which ? sent.state : {});
  const name = { values: { name: account.name }, ...stateOf("name") };
  const forms = {
    name: form(reply, { action: "/account/name/", fields: fields.name, submit: "Save" }, name),
    password: form(
      reply,
      { action: "/account/password/", fields: fields.password, submit: "Change password" },
      stateOf("password"),
    ),
    organisation: form(
      reply,
      { action: "/account/organisations/", fields: fields.organisation, submit: "Found an organiser" },
      stateOf("organisation"),
    ),
  };
  return html`<div class="narrow">
    <div class="intro"><h1>Your account</h1><p>${account.email}</p></div>
    !${isConfirmed ? html`<p class="done" role="status">Your address is confirmed, and you are logged in.</p>` : ""}
    <section aria-labelledby="profile"><h2 id="profile">Profile</h2>!${forms.name}</section>
    <section aria-labelledby="organisers"><h2 id="organisers">Organisers</h2>
      !${organisers(reply, account)}
      <details !${sent?.which === "organisation" ? "open" : ""}><summary>Found another organiser</summary>!${forms.organisation}</details>
    </section>
    <section aria-labelledby="password"><h2 id="password">Password</h2>!${forms.password}</section>
    <section aria-labelledby="signed-in"><h2 id="signed-in">Signed in</h2>
      <ul class="rows">!${signedIn.map((one) => device(reply, one))}</ul>
    </section>
  </div>`;
}

function organisers(reply: FastifyReply, { organisation, organisations }: Account): string {
  if (organisations.length === 0) return html`<p class="quiet">You are on nobody's staff.</p>`;
  const rows = organisations.map(({ id, name, role }) => {
    const choose = html`<form method="post" action="/account/organisation/">
      !${csrfField(reply)}<input type="hidden" name="organisation" value="${id}">
      <button class="quiet">Act for ${name}</button>
    </form>`;
    return html`<li><span>${name}, as ${role}</span>!${id === organisation ? html`<strong>Acting for it</strong>` : choose}</li>`;
  });
  return html`<ul class="rows">!${rows}</ul>`;
}

function device(reply: FastifyReply, { id, kind, user_agent, created_at, is_current }: SignedIn): string {
  const what = user_agent === "" ? (kind === "browser" ? "A browser" : "An API client") : user_agent;
  const end = html`<form method="post" action="/account/sessions/${id}/">
    !${csrfField(reply)}<button class="quiet">Sign out<span class="unseen"> ${what}</span></button>
  </form>`;
  return html`<li>
    <span>${what} <time class="quiet" datetime="${created_at}">since ${created_at.slice(0, 10)}</time></span>
    !${is_current ? html`<strong>This one</strong>` : end}
  </li>`;
}

// Page: an organiser's staff, for its admins: who is on it in which role, who is asked to join.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import { html } from "ghtml";
import { askingOf } from "../../domains/accounts/auth-routes.ts";
import { InvitationParams, NewInvitation, RoleChange, UserParams } from "../../domains/accounts/schemas.ts";
import {
  changeRole,
  type Invitation,
  invite,
  listInvitations,
  listMembers,
  type Member,
  removeMember,
  withdraw,
} from "../../domains/accounts/staff.ts";
import { staffOf, type TenantRole, tenantRoles } from "../../platform/principal.ts";
import { attempt, csrfField, type Field, type FormState, form } from "../forms.ts";
import { sendPage } from "../layout.ts";
import type { AccountPages } from "./shared.ts";

const config = { permission: "admin" } as const;
const place = "/account/staff/";
const labels: Readonly<Record<TenantRole, string>> = { cashier: "Cashier", manager: "Manager", admin: "Admin" };
const roleOptions = tenantRoles.map((role) => [role, labels[role]] as const);
const fields: readonly Field[] = [
  { name: "email", label: "E-mail address", type: "email", autocomplete: "off", attributes: { maxlength: 254 } },
  { name: "role", label: "Role", type: "select", options: roleOptions },
];

export const staffPage: FastifyPluginAsyncTypebox<AccountPages> = async (app, { database, context }) => {
  const show = async (request: FastifyRequest, reply: FastifyReply, state: FormState = {}) => {
    const by = staffOf(request);
    const main = render(reply, await listMembers(database, by), await listInvitations(database, by), state);
    return sendPage(reply, context, { title: "Staff", main, styles: ["accounts.css"] });
  };
  /** Does what was asked for; shows the page again with what is wrong, or anew. */
  const take = async (
    request: FastifyRequest,
    reply: FastifyReply,
    work: () => Promise<unknown>,
    /** What the form to ask somebody shows again; buttons of the list have nothing to show. */
    values: FormState["values"] = {},
  ) => {
    const state = await attempt(request, work);
    if (state === undefined) return reply.redirect(place, 303);
    return show(request, reply.code(state.status), { ...state, values });
  };

  app.get(place, { config }, (request, reply) => show(request, reply));

  app.post(
    `${place}invitations/`,
    { config: { ...config, throttle: "register" }, attachValidation: true, schema: { body: NewInvitation } },
    (request, reply) => {
      const work = () => invite(database, staffOf(request), request.body, askingOf(request).site);
      return take(request, reply, work, { ...request.body });
    },
  );

  app.post(
    `${place}invitations/:invitation/withdraw/`,
    { config, schema: { params: InvitationParams } },
    async (request, reply) => {
      await withdraw(database, staffOf(request), request.params.invitation);
      return reply.redirect(place, 303);
    },
  );

  app.post(`${place}members/:user/`, { config, schema: { params: UserParams, body: RoleChange } }, (request, reply) =>
    take(request, reply, () => changeRole(database, staffOf(request), request.params.user, request.body.role)),
  );

  app.post(`${place}members/:user/remove/`, { config, schema: { params: UserParams } }, (request, reply) =>
    take(request, reply, () => removeMember(database, staffOf(request), request.params.user)),
  );
};

function render(
  reply: FastifyReply,
  members: readonly Member[],
  invitations: readonly Invitation[],
  state: FormState,
): string {
  const asking = { action: `${place}invitations/`, fields, submit: "Ask by mail" };
  return html`<div class="narrow">
    <h1>Staff</h1>
    <section aria-labelledby="members"><h2 id="members">Who is on it</h2>
      <ul class="rows">!${members.map((member) => memberRow(reply, member))}</ul>
    </section>
    <section aria-labelledby="ask"><h2 id="ask">Ask somebody to join</h2>!${form(reply, asking, state)}</section>
    !${invitations.length === 0 ? "" : invitationList(reply, invitations)}
  </div>`;
}

function memberRow(reply: FastifyReply, { id, name, email, role }: Member): string {
  const options = roleOptions.map(
    ([value, label]) => html`<option value="${value}" !${value === role ? "selected" : ""}>${label}</option>`,
  );
  return html`<li>
    <span>${name}<br><span class="quiet">${email}</span></span>
    <form class="row" method="post" action="${place}members/${id}/">
      !${csrfField(reply)}
      <select name="role" aria-label="Role of ${name}">!${options}</select>
      <button class="quiet">Change<span class="unseen"> the role of ${name}</span></button>
    </form>
    <form method="post" action="${place}members/${id}/remove/">
      !${csrfField(reply)}<button class="quiet">Remove<span class="unseen"> ${name}</span></button>
    </form>
  </li>`;
}

function invitationList(reply: FastifyReply, invitations: readonly Invitation[]): string {
  const rows = invitations.map(
    ({ id, email, role, expires_at }) => html`<li>
      <span>${email}, as ${labels[role]}<br><span class="quiet">until ${expires_at.slice(0, 10)}</span></span>
      <form method="post" action="${place}invitations/${id}/withdraw/">
        !${csrfField(reply)}<button class="quiet">Withdraw<span class="unseen"> the invitation of ${email}</span></button>
      </form>
    </li>`,
  );
  return html`<section aria-labelledby="asked"><h2 id="asked">Asked to join</h2><ul class="rows">!${rows}</ul></section>`;
}

// Pages for organisers: a new tournament, and the details of one.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyReply } from "fastify";
import { html } from "ghtml";
import { staffBy } from "../../domains/tournaments/access.ts";
import { createTournament, deleteDraft, editTournament, readOwn } from "../../domains/tournaments/repository.ts";
import { SlugParams, type TournamentDetails } from "../../domains/tournaments/schemas.ts";
import { changesIn, editForm } from "../edits.ts";
import { attempt, type FormState, form } from "../forms.ts";
import { EditForm, editFields, NewForm, readForm } from "./edit-form.ts";
import { act, button, problemBox, send, type TournamentPages, trail } from "./shared.ts";

const config = { permission: "manager" } as const;
const address = "/organise/tournaments/:slug/edit/";

export const editPages: FastifyPluginAsyncTypebox<TournamentPages> = async (app, { database, context }) => {
  const showNew = (reply: FastifyReply, state: FormState = {}) => {
    const action = "/organise/tournaments/new/";
    const main = html`!${trail(["Organise", "/organise/tournaments/"])}<div class="narrow"><h1>New tournament</h1>
      <p>It begins as a draft, which only your staff sees.</p>
      !${form(reply, { action, fields: editFields(), submit: "Make the draft" }, state)}</div>`;
    return send(reply, context, { title: "New tournament", main });
  };
  app.get("/organise/tournaments/new/", { config }, async (_request, reply) => showNew(reply));

  app.post(
    "/organise/tournaments/new/",
    { config, attachValidation: true, schema: { body: NewForm } },
    async (request, reply) => {
      const state = await attempt(request, async () => {
        const { slug, name, capacity, ...details } = request.body;
        const { starts_at = "", ...changes } = readForm(details, new Set(Object.keys(details)), "EUR");
        const values = { ...changes, slug, name: name.trim(), starts_at, capacity };
        await createTournament(database, staffBy(request), values);
      });
      if (state !== undefined) return showNew(reply.code(state.status), state);
      return reply.redirect(`/organise/tournaments/${request.body.slug}/`, 303);
    },
  );

  const show = (reply: FastifyReply, tournament: TournamentDetails, state?: FormState, problem?: string) => {
    const { slug, name, status } = tournament;
    const action = `/organise/tournaments/${slug}/`;
    const removal = html`<details><summary>Delete this draft</summary>
      !${button(reply, { action: `${action}delete/`, label: "Delete the draft", kind: "danger" })}</details>`;
    const edit = { action: `${action}edit/`, fields: editFields(tournament), submit: "Save" };
    const main = html`!${trail(["Organise", "/organise/tournaments/"], [name, action])}
      <div class="narrow"><h1>Details of ${name}</h1>
        !${problemBox(problem)}
        !${editForm(reply, edit, state)}
        !${status === "draft" ? removal : ""}
      </div>`;
    return send(reply, context, { title: `Details of ${name}`, main });
  };

  app.get(address, { config, schema: { params: SlugParams } }, async (request, reply) =>
    show(reply, await readOwn(database, staffBy(request), request.params.slug)),
  );

  app.post(
    address,
    { config, attachValidation: true, schema: { params: SlugParams, body: EditForm } },
    async (request, reply) => {
      const [by, { slug }] = [staffBy(request), request.params];
      const { body } = request;
      const state = await attempt(request, () =>
        editTournament(database, by, slug, (current) =>
          readForm(body, changesIn(editFields(current), body), current.entry_fee.currency),
        ),
      );
      if (state !== undefined) return show(reply.code(state.status), await readOwn(database, by, slug), state);
      return reply.redirect(`/organise/tournaments/${slug}/`, 303);
    },
  );

  app.post("/organise/tournaments/:slug/delete/", { config, schema: { params: SlugParams } }, (request, reply) => {
    const [by, { slug }] = [staffBy(request), request.params];
    const work = async () => {
      await deleteDraft(database, by, slug);
      return "/organise/tournaments/";
    };
    return act(reply, work, async (problem) => show(reply, await readOwn(database, by, slug), undefined, problem));
  });
};

// Pages for organisers: a new tournament, and the details of one.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyReply } from "fastify";
import { html } from "ghtml";
import { asReader, findOwn, type StaffBy, staffBy } from "../../domains/tournaments/access.ts";
import { createTournament, deleteDraft, editTournament, readTournament } from "../../domains/tournaments/repository.ts";
import { SlugParams, type TournamentDetails } from "../../domains/tournaments/schemas.ts";
import { type FormState, faultsOf, form, refusalOf } from "../forms.ts";
import { EditForm, editFields, NewForm, readForm, valuesOf } from "./edit-form.ts";
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
      const faults = faultsOf(request);
      if (faults !== undefined) return showNew(reply.code(400), faults);
      const { slug, name, capacity, ...details } = request.body;
      const read = readForm(details, {}, "EUR");
      if ("errors" in read) return showNew(reply.code(400), { values: request.body, errors: read.errors });
      const { starts_at = "", ...changes } = read.changes;
      try {
        await createTournament(database, staffBy(request), {
          ...changes,
          slug,
          name: name.trim(),
          starts_at,
          capacity,
        });
        return reply.redirect(`/organise/tournaments/${slug}/`, 303);
      } catch (error) {
        const state = refusalOf(error, request.body);
        return showNew(reply.code(409), state);
      }
    },
  );

  const own = async (by: StaffBy, slug: string): Promise<TournamentDetails> =>
    asReader(database, by, async (db) => {
      await findOwn(db, by.tenant, slug);
      return readTournament(db, by, slug);
    });
  const show = (reply: FastifyReply, tournament: TournamentDetails, state: FormState = {}, problem?: string) => {
    const { slug, name, status } = tournament;
    const action = `/organise/tournaments/${slug}/`;
    const removal = html`<details><summary>Delete this draft</summary>
      !${button(reply, { action: `${action}delete/`, label: "Delete the draft", kind: "danger" })}</details>`;
    const values = { ...valuesOf(tournament), ...state.values };
    const fields = editFields(tournament);
    const main = html`!${trail(["Organise", "/organise/tournaments/"], [name, action])}
      <div class="narrow"><h1>Details of ${name}</h1>
        !${problemBox(problem)}
        !${form(reply, { action: `${action}edit/`, fields, submit: "Save" }, { ...state, values })}
        !${status === "draft" ? removal : ""}
      </div>`;
    return send(reply, context, { title: `Details of ${name}`, main });
  };

  app.get(address, { config, schema: { params: SlugParams } }, async (request, reply) =>
    show(reply, await own(staffBy(request), request.params.slug)),
  );

  app.post(
    address,
    { config, attachValidation: true, schema: { params: SlugParams, body: EditForm } },
    async (request, reply) => {
      const [by, { slug }] = [staffBy(request), request.params];
      const tournament = await own(by, slug);
      const faults = faultsOf(request);
      if (faults !== undefined) return show(reply.code(400), tournament, faults);
      const read = readForm(request.body, valuesOf(tournament), tournament.entry_fee.currency);
      if ("errors" in read) return show(reply.code(400), tournament, { values: request.body, errors: read.errors });
      try {
        if (Object.keys(read.changes).length > 0) await editTournament(database, by, slug, read.changes);
        return reply.redirect(`/organise/tournaments/${slug}/`, 303);
      } catch (error) {
        const state = refusalOf(error, request.body);
        return show(reply.code(409), tournament, state);
      }
    },
  );

  app.post("/organise/tournaments/:slug/delete/", { config, schema: { params: SlugParams } }, (request, reply) => {
    const [by, { slug }] = [staffBy(request), request.params];
    const work = async () => {
      await deleteDraft(database, by, slug);
      return "/organise/tournaments/";
    };
    return act(reply, work, async (problem) => show(reply, await own(by, slug), {}, problem));
  });
};

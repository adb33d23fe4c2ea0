// Page: what whoever runs the installation looks after: jobs that have failed for the last time, and feature flags.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyReply } from "fastify";
import { html } from "ghtml";
import Type from "typebox";
import { type FlagName, knownFlags, readFlags, setFlag } from "../platform/flags.ts";
import type { Database } from "../platform/postgres.ts";
import { principalOf } from "../platform/principal.ts";
import { type DeadJob, listDeadJobs, retryDeadJob } from "../platform/queue-dead.ts";
import { csrfField } from "./forms.ts";
import { type PageContext, sendPage } from "./layout.ts";

export interface OperationPages {
  readonly database: Database;
  readonly context: PageContext;
}

const config = { permission: "saas_admin" } as const;
const RetryForm = Type.Object({ id: Type.String({ pattern: "^[1-9][0-9]{0,17}$" }) }, { additionalProperties: false });
const FlagForm = Type.Object(
  {
    name: Type.Enum(Object.keys(knownFlags) as FlagName[]),
    percentage: Type.Integer({ minimum: 0, maximum: 100 }),
  },
  { additionalProperties: false },
);
/** Dead jobs on the page; the API has them all. */
const mostShown = 50;
const address = "/operations/";

export const operationPages: FastifyPluginAsyncTypebox<OperationPages> = async (app, { database, context }) => {
  app.get(address, { config }, async (_request, reply) => {
    const [jobs, rules] = [await listDeadJobs(database.db, mostShown), await readFlags(database)];
    const flags = Object.entries(knownFlags).map(([name, { purpose, default: isOn }]) => ({
      name,
      purpose,
      percentage: rules.get(name)?.percentage ?? (isOn ? 100 : 0),
    }));
    const main = html`<h1>Operations</h1>
      <h2>Jobs that failed for the last time</h2>
      !${jobs.length === 0 ? html`<p>None.</p>` : html`<ul>!${jobs.map((job) => deadJob(reply, job))}</ul>`}
      <h2>Feature flags</h2>
      !${flags.map((flag) => flagForm(reply, flag))}`;
    return sendPage(reply, context, { title: "Operations", main });
  });

  app.post(`${address}retry/`, { config, schema: { body: RetryForm } }, async (request, reply) => {
    await retryDeadJob(database, principalOf(request), request.body.id);
    return reply.redirect(address, 303);
  });

  app.post(`${address}flag/`, { config, schema: { body: FlagForm } }, async (request, reply) => {
    const { name, percentage } = request.body;
    const tenants = (await readFlags(database)).get(name)?.tenants ?? [];
    await setFlag(database, principalOf(request), name, { percentage, tenants });
    return reply.redirect(address, 303);
  });
};

function deadJob(reply: FastifyReply, { id, job, attempts, last_error, failed_at }: DeadJob): string {
  return html`<li>
    <p><strong>${job}</strong> ${id}: ${attempts} attempts, the last at <time datetime="${failed_at}">${failed_at}</time></p>
    <p>${last_error ?? "Its worker was killed."}</p>
    <form method="post" action="${address}retry/">
      !${csrfField(reply)}
      <input type="hidden" name="id" value="${id}">
      <button aria-label="Try ${job} ${id} again">Try again</button>
    </form>
  </li>`;
}

function flagForm(
  reply: FastifyReply,
  flag: { readonly name: string; readonly purpose: string; readonly percentage: number },
): string {
  return html`<form class="form" method="post" action="${address}flag/">
    !${csrfField(reply)}
    <input type="hidden" name="name" value="${flag.name}">
    <div class="field">
      <label for="flag-${flag.name}">${flag.name}, percent of organisers</label>
      <p class="quiet" id="flag-${flag.name}-hint">${flag.purpose}</p>
      <input id="flag-${flag.name}" name="percentage" type="number" min="0" max="100" required
        aria-describedby="flag-${flag.name}-hint" value="${flag.percentage}">
    </div>
    <button>Set ${flag.name}</button>
  </form>`;
}

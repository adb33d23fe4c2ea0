// Pages: the mails that went nowhere, in development and test.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { html } from "ghtml";
import Type from "typebox";
import { type KeptMail, readMails } from "../platform/mail-folder.ts";
import { Problem } from "../platform/problem.ts";
import { type PageContext, sendPage } from "./layout.ts";

export interface DevMailPages {
  readonly context: PageContext;
  readonly folder: string;
}

const config = { permission: "public", anonymous: true } as const;
const MailParams = Type.Object({ id: Type.String({ pattern: "^[0-9a-f]{16}$" }) });

export const devMailPages: FastifyPluginAsyncTypebox<DevMailPages> = async (app, { context, folder }) => {
  app.get("/dev/mail/", { config }, async (_request, reply) => {
    const mails = await readMails(folder);
    const main = html`<h1>Mail</h1>
      <p class="quiet">What the app would have sent: it lies in ${folder}.</p>
      !${mails.length === 0 ? html`<p>No mail yet.</p>` : html`<ul>!${mails.map(line)}</ul>`}`;
    return sendPage(reply, context, { title: "Mail", main });
  });

  app.get("/dev/mail/:id/", { config, schema: { params: MailParams } }, async ({ params }, reply) => {
    const mail = (await readMails(folder)).find(({ id }) => id === params.id);
    if (mail === undefined) throw new Problem("NOT_FOUND", "There is no such mail.");
    const main = html`<h1>${mail.subject}</h1>
      <p>To ${mail.to}, <time datetime="${mail.sent_at}">${mail.sent_at}</time></p>
      <pre>!${linked(mail.text)}</pre>
      <p><a href="/dev/mail/">All mail</a></p>`;
    return sendPage(reply, context, { title: mail.subject, main });
  });
};

function line({ id, subject, to, sent_at }: KeptMail): string {
  return html`<li><a href="/dev/mail/${id}/">${subject}</a> to ${to}, <time datetime="${sent_at}">${sent_at}</time></li>`;
}

/** Text with its addresses as links. */
function linked(text: string): string {
  const parts = text.split(/(https?:\/\/[^\s<>"]+)/);
  return parts.map((part, index) => (index % 2 === 1 ? html`<a href="${part}">${part}</a>` : html`${part}`)).join("");
}

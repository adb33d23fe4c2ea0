// Pages for organisers: the images of a tournament. A file goes straight to where files are kept, comes back as a receipt, and is
// shown once it has been described.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyReply } from "fastify";
import { html } from "ghtml";
import Type from "typebox";
import { type StaffBy, staffBy } from "../../domains/tournaments/access.ts";
import {
  addImage,
  imageLimits,
  imageTypes,
  lookAtImage,
  offerImage,
  removeImage,
} from "../../domains/tournaments/images.ts";
import { readOwn } from "../../domains/tournaments/repository.ts";
import { ImageParams, NewImage, SlugParams, type TournamentDetails } from "../../domains/tournaments/schemas.ts";
import { Problem } from "../../platform/problem.ts";
import type { UploadOffer } from "../../platform/uploads.ts";
import { attempt, type FormState, form } from "../forms.ts";
import { elsewhereOf, uploadForm, uploadScript } from "../upload-form.ts";
import { act, button, problemBox, send, type TournamentPages, trail } from "./shared.ts";

const config = { permission: "manager" } as const;
const address = "/organise/tournaments/:slug/images/";
const home = (slug: string) => `/organise/tournaments/${slug}/images/`;
/** The receipt stands in the path: a store may put a query of its own behind the address that it leads back to. */
const ReceiptParams = Type.Object({ ...SlugParams.properties, "*": Type.String({ maxLength: 2_000 }) });

export const imagePages: FastifyPluginAsyncTypebox<TournamentPages> = async (app, { database, context, media }) => {
  const show = async (reply: FastifyReply, by: StaffBy, slug: string, problem?: string) => {
    const tournament = await readOwn(database, by, slug);
    const isFull = tournament.images.length >= imageLimits.images;
    const redirect = (receipt: string) => `${by.site}${home(slug)}describe/${receipt}/`;
    const offer = isFull ? undefined : await ifKept(offerImage(database, media, by, slug, { redirect }));
    const main = render(reply, tournament, adding(offer, isFull), problem);
    const elsewhere = offer && elsewhereOf(offer.form);
    return send(reply, context, { title: `Images of ${tournament.name}`, main, scripts: [uploadScript], elsewhere });
  };
  const describe = async (reply: FastifyReply, by: StaffBy, slug: string, receipt: string, state: FormState = {}) => {
    const { name } = await readOwn(database, by, slug);
    const main = html`!${trailOf(slug, name)}<div class="narrow"><h1>Describe the image</h1>
      !${form(reply, { action: home(slug), fields: [words], hidden: { receipt }, submit: "Show the image" }, state)}
      <p><a href="${home(slug)}">Choose another file</a></p></div>`;
    return send(reply, context, { title: `Describe an image of ${name}`, main });
  };

  app.get(address, { config, schema: { params: SlugParams } }, (request, reply) =>
    show(reply, staffBy(request), request.params.slug),
  );

  app.get(`${address}describe/*`, { config, schema: { params: ReceiptParams } }, async (request, reply) => {
    const [by, { slug, "*": rest }] = [staffBy(request), request.params];
    const receipt = rest.replace(/\/$/, "");
    const state = await attempt(request, async () => {
      await readOwn(database, by, slug);
      await lookAtImage(media, by, slug, receipt);
    });
    return state === undefined
      ? describe(reply, by, slug, receipt)
      : show(reply.code(state.status), by, slug, state.sentence);
  });

  app.post(
    address,
    { config, attachValidation: true, schema: { params: SlugParams, body: NewImage } },
    async (request, reply) => {
      const [by, { slug }] = [staffBy(request), request.params];
      const state = await attempt(request, () => addImage(database, media, by, slug, request.body));
      if (state === undefined) return reply.redirect(home(slug), 303);
      void reply.code(state.status);
      // What is wrong with the words is mended; what is wrong with the file needs another one.
      const isOfWords = state.errors?.alt !== undefined && state.errors.receipt === undefined;
      if (!isOfWords) return show(reply, by, slug, state.sentence);
      return describe(reply, by, slug, String(state.values?.receipt ?? ""), state);
    },
  );

  app.post(`${address}:image/remove/`, { config, schema: { params: ImageParams } }, (request, reply) => {
    const [by, { slug, image }] = [staffBy(request), request.params];
    const work = async () => {
      await removeImage(database, media, by, slug, image);
      return home(slug);
    };
    return act(reply, work, (problem) => show(reply, by, slug, problem));
  });
};

const words = {
  name: "alt",
  label: "What it shows, in words",
  hint: "Read to those who cannot see it: such as “The harbour at dawn, with boats at the start”.",
  autocomplete: "off",
  attributes: { maxlength: 200 },
} as const;

/** Undefined where no place to keep files has been set up. */
async function ifKept(offer: Promise<UploadOffer>): Promise<UploadOffer | undefined> {
  try {
    return await offer;
  } catch (error) {
    if (error instanceof Problem && error.code === "CONFIGURATION") return undefined;
    throw error;
  }
}

function adding(offer: UploadOffer | undefined, isFull: boolean): string {
  if (isFull) return html`<p class="hint">A tournament has ${imageLimits.images} images at most: remove one first.</p>`;
  if (offer === undefined) return html`<p class="hint">Images cannot be kept here: MEDIA_STORE is not set.</p>`;
  const field = { label: "Image", submit: "Send the image", types: imageTypes, maxBytes: imageLimits.bytes };
  return uploadForm(offer.form, field);
}

function trailOf(slug: string, name: string): string {
  return trail(["Organise", "/organise/tournaments/"], [name, `/organise/tournaments/${slug}/`]);
}

function render(
  reply: FastifyReply,
  { slug, name, images }: TournamentDetails,
  add: string,
  problem: string | undefined,
): string {
  const items = images.map(({ id, url, alt }) => {
    const remove = { action: `${home(slug)}${id}/remove/`, label: "Remove", about: `the image: ${alt}` };
    return html`<li><img src="${url}" alt="${alt}" loading="lazy"><p>${alt}</p>!${button(reply, { ...remove, kind: "quiet" })}</li>`;
  });
  return html`!${trailOf(slug, name)}<h1>Images of ${name}</h1>
    !${problemBox(problem)}
    !${images.length === 0 ? html`<p class="empty">There are none yet.</p>` : html`<ul class="images">!${items}</ul>`}
    <section class="part narrow" aria-labelledby="add"><h2 id="add">Add an image</h2>!${add}</section>`;
}

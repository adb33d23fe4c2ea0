// Images of a tournament, uploaded in two steps: a form for the browser, then its receipt.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { staffBy } from "../access.ts";
import { addImage, imageTypes, offerImage, removeImage } from "../images.ts";
import { ImageParams, NewImage, SlugParams } from "../schemas.ts";
import type { TournamentRoutes } from "./index.ts";

const tags = ["images"];
const config = { permission: "manager" } as const;
const images = "/api/v1/tournaments/:slug/images/";

const Wish = Type.Object(
  { type: Type.Enum([...imageTypes]) },
  { additionalProperties: false, examples: [{ type: "png" }] },
);
const Offer = Type.Object({
  form: Type.Object(
    { url: Type.String(), fields: Type.Record(Type.String(), Type.String()) },
    { description: "Send these fields as multipart/form-data, and `file` after them" },
  ),
  receipt: Type.String({ description: "Give it back when the file is there" }),
});
const Image = Type.Object({ id: Type.String(), url: Type.String(), alt: Type.String() });

export const imageRoutes: FastifyPluginAsyncTypebox<TournamentRoutes> = async (app, options) => {
  const { database, storage, environment } = options;
  const media = { storage, secret: environment.SECRET_KEY };

  app.post(
    `${images}uploads/`,
    {
      config,
      schema: {
        summary: "Ask for a form to upload an image of 5 MB at most",
        tags,
        params: SlugParams,
        body: Wish,
        response: { 201: Offer },
      },
    },
    async (request, reply) => {
      const offer = await offerImage(database, media, staffBy(request), request.params.slug, request.body);
      return reply.code(201).send({ ...offer, form: { ...offer.form, fields: { ...offer.form.fields } } });
    },
  );

  app.post(
    images,
    {
      config,
      schema: { summary: "Show what was uploaded", tags, params: SlugParams, body: NewImage, response: { 201: Image } },
    },
    async (request, reply) =>
      reply.code(201).send(await addImage(database, media, staffBy(request), request.params.slug, request.body)),
  );

  app.delete(
    `${images}:image/`,
    { config, schema: { summary: "Remove an image", tags, params: ImageParams, response: { 204: Type.Null() } } },
    async (request, reply) => {
      await removeImage(database, media, staffBy(request), request.params.slug, request.params.image);
      return reply.code(204).send(null);
    },
  );
};

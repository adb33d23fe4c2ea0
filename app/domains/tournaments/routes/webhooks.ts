// What Stripe tells us. Its signature is over the bytes of the body, so that they are taken as they come.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { Problem } from "../../../platform/problem.ts";
import { enterEvent } from "../payment-events.ts";
import type { TournamentRoutes } from "./index.ts";

const received = Type.Object({ received: Type.Boolean() });

export const webhookRoutes: FastifyPluginAsyncTypebox<TournamentRoutes> = async (app, { database, payments }) => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

  app.post(
    "/webhooks/stripe/",
    {
      config: { permission: "public", anonymous: true },
      schema: {
        summary: "For Stripe: signed events about payments",
        tags: ["finance"],
        headers: Type.Object({ "stripe-signature": Type.Optional(Type.String({ maxLength: 2_000 })) }),
        response: { 200: received },
      },
    },
    async (request) => {
      if (payments === undefined) throw new Problem("NOT_FOUND", "There is nothing at this address.");
      const { body, headers, log } = request;
      const signature = headers["stripe-signature"];
      if (!Buffer.isBuffer(body) || signature === undefined) {
        throw new Problem("VALIDATION_FAILED", "This is not signed by Stripe, or too old.");
      }
      const event = await payments.readEvent(body, signature);
      if (event !== undefined && (await enterEvent(database, log, event))) {
        log.info({ event: event.id, payment: event.payment, kind: event.kind }, "A payment has changed");
      }
      return { received: true };
    },
  );
};

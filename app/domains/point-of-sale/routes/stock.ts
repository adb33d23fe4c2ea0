// HTTP: stock levels, movements, feeds.

import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { once } from "../../../platform/idempotency.ts";
import { pageOf } from "../../../platform/list.ts";
import { act, actorOf } from "../acting.ts";
import * as feeds from "../feeds.ts";
import { IdempotencyHeaders, IdParams } from "../schemas.ts";
import * as stock from "../stock.ts";
import { created, ok, route } from "./describe.ts";
import type { PointOfSale } from "./index.ts";

/** Bytes of a feed: lines of 5000 products. */
const feedLimit = 512 * 1024;

export const stockRoutes: FastifyPluginAsyncTypebox<PointOfSale> = async (app, { database }) => {
  app.get(
    "/api/v1/stock/",
    route("cashier", "Stock", "Lists stock levels", {
      querystring: stock.StockQuery,
      ...ok(pageOf(stock.StockLevel)),
    }),
    (request) => act(database, actorOf(request), (trx) => stock.listStock(trx, actorOf(request), request.query)),
  );
  app.get(
    "/api/v1/stock-movements/",
    route("cashier", "Stock", "Lists movements of stock", {
      querystring: stock.MovementQuery,
      ...ok(pageOf(stock.Movement)),
    }),
    (request) => act(database, actorOf(request), (trx) => stock.listMovements(trx, actorOf(request), request.query)),
  );
  app.post(
    "/api/v1/stock-movements/",
    route("manager", "Stock", "Takes in, corrects or transfers stock", {
      headers: IdempotencyHeaders,
      body: stock.NewMovement,
      ...created(stock.MovementResult),
    }),
    async (request, reply) => {
      const actor = actorOf(request);
      const asked = { operation: "stock-movement", key: request.headers["idempotency-key"], body: request.body };
      const { answer, isRepeated } = await act(database, actor, (trx) =>
        once(trx, actor, asked, () => stock.moveStock(trx, actor, request.body)),
      );
      if (isRepeated) void reply.header("idempotency-replayed", "true");
      return reply.code(201).send(answer);
    },
  );

  app.post(
    "/api/v1/stock-feeds/",
    {
      bodyLimit: feedLimit,
      ...route("manager", "Stock", "Takes a feed of counted or received stock; a job applies it", {
        body: feeds.NewFeed,
        response: { 202: feeds.Feed },
      }),
    },
    async (request, reply) => reply.code(202).send(await take(request, request.body)),
  );
  app.get(
    "/api/v1/stock-feeds/:id/",
    route("manager", "Stock", "Shows what became of a feed", { params: IdParams, ...ok(feeds.Feed) }),
    (request) => act(database, actorOf(request), (trx) => feeds.findFeed(trx, actorOf(request), request.params.id)),
  );
  // Only here is a body taken as CSV.
  await app.register(async (csv: typeof app) => {
    csv.addContentTypeParser(
      "text/csv",
      { parseAs: "string", bodyLimit: feedLimit },
      async (_request: unknown, body: string) => body,
    );
    csv.put(
      "/api/v1/stock-feeds/",
      {
        bodyLimit: feedLimit,
        ...route("manager", "Stock", "Takes a feed as CSV with the heading code,quantity", {
          consumes: ["text/csv"],
          querystring: feeds.FeedQuery,
          body: Type.String({ maxLength: feedLimit, examples: ["code,quantity\nTEE-M,12\n"] }),
          response: { 202: feeds.Feed },
        }),
      },
      async (request, reply) => {
        const items = await feeds.itemsOfCsv(request.body);
        return reply.code(202).send(await take(request, { ...request.query, items }));
      },
    );
  });

  function take(request: Parameters<typeof actorOf>[0], feed: feeds.NewFeed): Promise<feeds.Feed> {
    const actor = actorOf(request);
    return act(database, actor, async (trx) => {
      await feeds.assertOutlet(trx, actor, feed.outlet_id);
      return feeds.takeFeed(trx, actor, feed);
    });
  }
};

// HTTP: sales.

import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { pageOf } from "../../../platform/list.ts";
import { act, actorOf } from "../acting.ts";
import * as sales from "../sales.ts";
import { IdempotencyHeaders, IdParams } from "../schemas.ts";
import { sellOnce } from "../selling.ts";
import { voidSale } from "../void-sale.ts";
import { ok, route } from "./describe.ts";
import type { PointOfSale } from "./index.ts";

export const saleRoutes: FastifyPluginAsyncTypebox<PointOfSale> = async (app, { database }) => {
  app.get(
    "/api/v1/sales/",
    route("cashier", "Sales", "Lists sales", { querystring: sales.SaleQuery, ...ok(pageOf(sales.SaleSummary)) }),
    (request) => act(database, actorOf(request), (trx) => sales.listSales(trx, actorOf(request), request.query)),
  );
  app.post(
    "/api/v1/sales/",
    route("cashier", "Sales", "Sells; the same Idempotency-Key again is the same sale", {
      headers: IdempotencyHeaders,
      body: sales.NewSale,
      response: { 201: sales.Sale },
    }),
    async (request, reply) => {
      const key = request.headers["idempotency-key"];
      const { answer, isRepeated } = await sellOnce(database, actorOf(request), request.body, key);
      if (isRepeated) void reply.header("idempotency-replayed", "true");
      return reply.code(201).header("location", `/api/v1/sales/${answer.id}/`).send(answer);
    },
  );
  app.get(
    "/api/v1/sales/:id/",
    route("cashier", "Sales", "Shows a sale with its lines and payments", { params: IdParams, ...ok(sales.Sale) }),
    (request) => act(database, actorOf(request), (trx) => sales.findSale(trx, actorOf(request), request.params.id)),
  );
  app.post(
    "/api/v1/sales/:id/void/",
    route("manager", "Sales", "Voids a sale: stock and credit go back, the record stays", {
      params: IdParams,
      body: sales.VoidReason,
      ...ok(sales.Sale),
    }),
    (request) => {
      const actor = actorOf(request);
      return act(database, actor, async (trx) => {
        await voidSale(trx, actor, request.params.id, request.body.reason);
        return sales.findSale(trx, actor, request.params.id);
      });
    },
  );
};

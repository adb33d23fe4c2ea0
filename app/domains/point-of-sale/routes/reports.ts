// HTTP: reports, and exports of them as files.

import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { pageOf } from "../../../platform/list.ts";
import { act, actorOf } from "../acting.ts";
import { linkTo } from "../export-file.ts";
import * as exports from "../exports.ts";
import * as reports from "../reports.ts";
import { IdParams } from "../schemas.ts";
import { ok, route } from "./describe.ts";
import type { PointOfSale } from "./index.ts";

export const reportRoutes: FastifyPluginAsyncTypebox<PointOfSale> = async (app, { database, storage }) => {
  app.get(
    "/api/v1/reports/sales/",
    route("manager", "Reports", "Sums up sales by day, outlet, cashier, product or payment", {
      querystring: reports.SalesReportQuery,
      ...ok(reports.SalesReport),
    }),
    (request) => {
      const { group_by, ...period } = request.query;
      return act(database, actorOf(request), (trx) => reports.salesReport(trx, actorOf(request), period, group_by));
    },
  );
  app.get(
    "/api/v1/reports/inventory/",
    route("manager", "Reports", "Sums up stock: levels, value, what is low", {
      querystring: reports.InventoryQuery,
      ...ok(reports.InventoryReport),
    }),
    (request) =>
      act(database, actorOf(request), (trx) => reports.inventoryReport(trx, actorOf(request), request.query)),
  );
  app.get(
    "/api/v1/exports/",
    route("manager", "Reports", "Lists exports", {
      querystring: exports.ExportQuery,
      ...ok(pageOf(exports.Export)),
    }),
    (request) => act(database, actorOf(request), (trx) => exports.listExports(trx, actorOf(request), request.query)),
  );
  app.post(
    "/api/v1/exports/",
    {
      ...route("manager", "Reports", "Orders a report as a file; a job makes it", {
        body: exports.NewExport,
        response: { 202: exports.Export },
      }),
      config: { permission: "manager", flag: "exports" },
    },
    async (request, reply) => {
      const actor = actorOf(request);
      const order = await act(database, actor, (trx) => exports.orderExport(trx, actor, request.body));
      return reply.code(202).header("location", `/api/v1/exports/${order.id}/`).send(order);
    },
  );
  app.get(
    "/api/v1/exports/:id/",
    route("manager", "Reports", "Shows an export, with a link once it is made", {
      params: IdParams,
      ...ok(exports.ExportWithLink),
    }),
    async (request) => {
      const actor = actorOf(request);
      const found = await act(database, actor, (trx) => exports.findExport(trx, actor, request.params.id));
      return { ...found, url: await linkTo(storage, actor.tenant, found) };
    },
  );
};

// HTTP: outlets, categories, products.

import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { pageOf } from "../../../platform/list.ts";
import { act, actorOf } from "../acting.ts";
import * as outlets from "../outlets.ts";
import * as products from "../products.ts";
import { IdParams } from "../schemas.ts";
import { created, ok, route } from "./describe.ts";
import type { PointOfSale } from "./index.ts";

export const catalogueRoutes: FastifyPluginAsyncTypebox<PointOfSale> = async (app, { database }) => {
  app.get(
    "/api/v1/outlets/",
    route("cashier", "Outlets", "Lists outlets", {
      querystring: outlets.OutletQuery,
      ...ok(pageOf(outlets.Outlet)),
    }),
    (request) => act(database, actorOf(request), (trx) => outlets.listOutlets(trx, actorOf(request), request.query)),
  );
  app.post(
    "/api/v1/outlets/",
    route("admin", "Outlets", "Opens an outlet", { body: outlets.NewOutlet, ...created(outlets.Outlet) }),
    async (request, reply) => {
      const actor = actorOf(request);
      const outlet = await act(database, actor, (trx) => outlets.createOutlet(trx, actor, request.body));
      return reply.code(201).header("location", `/api/v1/outlets/${outlet.id}/`).send(outlet);
    },
  );
  app.get(
    "/api/v1/outlets/:id/",
    route("cashier", "Outlets", "Shows an outlet", { params: IdParams, ...ok(outlets.Outlet) }),
    (request) => act(database, actorOf(request), (trx) => outlets.findOutlet(trx, actorOf(request), request.params.id)),
  );
  app.patch(
    "/api/v1/outlets/:id/",
    route("admin", "Outlets", "Changes an outlet", {
      params: IdParams,
      body: outlets.OutletChanges,
      ...ok(outlets.Outlet),
    }),
    (request) => {
      const actor = actorOf(request);
      return act(database, actor, (trx) => outlets.changeOutlet(trx, actor, request.params.id, request.body));
    },
  );

  app.get(
    "/api/v1/categories/",
    route("cashier", "Products", "Lists categories", {
      querystring: products.CategoryQuery,
      ...ok(pageOf(products.Category)),
    }),
    (request) =>
      act(database, actorOf(request), (trx) => products.listCategories(trx, actorOf(request), request.query)),
  );
  app.post(
    "/api/v1/categories/",
    route("manager", "Products", "Adds a category", { body: products.NewCategory, ...created(products.Category) }),
    async (request, reply) => {
      const actor = actorOf(request);
      const category = await act(database, actor, (trx) => products.createCategory(trx, actor, request.body.name));
      return reply.code(201).send(category);
    },
  );
  app.patch(
    "/api/v1/categories/:id/",
    route("manager", "Products", "Renames a category", {
      params: IdParams,
      body: products.NewCategory,
      ...ok(products.Category),
    }),
    (request) => {
      const actor = actorOf(request);
      return act(database, actor, (trx) => products.renameCategory(trx, actor, request.params.id, request.body.name));
    },
  );

  app.get(
    "/api/v1/products/",
    route("cashier", "Products", "Lists products", {
      querystring: products.ProductQuery,
      ...ok(pageOf(products.Product)),
    }),
    (request) => act(database, actorOf(request), (trx) => products.listProducts(trx, actorOf(request), request.query)),
  );
  app.post(
    "/api/v1/products/",
    route("manager", "Products", "Adds a product", { body: products.NewProduct, ...created(products.Product) }),
    async (request, reply) => {
      const actor = actorOf(request);
      const product = await act(database, actor, (trx) => products.createProduct(trx, actor, request.body));
      return reply.code(201).header("location", `/api/v1/products/${product.id}/`).send(product);
    },
  );
  app.get(
    "/api/v1/products/:id/",
    route("cashier", "Products", "Shows a product", { params: IdParams, ...ok(products.Product) }),
    (request) =>
      act(database, actorOf(request), (trx) => products.findProduct(trx, actorOf(request), request.params.id)),
  );
  app.patch(
    "/api/v1/products/:id/",
    route("manager", "Products", "Changes a product", {
      params: IdParams,
      body: products.ProductChanges,
      ...ok(products.Product),
    }),
    (request) => {
      const actor = actorOf(request);
      return act(database, actor, (trx) => products.changeProduct(trx, actor, request.params.id, request.body));
    },
  );
};

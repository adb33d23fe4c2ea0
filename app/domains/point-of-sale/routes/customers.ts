// HTTP: customers, their ledger, payments and statements.

import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { once } from "../../../platform/idempotency.ts";
import { pageOf } from "../../../platform/list.ts";
import { act, actorOf } from "../acting.ts";
import { takePayment } from "../credit.ts";
import * as customers from "../customers.ts";
import * as ledger from "../ledger.ts";
import { IdempotencyHeaders, IdParams } from "../schemas.ts";
import { created, ok, route } from "./describe.ts";
import type { PointOfSale } from "./index.ts";

export const customerRoutes: FastifyPluginAsyncTypebox<PointOfSale> = async (app, { database }) => {
  app.get(
    "/api/v1/customers/",
    route("cashier", "Customers", "Lists customers", {
      querystring: customers.CustomerQuery,
      ...ok(pageOf(customers.Customer)),
    }),
    (request) =>
      act(database, actorOf(request), (trx) => customers.listCustomers(trx, actorOf(request), request.query)),
  );
  app.post(
    "/api/v1/customers/",
    route("cashier", "Customers", "Adds a customer; credit is for managers to give", {
      body: customers.NewCustomer,
      ...created(customers.Customer),
    }),
    async (request, reply) => {
      const actor = actorOf(request);
      const customer = await act(database, actor, (trx) => customers.createCustomer(trx, actor, request.body));
      return reply.code(201).header("location", `/api/v1/customers/${customer.id}/`).send(customer);
    },
  );
  app.get(
    "/api/v1/customers/:id/",
    route("cashier", "Customers", "Shows a customer", { params: IdParams, ...ok(customers.Customer) }),
    (request) =>
      act(database, actorOf(request), (trx) => customers.findCustomer(trx, actorOf(request), request.params.id)),
  );
  app.patch(
    "/api/v1/customers/:id/",
    route("cashier", "Customers", "Changes a customer; credit is for managers to change", {
      params: IdParams,
      body: customers.CustomerChanges,
      ...ok(customers.Customer),
    }),
    (request) => {
      const actor = actorOf(request);
      return act(database, actor, (trx) => customers.changeCustomer(trx, actor, request.params.id, request.body));
    },
  );
  app.get(
    "/api/v1/customers/:id/ledger/",
    route("cashier", "Customers", "Lists what a customer bought on credit and paid", {
      params: IdParams,
      querystring: ledger.LedgerQuery,
      ...ok(pageOf(ledger.LedgerEntry)),
    }),
    (request) => {
      const actor = actorOf(request);
      return act(database, actor, (trx) => ledger.listLedger(trx, actor, request.params.id, request.query));
    },
  );
  app.post(
    "/api/v1/customers/:id/payments/",
    route("cashier", "Customers", "Takes a payment; it pays the oldest sales first", {
      params: IdParams,
      headers: IdempotencyHeaders,
      body: ledger.NewPayment,
      ...created(ledger.PaymentResult),
    }),
    async (request, reply) => {
      const actor = actorOf(request);
      const { id } = request.params;
      const asked = { operation: "payment", key: request.headers["idempotency-key"], body: { id, ...request.body } };
      const { answer, isRepeated } = await act(database, actor, (trx) =>
        once(trx, actor, asked, () => takePayment(trx, actor, id, request.body)),
      );
      if (isRepeated) void reply.header("idempotency-replayed", "true");
      return reply.code(201).send(answer);
    },
  );
  app.get(
    "/api/v1/customers/:id/statement/",
    route("cashier", "Customers", "Shows a period of a customer's account", {
      params: IdParams,
      querystring: ledger.StatementQuery,
      ...ok(ledger.Statement),
    }),
    (request) => {
      const actor = actorOf(request);
      return act(database, actor, (trx) => ledger.statementOf(trx, actor, request.params.id, request.query));
    },
  );
};

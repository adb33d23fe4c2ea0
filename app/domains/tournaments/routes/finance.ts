// Entry fees: what came in, payments by hand and online, refunds.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { staffOf } from "../../../platform/principal.ts";
import { Problem } from "../../../platform/problem.ts";
import { byOf, staffBy } from "../access.ts";
import { listFinances, listPayments, readFinance } from "../finance-list.ts";
import { payOnline, refundPayment, takePayment } from "../payments.ts";
import { SlugParams, TournamentQuery } from "../schemas.ts";
import {
  Checkout,
  Finance,
  FinancePage,
  NewPayment,
  PaymentPage,
  PaymentParams,
  PaymentQuery,
  TeamParams,
} from "../team-schemas.ts";
import type { TournamentRoutes } from "./index.ts";

const tags = ["finance"];
const config = { permission: "manager" } as const;
const id = { 201: Type.Object({ id: Type.String() }) };

export const financeRoutes: FastifyPluginAsyncTypebox<TournamentRoutes> = async (app, { database, payments }) => {
  app.get(
    "/api/v1/finance/",
    {
      config,
      schema: {
        summary: "What each of the organiser's tournaments has taken in",
        tags,
        querystring: TournamentQuery,
        response: { 200: FinancePage },
      },
    },
    (request) => listFinances(database, staffOf(request), request.query),
  );

  app.get(
    "/api/v1/finance/:slug/",
    { config, schema: { summary: "What one has taken in", tags, params: SlugParams, response: { 200: Finance } } },
    (request) => readFinance(database, staffOf(request), request.params.slug),
  );

  app.get(
    "/api/v1/finance/:slug/payments/",
    {
      config,
      schema: {
        summary: "Payments and refunds, one by one",
        tags,
        params: SlugParams,
        querystring: PaymentQuery,
        response: { 200: PaymentPage },
      },
    },
    (request) => listPayments(database, staffOf(request), request.params.slug, request.query),
  );

  app.post(
    "/api/v1/tournaments/:slug/teams/:team/payments/",
    {
      config,
      schema: {
        summary: "Enter what was paid by hand",
        tags,
        params: TeamParams,
        body: NewPayment,
        response: id,
      },
    },
    async (request, reply) => {
      const { slug, team } = request.params;
      return reply.code(201).send({ id: await takePayment(database, staffBy(request), slug, team, request.body) });
    },
  );

  app.post(
    "/api/v1/finance/:slug/payments/:payment/refund/",
    {
      config: { permission: "admin" },
      schema: { summary: "Give back a payment that was taken by hand", tags, params: PaymentParams, response: id },
    },
    async (request, reply) => {
      const { slug, payment } = request.params;
      return reply.code(201).send({ id: await refundPayment(database, staffBy(request), slug, payment) });
    },
  );

  app.post(
    "/api/v1/tournaments/:slug/teams/:team/checkout/",
    {
      config: { permission: "user" },
      schema: {
        summary: "Captain: pay online what the team owes",
        tags,
        params: TeamParams,
        response: { 201: Checkout },
      },
    },
    async (request, reply) => {
      if (payments === undefined) throw new Problem("NOT_FOUND", "Fees are not paid online here: pay the organiser.");
      const { slug, team } = request.params;
      return reply.code(201).send({ url: await payOnline(database, byOf(request), payments, slug, team) });
    },
  );
};

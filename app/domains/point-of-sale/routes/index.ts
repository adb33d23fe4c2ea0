// HTTP: the shop for API clients. Cashiers sell and read; managers see to stock, voids, credit and reports; admins to outlets.
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { Database } from "../../../platform/postgres.ts";
import type { Storage } from "../../../platform/storage.ts";

import { catalogueRoutes } from "./catalogue.ts";
import { customerRoutes } from "./customers.ts";
import { reportRoutes } from "./reports.ts";
import { saleRoutes } from "./sales.ts";
import { staffRoutes } from "./staff.ts";
import { stockRoutes } from "./stock.ts";

export interface PointOfSale {
  readonly database: Database;
  /** Where exports are kept. */
  readonly storage: Storage;
}

export const pointOfSaleRoutes: FastifyPluginAsyncTypebox<PointOfSale> = async (app, deps) => {
  const parts = [catalogueRoutes, stockRoutes, saleRoutes, customerRoutes, staffRoutes, reportRoutes];
  for (const part of parts) await app.register(part, deps);
};

// HTTP: all of accounts for API clients.
import type { FastifyPluginAsync } from "fastify";
import { type AccountRoutes, authRoutes } from "./auth-routes.ts";
import { meRoutes } from "./me-routes.ts";
import { staffRoutes } from "./staff-routes.ts";

export const accountRoutes: FastifyPluginAsync<AccountRoutes> = async (app, deps) => {
  for (const routes of [authRoutes, meRoutes, staffRoutes]) app.register(routes, deps);
};

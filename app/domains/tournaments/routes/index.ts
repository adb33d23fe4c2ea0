// HTTP: tournaments for API clients.
import type { FastifyPluginAsync } from "fastify";
import type { Environment } from "../../../platform/load-environment.ts";
import type { Database } from "../../../platform/postgres.ts";
import type { Storage } from "../../../platform/storage.ts";
import type { PaymentProvider } from "../payment-port.ts";
import { financeRoutes } from "./finance.ts";
import { imageRoutes } from "./images.ts";
import { matchRoutes } from "./matches.ts";
import { overviewRoutes } from "./overviews.ts";
import { teamRoutes } from "./teams.ts";
import { tournamentRoutes as oneTournament } from "./tournaments.ts";
import { webhookRoutes } from "./webhooks.ts";

export interface TournamentRoutes {
  readonly database: Database;
  readonly environment: Pick<Environment, "SECRET_KEY">;
  readonly storage: Storage;
  /** Takes fees online; left out: they are paid by hand. */
  readonly payments?: PaymentProvider | undefined;
}

export const tournamentRoutes: FastifyPluginAsync<TournamentRoutes> = async (app, options) => {
  for (const plugin of [
    overviewRoutes,
    oneTournament,
    teamRoutes,
    matchRoutes,
    financeRoutes,
    imageRoutes,
    webhookRoutes,
  ]) {
    app.register(plugin, options);
  }
};

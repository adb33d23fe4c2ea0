// Pages of tournaments: for everybody, for players and captains, for organisers.
import type { FastifyPluginAsync } from "fastify";
import { detailPage } from "./detail.ts";
import { editPages } from "./edit.ts";
import { financePages } from "./finance.ts";
import { imagePages } from "./images.ts";
import { listPage } from "./list.ts";
import { managePages } from "./manage.ts";
import { registerPages } from "./register.ts";
import { resultPages } from "./results.ts";
import type { TournamentPages } from "./shared.ts";
import { teamPages } from "./team.ts";

export const tournamentPages: FastifyPluginAsync<TournamentPages> = async (app, options) => {
  for (const plugin of [
    listPage,
    detailPage,
    registerPages,
    teamPages,
    managePages,
    editPages,
    resultPages,
    financePages,
    imagePages,
  ]) {
    app.register(plugin, options);
  }
};

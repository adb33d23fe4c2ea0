// All pages of accounts.
import type { FastifyPluginAsync } from "fastify";
import { accountPage } from "./account.ts";
import { registrationPages } from "./registration.ts";
import type { AccountPages } from "./shared.ts";
import { signInPages } from "./sign-in.ts";
import { staffPage } from "./staff.ts";

export const accountPages: FastifyPluginAsync<AccountPages> = async (app, deps) => {
  for (const pages of [signInPages, registrationPages, accountPage, staffPage]) app.register(pages, deps);
};

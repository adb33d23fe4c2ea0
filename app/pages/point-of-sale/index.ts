// The back office: all pages of the shop.
import type { FastifyPluginAsync } from "fastify";
import { customerPages } from "./customers.ts";
import { outletPages } from "./outlets.ts";
import { productPages } from "./products.ts";
import { reportPages } from "./reports.ts";
import { salePages } from "./sales.ts";
import { sellPages } from "./sell.ts";
import type { ShopPages } from "./shop.ts";
import { staffPages } from "./staff.ts";
import { statementPage } from "./statement.ts";
import { stockPages } from "./stock.ts";
import { stockListPages } from "./stock-list.ts";

export const shopPages: FastifyPluginAsync<ShopPages> = async (app, shop) => {
  app.get("/shop/", { config: { permission: "cashier" } }, async (_request, reply) =>
    reply.redirect("/shop/sell/", 302),
  );
  const selling = [sellPages, salePages, productPages, stockPages, stockListPages, customerPages, statementPage];
  for (const pages of [...selling, reportPages, staffPages, outletPages]) pages(app, shop);
};

// Serves static assets where no web server or CDN in front does.
import type { FastifyInstance } from "fastify";
import { type Assets, assetCacheControl } from "../platform/assets.ts";
import { Problem } from "../platform/problem.ts";

export function assetRoutes(app: FastifyInstance, assets: Assets): void {
  const byFileName = new Map([...assets.values()].map((asset) => [asset.fileName, asset]));
  const options = { logLevel: "warn", config: { permission: "public", anonymous: true } } as const;
  app.get<{ Params: { name: string } }>("/static/:name", options, async ({ params }, reply) => {
    const asset = byFileName.get(params.name);
    if (asset === undefined) throw new Problem("NOT_FOUND", "There is no such file.");
    return reply.type(asset.contentType).header("cache-control", assetCacheControl).send(asset.body);
  });
}

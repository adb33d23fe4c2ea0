// The unversioned addresses of the API lead to its first version.
import type { FastifyInstance } from "fastify";

export function redirectUnversioned(app: FastifyInstance): void {
  app.all("/api/*", {
    config: { permission: "public", anonymous: true },
    // Before the body is read: the client sends it again to the address it is given.
    onRequest: async (request, reply) => {
      const rest = request.url.slice("/api".length);
      if (/^\/v\d+([/?]|$)/.test(rest)) return reply.callNotFound();
      return reply.redirect(`/api/v1${rest}`, 308);
    },
    handler: async (_request, reply) => reply.callNotFound(),
  });
}

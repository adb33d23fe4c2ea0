// Security headers on every answer. A page gets a content security policy of its own, with a nonce.
import { randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";

declare module "fastify" {
  interface FastifyReply {
    /** Makes this answer a page: its policy allows our assets, and inline elements that carry the nonce returned. */
    allowPage(): string;
  }
}

/** For all answers; HSTS as browsers' preload lists ask for it. */
export const securityHeaders = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-site",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "referrer-policy": "strict-origin-when-cross-origin",
  "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
} as const;

/** @param staticUrl where assets come from: a path here, or another origin */
export function addSecurityHeaders(app: FastifyInstance, staticUrl: string): void {
  const assets = staticUrl.startsWith("https://") ? `'self' ${new URL(staticUrl).origin}` : "'self'";
  app.addHook("onRequest", (_request, reply, done) => {
    void reply.headers(securityHeaders);
    done();
  });
  app.decorateReply("allowPage", function () {
    const nonce = randomBytes(16).toString("base64");
    this.header("content-security-policy", pagePolicy(assets, nonce));
    return nonce;
  });
}

function pagePolicy(assets: string, nonce: string): string {
  return [
    "default-src 'none'",
    `script-src ${assets} 'nonce-${nonce}'`,
    `style-src ${assets} 'nonce-${nonce}'`,
    `img-src ${assets} data:`,
    `font-src ${assets}`,
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

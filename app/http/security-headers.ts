// Security headers on every answer. A page gets a content security policy of its own, with a nonce.
import { randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";

declare module "fastify" {
  interface FastifyReply {
    /**
     * Makes this answer a page: its policy allows our assets, and inline elements that carry the nonce returned.
     * @param elsewhere where else this page sends to
     */
    allowPage(elsewhere?: Elsewhere): string;
  }
}

/** Origins besides ours that a page sends to; all others are refused by browsers. */
export interface Elsewhere {
  /** Of its forms, and of where their answers lead. @default none */
  readonly forms?: string | undefined;
  /** Of its scripts. @default none */
  readonly scripts?: string | undefined;
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
  app.decorateReply("allowPage", function (elsewhere) {
    const nonce = randomBytes(16).toString("base64");
    this.header("content-security-policy", pagePolicy(assets, nonce, elsewhere));
    return nonce;
  });
}

function pagePolicy(assets: string, nonce: string, { forms, scripts }: Elsewhere = {}): string {
  const besides = (origin: string | undefined) => (origin === undefined ? "'self'" : `'self' ${origin}`);
  return [
    "default-src 'none'",
    `script-src ${assets} 'nonce-${nonce}'`,
    `style-src ${assets} 'nonce-${nonce}'`,
    `img-src ${assets} data:`,
    `font-src ${assets}`,
    `connect-src ${besides(scripts)}`,
    `form-action ${besides(forms)}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

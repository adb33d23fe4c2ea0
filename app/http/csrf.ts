// Keeps other sites from sending what a browser of ours would: whatever a form sends, and whatever changes something by a
// session's cookie, carries a token that only our pages hold, and does not come from elsewhere.
import { createHmac, timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { newToken } from "../domains/accounts/tokens.ts";
import { formCookie } from "../platform/cookies.ts";
import type { Environment } from "../platform/load-environment.ts";
import type { Principal } from "../platform/principal.ts";
import { Problem } from "../platform/problem.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The form carries a signature of ours over what it may do, and no cookie counts. @default false */
    signed?: true;
    /** Ends a session and does nothing else: without a living one there is nothing that a token would keep. @default false */
    signsOut?: true;
  }
  interface FastifyReply {
    /** The token that a form of this answer must carry, in its field `_csrf`, or a script in the header `x-csrf-token`. */
    csrfToken(): string;
  }
}

const formTypes = /^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i;
const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/** The token of a session's pages. */
export function sessionCsrfToken(environment: Environment, { credential }: Pick<Principal, "credential">): string {
  return sign(environment, `session:${credential}`);
}

export function checkForms(app: FastifyInstance, environment: Environment): void {
  const cookie = formCookie(environment);
  app.decorateReply("csrfToken", function () {
    const { principal } = this.request;
    if (principal?.via === "session") return sessionCsrfToken(environment, principal);
    const known = cookie.read(this.request);
    const value = known ?? newToken();
    if (known === undefined) cookie.write(this, value);
    return sign(environment, `form:${value}`);
  });
  // After the body is read, before its schema is held against it: no schema names the token.
  app.addHook("preValidation", (request, _reply, done) => {
    if (safeMethods.has(request.method) || request.is404 || request.routeOptions.config.signed) return done();
    const session = request.principal?.via === "session" ? request.principal : undefined;
    if (session === undefined && !formTypes.test(request.headers["content-type"] ?? "")) return done();
    // The session whose page the form is of has ended: its token is no longer known.
    if (session === undefined && request.routeOptions.config.signsOut && isSameOrigin(request)) return done();
    const form = cookie.read(request);
    const expected = session ? sessionCsrfToken(environment, session) : form && sign(environment, `form:${form}`);
    const isOurs = isSameOrigin(request) && expected !== undefined && isEqual(takeToken(request), expected);
    done(isOurs ? undefined : new Problem("CSRF_FAILED", refusal));
  });
}

const refusal = "This form is too old, or was not ours: load its page again and send it once more.";

function sign({ SECRET_KEY }: Environment, value: string): string {
  return createHmac("sha256", SECRET_KEY).update(`csrf:${value}`).digest("base64url");
}

/** Browsers say where a request comes from; what they leave out is left to the token. */
function isSameOrigin({ headers, host }: FastifyRequest): boolean {
  const { origin } = headers;
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site === "same-origin" || site === "none";
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

function takeToken({ headers, body }: FastifyRequest): string {
  const given = headers["x-csrf-token"];
  if (typeof body !== "object" || body === null || !("_csrf" in body)) return typeof given === "string" ? given : "";
  const { _csrf: field } = body;
  delete body._csrf;
  return typeof field === "string" ? field : "";
}

function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

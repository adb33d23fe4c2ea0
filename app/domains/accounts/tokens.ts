// Tokens: random ones, of which only a hash is kept, and access tokens, which say for an hour who an API client is.
import { createHash, randomBytes } from "node:crypto";
import { sql } from "kysely";
import type { Environment } from "../../platform/load-environment.ts";

/** Seconds that each kind of token or session lasts. */
export const lifetimes = {
  access: 3600,
  refresh: 7 * 86_400,
  session: 14 * 86_400,
  verify_email: 3 * 86_400,
  reset_password: 3600,
  invitation: 7 * 86_400,
} as const;

/** 256 random bits, as text for cookies, links and bodies. */
export function newToken(): string {
  return randomBytes(32).toString("base64url");
}

/** What is kept of a token: a database that somebody reads gives nobody a way in. */
export function hashToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** The moment of the transaction, by the database's clock. */
export const now = sql<string>`now()`;

/** The moment so many seconds from now. */
export function after(seconds: number): Date {
  return new Date(Date.now() + seconds * 1000);
}

/** Issuer and audience of access tokens. */
const arena = "arena";

/** What an access token says: the account, the organiser it acts for, and the refresh family it came from. */
export interface AccessClaims {
  readonly user: string;
  readonly tenant: string | undefined;
  readonly family: string;
}

type Keys = Pick<Environment, "JWT_SECRET_KEY">;

/** A JSON Web Token, signed with JWT_SECRET_KEY (HS256). */
export async function signAccessToken(
  { JWT_SECRET_KEY }: Keys,
  { user, tenant, family }: AccessClaims,
): Promise<string> {
  const { SignJWT } = await import("jose");
  return new SignJWT({ fam: family, ...(tenant === undefined ? {} : { tid: tenant }) })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(user)
    .setIssuer(arena)
    .setAudience(arena)
    .setIssuedAt()
    .setExpirationTime(`${lifetimes.access}s`)
    .sign(new TextEncoder().encode(JWT_SECRET_KEY));
}

/** Undefined if it is not one of ours, or over. */
export async function readAccessToken({ JWT_SECRET_KEY }: Keys, token: string): Promise<AccessClaims | undefined> {
  const { errors, jwtVerify } = await import("jose");
  try {
    const { payload } = await jwtVerify(token, new TextEncoder().encode(JWT_SECRET_KEY), {
      algorithms: ["HS256"],
      issuer: arena,
      audience: arena,
      requiredClaims: ["exp", "sub", "fam"],
    });
    const { sub, fam, tid } = payload;
    if (!isId(sub) || !isId(fam) || !(tid === undefined || isId(tid))) return undefined;
    return { user: sub, tenant: tid, family: fam };
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

function isId(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
}

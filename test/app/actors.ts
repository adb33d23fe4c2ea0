// People for tests: made straight in the database, signed in without passwords.
import { v7 as uuid } from "uuid";
import { hashToken, lifetimes, newToken, signAccessToken } from "../../app/domains/accounts/tokens.ts";
import { sessionCsrfToken } from "../../app/http/csrf.ts";
import type { TenantRole } from "../../app/platform/principal.ts";
import type { TestApp } from "./harness.ts";

export interface ActorOptions {
  /** `user` is on nobody's staff; `saas_admin` runs the installation. @default "user" */
  readonly role?: TenantRole | "saas_admin" | "user";
  /** Organiser that it acts for. @default a new one for a role on a staff, none for the others */
  readonly tenant?: string;
  /** @default "Somebody" */
  readonly name?: string;
}

export interface Actor {
  /** Id of the account. */
  readonly user: string;
  readonly email: string;
  /** Organiser that it acts for; empty if none. */
  readonly tenant: string;
  /** An access token. */
  readonly token: string;
  /** For requests of the API. */
  readonly headers: { readonly authorization: string };
}

/** Somebody who has signed in, for the keys of `arena.environment`. */
export async function actor(arena: TestApp, options: ActorOptions = {}): Promise<Actor> {
  const { role = "user", name = "Somebody" } = options;
  const user = uuid();
  const isStaff = role !== "user" && role !== "saas_admin";
  const tenant = options.tenant ?? (isStaff ? await newTenant(arena) : undefined);
  const email = `${user}@example.com`;
  await arena.owner.query(
    "insert into arena.users (id, email, name, saas_admin, email_verified_at) values ($1, $2, $3, $4, now())",
    [user, email, name, role === "saas_admin"],
  );
  if (isStaff) {
    await arena.owner.query("insert into arena.memberships (tenant_id, user_id, role) values ($1, $2, $3)", [
      tenant,
      user,
      role,
    ]);
  }
  const token = await tokenFor(arena, user, tenant);
  return { user, email, tenant: tenant ?? "", token, headers: { authorization: `Bearer ${token}` } };
}

/** An organiser without staff. */
export async function newTenant(arena: TestApp, name = "An organiser"): Promise<string> {
  const id = uuid();
  await arena.owner.query("insert into arena.tenants (id, name) values ($1, $2)", [id, name]);
  return id;
}

async function tokenFor(arena: TestApp, user: string, tenant: string | undefined): Promise<string> {
  const family = uuid();
  await arena.owner.query(
    `insert into arena.refresh_families (id, user_id, acts_for, user_agent, expires_at)
     values ($1, $2, $3, '', now() + make_interval(secs => $4))`,
    [family, user, tenant, lifetimes.refresh],
  );
  return signAccessToken(arena.environment, { user, tenant, family });
}

/** What a browser that is signed in sends: the cookie with each request, the token in each form's field `_csrf`. */
export async function cookieFor(
  arena: TestApp,
  { user, tenant }: Pick<Actor, "user" | "tenant">,
): Promise<{ readonly cookie: string; readonly csrf: string }> {
  const [id, token] = [uuid(), newToken()];
  await arena.owner.query(
    `insert into arena.sessions (id, token_hash, user_id, acts_for, user_agent, expires_at)
     values ($1, $2, $3, nullif($4, '')::uuid, '', now() + make_interval(secs => $5))`,
    [id, hashToken(token), user, tenant, lifetimes.session],
  );
  return { cookie: `arena=${token}`, csrf: sessionCsrfToken(arena.environment, { credential: id }) };
}

/** Sends a page's form as the browser of somebody who is signed in. */
export async function sendForm(arena: TestApp, who: Actor, url: string, fields: Readonly<Record<string, string>> = {}) {
  const { cookie, csrf } = await cookieFor(arena, who);
  const { statusCode, body, headers } = await arena.app.inject({
    method: "POST",
    url,
    headers: { cookie, "content-type": "application/x-www-form-urlencoded", accept: "text/html" },
    payload: new URLSearchParams({ ...fields, _csrf: csrf }).toString(),
  });
  return { status: statusCode, location: headers.location, body };
}

// Accounts: who signs in, on whose staff they are, what keeps them signed in; throttles; the audit log; and row-level
// security on all that belongs to an organiser or to an account, with the settings of a transaction that it reads.
import type { Migration } from "../platform/migration.ts";

/** Whom a transaction is for: `inScope` (platform/scope.ts) sets it. */
const scopes = [
  `create function current_tenant() returns uuid language sql stable parallel safe
    return nullif(current_setting('arena.tenant', true), '')::uuid`,
  `create function current_account() returns uuid language sql stable parallel safe
    return nullif(current_setting('arena.account', true), '')::uuid`,
  // Signing in comes before there is an account to act for.
  `create function sees_identities() returns boolean language sql stable parallel safe
    return coalesce(current_setting('arena.identities', true), '') = 'on'`,
];

const people = [
  `create table users (
    id uuid primary key,
    email text not null unique check (email = lower(email) and length(email) between 3 and 254),
    name text not null check (length(name) between 1 and 120),
    password_hash text,
    email_verified_at timestamptz,
    saas_admin boolean not null default false,
    created_at timestamptz not null default now()
  )`,
  `create table memberships (
    tenant_id uuid not null references tenants,
    user_id uuid not null references users on delete cascade,
    role text not null check (role in ('cashier', 'manager', 'admin')),
    created_at timestamptz not null default now(),
    primary key (tenant_id, user_id)
  )`,
  "create index memberships_by_user on memberships (user_id)",
  `create table invitations (
    id uuid primary key,
    tenant_id uuid not null references tenants,
    email text not null check (email = lower(email) and length(email) between 3 and 254),
    role text not null check (role in ('cashier', 'manager', 'admin')),
    token_hash bytea unique,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    unique (tenant_id, email)
  )`,
];

const signedIn = [
  `create table sessions (
    id uuid primary key,
    token_hash bytea not null unique,
    user_id uuid not null references users on delete cascade,
    acts_for uuid references tenants,
    user_agent text not null check (length(user_agent) <= 300),
    created_at timestamptz not null default now(),
    seen_at timestamptz not null default now(),
    expires_at timestamptz not null
  )`,
  "create index sessions_by_user on sessions (user_id)",
  "create index sessions_by_expiry on sessions (expires_at)",
  `create table refresh_families (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    acts_for uuid references tenants,
    user_agent text not null check (length(user_agent) <= 300),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz
  )`,
  "create index refresh_families_by_user on refresh_families (user_id)",
  "create index refresh_families_by_expiry on refresh_families (expires_at)",
  `create table refresh_tokens (
    token_hash bytea primary key,
    family_id uuid not null references refresh_families on delete cascade,
    used_at timestamptz
  )`,
  "create index refresh_tokens_by_family on refresh_tokens (family_id)",
  `create table single_use_tokens (
    token_hash bytea primary key,
    user_id uuid not null references users on delete cascade,
    purpose text not null check (purpose in ('verify_email', 'reset_password')),
    expires_at timestamptz not null
  )`,
  "create index single_use_tokens_by_user on single_use_tokens (user_id, purpose)",
];

const watching = [
  // As rate-limiter-flexible wants it. Unlogged: what a crash forgets is at most an hour of counting.
  `create unlogged table throttles (
    key varchar(255) primary key,
    points integer not null default 0,
    expire bigint
  )`,
  // Without foreign keys: what somebody did outlives them.
  `create table audit_log (
    id uuid primary key,
    tenant_id uuid,
    user_id uuid,
    action text not null check (length(action) between 1 and 80),
    outcome text not null check (outcome in ('done', 'denied')),
    entity text check (length(entity) <= 200),
    request_id text check (length(request_id) <= 200),
    detail jsonb not null,
    created_at timestamptz not null default now()
  )`,
  "create index audit_log_by_tenant on audit_log (tenant_id, id)",
];

/** One query for each request, before its scope is known: run with the owner's rights, and giving no more than is asked for. */
const lookups = [
  `create function principal_of_session(token bytea) returns table (
    credential uuid, user_id uuid, user_name text, saas_admin boolean, tenant_id uuid, role text, is_stale boolean
  ) language sql stable security definer set search_path = arena, pg_temp
  begin atomic
    select sessions.id, users.id, users.name, users.saas_admin,
      case when users.saas_admin or memberships.role is not null then sessions.acts_for end,
      case when users.saas_admin and sessions.acts_for is not null then 'admin' else memberships.role end,
      sessions.seen_at < now() - interval '5 minutes'
    from sessions
    join users on users.id = sessions.user_id
    left join memberships on memberships.tenant_id = sessions.acts_for and memberships.user_id = sessions.user_id
    where sessions.token_hash = token and sessions.expires_at > now();
  end`,
  `create function principal_of_family(account uuid, family uuid, tenant uuid) returns table (
    credential uuid, user_id uuid, user_name text, saas_admin boolean, tenant_id uuid, role text
  ) language sql stable security definer set search_path = arena, pg_temp
  begin atomic
    select refresh_families.id, users.id, users.name, users.saas_admin,
      case when users.saas_admin or memberships.role is not null then tenant end,
      case when users.saas_admin and tenant is not null then 'admin' else memberships.role end
    from refresh_families
    join users on users.id = refresh_families.user_id
    left join memberships on memberships.tenant_id = tenant and memberships.user_id = refresh_families.user_id
    where refresh_families.id = family and refresh_families.user_id = account
      and refresh_families.revoked_at is null and refresh_families.expires_at > now();
  end`,
];

const ofTenant = (table: string) => [
  `alter table ${table} enable row level security`,
  `create policy tenant on ${table} using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())`,
];
const identities = (table: string) =>
  `create policy identities on ${table} using (sees_identities()) with check (sees_identities())`;
const own = (table: string, column: string) =>
  `create policy own on ${table} using (${column} = current_account()) with check (${column} = current_account())`;

const policies = [
  ...["tournaments", "tournament_activity", "memberships", "invitations"].flatMap(ofTenant),
  "create policy published on tournaments for select using (status <> 'draft')",
  `create policy published on tournament_activity for select
    using (exists (select from tournaments where tournaments.id = tournament_id and tournaments.status <> 'draft'))`,
  // Names of organisers are public.
  "alter table tenants enable row level security",
  "create policy named on tenants for select using (true)",
  "create policy tenant on tenants for update using (id = current_tenant()) with check (id = current_tenant())",
  identities("tenants"),
  "alter table users enable row level security",
  "create policy own on users for select using (id = current_account())",
  `create policy staff on users for select using (exists (
    select from memberships where memberships.tenant_id = current_tenant() and memberships.user_id = users.id))`,
  identities("users"),
  "create policy own on memberships for select using (user_id = current_account())",
  identities("memberships"),
  identities("invitations"),
  ...["sessions", "refresh_families"].flatMap((table) => [
    `alter table ${table} enable row level security`,
    own(table, "user_id"),
    identities(table),
  ]),
  ...["refresh_tokens", "single_use_tokens"].flatMap((table) => [
    `alter table ${table} enable row level security`,
    identities(table),
  ]),
  // Written by whoever acts, read by the organiser, changed by nobody.
  "alter table audit_log enable row level security",
  "create policy read on audit_log for select using (tenant_id = current_tenant())",
  `create policy written on audit_log for insert with check (
    tenant_id is not distinct from current_tenant() and user_id is not distinct from current_account())`,
];

export const accounts: Migration = {
  name: "0002_accounts",
  statements: [...scopes, ...people, ...signedIn, ...watching, ...lookups, ...policies],
};
